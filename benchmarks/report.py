"""What was measured, the goals, and how both are shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["Figure", "Goal", "Part", "percentile", "print_part", "to_json"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `ratio` is to the part's yardstick, which has 1."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio that was aimed at. `found` None: what it needs was not measured in this run."""

    what: str
    found: float | None
    limit: float
    at_most: bool

    @property
    def met(self) -> bool | None:
        if self.found is None:
            return None
        return self.found <= self.limit if self.at_most else self.found >= self.limit


@dataclass(frozen=True, slots=True)
class Part:
    """One of the benchmark's parts. `details` go into the JSON alone."""

    name: str
    figures: Sequence[Figure]
    goals: Sequence[Goal] = ()
    details: dict[str, Any] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0..1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def print_part(out: Console, part: Part) -> None:
    """A table of figures, and below it whether the goals are met."""
    table = Table(title=part.name, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("")
    table.add_column("figure", justify="right")
    table.add_column("unit")
    table.add_column("ratio", justify="right")
    table.add_column("")
    for figure in part.figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        table.add_row(figure.name, _spelled(figure.value), figure.unit, ratio, figure.note)
    out.print()
    out.print(table)
    if "load_average" in part.details:
        before, after = part.details["load_average"]
        out.print(
            f"  load average {before:.1f} before, {after:.1f} after, {os.cpu_count()} cores", highlight=False
        )
    for goal in part.goals:
        out.print(_judged(goal), markup=False, highlight=False)


def to_json(parts: Sequence[Part], about: dict[str, Any]) -> dict[str, Any]:
    return {
        "about": about,
        "parts": [
            {**asdict(part), "goals": [{**asdict(goal), "met": goal.met} for goal in part.goals]}
            for part in parts
        ],
    }


def _spelled(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _judged(goal: Goal) -> str:
    bound = f"{'at most' if goal.at_most else 'at least'} {goal.limit:g}"
    if goal.found is None:
        return f"  goal not measured: {goal.what}, {bound}"
    return f"  goal {'met' if goal.met else 'MISSED'}: {goal.what}, {bound}; found {goal.found:.2f}"
