"""Whether a stated confidence is the share of answers that are right: ten bins, expected calibration error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from siaga_ops.evaluation.deciding import Decided

__all__ = ["BINS", "Bin", "Calibration", "calibration", "category_confidence", "place_confidence"]

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Confidences of `low` (included) to `high` (excluded, but 1 belongs to the last)."""

    low: float
    high: float
    count: int
    said: float | None
    """Mean confidence."""
    right: float | None
    """Share of right answers."""


@dataclass(frozen=True, slots=True)
class Calibration:
    bins: tuple[Bin, ...]
    count: int
    error: float | None
    """Expected calibration error: the bins' gaps, each weighted by its share. None of nothing."""


def calibration(answers: Iterable[tuple[float, bool]]) -> Calibration:
    """From (confidence, right) pairs."""
    sorted_in: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in answers:
        # a sum that is 0.3 but for its last bit belongs to the bin from 0.3 on
        sorted_in[min(BINS - 1, int(round(confidence * BINS, 9)))].append((confidence, right))
    count = sum(map(len, sorted_in))
    bins: list[Bin] = []
    error = 0.0
    for number, held in enumerate(sorted_in):
        low, high = number / BINS, (number + 1) / BINS
        if not held:
            bins.append(Bin(low, high, 0, None, None))
            continue
        said = sum(c for c, _ in held) / len(held)
        share = sum(r for _, r in held) / len(held)
        error += abs(said - share) * len(held) / count
        bins.append(Bin(low, high, len(held), said, share))
    return Calibration(tuple(bins), count, error if count else None)


def place_confidence(decided: Sequence[Decided]) -> Calibration:
    """Every place that the machine gives. It is right with the right code, or without one where a place is
    named that has none; a place seen where none is named is wrong."""
    return calibration(
        (
            d.place.confidence,
            d.place_right and not (d.label.place_text is None and d.label.expected_kode is None),
        )
        for d in decided
        if d.place is not None
    )


def category_confidence(decided: Sequence[Decided]) -> Calibration:
    """The decided category's score, a probability."""
    return calibration((dict(d.verdict.scores)[d.verdict.category], d.category_right) for d in decided)
