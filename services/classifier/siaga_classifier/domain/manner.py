"""How much a report sounds like a prank, from the signs in its words. Rules and weights stand here."""

from collections.abc import Iterable
from dataclasses import dataclass

from siaga_classifier.domain.lexicon import Found

__all__ = ["PRANK_SIGNS", "Manner", "manner"]

PRANK_SIGNS = {
    "laughter": 0.35,
    "retraction": 0.5,
    "harmless": 0.3,
    "chatter": 0.5,
    "fiction": 0.5,
    "lottery": 0.5,
    "order": 0.5,
    "abuse": 0.35,
    "idle": 0.3,
    "absurd": 0.4,
    "romance": 0.3,
    "joke": 0.5,
    "wrong_number": 0.5,
    "reported_prank": 0.6,
}
"""What the first word of a kind adds; each further one adds 0.2 for idle talk and abuse, else 0.1."""

_QUIET_IN_EMERGENCY = {
    "abuse": 0.15,
    "chatter": 0.3,
    "fiction": 0.6,
    "lottery": 0.5,
    "idle": 0.4,
    "order": 0.4,
    "romance": 0.5,
}
"""In an emergency people swear, and speak of their husband's ojek: there these count for less."""

_HEARTY = 0.15
"""Laughter about nothing, or as the last word, weighs more."""
_FEAR = 0.3
_EARLIER = 0.08
_EARLIER_MOST = 0.24


@dataclass(frozen=True, slots=True)
class Manner:
    score: float
    signs: frozenset[str]
    """The signs that added to the score."""


def manner(found: Iterable[Found], emergency: bool, laughs_last: bool, earlier_pranks: int) -> Manner:
    """Sums the signs. Fear takes away (people laugh for fear); whispering or a code excludes a prank."""
    phrases: dict[str, set[str]] = {}
    signs: set[str] = set()
    for one in found:
        for meaning in one.entry.meanings:
            for sign in meaning.signs:
                signs.add(sign)
                if sign in PRANK_SIGNS:
                    phrases.setdefault(sign, set()).add(one.entry.phrase)
    score = 0.0
    for sign in sorted(phrases):
        more = 0.2 if sign in ("chatter", "idle", "abuse") else 0.1
        part = PRANK_SIGNS[sign] + more * min(3, len(phrases[sign]) - 1)
        score += part * (_QUIET_IN_EMERGENCY.get(sign, 1.0) if emergency else 1.0)
    if "laughter" in phrases and (laughs_last or not emergency) and "fear" not in signs:
        score += _HEARTY
    if "fear" in signs and "retraction" not in signs:
        score -= _FEAR
    score += min(_EARLIER_MOST, _EARLIER * max(0, earlier_pranks))
    if signs & {"whisper", "coded"}:
        score = min(score, 0.2)
    return Manner(round(min(1.0, max(0.0, score)), 3), frozenset(phrases))
