"""Judges a report by its words: category, priority, prank, disposition, with the evidence.

The rules are few and in the order in which they are applied; the vocabulary is data (see `lexicon`).
Nothing here depends on a clock, on chance, or on anything but the arguments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from siaga_classifier.domain.lexicon import Found, Lexicon, load_lexicon
from siaga_classifier.domain.manner import Manner, manner
from siaga_classifier.domain.tokens import Token, tokens
from siaga_classifier.domain.verdict import (
    CATEGORIES,
    Category,
    Disposition,
    Evidence,
    Mark,
    Priority,
    Verdict,
)

__all__ = ["EVIDENCE_LIMIT", "VERSION", "judge_words"]

EVIDENCE_LIMIT = 40
_RULES = "1"
_LEXICON: Lexicon = load_lexicon()
VERSION: str = f"{_LEXICON.version}.{_RULES}"
"""Names the vocabulary (by its hash) and the rules: the same version gives the same verdict."""

_EMERGENCIES: tuple[Category, ...] = (
    "fire",
    "disaster",
    "accident",
    "medical",
    "public_order",
    "covid",
    "other",
)
_NEGATIONS = frozenset({"tidak", "bukan", "belum", "tanpa", "nihil", "not", "no"})
_LEADING_NEGATIONS = frozenset({"lain"})
"""Lampung "lain" is "not" where it opens a clause; elsewhere it is Indonesian for "other"."""
_BETWEEN = frozenset(
    {"ada", "lagi", "kena", "ini", "itu", "karena", "soal", "ya", "pak", "kak", "mas", "bu"}
) | {*("mbak", "terjadi", "yang", "akibat", "sampai", "indikasi", "tanda")}
"""May stand between a negation and what it negates: "tidak ada tanda kebakaran"."""
_ENOUGH = 1.5
_STRONG = 3.5
_SUSPICIOUS = 0.3
_PRANK = 0.5
_PLAINLY_PRANK = 0.65


@dataclass(frozen=True, slots=True)
class _Reading:
    """The text after negated and masked words are taken out."""

    counted: tuple[Found, ...]
    negated: tuple[Found, ...]
    signs: frozenset[str]
    size: int
    """Words in the text."""


def judge_words(text: str | None, earlier_pranks: int = 0, masked: Iterable[tuple[int, int]] = ()) -> Verdict:
    """Judges one report.

    `text` None or blank is a silent call. `earlier_pranks` is how many calls from this number were settled
    as pranks; alone it never makes one. `masked` are spans of the text (place names) that must not count.
    """
    words = tokens(text, _LEXICON.spelling) if text else []
    if text is None or not words:
        return _silent()
    reading = _read(words, tuple(masked))
    scores = _scores(reading)
    category = _category(reading, scores)
    how = manner(reading.counted, category in _EMERGENCIES, earlier_pranks)
    prank = how.score >= _PRANK
    if category == "none" and "distress" in reading.signs and not prank:
        category = "other"
    elif category == "none" and "whisper" in reading.signs:
        category = "public_order"
    priority = _priority(category, reading, how.score)
    transfer_to = _transfer(reading) if category == "information" else None
    return Verdict(
        category,
        priority,
        prank,
        how.score,
        _disposition(category, reading, scores, how.score, transfer_to),
        _marks(category, reading),
        _evidence(text, words, reading, how),
        tuple((c, round(scores.get(c, 0.0), 2)) for c in CATEGORIES),
        transfer_to,
    )


def _silent() -> Verdict:
    return Verdict("none", 2, False, 0.0, "confirm", (), (), tuple((c, 0.0) for c in CATEGORIES), None)


def _read(words: Sequence[Token], masked: Sequence[tuple[int, int]]) -> _Reading:
    counted: list[Found] = []
    negated: list[Found] = []
    for found in _LEXICON.find(words):
        start, end = words[found.first].start, words[found.last - 1].end
        if any(start < stop and begin < end for begin, stop in masked):
            continue
        (negated if _is_negated(words, found) else counted).append(found)
    signs = {s for f in counted for m in f.entry.meanings for s in m.signs}
    lampung = len({f.entry.phrase for f in counted if _has_sign(f, "lampung")})
    if lampung >= 2 and "bare_api" in signs:
        counted = [f for f in counted if not _has_sign(f, "bare_api")]
    if "cooking" in signs:
        counted = [f for f in counted if not _has_sign(f, "bare_smoke") and not _has_sign(f, "bare_api")]
    return _Reading(tuple(counted), tuple(negated), frozenset(signs), len(words))


def _has_sign(found: Found, sign: str) -> bool:
    return any(sign in m.signs for m in found.entry.meanings)


def _is_negated(words: Sequence[Token], found: Found) -> bool:
    if found.entry.phrase.split()[0] in _NEGATIONS:
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


def _scores(reading: _Reading) -> dict[Category, float]:
    """The strongest word counts whole, each other word two fifths, up to four more."""
    weights: dict[Category, dict[str, float]] = {}
    for found in reading.counted:
        for meaning in found.entry.meanings:
            if meaning.weight:
                of = weights.setdefault(meaning.category, {})
                of[found.entry.phrase] = max(meaning.weight, of.get(found.entry.phrase, 0.0))
    scores = {
        c: max(w.values()) + min(4.0, 0.4 * (sum(w.values()) - max(w.values()))) for c, w in weights.items()
    }
    signs = reading.signs
    asks = "asks" in signs
    if "drill" in signs and "spreading" in signs:
        scores["fire"] = scores.get("fire", 0.0) + 4
    if "coded" in signs:
        scores["public_order"] = scores.get("public_order", 0.0) + 4
    if {"water", "flood"} <= signs:
        scores["disaster"] = scores.get("disaster", 0.0) + scores.get("accident", 0.0)
    if asks and "life" not in signs:
        over = "past" in signs and ("over" in signs or "now" not in signs)
        if over or "hypothetical" in signs:
            for category in _EMERGENCIES:
                if category != "covid" and category in scores:
                    scores[category] *= 0.3
    incident = max(scores.get(c, 0.0) for c in ("accident", "disaster", "public_order"))
    if incident >= _STRONG and "medical" in scores:
        scores["medical"] *= 0.6
    if scores.get("accident", 0.0) >= _STRONG and "medical" in scores:
        scores["medical"] = min(scores["medical"], scores["accident"] - 0.1)
    if "public_order" in scores and _any_mark(reading, "violence", "public_order"):
        scores["public_order"] = max(scores["public_order"], scores.get("medical", 0.0) + 0.1)
    return scores


def _any_mark(reading: _Reading, mark: Mark, category: Category) -> bool:
    return any(mark in m.marks and m.category == category for f in reading.counted for m in f.entry.meanings)


def _category(reading: _Reading, scores: dict[Category, float]) -> Category:
    """The graver current incident decides; a question decides where no incident is current."""
    if scores.get("fire", 0.0) >= _STRONG:
        return "fire"
    others = {c: scores.get(c, 0.0) for c in _EMERGENCIES if c not in ("covid", "medical")}
    if scores.get("covid", 0.0) >= _ENOUGH and max(others.values()) < 4:
        return "covid"
    papers = _level(reading, "covid") == 3 and max(others.values()) >= 4
    possible = [c for c in _EMERGENCIES if not (c == "covid" and papers)]
    best = max(possible, key=lambda c: (scores.get(c, 0.0), -CATEGORIES.index(c)))
    emergency = scores.get(best, 0.0)
    question = scores.get("information", 0.0)
    if question >= _ENOUGH and (emergency < 2.5 or (question > emergency and _is_slight(reading, best))):
        return "information"
    return best if emergency >= _ENOUGH else "none"


def _is_slight(reading: _Reading, category: Category) -> bool:
    return _level(reading, category) in (None, 3)


def _level(reading: _Reading, category: Category) -> int | None:
    levels = [
        m.level
        for f in reading.counted
        for m in f.entry.meanings
        if m.level is not None and m.category == category
    ]
    return min(levels, default=None)


def _priority(category: Category, reading: _Reading, prank_score: float) -> Priority:
    if prank_score >= _PLAINLY_PRANK:
        return 3
    prank = prank_score >= _PRANK
    priority = _priority_of_words(category, reading, prank)
    return 2 if prank and priority == 1 else priority


def _priority_of_words(category: Category, reading: _Reading, prank: bool) -> Priority:
    signs = reading.signs
    life = "life" in signs
    level = _level(reading, category)
    match category:
        case "information":
            return 3
        case "none":
            return 2 if ("silent" in signs or reading.size <= 3) and not prank else 3
        case "fire":
            if not life and ("over" in signs or "small" in signs or {"unsure", "far"} <= signs):
                return 2
            return 1 if life or level == 1 or "spreading" in signs else 2
        case "medical":
            if life or (level == 1 and "scheduled" not in signs):
                return 1
            return 3 if signs & {"mild", "scheduled"} else 2
        case "disaster":
            return 1 if (life or level == 1) and "safe" not in signs else 2
        case "accident":
            return 1 if life or level == 1 else 2
        case "public_order":
            return 1 if life or level == 1 or signs & {"coded", "whisper"} else 2
        case "covid":
            if life:
                return 1
            symptoms = any(m.category == "medical" for f in reading.counted for m in f.entry.meanings)
            return 2 if level != 3 and (symptoms or "asks" not in signs) else 3
        case "other":
            return 1 if life else 3 if level == 3 else 2


def _disposition(
    category: Category,
    reading: _Reading,
    scores: dict[Category, float],
    prank_score: float,
    transfer_to: str | None,
) -> Disposition:
    """A possible emergency is never dismissed: doubt makes it `confirm`."""
    match category:
        case "information":
            return "answer" if transfer_to is None else "transfer"
        case "none":
            doubt = reading.signs & {"silent", "whisper", "coded", "fear", "distress"}
            claimed = any(m.weight for f in (*reading.counted, *reading.negated) for m in f.entry.meanings)
            return "dismiss" if prank_score >= _PRANK and not doubt and not claimed else "confirm"
        case "fire" | "disaster" | "accident" | "medical" | "public_order" | "covid" | "other":
            doubtful = (
                prank_score >= _SUSPICIOUS
                or scores.get(category, 0.0) < 2.0
                or "coded" in reading.signs
                or ("hearsay" in reading.signs and "unsure" in reading.signs)
                or ("asks" in reading.signs and category not in ("covid", "medical"))
            )
            return "confirm" if doubtful else "dispatch"


def _marks(category: Category, reading: _Reading) -> tuple[Mark, ...]:
    if category in ("none", "information"):
        return ()
    marks: set[Mark] = {mark for f in reading.counted for m in f.entry.meanings for mark in m.marks}
    if category in ("medical", "covid"):
        marks -= {"trapped"}
    return tuple(sorted(marks))


def _transfer(reading: _Reading) -> str | None:
    return next((m.transfer_to for f in reading.counted for m in f.entry.meanings if m.transfer_to), None)


def _evidence(text: str, words: Sequence[Token], reading: _Reading, how: Manner) -> tuple[Evidence, ...]:
    marked: list[tuple[int, Evidence]] = []

    def note(found: Found, means: str) -> None:
        start, end = words[found.first].start, words[found.last - 1].end
        marked.append((start, Evidence(text[start:end], start, end, means)))

    for found in reading.counted[: EVIDENCE_LIMIT * 50]:
        meanings = [m.category for m in found.entry.meanings if m.weight]
        kinds = [f"prank: {s}" for m in found.entry.meanings for s in m.signs if s in how.signs]
        said = [*dict.fromkeys(meanings), *kinds]
        if not said:
            said = [s for m in found.entry.meanings for s in m.signs if s not in ("lampung",)][:1]
        if said:
            note(found, ", ".join(said))
    for found in reading.negated[:EVIDENCE_LIMIT]:
        said = list(dict.fromkeys(m.category for m in found.entry.meanings if m.weight))
        if said:
            note(found, "negated: " + ", ".join(said))
    return tuple(evidence for _, evidence in sorted(marked, key=lambda pair: pair[0])[:EVIDENCE_LIMIT])
