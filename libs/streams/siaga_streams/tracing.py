"""W3C trace context along a call: one trace from the door to the provider's request, a span for each event."""

from __future__ import annotations

import re
from uuid import UUID

__all__ = ["names_other_trace", "trace_parent"]

_FORMAT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def trace_parent(event_id: UUID, came_with: str | None, call: str) -> str:
    """The context that an event hands on. Without a usable one from the gateway the trace is named by the call."""
    match = _FORMAT.fullmatch(came_with or "")
    trace = match.group(1) if match else call.replace("-", "")
    if not re.fullmatch(r"[0-9a-f]{32}", trace) or trace == "0" * 32:
        trace = event_id.hex
    return f"00-{trace}-{event_id.hex[16:]}-01"


def names_other_trace(came_with: str | None, call: str) -> bool:
    """Whether the context names a trace of the gateway's own, which must be remembered, and not the call's."""
    match = _FORMAT.fullmatch(came_with or "")
    return match is not None and match.group(1) != call.replace("-", "")
