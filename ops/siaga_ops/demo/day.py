"""The day's calls, from data/demo/day.jsonl, and when each is due in the compressed day."""

from __future__ import annotations

from datetime import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from siaga_events.codec import reasons
from siaga_events.types import Category, Latitude, Longitude, Priority

from siaga_ops.errors import OpsError

__all__ = ["DayCall", "FollowUp", "Truth", "read_day"]

DAY_SECONDS = 24 * 3600


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FollowUp(_Frozen):
    """More words, so many seconds of the day after the report."""

    after_seconds: float
    narrative: str


class Truth(_Frozen):
    """What the call really is, by the rules: the simulated operator knows it."""

    category: Category
    priority: Priority
    prank: bool
    place_kode: str | None = None


class DayCall(_Frozen):
    """One call. `at` is the time of day in the regency."""

    reference: str
    at: time
    caller: str | None = None
    narrative: str | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    follow_up: FollowUp | None = None
    ended_after_seconds: float
    truth: Truth

    def due(self, day_seconds: float) -> float:
        """Seconds after the start of a day that takes `day_seconds`."""
        at = self.at
        return (at.hour * 3600 + at.minute * 60 + at.second) / DAY_SECONDS * day_seconds


def read_day(path: Path) -> list[DayCall]:
    """Raises OpsError, which names the line and the field."""
    calls = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise OpsError(
            f"{path}: {error.strerror}. Run this in the project's folder, or say --data."
        ) from None
    for number, line in enumerate(lines, 1):
        try:
            calls.append(DayCall.model_validate_json(line))
        except ValidationError as error:
            raise OpsError(f"{path}, line {number}: {'; '.join(reasons(error))}") from None
    return calls
