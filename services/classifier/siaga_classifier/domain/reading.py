"""What of a report counts: its known words, without what is negated, masked, told of a film, or taken away.

The vocabulary is data (see `lexicon`); what a word counts for is decided in `words`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import accumulate

from siaga_classifier.domain.lexicon import Found, Lexicon, Meaning, load_lexicon
from siaga_classifier.domain.tokens import Token, plain
from siaga_classifier.domain.verdict import Category

__all__ = ["CLEAR", "LEXICON", "UNSAID", "Reading", "claims", "has_sign", "held", "read", "says"]

LEXICON: Lexicon = load_lexicon()
CLEAR = 1.5
"""The weight from which a word, or a score, speaks for an incident."""
UNSAID = frozenset({"building", "open_land", "takes"})
"""Signs too common to be shown as evidence."""
_NEGATIONS = frozenset({"tidak", "bukan", "belum", "tanpa", "nihil", "not", "no"})
_NEVER_NEGATED = _NEGATIONS | {"tolong"}
"""Who cries for help is not heard to deny it: "boleh kenalan gak tolong"."""
_LEADING_NEGATIONS = frozenset({"lain"})
"""Lampung "lain" is "not" where it opens a clause; elsewhere it is Indonesian for "other"."""
_BETWEEN = frozenset(
    {"ada", "lagi", "kena", "ini", "itu", "karena", "soal", "ya", "pak", "kak", "mas", "bu"}
) | {*("mbak", "terjadi", "yang", "akibat", "sampai", "indikasi", "tanda")}
"""May stand between a negation and what it negates: "tidak ada tanda kebakaran"."""
_SATURATION = frozenset({"saturasi", "spo2", "saturasi .. tinggal", "oksigen .. turun"})
_LAMPUNG_FIRE = frozenset({"apui", "apuy", "apoy"})
_ENOUGH_OXYGEN = 90
"""Percent of saturation from which breathing is not taken for life at risk."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The text after negated and masked words are taken out."""

    counted: tuple[Found, ...]
    negated: tuple[Found, ...]
    signs: frozenset[str]
    size: int
    """Words in the text."""
    taken: frozenset[int] = frozenset()
    """Words that must speak for nothing: negated, or part of a figure of speech ("bakar sate")."""
    levels: Mapping[Category, int] = field(default_factory=dict)
    """The gravest level said of each category."""
    found: tuple[Found, ...] = ()
    """All that the vocabulary knows of it, whether it counts or not."""

    def found_without(self, gone: Set[int]) -> tuple[Found, ...]:
        """What is known of the words that are left when some are taken out."""
        left = list(accumulate((i not in gone for i in range(self.size)), initial=0))
        return tuple(
            Found(left[f.first], left[f.last], f.entry)
            for f in self.found
            if left[f.last] - left[f.first] == f.last - f.first
        )


def read(
    text: str,
    words: Sequence[Token],
    masked: Sequence[tuple[int, int]],
    known: Sequence[Found] | None = None,
) -> Reading:
    """`known` is what the vocabulary knows of the words, if that has been looked up."""
    counted: list[Found] = []
    negated: list[Found] = []
    if known is None:
        known = tuple(LEXICON.find(_without(words, held(words, masked))))
    for found in known:
        if found.entry.phrase in _SATURATION and _has_enough_oxygen(words, found):
            continue
        (negated if _is_negated(words, found) else counted).append(found)
    met = tuple(f for f in counted if _is_figure(f) or has_sign(f, "bare_api"))
    taking = sorted((f.first, f.last) for f in counted if has_sign(f, "takes"))
    if taking:
        counted = [f for f in counted if has_sign(f, "takes") or not _lies_in(f, taking)]
    signs = {s for f in counted for m in f.entry.meanings for s in m.signs}
    if "bare_api" in signs and _is_lampung_for_what(text, words):
        counted = [f for f in counted if not has_sign(f, "bare_api")]
    tended = "drill" in signs and any(_speaks_of(f, "fire") for f in negated)
    if tended or ("cooking" in signs and "unsure" not in signs):
        counted = [f for f in counted if not has_sign(f, "bare_smoke") and not has_sign(f, "bare_api")]
    if _is_told(counted, signs):
        counted = [f for f in counted if not claims(f)]
        signs.add("told")
    if "game" in signs and "distress" not in signs:
        counted = [f for f in counted if not has_sign(f, "whisper")]
        signs -= {"whisper"}
    taken = {i for f in negated for i in range(f.first, f.last)}
    taken |= {i for f in met if _is_figure(f) or f not in counted for i in range(f.first, f.last)}
    return Reading(
        tuple(counted),
        tuple(negated),
        frozenset(signs),
        len(words),
        frozenset(taken),
        _levels(counted),
        tuple(known),
    )


def _levels(counted: Sequence[Found]) -> dict[Category, int]:
    levels: dict[Category, int] = {}
    for found in counted:
        for meaning in found.entry.meanings:
            if meaning.level is not None:
                levels[meaning.category] = min(meaning.level, levels.get(meaning.category, meaning.level))
    return levels


def _is_lampung_for_what(text: str, words: Sequence[Token]) -> bool:
    """In a sentence with two words of Lampung "api" is "what"; its fire is "apui"."""
    said = {plain(text[word.start : word.end]) for word in words}
    return len(said & LEXICON.lampung) >= 2 and not said & _LAMPUNG_FIRE


def _lies_in(found: Found, spans: Sequence[tuple[int, int]]) -> bool:
    """Spans come in order and are a few words long, so only the last ones before the word can hold it."""
    end = bisect_right(spans, (found.first, found.last))
    return any(
        first <= found.first and found.last <= last for first, last in spans[max(0, end - 8) : end + 1]
    )


def _is_figure(found: Found) -> bool:
    """A phrase of several words that was written down because its words mislead."""
    phrase, meanings = found.entry.phrase, found.entry.meanings
    return " " in phrase and ".." not in phrase and all(_is_idle(m) for m in meanings)


def _is_idle(meaning: Meaning) -> bool:
    return not meaning.weight and set(meaning.signs) <= {"joke", "cooking", "takes"} and not meaning.marks


def _speaks_of(found: Found, category: Category) -> bool:
    return any(m.category == category and m.weight for m in found.entry.meanings)


def _is_told(counted: Sequence[Found], signs: set[str]) -> bool:
    """A film, a game or a dream opens the talk, or it is about lottery numbers: what follows is no incident.

    Not where anything says that something has begun, is feared, or that somebody's life is at risk.
    """
    if signs & {"onset", "distress", "fear", "life", "whisper", "coded", "silent"}:
        return False
    if "lottery" in signs:
        return True
    for found in counted:
        if has_sign(found, "fiction"):
            return True
        if claims(found):
            return False
    return False


def says(found: Found) -> bool:
    """Whether the words speak of anything at all."""
    return any(m.weight >= CLEAR or set(m.signs) - UNSAID for m in found.entry.meanings)


def claims(found: Found) -> bool:
    """Whether the words speak of an incident of any kind."""
    return any(m.weight >= CLEAR and m.category != "information" for m in found.entry.meanings)


def held(words: Sequence[Token], masked: Iterable[tuple[int, int]]) -> frozenset[int]:
    """The words that the masked spans touch; linear in both, which come in order of position."""
    touched_words: set[int] = set()
    at = 0
    for start, stop in sorted(masked):
        while at < len(words) and words[at].end <= start:
            at += 1
        touched = at
        while touched < len(words) and words[touched].start < stop:
            touched_words.add(touched)
            touched += 1
    return frozenset(touched_words)


def _without(words: Sequence[Token], names: frozenset[int]) -> Sequence[Token]:
    """The words with those of places' names made dumb; they may still stand in a phrase's gap."""
    if not names:
        return words
    return [word._replace(form="") if i in names else word for i, word in enumerate(words)]


def _has_enough_oxygen(words: Sequence[Token], found: Found) -> bool:
    """ "saturasi 97" is no danger; without a number it is."""
    for word in words[found.first + 1 : found.last + 3]:
        if word.form.isdecimal() and 40 <= int(word.form) <= 100:
            return int(word.form) >= _ENOUGH_OXYGEN
    return False


def has_sign(found: Found, sign: str) -> bool:
    return sign in found.entry.signs


def _is_negated(words: Sequence[Token], found: Found) -> bool:
    if found.entry.phrase.split()[0] in _NEVER_NEGATED:
        return False
    clause = words[found.first].clause
    for before in range(found.first - 1, max(found.first - 4, -1), -1):
        if words[before].clause != clause:
            return False
        form = words[before].form
        if form in _NEGATIONS:
            return True
        if form in _LEADING_NEGATIONS:
            return before == 0 or words[before - 1].clause != clause
        if form not in _BETWEEN:
            return False
    return False
