"""Judges a report by its words: category, priority, prank, disposition, with the evidence.

The rules are few and in the order in which they are applied; the vocabulary is data (see `lexicon`).
Nothing here depends on a clock, on chance, or on anything but the arguments.
"""

from collections.abc import Iterable, Sequence

from siaga_classifier.domain.lexicon import Found
from siaga_classifier.domain.manner import Manner, manner
from siaga_classifier.domain.reading import CLEAR, LEXICON, UNSAID, Reading, claims, has_sign, read, says
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

__all__ = ["EVIDENCE_LIMIT", "PRANK_FROM", "SUSPICION_FROM", "VERSION", "judge_words"]

EVIDENCE_LIMIT = 40
_RULES = "2"
VERSION: str = f"{LEXICON.version}.{_RULES}"
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
_END = 6
"""Words that make the end of a report."""
_PLAIN = 2.0
"""Less is faint: an operator confirms."""
_STRONG = 3.5
_GRAVER = 1.0
SUSPICION_FROM = 0.3
PRANK_FROM = 0.5
_PLAINLY_PRANK = 0.65


def judge_words(text: str | None, earlier_pranks: int = 0, masked: Iterable[tuple[int, int]] = ()) -> Verdict:
    """Judges one report.

    `text` None or blank is a silent call. `earlier_pranks` is how many calls from this number were settled
    as pranks; alone it never makes one. `masked` are spans of the text (place names) that must not count.
    """
    words = tokens(text, LEXICON.spelling) if text else []
    if text is None or not words:
        return _silent()
    reading = read(text, words, tuple(masked))
    scores = _scores(reading)
    category = _category(reading, scores)
    how = manner(reading.counted, category in _EMERGENCIES, _laughs_last(words, reading), earlier_pranks)
    prank = how.score >= PRANK_FROM
    faint = category in _EMERGENCIES and _is_faint(reading, category, scores)
    if (faint and prank) or (category == "information" and how.score >= _PLAINLY_PRANK):
        category = "none"
    if category == "none" and "distress" in reading.signs and not prank:
        category = "other"
    elif category == "none" and "whisper" in reading.signs:
        category = "public_order"
    if category == "other" and "whisper" in reading.signs and scores.get("other", 0.0) < CLEAR:
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


def _laughs_last(words: Sequence[Token], reading: Reading) -> bool:
    """The report ends in laughter, and nothing in it asks for help."""
    return "distress" not in reading.signs and any(
        f.last > len(words) - _END and has_sign(f, "laughter") for f in reading.counted
    )


def _silent() -> Verdict:
    return Verdict("none", 2, False, 0.0, "confirm", (), (), tuple((c, 0.0) for c in CATEGORIES), None)


def _scores(reading: Reading) -> dict[Category, float]:
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
        over = "past" in signs and ("over" in signs or "long_past" in signs or "now" not in signs)
        over = over or "long_past" in signs
        if over or "hypothetical" in signs:
            for category in _EMERGENCIES:
                if category != "covid" and category in scores:
                    scores[category] *= 0.3
    if _any_mark(reading, "wild_animal", "other") and _level(reading, "public_order") != 1:
        scores["public_order"] = scores.get("public_order", 0.0) * 0.5
    incident = max(scores.get(c, 0.0) for c in ("accident", "disaster", "public_order"))
    if incident >= _STRONG and "medical" in scores:
        scores["medical"] *= 0.6
    if scores.get("accident", 0.0) >= _STRONG and "medical" in scores:
        scores["medical"] = min(scores["medical"], scores["accident"] - 0.1)
    if "public_order" in scores and _any_mark(reading, "violence", "public_order"):
        scores["public_order"] = max(scores["public_order"], scores.get("medical", 0.0) + 0.1)
    return scores


def _any_mark(reading: Reading, mark: Mark, category: Category) -> bool:
    return any(mark in m.marks and m.category == category for f in reading.counted for m in f.entry.meanings)


def _category(reading: Reading, scores: dict[Category, float]) -> Category:
    """The graver current incident decides; a question decides where no incident is current."""
    if scores.get("fire", 0.0) >= _STRONG:
        return "fire"
    others = {c: scores.get(c, 0.0) for c in _EMERGENCIES if c not in ("covid", "medical")}
    if scores.get("covid", 0.0) >= CLEAR and max(others.values()) < 4:
        return "covid"
    papers = _level(reading, "covid") == 3 and max(others.values()) >= 4
    possible = [c for c in _EMERGENCIES if not (c == "covid" and papers)]
    best = max(possible, key=lambda c: (_gravity(reading, c, scores), -CATEGORIES.index(c)))
    emergency = scores.get(best, 0.0)
    question = scores.get("information", 0.0)
    if "chatter" in reading.signs and max(question, emergency) < _STRONG and emergency < CLEAR:
        return "none"
    calm = not reading.signs & {"distress", "fear", "life", "onset"} and _level(reading, best) != 1
    if calm and "asks" in reading.signs and question > emergency:
        return "information"
    if question >= CLEAR and (emergency < 2.5 or (question > emergency and _is_slight(reading, best))):
        return "information"
    return best if emergency >= CLEAR else "none"


def _is_faint(reading: Reading, category: Category, scores: dict[Category, float]) -> bool:
    """Whether no word that says it by itself speaks for the category."""
    return scores.get(category, 0.0) < _PLAIN or not any(
        m.category == category and m.weight >= CLEAR for f in reading.counted for m in f.entry.meanings
    )


def _gravity(reading: Reading, category: Category, scores: dict[Category, float]) -> float:
    """Of two incidents as clearly told, the one that endangers life is the graver."""
    told = scores.get(category, 0.0)
    return told + (_GRAVER if told >= _STRONG and _level(reading, category) == 1 else 0.0)


def _is_slight(reading: Reading, category: Category) -> bool:
    return _level(reading, category) in (None, 3)


def _level(reading: Reading, category: Category) -> int | None:
    levels = [
        m.level
        for f in reading.counted
        for m in f.entry.meanings
        if m.level is not None and m.category == category
    ]
    return min(levels, default=None)


def _priority(category: Category, reading: Reading, prank_score: float) -> Priority:
    if prank_score >= _PLAINLY_PRANK:
        return 3
    prank = prank_score >= PRANK_FROM
    priority = _priority_of_words(category, reading, prank)
    return 2 if prank and priority == 1 else priority


def _priority_of_words(category: Category, reading: Reading, prank: bool) -> Priority:
    signs = reading.signs
    life = "life" in signs
    level = _level(reading, category)
    match category:
        case "information":
            return 3
        case "none":
            mute = "silent" in signs or reading.size <= 3 or not any(map(says, reading.counted))
            return 2 if mute and not prank else 3
        case "fire":
            if not life and ("over" in signs or "small" in signs or {"unsure", "far"} <= signs):
                return 2
            outdoors = "open_land" in signs and "building" not in signs
            return 1 if life or (level == 1 and not outdoors) or "spreading" in signs else 2
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
    reading: Reading,
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
            claimed = "told" in reading.signs or any(map(claims, (*reading.counted, *reading.negated)))
            claimed = claimed or max(scores.get(c, 0.0) for c in _EMERGENCIES) >= CLEAR
            return "dismiss" if prank_score >= PRANK_FROM and not doubt and not claimed else "confirm"
        case "fire" | "disaster" | "accident" | "medical" | "public_order" | "covid" | "other":
            doubtful = (
                prank_score >= SUSPICION_FROM
                or _is_faint(reading, category, scores)
                or ("coded" in reading.signs and scores.get(category, 0.0) < 4 + CLEAR)
                or {"unsure", "cooking"} <= reading.signs
                or ("hearsay" in reading.signs and "unsure" in reading.signs)
                or _asks_rather(reading, category, scores)
            )
            return "confirm" if doubtful else "dispatch"


def _asks_rather(reading: Reading, category: Category, scores: dict[Category, float]) -> bool:
    """Whether the question in it is nearly as plain as the incident. Sick people are asked for, not about."""
    asked = "asks" in reading.signs and category not in ("covid", "medical")
    return asked and scores.get("information", 0.0) >= 0.6 * scores.get(category, 0.0)


def _marks(category: Category, reading: Reading) -> tuple[Mark, ...]:
    if category in ("none", "information"):
        return ()
    marks: set[Mark] = {mark for f in reading.counted for m in f.entry.meanings for mark in m.marks}
    if category in ("medical", "covid"):
        marks -= {"trapped"}
    return tuple(sorted(marks))


def _transfer(reading: Reading) -> str | None:
    return next((m.transfer_to for f in reading.counted for m in f.entry.meanings if m.transfer_to), None)


def _evidence(text: str, words: Sequence[Token], reading: Reading, how: Manner) -> tuple[Evidence, ...]:
    marked: list[tuple[int, Evidence]] = []

    def note(found: Found, means: str) -> None:
        start, end = words[found.first].start, words[found.last - 1].end
        marked.append((start, Evidence(text[start:end], start, end, means)))

    for found in reading.counted[: EVIDENCE_LIMIT * 50]:
        meanings = [m.category for m in found.entry.meanings if m.weight]
        kinds = [f"prank: {s}" for m in found.entry.meanings for s in m.signs if s in how.signs]
        said = [*dict.fromkeys(meanings), *kinds]
        if not said:
            said = [s for m in found.entry.meanings for s in m.signs if s not in UNSAID][:1]
        if said:
            note(found, ", ".join(said))
    for found in reading.negated[:EVIDENCE_LIMIT]:
        said = list(dict.fromkeys(m.category for m in found.entry.meanings if m.weight))
        if said:
            note(found, "negated: " + ", ".join(said))
    return tuple(evidence for _, evidence in sorted(marked, key=lambda pair: pair[0])[:EVIDENCE_LIMIT])
