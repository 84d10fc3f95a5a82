"""Rules of the judgement one by one: what takes words away, what is only told, what is faint."""

import pytest
from siaga_classifier.domain.lexicon import Entry, Lexicon, Meaning, load_lexicon
from siaga_classifier.domain.tokens import tokens
from siaga_classifier.domain.verdict import Category
from siaga_classifier.domain.words import judge_words


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("nenek gunung lewat belakang rumah", "other"),
        ("kambing saya dua ekor dimakan harimau", "other"),
        ("bapak diterkam harimau di kebun", "medical"),
        ("sapi saya kejang terus mati", "other"),
        ("sapi jatuh ke septitank", "other"),
        ("gunung pesagi keluar asap", "disaster"),
        ("sawah kami tenggelam semua, kali jebol", "disaster"),
        ("longsor menimbun badan jalan", "disaster"),
        ("kunci motor kecebur ke got", "other"),
        ("saya mau bunuh diri", "medical"),
        ("kebakaran rumah, gimana ya pak", "fire"),
        ("suami ngancem mau bakar rumah", "public_order"),
    ],
)
def test_the_whole_phrase_decides(text: str, category: Category) -> None:
    verdict = judge_words(text)
    assert verdict.category == category
    assert verdict.disposition == "dispatch"


@pytest.mark.parametrize(
    "text",
    [
        "di film tadi polisinya nembak penjahat",
        "mimpi saya digigit ular, keluar nomor berapa togelnya",
        "semalem mimpi rumah kebakaran",
    ],
)
def test_what_is_told_of_a_film_or_a_dream_is_no_incident_but_still_confirmed(text: str) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.prank, verdict.disposition) == ("none", True, "confirm")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("lagi nonton film tiba tiba dapur kebakaran", "fire"),
        ("anak main game terus kejang", "medical"),
        ("semalem mimpi buruk, sekarang ibu saya kejang", "medical"),
        ("adik main petak umpet masuk kulkas gak bisa keluar", "other"),
    ],
)
def test_play_and_dreams_before_an_incident_do_not_hide_it(text: str, category: Category) -> None:
    verdict = judge_words(text)
    assert verdict.category == category
    assert verdict.disposition in ("dispatch", "confirm")


def test_two_faint_words_are_an_incident_and_one_is_nothing() -> None:
    """The vocabulary is not sure of them; the weights may be."""
    assert judge_words("bapak dari tadi pucat, keringat terus").disposition in ("confirm", "dispatch")
    assert judge_words("bapak dari tadi pucat, keringat terus").category == "medical"
    assert judge_words("kami di klinik").category == "none"


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("saya isoman covid saturasi 84", 1),
        ("saya isoman covid saturasi tinggal 79", 1),
        ("saya isoman covid saturasi 97", 2),
        ("pasien covid bibirnya biru", 1),
        ("pasien covid gak sadar", 1),
    ],
)
def test_low_oxygen_with_covid_is_life_at_risk(text: str, priority: int) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.priority) == ("covid", priority)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("rumah anak saya ada api", "fire"),
        ("wat apui balak di lamban sikam", "fire"),
        ("api kabar puari, mak wat api-api, gaoh haga ngebual", "none"),
        ("api-api gaoh, nyak mak pandai", "none"),
    ],
)
def test_api_is_fire_except_among_words_of_lampung(text: str, category: Category) -> None:
    assert judge_words(text).category == category


@pytest.mark.parametrize("text", ["ayam apa telur duluan", "tes tes satu dua tiga", "om telolet om"])
def test_trivial_talk_is_dismissed(text: str) -> None:
    verdict = judge_words(text)
    assert (verdict.category, verdict.prank, verdict.disposition) == ("none", True, "dismiss")


def test_an_order_with_a_cry_for_help_is_not_dismissed() -> None:
    assert judge_words("mau pesan pizza, tolong cepat ya").disposition == "confirm"


def test_words_never_heard_are_confirmed_with_priority() -> None:
    verdict = judge_words("zxqv wrtk plmn ghjk bvcx")
    assert (verdict.category, verdict.priority, verdict.disposition) == ("none", 2, "confirm")


@pytest.mark.parametrize("text", ["pemeriksaan rutin besok", "dia kembali ke sini", "keliling kampung"])
def test_a_common_word_is_not_taken_for_a_crime_or_a_crash(text: str) -> None:
    assert judge_words(text).category not in ("public_order", "accident")


def test_a_masked_name_inside_a_gap_does_not_break_the_phrase() -> None:
    text = "telpon damkar liwa berapa"
    start = text.index("liwa")
    assert judge_words(text, masked=((start, start + 4),)).category == "information"


def _lexicon(*phrases: str) -> Lexicon:
    entries = [Entry(phrase, (Meaning("fire", 4),)) for phrase in phrases]
    return Lexicon(entries, {}, "words-test", {"limb": ("kaki", "tangan")})


def test_a_class_stands_for_its_words_and_fillers_may_stand_between() -> None:
    lexicon = _lexicon("@limb putus", "api besar")
    for text in ("kaki putus", "tangannya putus", "kaki pak udah putus", "api sudah besar"):
        assert [f.entry.phrase for f in lexicon.find(tokens(text, {}))] != [], text
    for text in ("hidung putus", "kaki saya putus", "kaki. putus", "kaki pak bu mas putus"):
        assert [f.entry.phrase for f in lexicon.find(tokens(text, {}))] == [], text


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown class"):
        _lexicon("@nothing putus")


def test_a_strong_word_is_known_with_one_letter_wrong() -> None:
    lexicon = _lexicon("kebakaran")
    for text in ("kebakran", "kebakarran", "kebaakran", "kebakarax"):
        assert [f.entry.phrase for f in lexicon.find(tokens(text, {}))] == ["kebakaran"], text
    assert list(lexicon.find(tokens("kebkaarna", {}))) == []


def test_every_plain_phrase_of_the_vocabulary_can_be_found() -> None:
    """None hides behind another: a phrase without a gap is found as itself."""
    lexicon = load_lexicon()
    plain = [e.phrase for e in lexicon.entries if not set(e.phrase) & set("@*.")]
    assert len(plain) > 2000
    lost = [p for p in plain if p not in {f.entry.phrase for f in lexicon.find(tokens(p, {}))}]
    assert set(lost) <= {"tabrakan", "dipukuli", "dipukulin", "di mana ya", "di bawah umur"}
