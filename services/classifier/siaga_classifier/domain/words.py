"""Judges a report by its words: category, priority, prank, disposition, with the evidence.

The rules are few and in the order in which they are applied; the vocabulary is data (see `lexicon`).
Nothing here depends on a clock, on chance, or on anything but the arguments.
"""

from collections.abc import Iterable

from siaga_classifier.domain.reading import CLEAR, LEXICON, Reading, claims, read, says
from siaga_classifier.domain.scoring import EMERGENCIES
from siaga_classifier.domain.showing import EVIDENCE_LIMIT, evidence
from siaga_classifier.domain.tokens import tokens
from siaga_classifier.domain.verdict import CATEGORIES, Category, Disposition, Mark, Priority, Verdict
from siaga_classifier.domain.weighing import LEARNED, Weighed, weigh

__all__ = ["EVIDENCE_LIMIT", "PRANK_FROM", "SUSPICION_FROM", "VERSION", "judge_words"]

_RULES = "9"
VERSION: str = f"{LEXICON.version}.{LEARNED.version}.{_RULES}"
"""Names the vocabulary and the weights (by their hashes) and the rules: the same version gives the same verdict."""

_PLAIN = 2.0
"""Less is faint: an operator confirms."""
SUSPICION_FROM = 0.3
PRANK_FROM = 0.5
_PLAINLY_PRANK = 0.65
_LIKELY = 0.5
"""So probable, and a category needs no phrase of the vocabulary to be dispatched."""
_SOUNDS_LIKE_PRANK = 0.35
"""The learned prank score from which an operator confirms."""
_UNLIKELY_PRANK = 0.2
"""A learned prank score under which a suspicion that is less than a prank holds nobody."""
_HARDLY_PRANK = 0.1
_ALSO_PRANK = 0.5
"""A learned prank score without which nothing is dismissed."""
_HARDLY_INCIDENT = 0.2
"""The probability of all incidents together up to which something may be dismissed."""
_POSSIBLE = 0.33
"""An incident's learned score so near to the category's is not dismissed, or answered, without an operator."""


def judge_words(text: str | None, earlier_pranks: int = 0, masked: Iterable[tuple[int, int]] = ()) -> Verdict:
    """Judges one report.

    `text` None or blank is a silent call. `earlier_pranks` is how many calls from this number were settled
    as pranks; alone it never makes one. `masked` are spans of the text (place names) that must not count.
    """
    words = tokens(text, LEXICON.spelling) if text else []
    if text is None or not words:
        return _silent()
    masked = tuple(masked)
    reading = read(text, words, masked)
    weighed = weigh(words, reading, masked, earlier_pranks)
    category = _settled(reading, weighed)
    transfer_to = _transfer(reading) if category == "information" else None
    return Verdict(
        category,
        _priority(category, reading, weighed),
        weighed.prank >= PRANK_FROM,
        round(min(1.0, weighed.prank + weighed.earlier), 3),
        _disposition(category, reading, weighed, transfer_to),
        _marks(category, reading),
        evidence(text, words, reading, weighed, category),
        tuple((c, round(weighed.likely[c], 3)) for c in CATEGORIES),
        transfer_to,
    )


def _settled(reading: Reading, weighed: Weighed) -> Category:
    """What manner makes of the category: faint claims of a joker are nothing, a cry for help is something."""
    category, prank_score = weighed.category, weighed.how.score
    prank = prank_score >= PRANK_FROM
    faint = category in EMERGENCIES and _is_faint(reading, category, weighed)
    if (faint and prank) or (category == "information" and prank_score >= _PLAINLY_PRANK):
        category = "none"
    if category in ("none", "other") and "despair" in reading.signs:
        return "medical"
    if category == "none" and "whisper" in reading.signs:
        return "public_order"
    if category == "none" and "distress" in reading.signs and not prank:
        return "other"
    if category == "other" and "whisper" in reading.signs and weighed.scores.get("other", 0.0) < CLEAR:
        return "public_order"
    return category


def _silent() -> Verdict:
    scores = tuple((c, float(c == "none")) for c in CATEGORIES)
    return Verdict("none", 2, False, 0.0, "confirm", (), (), scores, None)


def _is_faint(reading: Reading, category: Category, weighed: Weighed) -> bool:
    """Whether neither a word that says it by itself nor the weights speak clearly for the category."""
    if weighed.likely[category] >= _LIKELY:
        return False
    return weighed.scores.get(category, 0.0) < _PLAIN or not any(
        m.category == category and m.weight >= CLEAR for f in reading.counted for m in f.entry.meanings
    )


def _priority(category: Category, reading: Reading, weighed: Weighed) -> Priority:
    """Of words and weights; a likely prank is never at once a matter of life."""
    prank_score = weighed.how.score
    if prank_score >= _PLAINLY_PRANK:
        return 3
    prank = prank_score >= PRANK_FROM
    priority = _priority_learned(reading, weighed, _priority_of_words(category, reading, prank))
    return 2 if prank and priority == 1 else priority


def _priority_learned(reading: Reading, weighed: Weighed, said: Priority) -> Priority:
    """The weights see what the vocabulary says of the level too; with equal scores the more urgent wins.

    They do not touch a silent, whispered, coded or despairing report, and in few words the vocabulary has the last word.
    What it holds for a danger to life, and no joke, they lower by one step at most.
    """
    if reading.signs & {"silent", "coded", "whisper", "despair"}:
        return said
    urgencies: tuple[tuple[str, Priority], ...] = (("p1", 1), ("p2", 2), ("p3", 3))
    field, priority = max(urgencies, key=lambda u: (weighed.learned[u[0]], -u[1]))
    if weighed.learned[field] - weighed.learned[f"p{said}"] <= 2 * weighed.margin:
        return said
    joking = weighed.prank >= _SOUNDS_LIKE_PRANK and weighed.how.score >= _HARDLY_PRANK
    return 2 if said == 1 and ("fear" in reading.signs or not joking) else priority


def _priority_of_words(category: Category, reading: Reading, prank: bool) -> Priority:
    signs = reading.signs
    life = "life" in signs
    level = reading.levels.get(category)
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
    category: Category, reading: Reading, weighed: Weighed, transfer_to: str | None
) -> Disposition:
    """A possible emergency is never dismissed: doubt makes it `confirm`. Only the vocabulary may dismiss."""
    prank_score, scores, learned = weighed.how.score, weighed.scores, weighed.learned
    possible = max(learned[c] for c in EMERGENCIES) >= learned[category] - _POSSIBLE
    match category:
        case "information":
            if (
                possible
                or weighed.deadly
                or "life" in reading.signs
                or "mental_health" in _said_marks(reading)
            ):
                return "confirm"
            return "answer" if transfer_to is None else "transfer"
        case "none":
            doubt = reading.signs & {"silent", "whisper", "coded", "fear", "distress", "despair"}
            serious = "serious" in reading.signs
            claimed = "told" in reading.signs or any(map(claims, (*reading.counted, *reading.negated)))
            claimed = claimed or max(scores.get(c, 0.0) for c in EMERGENCIES) >= CLEAR or possible
            return (
                "dismiss"
                if prank_score >= PRANK_FROM
                and learned["prank"] >= _ALSO_PRANK
                and sum(weighed.likely[c] for c in EMERGENCIES) <= _HARDLY_INCIDENT
                and not doubt
                and not claimed
                and not serious
                else "confirm"
            )
        case "fire" | "disaster" | "accident" | "medical" | "public_order" | "covid" | "other":
            # The weights may doubt a caller, but not where the words tell of danger to life and nothing in them jokes.
            deadly = _priority_of_words(category, reading, False) == 1
            in_earnest = "fear" in reading.signs or (deadly and prank_score < _HARDLY_PRANK)
            doubtful = (
                prank_score >= PRANK_FROM
                or (prank_score >= SUSPICION_FROM and learned["prank"] >= _UNLIKELY_PRANK)
                or (learned["prank"] >= _SOUNDS_LIKE_PRANK + weighed.margin and not in_earnest)
                or _is_faint(reading, category, weighed)
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
    marks = _said_marks(reading)
    if category in ("medical", "covid"):
        marks -= {"trapped"}
    return tuple(sorted(marks))


def _said_marks(reading: Reading) -> set[Mark]:
    return {mark for f in reading.counted for m in f.entry.meanings for mark in m.marks}


def _transfer(reading: Reading) -> str | None:
    return next((m.transfer_to for f in reading.counted for m in f.entry.meanings if m.transfer_to), None)
