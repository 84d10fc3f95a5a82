"""The wall clock, in the one place that may look at it. Waiting is done by the event loop's monotonic time."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["SystemClock"]


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)
