"""What stands beside an incident does not hide it: idle talk, questions, courtesies, abuse. And what is left without
an incident is still a question or a joke."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from siaga_classifier.domain import hearing
from siaga_classifier.domain.places import Places
from siaga_classifier.domain.reading import LEXICON
from siaga_classifier.domain.tokens import tokens
from siaga_classifier.domain.verdict import Verdict
from siaga_classifier.domain.words import judge_words

ROOT = Path(__file__).parents[3]
CORPUS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "data/reports/corpus-development.jsonl").read_text(encoding="utf-8").splitlines()
]
URGENT = random.Random(112).sample(
    [
        label
        for label in CORPUS
        if label["disposition"] == "dispatch" and not label["prank"] and label["priority"] < 3
    ],
    150,
)
NOTHING = ("dismiss", "answer", "transfer")

IDLE = (
    "aku sayang kamu",
    "tes tes",
    "main game yuk",
    "halo siapa ini",
    "boleh kenalan gak",
    "goblok lo semua",
)
QUESTIONS = (
    "nomor ambulans berapa",
    "minta nomor polsek",
    "bpjs saya mati",
    "pak mau tanya",
    "listrik mati pak",
)
COURTESIES = ("maaf mengganggu", "terima kasih", "assalamualaikum", "makasih sebelumnya", "ini bukan prank")


@pytest.fixture(scope="module")
def places() -> Places:
    return Places.load(ROOT / "data/gazetteer")


def _beside(places: Places, said: str, label: dict[str, Any]) -> list[Verdict]:
    report = label["narrative"]
    texts = (f"{said}, {report}", f"{report}, {said}", f"{said} {report}", f"{report} {said}")
    return [judge_words(text, masked=places.spans(text)) for text in texts]


@pytest.mark.parametrize("said", [*IDLE, *QUESTIONS])
def test_nothing_said_beside_it_puts_an_incident_away(places: Places, said: str) -> None:
    """Nor does it make one in a hundred so unimportant that an unanswered confirmation tells nobody."""
    verdicts = [verdict for label in URGENT for verdict in _beside(places, said, label)]
    assert [v for v in verdicts if v.disposition in NOTHING] == []
    forgotten = sum(v.priority == 3 and v.disposition == "confirm" for v in verdicts)
    assert forgotten <= len(verdicts) / 50, forgotten


@pytest.mark.parametrize("said", COURTESIES)
def test_courtesies_and_assurances_change_nothing(places: Places, said: str) -> None:
    changed = 0
    for label in URGENT:
        report = label["narrative"]
        alone = judge_words(report, masked=places.spans(report))
        for text in (f"{said}, {report}", f"{report}, {said}"):
            verdict = judge_words(text, masked=places.spans(text))
            one = (verdict.category, verdict.priority, verdict.disposition)
            changed += one != (alone.category, alone.priority, alone.disposition)
    assert changed <= 2, changed


@pytest.mark.parametrize(
    ("text", "categories", "priorities"),
    [
        ("aku sayang kamu, anak saya kecempung sumur", {"accident"}, {1, 2}),
        ("goblok lo semua, anak gue udah ga napas", {"medical"}, {1}),
        ("emak saya dipatok, ini bukan prank", {"medical"}, {1}),
        ("anak saya kecempung sumur beneran bukan iseng", {"accident"}, {1}),
        ("berapa nomor ambulans ya pak, emak saya dipatok", {"medical"}, {1}),
        ("listrik mati pak, rumah saya kebakaran", {"fire"}, {1}),
        ("maaf mengganggu, rumah saya kebakaran", {"fire"}, {1}),
        ("rumah saya kebakaran, berapa nomor damkar ya pak", {"fire"}, {1}),
        ("mbak suaranya bagus, ada yang tenggelam di kali", {"accident"}, {1}),
        ("pesan bakso dua, eh ini toko sebelah kebakaran", {"fire"}, {1, 2}),
    ],
)
def test_the_incident_beside_is_the_report(text: str, categories: set[str], priorities: set[int]) -> None:
    verdict = judge_words(text)
    assert verdict.category in categories
    assert verdict.priority in priorities
    assert verdict.disposition in ("dispatch", "confirm")


@pytest.mark.parametrize(
    "text",
    [
        "pak main game yuk, hehe, adik aku biru mukanya",
        "nomor ambulans berapa, bapak saya jatuh",
        "minta nomor polsek, rumah saya dimasukin orang",
        "listrik mati pak, api pak, nenek masih di dalam",
        'P tes tes, lalu suara lirih "jangan... jangan..." lalu tertutup, 6 detik',
        "cuma mau bilang makasih buat semuanya, maaf kalo aku nyusahin",
        "ma, aku sayang mama, maafin aku",
        "aku sayang kalian, maafin aku ya",
        "halo siapa ini, aku ilang om, tadi sama mamah di pasar",
        "boleh kenalan gak tolong, saya... (gedebuk, putus)",
    ],
)
def test_what_may_be_an_incident_is_confirmed_soon(text: str) -> None:
    """Priority 3 would not be dispatched by the machine, or brought to a supervisor."""
    verdict = judge_words(text)
    assert verdict.disposition == "confirm"
    assert verdict.priority <= 2 or "distress" in _heard(text).reading.signs


@pytest.mark.parametrize(
    ("text", "disposition"),
    [
        ("mati lampu pak dari tadi", "transfer"),
        ("jadwal posyandu kapan ya bu, terima kasih", "answer"),
        ("halo mbak lagi apa, boleh kenalan gak", "dismiss"),
        ("ojek ya mas? bukan ojek? lah ini nomer apa dong", "dismiss"),
        ("kecelakaan minggu lalu, mau tanya cara klaim jasa raharja", "answer"),
    ],
)
def test_idle_talk_and_questions_alone_stay_what_they_are(text: str, disposition: str) -> None:
    assert judge_words(text).disposition == disposition


def test_a_joke_that_changes_what_was_said_is_not_taken_away() -> None:
    """ "ada kebakaran, bohong deng": the take-back belongs to the fire, so nobody hears a fire alone."""
    verdict = judge_words("ada kebakaran pak wkwkwk, bohong deng")
    assert (verdict.category, verdict.priority, verdict.disposition) == ("fire", 3, "confirm")


def test_the_evidence_shows_idle_talk_and_what_stands_beside_it() -> None:
    text = "aku sayang kamu, anak saya kecempung sumur"
    shown = {one.means: one.words for one in judge_words(text).evidence}
    assert shown["prank: chatter"] == "aku sayang"
    assert "kecempung" in [
        one.words for one in judge_words(text).evidence if one.means == "learned: accident"
    ]


def _heard(text: str) -> hearing.Heard:
    return hearing.hear(text, tokens(text, LEXICON.spelling), ())


def test_courtesies_are_not_heard() -> None:
    heard = _heard("assalamualaikum pak, maaf mengganggu, rumah saya kebakaran, terima kasih banyak")
    assert [word.form for word in heard.words] == ["pak", "rumah", "saya", "kebakaran"]


def test_thanks_for_everything_are_no_courtesy() -> None:
    assert "semuanya" in [word.form for word in _heard("terima kasih buat semuanya").words]
    assert "despair" in _heard("terima kasih buat semuanya").reading.signs


def test_nothing_is_left_of_courtesies_alone() -> None:
    assert judge_words("terima kasih").disposition == "confirm"
    assert judge_words("assalamualaikum").priority == 2
