"""Dismissed emergencies, pranks, and where the prank score's threshold should stand.

The operating curve asks of the score alone: were everything from a threshold on dismissed, how many true
emergencies would be lost, and how many pranks sent? The machine is more careful: from `SUSPICION_FROM` an operator
confirms, from `PRANK_FROM` it is called a prank, and only what claims no incident is dismissed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siaga_classifier.domain.words import PRANK_FROM, SUSPICION_FROM

from siaga_ops.evaluation.classes import Confusion, confusion
from siaga_ops.evaluation.deciding import Decided
from siaga_ops.evaluation.ratios import Share

__all__ = ["COST_OF_WRONG_DISMISSAL", "NEVER", "OperatingPoint", "PrankFigures", "prank_figures"]

COST_OF_WRONG_DISMISSAL = 100
"""In wrong dispatches."""
NEVER = 1.001
"""A threshold that no score reaches."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Were every score of at least `threshold` dismissed, and all else sent."""

    threshold: float
    wrong_dismissals: int
    wrong_dispatches: int

    @property
    def cost(self) -> int:
        return COST_OF_WRONG_DISMISSAL * self.wrong_dismissals + self.wrong_dispatches


@dataclass(frozen=True, slots=True)
class PrankFigures:
    emergencies: int
    pranks: int
    dismissed: Share
    """True emergencies that the machine dismissed. There should be none."""
    claims_dismissed: Share
    """Pranks that the label sends to an operator, dismissed by the machine."""
    kept_from_dispatch: Share
    """Pranks not dispatched at once: confirmed, answered, transferred or dismissed."""
    held_though_true: Share
    """Labelled dispatch, sent to an operator first: costs minutes."""
    flag: Confusion
    curve: tuple[OperatingPoint, ...]
    """Highest threshold first."""
    cheapest: OperatingPoint
    in_use: OperatingPoint
    suspicion: OperatingPoint
    machine: OperatingPoint
    """What all rules together do; a wrong dispatch is then a prank that is sent without a question."""


def prank_figures(decided: Sequence[Decided]) -> PrankFigures:
    true = [d for d in decided if d.label.is_true_emergency]
    pranks = [d for d in decided if d.label.prank]
    claims = [d for d in pranks if d.label.disposition in ("dispatch", "confirm")]
    sent = [d for d in true if d.label.disposition == "dispatch"]
    dismissed = [d for d in decided if d.wrongly_dismissed]
    dispatched = [d for d in pranks if d.verdict.disposition == "dispatch"]
    thresholds = sorted({d.verdict.prank_score for d in decided} | {PRANK_FROM, SUSPICION_FROM, NEVER})
    curve = tuple(operating_point(true, pranks, t) for t in reversed(thresholds))
    return PrankFigures(
        emergencies=len(true),
        pranks=len(pranks),
        dismissed=Share(len(dismissed), len(true)),
        claims_dismissed=Share(sum(d.verdict.disposition == "dismiss" for d in claims), len(claims)),
        kept_from_dispatch=Share(len(pranks) - len(dispatched), len(pranks)),
        held_though_true=Share(sum(d.verdict.disposition == "confirm" for d in sent), len(sent)),
        flag=confusion(
            ("prank", "serious"), ((_named(d.label.prank), _named(d.verdict.prank)) for d in decided)
        ),
        curve=curve,
        cheapest=min(curve, key=lambda p: (p.cost, -p.threshold)),
        in_use=operating_point(true, pranks, PRANK_FROM),
        suspicion=operating_point(true, pranks, SUSPICION_FROM),
        machine=OperatingPoint(PRANK_FROM, len(dismissed), len(dispatched)),
    )


def operating_point(true: Sequence[Decided], pranks: Sequence[Decided], threshold: float) -> OperatingPoint:
    return OperatingPoint(
        threshold,
        sum(d.verdict.prank_score >= threshold for d in true),
        sum(d.verdict.prank_score < threshold for d in pranks),
    )


def _named(prank: bool) -> str:
    return "prank" if prank else "serious"
