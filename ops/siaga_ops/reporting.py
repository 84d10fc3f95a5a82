"""`siaga call`: report one call, as a gateway would, and watch it go through."""

from __future__ import annotations

from datetime import UTC, datetime

from siaga_events import Event, EventData
from siaga_events.ids import call_id, report_id
from siaga_events.types import CallEnded, CallReported, WordsAdded

__all__ = ["COMMAND_LINE", "gateway_event"]

COMMAND_LINE = "//siaga-command-line"


def gateway_event(
    data: CallReported | WordsAdded | CallEnded, source: str = COMMAND_LINE
) -> Event[EventData]:
    """What a gateway publishes to `gateway.calls`."""
    call = call_id(source, data.reference, data.started_at)
    return Event(
        id=report_id(call, type(data).__name__, data.model_dump(mode="json")),
        source=source,
        subject=str(call),
        time=datetime.now(UTC),
        data=data,
        correlation_id=str(call),
    )
