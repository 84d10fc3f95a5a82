"""The judgement of data/reports/development.jsonl: a level once reached is held.

The vocabulary was made with these reports in view: what is held here is agreement, not a forecast.
data/SOURCES.md says what was measured on reports that were not in view.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from siaga_classifier.domain.places import PlaceFound, Places
from siaga_classifier.domain.verdict import CATEGORIES, Category, Verdict
from siaga_classifier.domain.words import judge_words

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Judged:
    label: dict[str, Any]
    verdict: Verdict
    place: PlaceFound | None


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    places = Places.load(ROOT / "data/gazetteer")
    lines = (ROOT / "data/reports/development.jsonl").read_text(encoding="utf-8").splitlines()
    labels = [json.loads(line) for line in lines]
    return [
        Judged(
            label,
            judge_words(label["narrative"], masked=places.spans(label["narrative"])),
            places.in_text(label["narrative"]),
        )
        for label in labels
    ]


def test_the_reports_are_well_formed_and_of_every_category(judged: list[Judged]) -> None:
    assert len({j.label["id"] for j in judged}) == len(judged) >= 250
    assert {j.label["category"] for j in judged} == set(CATEGORIES)
    for label in (j.label for j in judged):
        assert label["place_text"] is None or label["place_text"] in label["narrative"]


def test_category_priority_prank_and_place_agree(judged: list[Judged]) -> None:
    most = len(judged)
    assert sum(j.verdict.category == j.label["category"] for j in judged) >= 0.96 * most
    assert sum(j.verdict.priority == j.label["priority"] for j in judged) >= 0.93 * most
    assert sum(abs(j.verdict.priority - j.label["priority"]) <= 1 for j in judged) >= 0.98 * most
    assert sum(j.verdict.prank == j.label["prank"] for j in judged) >= 0.97 * most
    kodes = [(None if j.place is None else j.place.kode) == j.label["expected_kode"] for j in judged]
    assert sum(kodes) >= 0.96 * most


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_category_is_left_behind(judged: list[Judged], category: Category) -> None:
    of_it = [j for j in judged if j.label["category"] == category]
    assert sum(j.verdict.category == category for j in of_it) >= 0.9 * len(of_it)


def test_no_true_emergency_is_dismissed_or_only_answered(judged: list[Judged]) -> None:
    lost = [
        j.label["id"]
        for j in judged
        if j.label["disposition"] in ("dispatch", "confirm")
        and not j.label["prank"]
        and j.verdict.disposition not in ("dispatch", "confirm")
    ]
    assert lost == []


def test_saying_that_it_is_no_prank_never_dismisses(judged: list[Judged]) -> None:
    for one in judged:
        if one.verdict.disposition in ("dispatch", "confirm"):
            for text in (
                "ini bukan prank pak, " + one.label["narrative"],
                one.label["narrative"] + ", ini bukan prank",
            ):
                assert judge_words(text).disposition != "dismiss", text


def test_case_space_and_punctuation_change_nothing(judged: list[Judged]) -> None:
    for text in (j.label["narrative"] for j in judged):
        plain = judge_words(text)
        for other in (text.upper(), "  " + text.replace(" ", "  ") + "\n", text + "!!!"):
            changed = judge_words(other)
            assert (changed.category, changed.priority, changed.prank, changed.disposition) == (
                plain.category,
                plain.priority,
                plain.prank,
                plain.disposition,
            ), other
