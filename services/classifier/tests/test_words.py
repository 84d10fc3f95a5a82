"""How reports are judged by their words. Sentences are invented; the 45 examples are in data/reports."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siaga_classifier.domain.places import Places
from siaga_classifier.domain.verdict import CATEGORIES, Category
from siaga_classifier.domain.words import EVIDENCE_LIMIT, VERSION, judge_words

ROOT = Path(__file__).parents[3]
EXAMPLES = [
    json.loads(line) for line in (ROOT / "data/reports/narrative-examples.jsonl").read_text().splitlines()
]

EMERGENCIES: list[tuple[str, Category, set[int]]] = [
    ("tolong pak rumah tetangga kebakaran besar, masih ada anak kecil di dalam", "fire", {1}),
    ("bau gas nyengat banget di rumah, takut meledak", "fire", {1, 2}),
    ("tetangga bakar sampah apinya merembet ke dapur saya", "fire", {1}),
    ("enggal pak imah abdi kahuruan", "fire", {1}),
    ("umah ku kena api, tulung puakhi, api khadu balak", "fire", {1}),
    ("ada tabrakan motor sama truk, yang naik motor gak sadar", "accident", {1}),
    ("bapak saya masuk sumur, gak ada suara lagi", "accident", {1}),
    ("bapake tibo soko wit klopo, ora sadar", "accident", {1}),
    ("orang kesetrum di sawah kena jebakan tikus", "accident", {1}),
    ("istri saya mau melahirkan ketubannya udah pecah", "medical", {1}),
    ("warga diterkam harimau di kebun kopi", "medical", {1}),
    ("bapak saya dadanya sakit keringat dingin, angin duduk kayaknya", "medical", {1}),
    ("anak saya step", "medical", {1}),
    ("ada orang mau gantung diri", "medical", {1}),
    ("saya gak kuat lagi, mau mati aja", "medical", {1}),
    ("banjir pak, rumah saya kerendam sedada, kami di atas atap", "disaster", {1}),
    ("ada orang hanyut kebawa banjir", "disaster", {1}),
    ("lindu kenceng banget, omah retak", "disaster", {2}),
    ("ada maling masuk rumah, dia bawa golok", "public_order", {1}),
    ("ada orang gila ngamuk bawa parang", "public_order", {1}),
    ("kebo kulo ilang dicolong maling", "public_order", {2}),
    ("saya positif covid isoman, sesak banget saturasi 80", "covid", {1}),
    ("tetangga saya gak bisa nyium bau, batuk", "covid", {2}),
    ("harimau turun ke kebun, makan kambing warga", "other", {1, 2}),
    ("kabel listrik putus jatuh ke jalan", "other", {1, 2}),
    ("ada ular kobra masuk dapur", "other", {2}),
    ("help there is a fire in my house", "fire", {1}),
]


@pytest.mark.parametrize(("text", "category", "priorities"), EMERGENCIES)
def test_an_emergency_is_dispatched(text: str, category: Category, priorities: set[int]) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.disposition, verdict.prank) == (category, "dispatch", False)
    assert verdict.priority in priorities


@pytest.mark.parametrize(
    ("text", "transfer_to"),
    [
        ("mati lampu pak dari tadi", "PLN 123"),
        ("air pdam gak ngalir 3 hari", "PDAM"),
        ("bikin ktp syaratnya apa ya", None),
        ("pak mau tanya boleh gak bakar sampah di belakang rumah", None),
        ("kalau ada kebakaran nomor berapa ya pak? cuma mau tanya", None),
        ("kecelakaan minggu lalu, mau tanya cara klaim jasa raharja", None),
        ("tidak ada kebakaran pak, cuma orang bakar sampah", None),
    ],
)
def test_a_question_is_answered_or_transferred(text: str, transfer_to: str | None) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.priority, verdict.transfer_to) == ("information", 3, transfer_to)
    assert verdict.disposition == ("answer" if transfer_to is None else "transfer")


@pytest.mark.parametrize("text", [None, "", "  \n", "...", "halo", "tidak ada suara, hanya napas"])
def test_a_silent_call_is_confirmed(text: str | None) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.priority, verdict.disposition) == ("none", 2, "confirm")
    assert not verdict.prank


@pytest.mark.parametrize(
    "text",
    [
        "halo mbak lagi apa, boleh kenalan gak",
        "hati saya terbakar cemburu pak, mantan nikah",
        "suara anak kecil ketawa ketawa main hp lalu ditutup",
        "ojek ya mas? bukan ojek? lah ini nomer apa dong",
    ],
)
def test_a_joke_without_an_incident_is_dismissed(text: str) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.prank, verdict.disposition) == ("none", True, "dismiss")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("ada kebakaran wkwkwk bohong deng", "fire"),
        ("pak ada yang tenggelam hahaha eh boneka doang", "accident"),
        ("tolong ada perampok haha becanda", "public_order"),
    ],
)
def test_a_prank_that_claims_an_incident_keeps_its_category_and_is_confirmed(
    text: str, category: Category
) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.prank, verdict.disposition) == (category, True, "confirm")


@pytest.mark.parametrize(
    "text",
    [
        "mbak pesan martabak ke alamat biasa, cepat ya",
        "(berbisik) dia masih di luar pintu, saya sembunyi di kamar",
    ],
)
def test_coded_and_whispered_distress_is_grave_and_no_prank(text: str) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.priority, verdict.prank) == ("public_order", 1, False)
    assert verdict.disposition in ("confirm", "dispatch")


@pytest.mark.parametrize(
    "text",
    ["kebakaran jenggot tuh pak bupati", "banjir orderan hari ini", "orang lagi bakar sate asapnya banyak"],
)
def test_figures_of_speech_are_no_incident(text: str) -> None:
    assert judge_words(text).category == "none"


def test_swearing_in_fear_is_no_prank() -> None:
    assert judge_words("anjing pak kebakaran anjing cepet bangsat").disposition == "dispatch"


def test_lampung_api_is_a_question_word() -> None:
    assert judge_words("haga nanya gaoh, api dipa ya, nyak mak pandai").category == "information"


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("tertimbun longsor dua orang", "trapped"),
        ("tabrakan, satu orang patah kaki", "victims"),
        ("tetangga dibacok orang", "violence"),
        ("kabel pln putus di jalan", "live_wire"),
        ("gajah masuk kebun", "wild_animal"),
        ("odgj ngamuk di pasar", "mental_health"),
        ("saya positif covid", "covid"),
    ],
)
def test_marks(text: str, mark: str) -> None:
    marks = judge_words(text).marks
    assert mark in marks
    assert list(marks) == sorted(marks)


def test_negated_words_do_not_count_and_are_shown() -> None:
    verdict = judge_words("bukan begal pak, jatuh dari motor sendiri")
    assert verdict.category == "accident"
    assert "negated: public_order" in {e.means for e in verdict.evidence}


def test_masked_spans_do_not_count() -> None:
    text = "halo saya di kebakaran"
    start = text.index("kebakaran")
    assert judge_words(text).category == "fire"
    assert judge_words(text, masked=((start, len(text)),)).category == "none"


@pytest.mark.parametrize("text", [
    "kak dengerin aku bentar ya... rasanya pengen ilang aja", "capek idup gw haha", "hidup aku percuma bang, dah ya makasih",
    "halo, gak usah dijawab, kalo aku udah gak ada tolong kasih makan kucingku ya hehe",
])  # fmt: skip
def test_who_is_tired_of_life_is_listened_to(text: str) -> None:
    verdict = judge_words(text)
    assert verdict.category == "medical"
    assert verdict.disposition in ("confirm", "dispatch")
    assert verdict.priority <= 2, "an operator who does not come in time is not the end of it"
    assert "mental_health" in verdict.marks


@pytest.mark.parametrize("text", [
    "rumah saya kebakaran, saya panik, wkwk", "tolong pak kebakaran wkwk panik saya", "ada bom di kantor bupati",
])  # fmt: skip
def test_laughing_for_fear_does_not_make_a_danger_to_life_a_trifle(text: str) -> None:
    verdict = judge_words(text)
    assert verdict.disposition == "dispatch"
    assert verdict.priority <= 2


def test_a_coded_cry_stays_one_when_it_asks_for_help() -> None:
    verdict = judge_words("mau pesan pizza, tolong cepat, dia masih di sini")
    assert (verdict.category, verdict.priority) == ("public_order", 1)


def test_earlier_pranks_alone_make_no_prank() -> None:
    verdict = judge_words("rumah saya kebakaran", earlier_pranks=50)
    assert (verdict.prank, verdict.disposition) == (False, "dispatch")


def test_the_examples_are_judged_as_labelled() -> None:
    """The examples were read while the vocabulary was made: no measure of quality, only of agreement."""
    judged = [(judge_words(e["narrative"]), e) for e in EXAMPLES]
    assert sum(v.category == e["category"] for v, e in judged) >= 0.9 * len(EXAMPLES)
    assert sum(v.prank == e["prank"] for v, e in judged) >= 0.9 * len(EXAMPLES)
    assert sum(v.priority == e["priority"] for v, e in judged) >= 0.8 * len(EXAMPLES)
    missed = [e["id"] for v, e in judged if not e["prank"] and v.disposition == "dismiss"]
    assert missed == []


def _place_names() -> list[str]:
    names: set[str] = set()
    for file, column in (("lampung_barat_gazetteer.csv", "nama"), ("settlements.csv", "name")):
        with (ROOT / "data/gazetteer" / file).open() as rows:
            names |= {row[column] for row in csv.DictReader(rows)}
    return sorted(names)


@pytest.mark.parametrize(
    "carrier", ["lapor, di {} ada maling", "ibu saya pingsan, alamat {}", "kebakaran {}", "halo saya di {}"]
)
def test_the_category_does_not_depend_on_the_place(carrier: str) -> None:
    """As the service asks: what the gazetteer knows for a name is masked. Bawang is an onion too, and may sway the rest."""
    places = Places.load(ROOT / "data/gazetteer")
    known = carrier.format("Kenali")
    without = judge_words(known, masked=places.spans(known))
    for name in _place_names():
        text = carrier.format(name)
        verdict = judge_words(text, masked=places.spans(text))
        assert (name, verdict.category) == (name, without.category)
        if places.spans(text):
            assert (name, verdict.priority, verdict.prank) == (name, without.priority, without.prank)


REPORTS = st.sampled_from([e["narrative"] for e in EXAMPLES] + [text for text, _, _ in EMERGENCIES])
PIECES = st.sampled_from(
    [
        "kebakaran",
        "tolong",
        "gak",
        "bukan",
        "wkwkwk",
        "ada",
        "api",
        "banjir",
        "anak",
        "tenggelam",
        "prank",
        "mau",
        "tanya",
        "kalau",
        "kemarin",
        "bakar",
        "sate",
        "di",
        "dalam",
        "sesak",
        "dari",
        "pak",
        "?",
        ",",
        ".",
        "!",
        "pesan",
        "martabak",
        "anjing",
        "haha",
        "ngobrol",
    ]
)


@given(REPORTS)
@settings(max_examples=80, deadline=None)
def test_writing_style_does_not_change_the_category(text: str) -> None:
    category = judge_words(text).category
    for other in (
        text.upper(),
        text.replace(" ", "   "),
        "\n " + text + "  ",
        text + "!!!",
        text + "???",
        text + "....",
        text.replace(",", ",,,"),
    ):
        assert judge_words(other).category == category


@given(st.one_of(REPORTS, st.lists(PIECES, max_size=14).map(" ".join)), st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_saying_that_it_is_no_prank_never_causes_a_dismissal(text: str, earlier: int) -> None:
    before = judge_words(text, earlier).disposition
    for added in (text + ", ini bukan prank", "ini bukan prank pak " + text):
        if before in ("dispatch", "confirm"):
            assert judge_words(added, earlier).disposition != "dismiss"


@given(st.lists(PIECES, max_size=20).map(" ".join), st.integers(0, 1000))
@settings(max_examples=200, deadline=None)
def test_no_possible_emergency_is_dismissed(text: str, earlier: int) -> None:
    verdict = judge_words(text, earlier)
    if verdict.disposition == "dismiss":
        assert verdict.category == "none"
        assert verdict.prank
    if verdict.category not in ("none", "information"):
        assert verdict.disposition in ("dispatch", "confirm")


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged_and_evidence_points_into_it(text: str) -> None:
    verdict = judge_words(text)
    assert verdict == judge_words(text)
    assert 0 <= verdict.prank_score <= 1
    assert [c for c, _ in verdict.scores] == list(CATEGORIES)
    for evidence in verdict.evidence:
        assert text[evidence.start : evidence.end] == evidence.words


def test_a_very_long_text_is_judged_with_bounded_evidence() -> None:
    verdict = judge_words("kebakaran di rumah saya pak tolong " * 3000)
    assert verdict.category == "fire"
    assert len(verdict.evidence) == EVIDENCE_LIMIT


def test_the_version_names_vocabulary_and_rules() -> None:
    assert VERSION.startswith("words-")
