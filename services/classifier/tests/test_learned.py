"""The learned weights: their probabilities, and the words that told them."""

import json
from pathlib import Path

import pytest
from siaga_classifier.domain.hearing import hear
from siaga_classifier.domain.learned import FIELDS, Learned, Table, likelihoods, spread
from siaga_classifier.domain.places import Places
from siaga_classifier.domain.reading import LEXICON
from siaga_classifier.domain.tokens import tokens
from siaga_classifier.domain.verdict import CATEGORIES
from siaga_classifier.domain.words import judge_words

ROOT = Path(__file__).parents[3]
NOTHING = [0.0] * len(FIELDS)


def row(**weights: float) -> tuple[float, ...]:
    return spread([weights.get(field, 0.0) for field in FIELDS], 1.0)


def test_the_words_that_told_are_found_by_word_by_piece_and_by_neighbour() -> None:
    table = Table(
        {"w asap": row(fire=1), "c gos": row(fire=1), "b bau gosong": row(fire=1), "w bau": row(medical=1)},
        spread(NOTHING, None),
        "made",
    )
    bau, gosong, asap, place = Learned(table).telling(["bau", "gosong", "asap", None], "fire")
    assert min(asap, gosong) > max(0, bau)
    assert place == 0


def test_how_a_report_opens_and_ends_is_heard() -> None:
    table = Table({"b ^ halo": row(none=1), "b pak $": row(other=1)}, spread(NOTHING, None), "made")
    learned = Learned(table)
    assert learned.scores(["halo", "pak"], {})["none"] > 0
    assert learned.scores(["halo", "pak"], {})["other"] > 0
    assert not any(learned.scores(["pak", "halo"], {}).values())


def test_likelihoods_are_probabilities_in_the_order_of_the_scores() -> None:
    scores: dict[str, float] = {c: n / 10 for n, c in enumerate(CATEGORIES)}
    found = list(likelihoods(scores, CATEGORIES).values())
    assert sum(found) == pytest.approx(1)
    assert found == sorted(found)
    assert list(likelihoods(dict.fromkeys(CATEGORIES, 1e300), CATEGORIES).values()) == pytest.approx(
        [1 / len(CATEGORIES)] * 9
    )


def test_a_category_that_the_weights_chose_shows_their_words() -> None:
    places = Places.load(ROOT / "data/gazetteer")
    chosen = 0
    for line in (
        (ROOT / "data/reports/corpus-development.jsonl").read_text(encoding="utf-8").splitlines()[:600]
    ):
        text = json.loads(line)["narrative"]
        masked = places.spans(text)
        verdict = judge_words(text, masked=masked)
        weighed = hear(text, tokens(text, LEXICON.spelling), masked).weighed
        if verdict.category == weighed.category != weighed.said:
            told = [e for e in verdict.evidence if e.means == f"learned: {verdict.category}"]
            assert 1 <= len(told) <= 3, text
            assert all(e.words == text[e.start : e.end] for e in told)
            chosen += 1
    assert chosen > 50
