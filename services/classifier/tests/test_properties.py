"""What must hold for any text, and for every report of the development corpus."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siaga_classifier.domain.places import Places
from siaga_classifier.domain.verdict import CATEGORIES, Verdict
from siaga_classifier.domain.words import judge_words

ROOT = Path(__file__).parents[3]
CORPUS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "data/reports/corpus-development.jsonl").read_text(encoding="utf-8").splitlines()
]
OTHER_NAMES = ("Way Petai", "Liwa", "Hanakau")


@pytest.fixture(scope="module")
def places() -> Places:
    return Places.load(ROOT / "data/gazetteer")


def _judged(places: Places, text: str) -> Verdict:
    return judge_words(text, masked=places.spans(text))


@given(st.text(max_size=400), st.integers(-5, 10**9))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(text: str, earlier: int) -> None:
    verdict = judge_words(text, earlier)
    assert verdict.category in CATEGORIES
    assert judge_words(text, earlier) == verdict
    assert round(sum(score for _, score in verdict.scores) * 1000) == 1000
    for one in verdict.evidence:
        assert text[one.start : one.end] == one.words


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_read_as_text_are_judged(places: Places, raw: bytes) -> None:
    for text in (raw.decode(errors="replace"), raw.decode(errors="surrogateescape"), raw.decode("latin-1")):
        assert _judged(places, text).priority in (1, 2, 3)


@pytest.mark.parametrize("piece", ["kebakaran ", "a", "😂", "tidak ", ". ", "liwa ", "\x00"])
def test_a_very_long_text_is_judged(places: Places, piece: str) -> None:
    assert _judged(places, piece * 20_000).category in CATEGORIES


def test_no_true_emergency_of_the_corpus_is_dismissed(places: Places) -> None:
    for label in CORPUS:
        if label["disposition"] in ("dispatch", "confirm") and not label["prank"]:
            assert _judged(places, label["narrative"]).disposition != "dismiss", label["id"]


def test_saying_that_it_is_no_prank_dismisses_no_report_of_the_corpus(places: Places) -> None:
    for label in CORPUS:
        text = label["narrative"]
        if _judged(places, text).disposition in ("dispatch", "confirm"):
            for said in (text + ", ini bukan prank", "ini bukan prank, " + text):
                assert _judged(places, said).disposition != "dismiss", said


def test_writing_style_changes_no_category_of_the_corpus(places: Places) -> None:
    chosen = random.Random(112).sample(CORPUS, 400)
    for text in (label["narrative"] for label in chosen):
        category = judge_words(text).category
        for other in (
            text.upper(),
            text.replace(" ", "   "),
            text + "!!!",
            text + " ...",
            text.replace(",", ",,"),
        ):
            assert judge_words(other).category == category, other


def test_the_category_of_a_report_does_not_depend_on_the_place_it_names(places: Places) -> None:
    """Any pekon's or kecamatan's name in place of the one said: the same category."""
    changed = []
    for label in (one for one in CORPUS if one["expected_kode"]):
        texts = [label["narrative"].replace(label["place_text"], name) for name in OTHER_NAMES]
        if len({_judged(places, text).category for text in texts}) > 1:
            changed.append(label["id"])
    assert changed == []


@pytest.mark.parametrize("sign", ["\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff"])
def test_what_cannot_be_seen_hides_no_word(sign: str) -> None:
    text = "rumah saya keba" + sign + "karan pak"
    verdict = judge_words(text)
    assert (verdict.category, verdict.disposition) == ("fire", "dispatch")
    assert all(text[one.start : one.end] == one.words for one in verdict.evidence)


def test_an_accent_that_stands_apart_is_an_accent() -> None:
    assert (
        judge_words("kebakara\u0301n rumah").category
        == judge_words("kebakar\u00e1n rumah").category
        == "fire"
    )
