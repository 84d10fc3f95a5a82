"""Derived ids: the same work has the same id, whatever the release, the worker or the try.

Nothing here is random. An id is a version 5 UUID of the canonical JSON of what it is derived from,
so two different lists of parts can never meet in one name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import orjson

__all__ = ["NAMESPACE", "call_id", "canonical_json", "deadline_id", "derived_id", "event_id", "report_id"]

NAMESPACE = UUID("8e4f0f5c-7a0a-5c6b-9d6e-112112112112")
"""Fixed for ever: changing it would give every event a second identity."""


def canonical_json(value: Any) -> bytes:
    """The one spelling of a value: keys sorted, no blanks, UTF-8, times as RFC 3339 in UTC."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def derived_id(*parts: Any) -> UUID:
    """The id that follows from `parts` (anything that canonical JSON can hold)."""
    return uuid5(NAMESPACE, canonical_json(parts).decode())


def call_id(source: str, reference: str, started_at: datetime) -> UUID:
    """A call: the gateway (`ce_source`), its own reference, and the call's start.

    The start is part of it because the counters of telephone exchanges begin anew after a restart.
    """
    if started_at.tzinfo is None:
        raise ValueError("started_at must carry an offset: the machine's own zone must not name a call")
    return derived_id(
        "call", source, reference, started_at.astimezone(UTC).isoformat(timespec="milliseconds")
    )


def report_id(call: UUID, kind: str, fields: dict[str, Any]) -> UUID:
    """What a gateway said of a call: equal content is the same event, by whatever door it came."""
    return derived_id("report", str(call), kind, fields)


def event_id(service: str, cause: UUID, ordinal: int) -> UUID:
    """The `ordinal`-th event (from 0) that a service decides because of `cause`."""
    return derived_id("event", service, str(cause), ordinal)


def deadline_id(call: UUID, kind: str, cause: UUID) -> UUID:
    """A deadline of a call: its kind and the event that set it."""
    return derived_id("deadline", str(call), kind, str(cause))
