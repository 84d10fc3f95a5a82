"""Two runs of the same calls: ids are derived, so that what was decided must be equal event for event."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from siaga_events import Event, EventData
from siaga_events.types import AlarmRaised, CallClassified, CallHeld, CallRouted

from .logs import Logs

__all__ = ["differences"]

ADVISORY = frozenset({"caller_history", "directory_version"})
TIMES = frozenset({"due", "desk_due", "overdue_due"})
CLOCK = re.compile(r"\b\d{1,2}[.:]\d{2}\b")


def differences(disturbed: Logs, undisturbed: Logs) -> list[str]:
    """Classifications, first decisions and their alarms, apart from times, view versions and advisory evidence."""
    one, other = _decisions(disturbed), _decisions(undisturbed)
    wrong = [f"only undisturbed: {_named(other[i])}" for i in other.keys() - one.keys()]
    wrong += [f"only disturbed: {_named(one[i])}" for i in one.keys() - other.keys()]
    wrong += [
        f"not equal: {_named(one[i])}: {_plain(one[i].data)} instead of {_plain(other[i].data)}"
        for i in one.keys() & other.keys()
        if _plain(one[i].data) != _plain(other[i].data)
    ]
    return wrong


def _decisions(logs: Logs) -> dict[UUID, Event[EventData]]:
    routings = [
        e
        for e in logs.events("routings")
        if isinstance(e.data, CallHeld) or (isinstance(e.data, CallRouted) and e.data.replaces is None)
    ]
    first = {str(e.id) for e in routings}
    alarms = [
        e
        for e in logs.events("notifications")
        if isinstance(e.data, AlarmRaised) and (e.data.routing_id in first or e.data.role == "supervisor")
    ]
    classified = [e for e in logs.events("classifications") if isinstance(e.data, CallClassified)]
    return {e.id: e for e in (*classified, *routings, *alarms)}


def _named(event: Event[EventData]) -> str:
    return f"{type(event.data).__name__} of call {event.subject}"


def _plain(data: EventData) -> Any:
    return _without_times(data.model_dump(mode="json"))


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_times(v) for k, v in value.items() if k not in ADVISORY | TIMES}
    if isinstance(value, list):
        return [_without_times(v) for v in value]
    return CLOCK.sub("hh:mm", value) if isinstance(value, str) else value
