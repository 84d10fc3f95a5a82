"""Judges a report by its words: category, priority, prank, disposition, with the evidence.

The rules are few and in the order in which they are applied; the vocabulary is data (see `lexicon`).
Nothing here depends on a clock, on chance, or on anything but the arguments.
"""

from collections.abc import Iterable, Mapping, Sequence

from siaga_classifier.domain.hearing import (
    HARDLY_PRANK,
    PRANK_FROM,
    SOUNDS_LIKE_PRANK,
    Heard,
    Part,
    clauses,
    hear,
    priority_of_words,
    without_idle_talk,
)
from siaga_classifier.domain.reading import CLEAR, LEXICON, Reading, claims
from siaga_classifier.domain.scoring import EMERGENCIES, of_incidents
from siaga_classifier.domain.showing import EVIDENCE_LIMIT, evidence
from siaga_classifier.domain.tokens import tokens
from siaga_classifier.domain.verdict import CATEGORIES, Category, Disposition, Mark, Verdict
from siaga_classifier.domain.weighing import LEARNED

__all__ = ["EVIDENCE_LIMIT", "PRANK_FROM", "SUSPICION_FROM", "VERSION", "judge_words"]

_RULES = "10"
VERSION: str = f"{LEXICON.version}.{LEARNED.version}.{_RULES}"
"""Names the vocabulary and the weights (by their hashes) and the rules: the same version gives the same verdict."""

SUSPICION_FROM = 0.3
_UNLIKELY_PRANK = 0.2
"""A learned prank score under which a suspicion that is less than a prank holds nobody."""
_ALSO_PRANK = 0.5
"""A learned prank score without which nothing is dismissed."""
_HARDLY_INCIDENT = 0.2
"""The probability of all incidents together up to which something may be dismissed."""
_NEVER_NOTHING = frozenset(
    {"silent", "whisper", "coded", "fear", "distress", "despair", "serious", "onset", "life"}
)
"""Signs with which nothing is dismissed: something hidden, felt, begun, or meant in earnest."""
_ASKED_ABOUT = 0.1
"""The probability of `information` from which what is left beside a question may still be what is asked about."""
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
    whole = hear(text, words, masked, earlier_pranks)
    disposition = _disposition(whole)
    is_open = not whole.knows_what
    rest = without_idle_talk(text, whole, masked) if is_open or whole.priority > 1 else None
    parts = [] if rest is None else [rest.as_part()]
    if is_open or (disposition == "confirm" and whole.priority > 2):
        parts += clauses(whole)
    told = _told(text, whole, rest, parts, masked)
    category, priority = told.category, whole.priority
    if rest is not None and rest.tells_of_incident and category in EMERGENCIES:
        priority = min(priority, rest.priority)
    if disposition != "dispatch":
        if told is not whole or any(_leaves_doubt(whole, part) for part in parts):
            disposition = "confirm"
        if any(part.may_be_urgent for part in parts):
            priority = min(priority, 2)
    weighed = whole.weighed
    return Verdict(
        category,
        priority,
        weighed.prank >= PRANK_FROM,
        round(min(1.0, weighed.prank + weighed.earlier), 3),
        disposition,
        _marks(category, told.reading),
        evidence(text, whole, told),
        _thousandths(weighed.likely),
        _transfer(whole.reading) if disposition == "transfer" else None,
    )


def _told(
    text: str,
    whole: Heard,
    rest: Heard | None,
    parts: Sequence[Part],
    masked: Sequence[tuple[int, int]],
) -> Heard:
    """The whole, unless there is nothing in it but for a part: an incident that is told beside idle talk, or beside a
    question that is not about it."""
    if whole.knows_what:
        return whole
    beside = whole.category != "information" or (rest is not None and not _is_asked_about(rest))
    if rest is not None and rest.tells_of_incident and beside:
        return rest
    urgent = [part for part in parts if part.may_be_urgent]
    if whole.category != "information" and urgent:
        most = hear(text, max(urgent, key=lambda part: part.incidents).words, masked)
        return most if most.category in EMERGENCIES else whole
    return whole


def _leaves_doubt(whole: Heard, part: Part) -> bool:
    if whole.category == "information":
        return part.seems_incident and not part.of_another_time
    return part.may_be_incident


def _is_asked_about(rest: Heard) -> bool:
    """Whether what is left beside a question sounds like its subject, or like no matter for now."""
    learned = rest.weighed.learned
    later = rest.priority == 3 or learned["p3"] > max(learned["p1"], learned["p2"])
    return later or rest.weighed.likely["information"] > _ASKED_ABOUT


def _thousandths(likely: Mapping[Category, float]) -> tuple[tuple[Category, float], ...]:
    """Rounded so that together they are 1: who loses most by rounding down is rounded up."""
    whole = {c: int(likely[c] * 1000) for c in CATEGORIES}
    missing = 1000 - sum(whole.values())
    for category in sorted(CATEGORIES, key=lambda c: whole[c] - likely[c] * 1000)[:missing]:
        whole[category] += 1
    return tuple((c, whole[c] / 1000) for c in CATEGORIES)


def _silent() -> Verdict:
    scores = tuple((c, float(c == "none")) for c in CATEGORIES)
    return Verdict("none", 2, False, 0.0, "confirm", (), (), scores, None)


def _disposition(heard: Heard) -> Disposition:
    """A possible emergency is never dismissed: doubt makes it `confirm`. Only the vocabulary may dismiss."""
    match heard.category:
        case "information":
            urgent = heard.priority < 3 or heard.weighed.deadly
            if urgent or _has_incident_near(heard) or _is_about_life(heard.reading):
                return "confirm"
            return "answer" if _transfer(heard.reading) is None else "transfer"
        case "none":
            return "dismiss" if _is_nothing(heard) else "confirm"
        case "fire" | "disaster" | "accident" | "medical" | "public_order" | "covid" | "other":
            return "confirm" if _is_doubtful(heard) else "dispatch"


def _has_incident_near(heard: Heard) -> bool:
    learned = heard.weighed.learned
    return max(learned[c] for c in EMERGENCIES) >= learned[heard.category] - _POSSIBLE


def _is_about_life(reading: Reading) -> bool:
    return bool(reading.signs & {"life", "fear"}) or "mental_health" in _said_marks(reading)


def _is_nothing(heard: Heard) -> bool:
    reading, weighed = heard.reading, heard.weighed
    claimed = "told" in reading.signs or any(map(claims, (*reading.counted, *reading.negated)))
    claimed = claimed or max(weighed.scores.get(c, 0.0) for c in EMERGENCIES) >= CLEAR
    return (
        weighed.how.score >= PRANK_FROM
        and weighed.learned["prank"] >= _ALSO_PRANK
        and of_incidents(weighed.likely) <= _HARDLY_INCIDENT
        and not _has_incident_near(heard)
        and not claimed
        and not reading.signs & _NEVER_NOTHING
    )


def _is_doubtful(heard: Heard) -> bool:
    """The weights may doubt a caller, but not where the words tell of danger to life and nothing in them jokes."""
    reading, weighed, signs = heard.reading, heard.weighed, heard.reading.signs
    prank_score, learned = weighed.how.score, weighed.learned
    deadly = priority_of_words(heard.category, reading, False) == 1
    in_earnest = "fear" in signs or (deadly and prank_score < HARDLY_PRANK)
    return (
        prank_score >= PRANK_FROM
        or (prank_score >= SUSPICION_FROM and learned["prank"] >= _UNLIKELY_PRANK)
        or (learned["prank"] >= SOUNDS_LIKE_PRANK + weighed.margin and not in_earnest)
        or heard.is_faint
        or ("coded" in signs and weighed.scores.get(heard.category, 0.0) < 4 + CLEAR)
        or {"unsure", "cooking"} <= signs
        or {"unsure", "hearsay"} <= signs
        or _asks_rather(reading, heard.category, weighed.scores)
    )


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
