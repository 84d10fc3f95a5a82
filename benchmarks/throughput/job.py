"""The job that every contender does: the shape of the classifier's work, with a light decision.

It needs `siaga_events` alone, so that the other frameworks' environments can import it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from siaga_events import CausePosition, Codec, Encoded, Event, EventData
from siaga_events.ids import derived_id, event_id
from siaga_events.types import CallClassified, CallReceived, Report

__all__ = ["answer", "classify", "inputs"]

VERSION = "benchmark"
WORDS = "kebakaran di dekat pasar liwa, api sudah besar dan ada orang di dalam, tolong cepat pak; "
NARRATIVE = (WORDS * 5)[:260]
"""As many as make an input of 500 bytes."""


def inputs(count: int) -> Iterator[tuple[Event[EventData], Encoded]]:
    """`count` calls, each with one report of 500 bytes of JSON."""
    codec = Codec()
    at = datetime(2021, 6, 1, 2, 14, 7, tzinfo=UTC)
    for number in range(count):
        call = str(derived_id("call", "benchmark", number))
        received = CallReceived(
            gateway="//pbx.benchmark/1",
            reference=f"B-{number:07d}",
            started_at=at,
            reported_at=at,
            caller=f"+628400{number:07d}",
            narrative=NARRATIVE,
        )
        event: Event[EventData] = Event(
            id=derived_id("report", call),
            source="intake",
            subject=call,
            time=at,
            data=received,
            correlation_id=call,
        )
        yield event, codec.encode(event)


def classify(heard: bool, event: Event[EventData]) -> CallClassified | None:
    """The decision: nothing for a report that was heard."""
    received = event.data
    if heard or not isinstance(received, CallReceived):
        return None
    words = received.narrative or ""
    return CallClassified(
        report=Report(
            revision=1,
            category="fire" if "kebakaran" in words else "none",
            priority=1,
            prank=False,
            prank_score=0.02,
            disposition="dispatch",
            words=words,
            caller=received.caller,
            started_at=received.started_at,
            reported_at=received.reported_at,
        ),
        classifier_version=VERSION,
        places_version=VERSION,
        heard=(str(event.id),),
    )


def answer(
    codec: Codec, event: Event[EventData], decided: CallClassified, topic: str, partition: int, offset: int
) -> Encoded:
    """The decision as a record, with the id, trace and cause that the runtime gives it."""
    identity = event_id("classifier", event.id, 0)
    return codec.encode(
        Event(
            id=identity,
            source="classifier",
            subject=event.subject,
            time=datetime.now(UTC),
            data=decided,
            causation_id=event.id,
            correlation_id=event.subject,
            traceparent=f"00-{event.subject.replace('-', '')}-{identity.hex[16:]}-01",
            cause=CausePosition(topic, partition, offset),
        )
    )
