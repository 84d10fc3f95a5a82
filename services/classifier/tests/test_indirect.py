"""Emergencies told as a question, an order, a goodbye, a joke, with a place from elsewhere: each was once put away.

The list grows whenever one is found; sentences are invented."""

from pathlib import Path

import pytest
from siaga_classifier.domain.decider import understand
from siaga_classifier.domain.places import Places
from siaga_classifier.domain.verdict import Verdict
from siaga_classifier.domain.words import judge_words

ROOT = Path(__file__).parents[3]
INDIRECT = """
cara cpr gimana cepetan
cara rjp gimana
caranya mompa dada gimana mbak
cara kasih napas gimana
cara berhentiin darah gimana, muncrat terus
cara motong tali pusar gimana
cara nutup luka tusuk gimana
cara turunin orang dari tali gimana
cara ngangkat motor dari badan orang gimana
boleh ga cabut pisaunya
apakah boleh cabut pisau dari perut
tanya mbak, cara ngecek orang masih hidup gimana
gimana cara ngeluarin orang dari sumur
kak mau tanya, dosis paracetamol berapa biar mati
gimana cara mati yang ga sakit
mau tanya, kalau minum oli mati ga
dimana ya bisa beli racun buat saya sendiri
berapa tinggi jembatan biar langsung mati
assalamualaikum, mbak mau tanya, kalau orang ga napas harus diapain ya
mau tanya jadwal ambulans, istri saya udah pembukaan lengkap
biaya ambulans berapa, suami saya sekarat
surat pengantar dulu ga pak? orang tua saya koma
saya komplain ya, udah telpon 3x, bapak saya keburu mati
numpang tanya, ini orang udah biru masih bisa ditolong
pln tolong matiin listrik ada orang nempel di tiang
lampu mati di rumah, ibu saya pake oksigen listrik
pamit ya mbak, besok saya udah ga ada
saya sudah tulis surat buat ibu. maaf merepotkan
temenin ngobrol dong, ini malam terakhir aku
temenin saya ngobrol sampai obatnya bereaksi
curhat boleh ya mbak, habis ini saya mau nyusul anak saya
aku sayang mama, bilangin ya om, aku mau terbang dari atap
bosen banget, pengen ngilang dari dunia
kesepian, ga ada yang peduli, mau udahan aja
dongeng dulu ya sebelum aku pergi selamanya
pacar saya minum obat serangga gara gara patah hati
sakit hati ditinggal nikah terus gantung diri di pohon
mau pesen ayam geprek level 10 kirim sekarang dia udah di depan pintu
saya mau pesen pizza, bukan mbak ga salah nomor
mbak bisa pura pura jadi kakak saya ga
ojek ya? jemput saya sekarang, jangan nelpon balik
kak ayah pukul bunda lagi
adek saya diapa apain sama om
aku diajak om om masuk mobil
mbak cantik tolong dong, temen saya ketusuk
trauma kapitis, gcs 6
adek di dalam kulkas
ada bayi di tong sampah masih idup
my baby is turning blue
api pak
ada maling di rumah tetangga, ga tau daerah mana
"""


@pytest.fixture(scope="module")
def places() -> Places:
    return Places.load(ROOT / "data/gazetteer")


def _heard(places: Places, text: str) -> Verdict:
    return understand(judge_words, places, text, None).verdict


@pytest.mark.parametrize("text", INDIRECT.strip().splitlines())
def test_somebody_hears_of_it_soon(places: Places, text: str) -> None:
    verdict = _heard(places, text)
    assert verdict.disposition in ("dispatch", "confirm")
    assert verdict.priority <= 2


@pytest.mark.parametrize(
    "text",
    [
        "anak saya keselek kedondong ga bisa napas",
        "jatuh dari pohon kedondong ga sadar",
        "warung bakso wonosobo kebakaran",
        "martabak bandung kompornya meledak",
        "bus bengkulu jakarta masuk jurang sopir kejepit",
        "truk ekspedisi surabaya nabrak rumah ada orang kejepit",
        "saya turis jakarta, teman saya tenggelam",
        "kakak saya di Jakarta bilang ibu ga jawab telpon, ibu saya sesak disini",
        "ibu mertua di bogor, di sini istri saya perdarahan",
        "lagi nonton tv berita jakarta tiba tiba ibu kejang",
        "perahu terbalik di danau ranau",
    ],
)
def test_who_names_a_place_elsewhere_is_not_transferred_there(places: Places, text: str) -> None:
    verdict = _heard(places, text)
    assert (verdict.priority, verdict.transfer_to) == (1, None)
    assert verdict.disposition in ("dispatch", "confirm")


@pytest.mark.parametrize(
    ("text", "neighbour"),
    [
        ("kebakaran rumah di krui", "112 Krui"),
        ("truk kapur rem nya nyala! Kotabumi!", "112 Kotabumi"),
        ("longsor di Banding Agung Ranau, jalan putus", "112 Banding Agung Ranau"),
    ],
)
def test_what_happens_elsewhere_is(places: Places, text: str, neighbour: str) -> None:
    verdict = _heard(places, text)
    assert verdict.disposition == "transfer"
    assert verdict.transfer_to == neighbour


@pytest.mark.parametrize(
    "text",
    [
        "gol bunuh diri tadi siapa",
        "main tembak tembakan yuk",
        "tenggelam di matamu",
        "kebakaran stok diskon gila",
        "penonton meledak",
        "mau tanya kantor camat buka jam berapa",
    ],
)
def test_a_figure_of_speech_sends_nobody(places: Places, text: str) -> None:
    assert _heard(places, text).disposition != "dispatch"
