"""Every figure of an evaluation, against sums done by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import nextafter
from typing import Any

import pytest
from siaga_classifier.domain.words import PRANK_FROM, SUSPICION_FROM
from siaga_events.types import Place
from siaga_ops.evaluation.calibration import calibration, category_confidence, place_confidence
from siaga_ops.evaluation.classes import confusion
from siaga_ops.evaluation.deciding import Decided, speed
from siaga_ops.evaluation.labelled import Labelled
from siaga_ops.evaluation.pranks import NEVER, prank_figures
from siaga_ops.evaluation.ratios import Share, quantile

Label = Callable[..., Labelled]
Decide = Callable[..., Decided]

PASAR_LIWA = "18.04.04.1001"


def place(kode: str | None, confidence: float = 0.9, level: str = "pekon") -> Place:
    return Place.model_validate({"kode": kode, "level": level, "name": "x", "confidence": confidence})


def test_precision_recall_f1_and_macro_f1() -> None:
    # fire: 2 labelled, 1 right, 3 decided. medical: 2 labelled, 1 right, 1 decided. none: 1 labelled, 0 decided.
    table = confusion(
        ("fire", "medical", "none", "covid"),
        [
            ("fire", "fire"),
            ("fire", "medical"),
            ("medical", "fire"),
            ("medical", "medical"),
            ("none", "fire"),
        ],
    )
    fire, medical, none, covid = table.classes
    assert (fire.labelled, fire.decided, fire.right) == (2, 3, 1)
    assert [fire.precision, fire.recall, fire.f1] == pytest.approx([1 / 3, 0.5, 0.4])
    assert (medical.precision, medical.recall, medical.f1) == (0.5, 0.5, 0.5)
    assert (none.precision, none.recall, none.f1) == (0, 0, 0)
    assert covid.f1 == 0
    assert table.macro_f1 == pytest.approx((0.4 + 0.5 + 0) / 3)  # covid occurs nowhere: not in the mean
    assert table.counts == ((1, 1, 0, 0), (1, 1, 0, 0), (1, 0, 0, 0), (0, 0, 0, 0))
    assert table.right == Share(2, 5)


def test_nothing_has_no_share_and_no_macro_f1() -> None:
    table = confusion(("fire",), [])
    assert table.right.value is None
    assert table.right.interval is None
    assert table.macro_f1 == 0
    assert str(table.right) == "–"


def test_wilsons_interval_of_eight_in_ten() -> None:
    assert Share(8, 10).interval == pytest.approx((0.490, 0.943), abs=5e-4)


def test_quantiles_are_values_that_occurred() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert (quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)) == (50, 99, 100)
    assert quantile([7.0], 0.99) == 7
    assert quantile([], 0.5) == 0


def test_speed_is_of_the_reports_own_times(label: Label, decide: Decide) -> None:
    figures = speed([decide(label(), seconds=s) for s in (0.001, 0.002, 0.005)])
    assert (figures.p50_ms, figures.p99_ms, figures.reports_a_second) == (2, 5, 375)


def test_what_counts_as_a_dismissed_emergency(label: Label, decide: Decide) -> None:
    asked = label(disposition="confirm")
    prank = label(disposition="confirm", prank=True)
    question = label(disposition="answer", category="information")
    figures = prank_figures(
        [
            decide(label(), disposition="dismiss"),
            decide(asked, disposition="dismiss"),
            decide(label(), disposition="confirm"),
            decide(label(), disposition="answer"),
            decide(prank, disposition="dismiss"),
            decide(question, disposition="dismiss"),
        ]
    )
    assert figures.dismissed == Share(2, 4)
    assert figures.claims_dismissed == Share(1, 1)
    assert figures.held_though_true == Share(1, 3)


def test_pranks_not_dispatched_and_the_prank_flag(label: Label, decide: Decide) -> None:
    prank = label(prank=True, disposition="dismiss", category="none")
    figures = prank_figures(
        [
            decide(prank),
            decide(prank, disposition="confirm", prank=False),
            decide(prank, disposition="dispatch", prank=False),
            decide(label(), prank=True),
        ]
    )
    assert figures.kept_from_dispatch == Share(2, 3)
    flag = figures.flag.classes[0]
    assert [flag.precision, flag.recall] == pytest.approx([1 / 2, 1 / 3])


def test_the_operating_curve_and_what_the_cost_chooses(label: Label, decide: Decide) -> None:
    prank = label(prank=True, disposition="dismiss", category="none")
    decided = [
        *(decide(prank, prank_score=s) for s in (0.9, 0.9, 0.55, 0.2)),
        decide(label(), prank_score=0.7),
        decide(label(), prank_score=0.0),
    ]
    figures = prank_figures(decided)
    points = {p.threshold: (p.wrong_dismissals, p.wrong_dispatches, p.cost) for p in figures.curve}
    assert points[NEVER] == (0, 4, 4)
    assert points[0.9] == (0, 2, 2)
    assert points[0.7] == (1, 2, 102)
    assert points[0.0] == (2, 0, 200)
    assert figures.cheapest.threshold == 0.9
    assert (figures.in_use.threshold, figures.in_use.cost) == (PRANK_FROM, 101)
    assert (figures.suspicion.threshold, figures.suspicion.cost) == (SUSPICION_FROM, 101)
    assert figures.machine.cost == 0
    planted = prank_figures([*decided, decide(label(), prank_score=0.95)])
    assert planted.cheapest.threshold == NEVER


def test_of_equal_costs_the_careful_threshold_is_chosen(label: Label, decide: Decide) -> None:
    assert prank_figures([decide(label(disposition="answer"), prank_score=0.8)]).cheapest.threshold == NEVER


def test_ten_bins_and_the_calibration_error() -> None:
    found = calibration([(0.95, True), (0.95, False), (1.0, True), (0.3, False), (0.29, True)])
    counts = [b.count for b in found.bins]
    assert counts == [0, 0, 1, 1, 0, 0, 0, 0, 0, 3]
    last = found.bins[-1]
    assert last.said == pytest.approx(2.9 / 3)
    assert last.right == pytest.approx(2 / 3)
    # gaps: 0.71 once, 0.3 once, 0.3 three times
    assert found.error == pytest.approx((0.71 + 0.3 + 3 * 0.3) / 5)
    assert calibration([]).error is None
    assert calibration([(nextafter(0.3, 0), True)]).bins[3].count == 1


def test_a_place_seen_where_none_is_named_is_wrong(label: Label, decide: Decide) -> None:
    named = label(place_text="liwa", expected_kode=PASAR_LIWA)
    outside = label(place_text="krui")
    found = place_confidence(
        [
            decide(named, place(PASAR_LIWA)),
            decide(named),
            decide(outside, place(None, level="outside")),
            decide(label(), place(None, level="outside")),
        ]
    )
    assert found.count == 3
    assert found.bins[9].right == pytest.approx(2 / 3)


def test_a_categorys_confidence_is_its_score(label: Label, decide: Decide) -> None:
    scores: Any = (("fire", 0.75), ("medical", 0.25), ("none", 0.0))
    found = category_confidence(
        [
            decide(label(), scores=scores),
            decide(label(), category="medical", scores=scores),
            decide(label(category="none"), scores=scores),
        ]
    )
    assert found.count == 3
    answers = [(b.count, b.said, b.right) for b in found.bins if b.count]
    assert answers == [(1, 0.0, 1.0), (1, 0.25, 0.0), (1, 0.75, 1.0)]
