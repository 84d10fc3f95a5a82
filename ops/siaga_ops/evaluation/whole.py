"""A file of labelled reports, decided and measured: every figure in one value."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siaga_classifier.domain.words import VERSION

from siaga_ops.decide import Decisions
from siaga_ops.evaluation.calibration import Calibration, category_confidence, place_confidence
from siaga_ops.evaluation.classes import Confusion, confusion
from siaga_ops.evaluation.deciding import Decided, Speed, decide_all, speed
from siaga_ops.evaluation.labelled import CATEGORIES, DISPOSITIONS, BadLine, Reports, read_reports
from siaga_ops.evaluation.mentions import KINDS, Kind, Mentions
from siaga_ops.evaluation.mistakes import Example, Mistakes, dismissed_calls, mistakes
from siaga_ops.evaluation.plain import plain
from siaga_ops.evaluation.pranks import PrankFigures, prank_figures
from siaga_ops.evaluation.ratios import Share

__all__ = ["Evaluation", "Slice", "as_json", "evaluate", "measure"]


@dataclass(frozen=True, slots=True)
class Slice:
    """The main figures of a part of the reports."""

    by: str
    name: str
    count: int
    category: Share
    macro_f1: float
    priority: Share
    disposition: Share
    prank: Share
    place: Share
    dismissed: int
    """True emergencies."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`unseen`: the figures alone; then `mistakes` and `dismissed` are empty whatever happened."""

    file: str
    unseen: bool
    sha256: str
    classifier: str
    count: int
    bad: tuple[BadLine, ...]
    category: Confusion
    priority: Confusion
    priority_within_one: Share
    disposition: Confusion
    pranks: PrankFigures
    place: Share
    place_expected: Share
    """The right code where one is expected."""
    place_not_expected: Share
    """No code where none is."""
    place_by_kind: tuple[tuple[Kind, Share], ...]
    place_confidence: Calibration
    category_confidence: Calibration
    slices: tuple[Slice, ...]
    speed: Speed
    mistakes: tuple[Mistakes, ...]
    dismissed: tuple[Example, ...]


def evaluate(
    path: Path, decisions: Decisions, mentions: Mentions, *, unseen: bool = False, examples: int = 3
) -> Evaluation:
    """Reads, decides and measures a file. Raises OpsError if it can't be read."""
    reports = read_reports(path)
    decided = decide_all(decisions, reports.good)
    kinds = {report.id: mentions.kind(report) for report in reports.good}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return measure(reports, decided, kinds, digest, unseen=unseen, examples=examples)


def measure(
    reports: Reports,
    decided: Sequence[Decided],
    kinds: dict[str, Kind],
    digest: str = "",
    *,
    unseen: bool = False,
    examples: int = 3,
) -> Evaluation:
    """`kinds` by report id."""
    expected = [d for d in decided if d.label.expected_kode is not None]
    others = [d for d in decided if d.label.expected_kode is None]
    near = [abs(d.verdict.priority - d.label.priority) <= 1 for d in decided]
    by_kind = [(kind, [d for d in decided if kinds[d.label.id] == kind]) for kind in KINDS]
    return Evaluation(
        file=reports.file,
        unseen=unseen,
        sha256=digest,
        classifier=VERSION,
        count=len(decided),
        bad=reports.bad,
        category=_categories(decided),
        priority=confusion(
            ("1", "2", "3"), ((str(d.label.priority), str(d.verdict.priority)) for d in decided)
        ),
        priority_within_one=Share(sum(near), len(near)),
        disposition=confusion(DISPOSITIONS, ((d.label.disposition, d.verdict.disposition) for d in decided)),
        pranks=prank_figures(decided),
        place=_places(decided),
        place_expected=_places(expected),
        place_not_expected=_places(others),
        place_by_kind=tuple((kind, _places(part)) for kind, part in by_kind),
        place_confidence=place_confidence(decided),
        category_confidence=category_confidence(decided),
        slices=_slices(decided),
        speed=speed(decided),
        mistakes=() if unseen else mistakes(decided, kinds, examples),
        dismissed=() if unseen else dismissed_calls(decided),
    )


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Every figure, ratios worked out, ready for a JSON writer."""
    whole: dict[str, Any] = plain(evaluation)
    return {**whole, "place_by_kind": {kind: plain(share) for kind, share in evaluation.place_by_kind}}


def _categories(decided: Sequence[Decided]) -> Confusion:
    return confusion(CATEGORIES, ((d.label.category, d.verdict.category) for d in decided))


def _places(decided: Sequence[Decided]) -> Share:
    return Share(sum(d.place_right for d in decided), len(decided))


def _slices(decided: Sequence[Decided]) -> tuple[Slice, ...]:
    by: dict[str, Callable[[Decided], str]] = {
        "style": lambda d: d.label.style,
        "language": lambda d: d.label.language,
        "writer": lambda d: d.label.writer,
    }
    found: list[Slice] = []
    for name, of in by.items():
        for value in sorted({of(d) for d in decided}):
            found.append(_slice(name, value, [d for d in decided if of(d) == value]))
    return tuple(found)


def _slice(by: str, name: str, part: Sequence[Decided]) -> Slice:
    def agreed(right: Callable[[Decided], bool]) -> Share:
        return Share(sum(map(right, part)), len(part))

    return Slice(
        by,
        name,
        len(part),
        agreed(lambda d: d.category_right),
        _categories(part).macro_f1,
        agreed(lambda d: d.verdict.priority == d.label.priority),
        agreed(lambda d: d.verdict.disposition == d.label.disposition),
        agreed(lambda d: d.verdict.prank == d.label.prank),
        _places(part),
        sum(d.wrongly_dismissed for d in part),
    )
