"""Reports with labels, as `data/reports` holds them: one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from siaga_events.codec import reasons
from siaga_events.types import Category, Disposition, Priority

from siaga_ops.errors import OpsError

__all__ = ["CATEGORIES", "DISPOSITIONS", "SENDING", "BadLine", "Labelled", "Reports", "read_reports"]

CATEGORIES: tuple[Category, ...] = get_args(Category)
DISPOSITIONS: tuple[Disposition, ...] = get_args(Disposition)
SENDING: tuple[Disposition, ...] = ("dispatch", "confirm")
"""Somebody goes, or a human asks whether somebody should."""


class Labelled(BaseModel):
    """One report and what a human says of it. The first letter of `id` is the writer's."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str = Field(min_length=1)
    narrative: str | None
    style: str = "?"
    language: str = "?"
    category: Category
    priority: Priority
    prank: bool
    disposition: Disposition
    place_text: str | None
    expected_kode: str | None = Field(pattern=r"^18\.04(\.\d\d(\.\d{4})?)?$")
    note: str | None = None

    @property
    def writer(self) -> str:
        return self.id[0]

    @property
    def is_true_emergency(self) -> bool:
        """No prank, and somebody must go or at least ask."""
        return not self.prank and self.disposition in SENDING


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no labelled report, and why; the reason never repeats the line's words."""

    file: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Reports:
    """What a file holds: `good` in its order, and the lines that could not be read."""

    file: str
    good: tuple[Labelled, ...]
    bad: tuple[BadLine, ...]


def read_reports(path: Path) -> Reports:
    """Reads every line; a bad one is told, and the rest goes on. Raises OpsError if the file can't be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise OpsError(f"{path}: {error.strerror}") from error
    good: list[Labelled] = []
    bad: list[BadLine] = []
    first: dict[str, int] = {}
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            report = Labelled.model_validate_json(line)
        except ValidationError as error:
            bad.append(BadLine(str(path), number, "; ".join(reasons(error))))
            continue
        if report.id in first:
            bad.append(BadLine(str(path), number, f"id: stands on line {first[report.id]} already"))
            continue
        first[report.id] = number
        good.append(report)
    return Reports(str(path), tuple(good), tuple(bad))
