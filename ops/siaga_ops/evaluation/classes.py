"""Precision, recall and F1 of each class, and who was taken for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from siaga_ops.evaluation.ratios import Share

__all__ = ["ClassFigures", "Confusion", "confusion"]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Of one class. A ratio with nothing below the line is 0, as is usual."""

    name: str
    labelled: int
    decided: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.decided if self.decided else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 0.0

    @property
    def f1(self) -> float:
        both = self.labelled + self.decided
        return 2 * self.right / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Confusion:
    """`counts[i][j]`: labelled `names[i]`, decided `names[j]`."""

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def classes(self) -> tuple[ClassFigures, ...]:
        return tuple(
            ClassFigures(name, sum(self.counts[i]), sum(row[i] for row in self.counts), self.counts[i][i])
            for i, name in enumerate(self.names)
        )

    @property
    def macro_f1(self) -> float:
        """The plain mean over the classes that are labelled or decided at all."""
        seen = [c.f1 for c in self.classes if c.labelled or c.decided]
        return sum(seen) / len(seen) if seen else 0.0

    @property
    def right(self) -> Share:
        return Share(
            sum(self.counts[i][i] for i in range(len(self.names))), sum(sum(row) for row in self.counts)
        )


def confusion(names: Sequence[str], pairs: Iterable[tuple[str, str]]) -> Confusion:
    """From (labelled, decided) pairs of these names."""
    counted = Counter(pairs)
    return Confusion(tuple(names), tuple(tuple(counted[label, said] for said in names) for label in names))
