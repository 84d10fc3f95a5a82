"""Decides labelled reports by the very code of `siaga decide`, and takes the time of each."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from siaga_classifier.domain.verdict import Verdict
from siaga_events.types import Place

from siaga_ops.decide import Decisions, Line
from siaga_ops.evaluation.labelled import Labelled
from siaga_ops.evaluation.ratios import quantile

__all__ = ["Decided", "Speed", "decide_all", "speed"]


@dataclass(frozen=True, slots=True)
class Decided:
    """A label and what the machine made of the same words."""

    label: Labelled
    verdict: Verdict
    place: Place | None
    seconds: float

    @property
    def kode(self) -> str | None:
        return None if self.place is None else self.place.kode

    @property
    def category_right(self) -> bool:
        return self.verdict.category == self.label.category

    @property
    def place_right(self) -> bool:
        """The right code where one is expected, no code where none is."""
        return self.kode == self.label.expected_kode

    @property
    def wrongly_dismissed(self) -> bool:
        """The worst error: nobody goes and nobody asks, though the label wants it."""
        return self.label.is_true_emergency and self.verdict.disposition == "dismiss"


@dataclass(frozen=True, slots=True)
class Speed:
    """Whole decisions, posts included, one after another in one process."""

    p50_ms: float
    p99_ms: float
    reports_a_second: float


def decide_all(decisions: Decisions, reports: Iterable[Labelled]) -> list[Decided]:
    """One after another. The first is decided once unmeasured before, so that nothing is loaded in the time."""
    decided: list[Decided] = []
    for report in reports:
        line = Line(id=report.id, narrative=report.narrative)
        if not decided:
            decisions.decide(line)
        start = time.perf_counter()
        seen = decisions.understood(line)
        decisions.decided(line, seen)
        seconds = time.perf_counter() - start
        decided.append(Decided(report, seen.verdict, seen.place, seconds))
    return decided


def speed(decided: Iterable[Decided]) -> Speed:
    seconds = sorted(d.seconds for d in decided)
    whole = sum(seconds)
    return Speed(
        round(quantile(seconds, 0.5) * 1000, 3),
        round(quantile(seconds, 0.99) * 1000, 3),
        round(len(seconds) / whole, 1) if whole else 0.0,
    )
