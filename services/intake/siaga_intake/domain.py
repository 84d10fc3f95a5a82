"""From a gateway's event to the same event keyed by its call. Pure: the same words give the same ids at any door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

from siaga_events import Event, EventData
from siaga_events.ids import call_id, report_id
from siaga_events.types import (
    CallEnded,
    CallEndReceived,
    CallReceived,
    CallReported,
    WordsAdded,
    WordsReceived,
)

__all__ = ["GatewayEvent", "Normalise", "NotAGatewayEvent", "call_of", "received"]

SOURCE = "intake"
GatewayEvent: TypeAlias = CallReported | WordsAdded | CallEnded
Normalise: TypeAlias = Callable[[str], str | None]
"""A number as a gateway gives it -> E.164, None if nobody can be reached at it."""


class NotAGatewayEvent(Exception):
    """An event of this system that has no business at the gateways' door."""


def call_of(source: str, data: GatewayEvent) -> UUID:
    """The call that a gateway speaks of."""
    return call_id(source, data.reference, data.started_at)


def received(event: Event[EventData], normalise: Normalise) -> Event[EventData]:
    """The event for the topic `calls`. Its id comes from the content, never from the time of receipt."""
    said = event.data
    match said:
        case CallReported():
            data: EventData = _call(event, said, normalise)
            unlike = {"gateway", "reported_at"}
        case WordsAdded():
            data = WordsReceived(narrative=said.narrative, sequence=said.sequence)
            unlike = set()
        case CallEnded():
            data = CallEndReceived(ended_at=said.ended_at, how=said.how)
            unlike = set()
        case _:
            raise NotAGatewayEvent(f"ce_type: {event.type} is not what a gateway says of a call")
    call = call_of(event.source, said)
    return Event(
        id=report_id(call, type(data).__name__, data.model_dump(mode="json", exclude=unlike)),
        source=SOURCE,
        subject=str(call),
        time=event.time,
        data=data,
        causation_id=event.id,
        correlation_id=str(call),
        traceparent=event.traceparent,
    )


def _call(event: Event[EventData], said: CallReported, normalise: Normalise) -> CallReceived:
    given = (said.caller or "").strip()
    number = normalise(given) if given else None
    words = (said.narrative or "").strip()
    return CallReceived(
        gateway=event.source,
        reference=said.reference,
        started_at=said.started_at,
        reported_at=event.time,
        sequence=said.sequence,
        caller=number,
        caller_as_given=given if given and number is None else None,
        narrative=words or None,
        lat=said.lat,
        lon=said.lon,
        channel=said.channel,
        recording_id=said.recording_id,
    )
