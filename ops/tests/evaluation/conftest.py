"""Labelled reports and decisions about them, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from siaga_classifier.domain.verdict import CATEGORIES, Verdict
from siaga_events.types import Place
from siaga_ops.evaluation.deciding import Decided
from siaga_ops.evaluation.labelled import Labelled

Label = Callable[..., Labelled]
Decide = Callable[..., Decided]


def make_label(**changes: Any) -> Labelled:
    base: dict[str, Any] = {
        "id": "A-001", "narrative": "kebakaran", "style": "caller", "language": "id", "category": "fire",
        "priority": 1, "prank": False, "disposition": "dispatch", "place_text": None, "expected_kode": None,
        "note": None,
    }  # fmt: skip
    return Labelled.model_validate({**base, **changes})


def make_decided(
    label: Labelled, place: Place | None = None, seconds: float = 0.001, **changes: Any
) -> Decided:
    """As the label has it, but for what is changed."""
    said: dict[str, Any] = {
        "category": label.category, "priority": label.priority, "prank": label.prank,
        "prank_score": 0.6 if label.prank else 0.0, "disposition": label.disposition,
        "scores": tuple((c, float(c == label.category)) for c in CATEGORIES), **changes,
    }  # fmt: skip
    verdict = Verdict(marks=(), evidence=(), transfer_to=None, **said)
    return Decided(label, verdict, place, seconds)


@pytest.fixture
def label() -> Label:
    return make_label


@pytest.fixture
def decide() -> Decide:
    return make_decided
