"""The learned weights: their probabilities, and the words that told them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siaga_classifier.domain.hearing import hear
from siaga_classifier.domain.learned import FIELDS, SHARPNESS, Learned, Table, likelihoods, parsed, spread
from siaga_classifier.domain.places import Places
from siaga_classifier.domain.reading import LEXICON
from siaga_classifier.domain.tokens import tokens
from siaga_classifier.domain.verdict import CATEGORIES
from siaga_classifier.domain.words import judge_words

ROOT = Path(__file__).parents[3]
NOTHING = [0.0] * len(FIELDS)
WEIGHTS = (ROOT / "services/classifier/siaga_classifier/domain/weights.tsv").read_bytes()


def row(**weights: float) -> int:
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


@given(st.lists(st.lists(st.floats(-10, 10), min_size=13, max_size=13), max_size=20))
def test_a_sum_of_rows_is_the_sum_of_their_numbers(rows: list[list[float]]) -> None:
    """No number of a row, however negative, touches its neighbours."""
    table = Table(
        {f"r {n}": spread(numbers, None) for n, numbers in enumerate(rows)}, spread(NOTHING, None), ""
    )
    scores = Learned(table).scores([], {str(n): 1.0 for n in range(len(rows))})
    for field, found in scores.items():
        at = FIELDS.index(field)
        assert found == pytest.approx(sum(numbers[at] for numbers in rows), abs=1e-4)


def test_each_kind_is_brought_to_its_length() -> None:
    """Of many words each says less; of few none is made louder."""
    table = Table({f"w w{n}": spread([1.0] * 13, 10.0) for n in range(10)}, spread(NOTHING, None), "")
    learned = Learned(table)
    assert learned.scores(["w0"], {})["fire"] == pytest.approx(10 / 250**0.5, abs=1e-4)
    ten = learned.scores([f"w{n}" for n in range(10)], {})["fire"]
    assert ten == pytest.approx(100 / 1000**0.5, abs=1e-4)
    assert learned.scores(["w0", "w0"], {}) == learned.scores(["w0"], {})


def test_a_difference_of_scores_makes_as_sure_as_was_fitted() -> None:
    likely = likelihoods({"a": 0.3, "b": 0.1}, ["a", "b"])
    assert likely["a"] == pytest.approx(0.802, abs=0.001)
    assert SHARPNESS == 7


LINES = WEIGHTS.decode().split("\n")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        [*LINES[:-2], ""],
        LINES[:-1],
        [*LINES[: len(LINES) // 2], ""],
        LINES[1:],
        [LINES[1], LINES[0], *LINES[2:]],
        [LINES[0], LINES[1], *LINES[1:]],
        [LINES[0], *LINES[2:]],
        [*LINES[:5], "", *LINES[5:]],
        [*LINES[:5], LINES[5] + "\r", *LINES[6:]],
        [*LINES[:5], LINES[5] + " 1", *LINES[6:]],
        [*LINES[:5], LINES[5].rpartition(" ")[0], *LINES[6:]],
        [*LINES[:5], LINES[5].rpartition(" ")[0] + " 999999", *LINES[6:]],
        [*LINES[:5], LINES[5].replace("\t", " ", 1), *LINES[6:]],
        [*LINES[:5], LINES[5].replace("\t", "\t99999999", 1), *LINES[6:]],
        [*LINES[:5], LINES[5].rpartition(" ")[0] + " 1.5", *LINES[6:]],
        [*LINES[:5], LINES[0], *LINES[6:]],
    ],
)
def test_damaged_weights_are_refused(lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"^weights: .*restore weights.tsv from git"):
        parsed("\n".join(lines).encode())


def test_the_weights_of_the_package_are_whole_and_were_learned_with_its_vocabulary() -> None:
    """If this fails, words were changed and not trained: run services/classifier/training/train.py."""
    table = parsed(WEIGHTS)
    assert len(table.rows) == len(LINES) - 3
    assert table.vocabulary == LEXICON.version
