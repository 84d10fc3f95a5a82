"""Which of the places mentioned is the incident's, and which of a name's meanings counts."""

from collections.abc import Sequence
from dataclasses import replace

from siaga_classifier.domain.directions import CORRECTION
from siaga_classifier.domain.gazetteer import Area, Level
from siaga_classifier.domain.mentions import Mention
from siaga_classifier.domain.tokens import Token

__all__ = ["continues_a_route", "corrected", "meant", "read_together", "score"]

_BASE: dict[Level, float] = {
    "pekon": 3.0,
    "settlement": 2.5,
    "landmark": 2.7,
    "kecamatan": 2.0,
    "outside": 0.5,
    "point": 0.0,
    "regency": 0.0,
}
_CUE = {
    "pekon": 1.5,
    "hamlet": 1.2,
    "kecamatan": 0.8,
    "at": 1.0,
    "near": 0.8,
    "beside": 0.5,
    "facility": -1.5,
    "from": -0.4,
    "folk": -1.0,
    "away": -2.5,
    "not": -9.0,
    "": 0.0,
}


def read_together(found: Sequence[Mention]) -> list[Mention]:
    """ "pagar dewa sukau": the name of a kecamatan and of pekon is the pekon's beside the pekon's kecamatan."""
    kecamatan = [{a.kode for a in m.areas if a.level == "kecamatan"} for m in found]
    named = {kode for kodes in kecamatan for kode in kodes}
    together: list[Mention] = []
    for index, mention in enumerate(found):
        elsewhere = named - kecamatan[index]
        pekon = tuple(a for a in mention.areas if a.level == "pekon" and a.kode_kecamatan in elsewhere)
        if kecamatan[index] and pekon and mention.cue != "kecamatan":
            mention = replace(mention, areas=pekon)
        together.append(mention)
    return together


def continues_a_route(found: Sequence[Mention], index: int) -> bool:
    """The Jakarta of "jurusan Krui-Jakarta"."""
    if index == 0 or meant(found[index])[0] != "outside":
        return False
    before = found[index - 1]
    return before.last == found[index].first and before.cue == "away"


def score(mention: Mention) -> float:
    level, _ = meant(mention)
    points = _BASE[level] + _CUE[mention.cue]
    if level == "outside" and mention.cue in ("away", "folk", "from", "near", "facility"):
        return -1.0
    return points - {"exact": 0.0, "spelling": 0.2, "similar": 0.6}[mention.likeness]


def meant(mention: Mention) -> tuple[Level, tuple[Area, ...]]:
    """Which of a name's meanings counts: what the word before says; else kecamatan, pekon, settlement."""
    order: tuple[Level, ...] = ("landmark", "kecamatan", "pekon", "settlement", "outside")
    match mention.cue:
        case "pekon":
            order = ("pekon", "settlement", "landmark", "kecamatan", "outside")
        case "hamlet":
            order = ("settlement", "pekon", "landmark", "kecamatan", "outside")
        case _:
            pass
    for level in order:
        areas = tuple(a for a in mention.areas if a.level == level)
        if areas:
            return level, areas
    raise AssertionError(f"a mention without areas: {mention.key}")


def corrected(words: Sequence[Token], found: Sequence[Mention]) -> list[Mention]:
    """ "di Suka Mulya eh maksudnya Tawan Suka Mulya": the first is taken back."""
    kept: list[Mention] = []
    for index, mention in enumerate(found):
        after = found[index + 1] if index + 1 < len(found) else None
        if after is not None and after.first - mention.last <= 5:
            between = {w.form for w in words[mention.last : after.first]}
            if between & CORRECTION:
                continue
        kept.append(mention)
    return kept
