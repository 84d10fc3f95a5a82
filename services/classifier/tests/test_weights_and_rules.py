"""What the weights may do and what they may not, with weights that say what the test wants."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from siaga_classifier.domain import hearing, showing, weighing
from siaga_classifier.domain.learned import FIELDS
from siaga_classifier.domain.words import judge_words

Say = Callable[..., None]


class _Weights:
    """The same scores for every report."""

    def __init__(self, said: Mapping[str, float]) -> None:
        self.said = {field: said.get(field, 0.0) for field in FIELDS}

    def scores(self, words: Sequence[str | None], rules: Mapping[str, float]) -> dict[str, float]:
        return dict(self.said)

    def telling(self, words: Sequence[str | None], field: str) -> list[float]:
        return [0.0] * len(words)


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    def said(**scores: float) -> None:
        for module in (weighing, hearing, showing):
            monkeypatch.setattr(module, "LEARNED", _Weights(scores))

    return said


LONG = " di rumah saya yang dekat masjid besar itu sebelah kiri jalan"
"""So many words that the weights need no margin."""


@pytest.mark.parametrize(
    "text",
    [
        "(berbisik) dia masih di luar pintu, saya sembunyi" + LONG,
        "mbak pesan martabak ke alamat biasa, cepat ya" + LONG,
        "saya capek hidup" + LONG,
    ],
)
def test_a_hidden_cry_for_help_keeps_its_urgency(say: Say, text: str) -> None:
    say(p3=1)
    assert judge_words(text).priority <= 2


@pytest.mark.parametrize(("scores", "priority"), [({"p1": 1}, 1), ({"p2": 1}, 2), ({"p3": 1}, 2)])
def test_a_danger_to_life_is_lowered_by_one_step_at_most(
    say: Say, scores: dict[str, float], priority: int
) -> None:
    say(fire=1, **scores)
    assert judge_words("kebakaran rumah, ada anak di dalam" + LONG).priority == priority


def test_a_danger_to_life_told_as_a_joke_may_be_none(say: Say) -> None:
    say(fire=1, p3=1, prank=0.9)
    assert judge_words("kebakaran rumah hahaha, ada anak di dalam" + LONG).priority == 3


def test_the_weights_raise_as_they_lower(say: Say) -> None:
    say(other=1, p1=1)
    assert judge_words("ada sarang tawon di plafon" + LONG).priority == 1
    say(other=1, p3=1)
    assert judge_words("ada sarang tawon di plafon" + LONG).priority == 3


def test_of_few_words_the_vocabulary_has_the_last_word(say: Say) -> None:
    say(fire=1, p2=0.7)
    assert judge_words("kebakaran rumah").priority == 1
    assert judge_words("kebakaran rumah" + LONG).priority == 2


@pytest.mark.parametrize(("prank", "disposition"), [(0.0, "dispatch"), (0.34, "dispatch"), (0.36, "confirm")])
def test_who_sounds_like_a_prank_to_the_weights_is_asked(say: Say, prank: float, disposition: str) -> None:
    say(other=1, p2=1, prank=prank)
    assert judge_words("ada ular kobra masuk dapur" + LONG).disposition == disposition


def test_but_not_where_the_words_tell_of_danger_to_life_and_nothing_jokes(say: Say) -> None:
    say(fire=1, p1=1, prank=0.9)
    assert judge_words("kebakaran rumah, ada anak di dalam" + LONG).disposition == "dispatch"
    assert judge_words("kebakaran rumah hehe, ada anak di dalam" + LONG).disposition == "confirm"


def test_a_question_near_an_incident_is_confirmed(say: Say) -> None:
    say(information=0.8, medical=0.4)
    assert judge_words("jadwal posyandu kapan ya bu" + LONG).disposition == "answer"
    say(information=0.8, medical=0.5)
    assert judge_words("jadwal posyandu kapan ya bu" + LONG).disposition == "confirm"


DISMISSED = "halo mbak lagi apa, boleh kenalan gak"


@pytest.mark.parametrize(
    ("scores", "disposition"),
    [
        ({"none": 1, "prank": 1}, "dismiss"),
        ({"none": 1, "prank": 0.5}, "dismiss"),
        ({"none": 1, "prank": 0.49}, "confirm"),
        ({"none": 1, "prank": 1, "medical": 0.67}, "confirm"),
        ({"none": 0.4, "prank": 1, "medical": 0.05, "fire": 0.05}, "confirm"),
    ],
)
def test_the_weights_forbid_a_dismissal_and_never_order_one(
    say: Say, scores: dict[str, Any], disposition: str
) -> None:
    say(**scores)
    assert judge_words(DISMISSED).disposition == disposition
    assert judge_words("rumah saya ada di sini").disposition != "dismiss"


def test_what_they_know_of_no_incident_by_name_may_still_be_one(say: Say) -> None:
    """The vocabulary knows nothing of it, and no one incident is likely, but all together are."""
    say(none=0.1, medical=0.3, accident=0.29, fire=0.28)
    verdict = judge_words("si mbah mblasuk ing pawon")
    assert (verdict.category, verdict.disposition) == ("medical", "confirm")
    say(none=0.4, medical=0.3, accident=0.29, fire=0.28)
    assert judge_words("si mbah mblasuk ing pawon").category == "none"
