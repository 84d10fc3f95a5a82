"""How long things may take, by priority. Source: data/plan/deadlines.json. All values in seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field
from siaga_events import Part
from siaga_events.types import Priority

__all__ = ["Deadlines", "PriorityDeadlines"]


class PriorityDeadlines(Part):
    """`desk_seconds`: the desk is told to ring the post. `next_post_seconds`: the next nearest post is asked.
    `supervisor_seconds`: the supervisor is told that no post has taken it; None: never by the clock.
    """

    desk_seconds: float = Field(gt=0)
    next_post_seconds: float = Field(gt=0)
    supervisor_seconds: float | None = Field(gt=0)


class ConfirmDeadlines(Part):
    """How long an unanswered question to the operator waits, from the end of the call; None: for ever."""

    p1: float | None = Field(alias="1")
    p2: float | None = Field(alias="2")
    p3: float | None = Field(alias="3")
    latest_after_report_seconds: float = Field(gt=0)


class Deadlines(Part):
    """`scale` shortens or stretches all of them: for demonstrations, in which a day passes in minutes."""

    priorities: dict[Literal["1", "2", "3"], PriorityDeadlines] = Field(min_length=3)
    confirm: ConfirmDeadlines
    hold_lapses_seconds: float = Field(gt=0)
    close_after_seconds: float = Field(default=12 * 3600, gt=0)
    """After all duty posts have accepted: how long their last word is waited for."""
    scale: float = Field(default=1.0, gt=0)

    def desk_after(self, priority: Priority) -> float:
        return self._of(priority).desk_seconds * self.scale

    def next_post_after(self, priority: Priority) -> float:
        return self._of(priority).next_post_seconds * self.scale

    def supervisor_after(self, priority: Priority) -> timedelta | None:
        seconds = self._of(priority).supervisor_seconds
        return None if seconds is None else timedelta(seconds=seconds * self.scale)

    def _of(self, priority: Priority) -> PriorityDeadlines:
        return {1: self.priorities["1"], 2: self.priorities["2"], 3: self.priorities["3"]}[priority]

    def hold_lapses_after(self) -> timedelta:
        return timedelta(seconds=self.hold_lapses_seconds * self.scale)

    def close_after(self) -> timedelta:
        return timedelta(seconds=self.close_after_seconds * self.scale)

    def confirm_due(
        self, priority: Priority, reported_at: datetime, ended_at: datetime | None
    ) -> datetime | None:
        """When an unanswered question is decided by the machine: from the end of the call, at the latest after the report."""
        seconds = {1: self.confirm.p1, 2: self.confirm.p2, 3: self.confirm.p3}[priority]
        if seconds is None:
            return None
        latest = reported_at + timedelta(seconds=self.confirm.latest_after_report_seconds * self.scale)
        if ended_at is None:
            return latest
        return min(latest, ended_at + timedelta(seconds=seconds * self.scale))
