"""Kecamatan from which calls come thick: perhaps one large event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from siaga_events import Event, EventData
from siaga_events.types import SurgeCounted

__all__ = ["SURGES", "Surges"]

SURGES = "pulse.surges"
MANY_CALLS = 10
"""In one window (ten minutes). Source: the centre's rules, "Mass event"."""


@dataclass
class Surges:
    """The last count of each kecamatan."""

    _last: dict[str, SurgeCounted] = field(default_factory=dict, init=False)

    def take(self, event: Event[EventData]) -> None:
        if isinstance(event.data, SurgeCounted):
            self._last[event.data.kecamatan] = event.data

    def words(self, now: datetime) -> str:
        """Where it is so now; empty if nowhere."""
        many = [s for s in self._last.values() if s.calls >= MANY_CALLS and s.is_of(now)]
        return ", ".join(
            f"{s.kecamatan} {s.calls}" for s in sorted(many, key=lambda s: (-s.calls, s.kecamatan))
        )
