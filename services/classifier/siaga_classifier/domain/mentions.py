"""Finds the places that a text mentions, and how each is mentioned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process

from siaga_classifier.domain.directions import (
    AT,
    AWAY,
    BESIDE,
    FACILITIES,
    FOLK,
    FROM,
    HAMLET,
    KECAMATAN,
    NEAR,
    NEVER_IN_NAMES,
    NOT,
    NOT_FIRST,
    PEKON,
    ROADS,
    SETTING,
)
from siaga_classifier.domain.gazetteer import Area, Gazetteer, folded
from siaga_classifier.domain.tokens import Token, tokens

__all__ = ["Likeness", "Mention", "is_alone", "joined", "mentions", "span"]

Likeness = Literal["exact", "spelling", "similar"]
"""Letter by letter; by the coarse spelling; only similar."""

_WINDOW = 5
_SIMILAR_TRIES = 12
_SIMILAR_LEAST = 82.0
_SIMILAR_LEAST_SHORT = 85.0
_SHORT = 8
_INTRODUCING = NOT.union(FACILITIES, KECAMATAN, PEKON, HAMLET, AWAY, FOLK, AT, FROM, BESIDE, NEAR)
"""Words that say something of the place right after them."""


@dataclass(frozen=True, slots=True)
class Mention:
    first: int
    last: int
    """tokens[first:last]"""
    key: str
    areas: tuple[Area, ...]
    likeness: Likeness
    cue: str
    """How it is introduced: "kecamatan", "pekon", "hamlet", "at", "near", "beside", "from", "folk", "away",
    "facility", "not", or ""."""


def mentions(text: str, gazetteer: Gazetteer) -> tuple[list[Token], list[Mention]]:
    """Every place in the text, in order, without overlaps; names that are common words only where introduced."""
    words = tokens(text, gazetteer.abbreviations)
    forms = [word.form for word in words]
    coarse = list(map(folded, forms))
    found: list[Mention] = []
    position = 0
    while position < len(words):
        best = rough = None
        if forms[position] in gazetteer.prefixes:
            best = _longest(words, forms, position, gazetteer, "exact")
        if coarse[position] in gazetteer.folded_prefixes:
            rough = _longest(words, coarse, position, gazetteer, "spelling")
        if rough is not None and (best is None or rough.last > best.last):
            best = rough
        if best is None:
            position += 1
        else:
            found.append(best)
            position = best.last
    found = [m for i, m in enumerate(found) if _is_place(words, found, i, gazetteer)]
    if not any(_is_fine(m) for m in found):
        found = sorted([*found, *_similar(words, found, gazetteer)], key=lambda m: m.first)
    return words, found


def _is_fine(mention: Mention) -> bool:
    """Finer than a kecamatan."""
    return mention.cue == "pekon" or not any(a.level in ("kecamatan", "outside") for a in mention.areas)


def joined(words: Sequence[Token], mention: Mention, others: Sequence[Mention]) -> tuple[int, int]:
    """The tokens of a mention with the other places named right beside it ("ringin jaya bns")."""
    first, last = mention.first, mention.last
    for other in sorted(others, key=lambda m: m.first):
        if other.first >= last and _is_glue(words, last, other.first):
            last = other.last
    for other in sorted(others, key=lambda m: -m.last):
        if other.last <= first and _is_glue(words, other.last, first):
            first = other.first
    return first, last


def _is_glue(words: Sequence[Token], first: int, last: int) -> bool:
    return last - first <= 3 and all(w.form in SETTING or w.form in AT for w in words[first:last])


def span(words: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    """Widens tokens[first:last] by the words of direction and setting around them; positions in the text."""
    begin = first
    while begin > 0 and first - begin < 8 and words[begin - 1].clause == words[first].clause:
        form = words[begin - 1].form
        if form not in SETTING and not form.isdigit():
            break
        begin -= 1
    while begin < first and (words[begin].form in NOT_FIRST or words[begin].form.isdigit()):
        begin += 1
    end = last
    while end < len(words) and end - last < 8 and words[end].clause <= words[last - 1].clause + 1:
        form = words[end].form
        opens = words[end].clause > words[end - 1].clause
        if form not in SETTING and not (form.isdigit() and not opens):
            break
        if opens and form not in BESIDE | NEAR:
            break
        end += 1
    while end > last and words[end - 1].form in (
        "arah",
        "lewat",
        "jalan",
        "ka",
        "besar",
        "pekonnya",
        "desanya",
    ):
        end -= 1
    return words[begin].start, words[end - 1].end


def _longest(
    words: Sequence[Token],
    forms: Sequence[str],
    first: int,
    gazetteer: Gazetteer,
    likeness: Literal["exact", "spelling"],
) -> Mention | None:
    names, prefixes = (
        (gazetteer.names, gazetteer.prefixes)
        if likeness == "exact"
        else (gazetteer.folded, gazetteer.folded_prefixes)
    )
    joined = ""
    best: tuple[int, str, tuple[Area, ...]] | None = None
    clause = words[first].clause
    for at in range(first, min(first + _WINDOW, len(words))):
        if words[at].clause != clause:
            break
        joined += forms[at]
        if joined not in prefixes:
            break
        areas = names.get(joined)
        if areas is not None:
            best = at + 1, joined, areas
    return None if best is None else Mention(first, *best, likeness, _cue(words, first))


def _cue(words: Sequence[Token], first: int) -> str:
    if words[first].form in PEKON:
        return "pekon"
    if first == 0 or words[first - 1].form not in _INTRODUCING:
        return ""
    clause = words[first].clause
    before = [w.form for w in words[max(0, first - 4) : first] if w.clause == clause][::-1]
    if not before:
        return ""
    last = before[0]
    if last in NOT:
        return "not"
    if last in FACILITIES:
        return "beside" if set(before[1:3]) & BESIDE else "facility"
    for cue, forms in (("kecamatan", KECAMATAN), ("pekon", PEKON), ("hamlet", HAMLET)):
        if last in forms:
            return cue
    if last in AWAY:
        return "near" if last in ("ke", "menuju") and len(before) > 1 and before[1] in ROADS else "away"
    if last in FOLK:
        return "folk"
    if last in AT:
        return "not" if len(before) > 1 and before[1] in NOT else "at"
    if last in FROM:
        return "from"
    if last in BESIDE or last in NEAR:
        return "near"
    return ""


def _is_place(words: Sequence[Token], found: Sequence[Mention], index: int, gazetteer: Gazetteer) -> bool:
    mention = found[index]
    key = mention.key
    if key in gazetteer.shared:
        return False
    if mention.likeness == "spelling" and len(key) < 7 and mention.cue in ("", "away"):
        return False
    beside = any(
        0 <= index + step < len(found)
        and (
            found[index + step].first - mention.last if step > 0 else mention.first - found[index + step].last
        )
        <= 1
        for step in (-1, 1)
    )
    if key in gazetteer.ordinary:
        return beside or mention.cue in ("pekon", "hamlet", "kecamatan")
    if key in gazetteer.common or (len(key) <= 4 and key != "liwa" and key != "suoh" and key != "bns"):
        return (
            beside
            or mention.cue in ("pekon", "hamlet", "kecamatan", "at", "near", "beside")
            or is_alone(words, mention)
        )
    return True


def is_alone(words: Sequence[Token], mention: Mention) -> bool:
    """A clause of its own, as an answer to "where?"."""
    clause = words[mention.first].clause
    before = mention.first == 0 or words[mention.first - 1].clause != clause
    after = mention.last == len(words) or words[mention.last].clause != clause
    return before and after


def _similar(words: Sequence[Token], found: Sequence[Mention], gazetteer: Gazetteer) -> list[Mention]:
    """Names only similar to what stands after a cue or before a kecamatan."""
    taken = {i for m in found for i in range(m.first, m.last)}
    starts = [
        i
        for i, word in enumerate(words)
        if i not in taken
        and len(word.form) >= 3
        and _cue(words, i) in ("pekon", "hamlet", "at", "near", "kecamatan", "beside")
    ]
    starts += [m.first - n for m in found for n in (1, 2) if m.first - n >= 0 and m.first - n not in taken]
    best: tuple[float, Mention] | None = None
    for start in list(dict.fromkeys(starts))[:_SIMILAR_TRIES]:
        joined = ""
        for last in range(start, min(start + 4, len(words))):
            if last in taken or words[last].clause != words[start].clause:
                break
            if words[last].form in SETTING or words[last].form in NEVER_IN_NAMES:
                break
            joined += words[last].form
            if not 5 <= len(joined) <= 30:
                continue
            if not _most_like(joined, gazetteer.by_letter.get(joined[0], ()), 1):
                continue  # the most similar of all must begin with the same letter
            hits = _most_like(joined, gazetteer.long_names, 2)
            if hits[0][0] in gazetteer.common or hits[0][0] in gazetteer.ordinary:
                continue
            score = hits[0][1]
            if hits[0][0][0] != joined[0] or (len(joined) < _SHORT and score < _SIMILAR_LEAST_SHORT):
                continue
            areas = gazetteer.names[hits[0][0]]
            if len(hits) > 1 and hits[1][1] > score - 2 and hits[0][0][:4] != joined[:4]:
                areas = tuple(dict.fromkeys((*areas, *gazetteer.names[hits[1][0]])))
            if any(a.level == "outside" for a in areas):
                continue
            if best is None or score > best[0]:
                mention = Mention(start, last + 1, hits[0][0], areas, "similar", _cue(words, start))
                best = (score, mention)
    return [] if best is None else [best[1]]


def _most_like(word: str, names: Sequence[str], limit: int) -> list[tuple[str, float, int]]:
    return process.extract(word, names, scorer=fuzz.ratio, score_cutoff=_SIMILAR_LEAST, limit=limit)
