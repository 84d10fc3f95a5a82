"""What the judgement is measured by, on labelled reports."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siaga_classifier.domain.places import Places
from siaga_classifier.domain.verdict import CATEGORIES, Verdict

__all__ = ["Judged", "measured", "said_of"]


@dataclass(frozen=True, slots=True)
class Judged:
    label: dict[str, Any]
    verdict: Verdict
    kode: str | None


def said_of(file: Path, places: Places, judge: Callable[..., Verdict], writer: str = "") -> list[Judged]:
    """Judges the reports of a file whose id begins with the writer's letter."""
    labels = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    judged = []
    for label in (one for one in labels if one["id"].startswith(writer)):
        place = places.in_text(label["narrative"])
        verdict = judge(label["narrative"], masked=places.spans(label["narrative"]))
        judged.append(Judged(label, verdict, None if place is None else place.kode))
    return judged


def measured(judged: Sequence[Judged]) -> str:
    """The figures in one line; shares of all reports unless they say of what."""
    real = [j for j in judged if j.label["disposition"] in ("dispatch", "confirm") and not j.label["prank"]]
    send = [j for j in real if j.label["disposition"] == "dispatch"]
    pranks = [j for j in judged if j.label["prank"]]
    placed = [j for j in judged if j.label["expected_kode"]]
    nowhere = [j for j in judged if not j.label["expected_kode"]]
    figures = {
        "reports": float(len(judged)),
        "macro-F1": sum(_f1(judged, c) for c in CATEGORIES) / len(CATEGORIES),
        "priority": _share([j.verdict.priority == j.label["priority"] for j in judged]),
        "within one": _share([abs(j.verdict.priority - j.label["priority"]) <= 1 for j in judged]),
        "real dismissed": float(sum(j.verdict.disposition == "dismiss" for j in real)),
        "real answered": float(sum(j.verdict.disposition in ("answer", "transfer") for j in real)),
        "real confirmed first": _share([j.verdict.disposition == "confirm" for j in send]),
        "pranks not dispatched": _share([j.verdict.disposition != "dispatch" for j in pranks]),
        "place right": _share([j.kode == j.label["expected_kode"] for j in placed]),
        "none where none": _share([j.kode is None for j in nowhere]),
    }
    each = " ".join(f"{c} {_f1(judged, c):.2f}" for c in CATEGORIES)
    return ", ".join(f"{k} {v:.3f}".removesuffix(".000") for k, v in figures.items()) + f" ({each})"


def _f1(judged: Sequence[Judged], category: str) -> float:
    both = sum(j.label["category"] == category == j.verdict.category for j in judged)
    either = sum((j.label["category"] == category) + (j.verdict.category == category) for j in judged)
    return 2 * both / either if either else 1.0


def _share(of: Sequence[bool]) -> float:
    return sum(of) / len(of) if of else 1.0
