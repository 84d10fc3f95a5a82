"""Where an incident is: names in the text, coordinates, and both."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siaga_classifier.domain.places import Places

ROOT = Path(__file__).parents[3]
PLACES = Places.load(ROOT / "data/gazetteer")
EXAMPLES = [
    json.loads(line) for line in (ROOT / "data/reports/narrative-examples.jsonl").read_text().splitlines()
]
LIWA = (-5.0220, 104.0793)
JAKARTA = (-6.2, 106.8)


@pytest.mark.parametrize(
    ("text", "kode"),
    [
        ("kebakaran di liwa", "18.04.04"),
        ("tabrakan di sekincau", "18.04.08"),
        ("banjir di suoh", "18.04.09"),
        ("di pekon suoh", "18.04.23.2001"),
        ("kelurahan sekincau", "18.04.08.1005"),
        ("pekon sukaraja way tenong", "18.04.07.2007"),
        ("sukaraja kec batu brak", "18.04.10.2009"),
        ("pagar dewa sukau", "18.04.11.2009"),
        ("di kec pagar dewa", "18.04.20"),
        ("di waymengaku dekat masjid", "18.04.04.1003"),
        ("muarajaya II", "18.04.18.2005"),
        ("muara jaya satu kebun tebu", "18.04.18.2004"),
        ("di mekar sari", "18.04.20.2003"),
        ("di lombok timur", "18.04.22.2004"),
        ("bns ada longsor", "18.04.23"),
        ("kec. blk bukit", "18.04.04"),
        ("tri mulyo gd surian", "18.04.15.2004"),
        ("tribudisukur kebun tebu", "18.04.18.2003"),
        ("sidodadi air hitam", "18.04.19.2001"),
        ("mekarsari sekincau", "18.04.08.2001"),
        ("mobil tetangga ke Krui, kami di hanakau", "18.04.11.2002"),
        ("bus jurusan Krui-Jakarta terguling di kubu perahu", "18.04.04.2002"),
        ("saya orang liwa tapi sekarang di hanakau", "18.04.11.2002"),
        ("bukan di kenali tapi di turgak", "18.04.06.2004"),
        ("di kenali eh salah di bedudu", "18.04.06.2005"),
        ("ambulan dari puskesmas sekincau belum datang, alamat tiga jaya", "18.04.08.2007"),
        ("kejadian kebakaran di hanakau sukau", "18.04.11.2002"),
        ("pekon batu api ada kebakaran", "18.04.20.2008"),
    ],
)
def test_the_place_in_the_text(text: str, kode: str) -> None:
    found = PLACES.in_text(text)
    assert found is not None
    assert found.kode == kode


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "halo tolong ada ular di rumah",
        "kejadian tadi malam di rumah",
        "rumah di ujung jalan",
        "kolam kerang",
        "ibu di rumah sendiri, tinggal di talang",
        "di depan indomaret",
    ],
)
def test_no_place_is_invented(text: str | None) -> None:
    assert PLACES.in_text(text) is None


@pytest.mark.parametrize(
    ("text", "alternatives"),
    [
        ("Pekon Sukaraja", {"18.04.07.2007", "18.04.10.2009"}),
        ("di pekon gunung sugih", {"18.04.04.2007", "18.04.10.2004"}),
        ("pekon pagar dewa", {"18.04.11.2009", "18.04.20.2009"}),
        ("suka mulya", {"18.04.11.2012", "18.04.20.2010"}),
        ("di sidodadi", {"18.04.19.2001", "18.04.20.2005"}),
        ("pekon sukarame", {"18.04.04.2010", "18.04.06.2006"}),
    ],
)
def test_a_name_that_occurs_twice_stays_open(text: str, alternatives: set[str]) -> None:
    found = PLACES.in_text(text)
    assert found is not None
    assert found.kode is None
    assert {a.kode for a in found.alternatives} == alternatives
    assert found.confidence < 0.5


@pytest.mark.parametrize(
    "text", ["kecelakaan di krui pak", "saya di bukit kemuning ada kebakaran", "lokasi ranau", "di kotabumi"]
)
def test_a_place_outside_the_regency(text: str) -> None:
    found = PLACES.in_text(text)
    assert found is not None
    assert (found.level, found.kode) == ("outside", None)


def test_a_settlement_gives_its_pekon_and_its_own_point() -> None:
    found = PLACES.in_text("kemplastik bandar agung")
    assert found is not None
    assert (found.kode, found.level, found.name) == ("18.04.23.2003", "settlement", "Kemplastik")
    assert found.text == "kemplastik bandar agung"


def test_words_of_direction_belong_to_the_place() -> None:
    found = PLACES.in_text("bini gue kejang, di turgak, samping balai pekon, tolong")
    assert found is not None
    assert found.text == "turgak, samping balai pekon"


def test_coordinates_win_and_keep_what_was_said() -> None:
    found = PLACES.resolve("kebakaran di hanakau", *LIWA)
    assert found is not None
    assert (found.kode, found.level, found.text) == ("18.04.04.1001", "point", "hanakau")
    assert (found.lat, found.lon) == LIWA


def test_coordinates_outside_lose_against_a_place_inside() -> None:
    found = PLACES.resolve("kebakaran di hanakau", *JAKARTA)
    assert found is not None
    assert found.kode == "18.04.11.2002"


def test_coordinates_outside_without_a_place_are_outside() -> None:
    found = PLACES.resolve("kebakaran", *JAKARTA)
    assert found is not None
    assert (found.level, found.kode) == ("outside", None)
    assert PLACES.at(-5.19, 103.93).name == "Kabupaten Pesisir Barat"
    assert PLACES.at(math.nan, 104.0).level == "outside"


def test_every_pekon_is_found_by_its_inside_point_and_its_full_name() -> None:
    lines = (ROOT / "data/gazetteer/lampung_barat_gazetteer.csv").read_text().splitlines()[1:]
    rows = [line.split(",") for line in lines]
    for kode, name, level, _, kecamatan, *_, lat, lon in rows:
        if level in ("pekon", "kelurahan"):
            assert PLACES.at(float(lat), float(lon)).kode == kode
            found = PLACES.in_text(f"lapor, di pekon {name} kecamatan {kecamatan}")
            assert found is not None
            assert (name, found.kode) == (name, kode)


def test_by_kode() -> None:
    found = PLACES.by_kode("18.04.04.1001")
    assert found is not None
    assert (found.name, found.kecamatan, found.level) == ("Pasar Liwa", "Balik Bukit", "pekon")
    assert PLACES.by_kode("99.99") is None


def test_the_examples_have_their_places() -> None:
    found = [(PLACES.in_text(e["narrative"]), e) for e in EXAMPLES]
    right = [(f.kode if f else None) == e["expected_kode"] for f, e in found]
    assert sum(right) >= 0.9 * len(EXAMPLES)
    sure = [r for (f, _), r in zip(found, right, strict=True) if f is not None and f.confidence >= 0.9]
    assert sum(sure) >= 0.9 * len(sure)


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read(text: str) -> None:
    found = PLACES.in_text(text)
    assert found == PLACES.in_text(text)
    assert found is None or (found.text is not None and found.text in text)
    for start, end in PLACES.spans(text):
        assert 0 <= start < end <= len(text)


@given(st.floats(), st.floats())
@settings(max_examples=150, deadline=None)
def test_any_numbers_are_a_point(lat: float, lon: float) -> None:
    found = PLACES.at(lat, lon)
    assert (found.kode is None) == (found.level == "outside")
