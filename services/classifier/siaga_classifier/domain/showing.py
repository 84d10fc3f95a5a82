"""The words that led to a judgement, as evidence with their positions."""

from operator import itemgetter

from siaga_classifier.domain.hearing import Heard
from siaga_classifier.domain.lexicon import Found
from siaga_classifier.domain.reading import UNSAID
from siaga_classifier.domain.verdict import Evidence
from siaga_classifier.domain.weighing import LEARNED

__all__ = ["EVIDENCE_LIMIT", "evidence"]

EVIDENCE_LIMIT = 40
_TELLING = 3
"""Words of the weights that are shown."""


def evidence(text: str, whole: Heard, told: Heard) -> tuple[Evidence, ...]:
    """What the vocabulary found in the whole. Where it found nothing for the category of what is `told` (the whole,
    or what is left without idle talk), the words by which the weights chose it."""
    words, reading = whole.words, whole.reading
    marked: list[tuple[int, Evidence]] = []

    def note(found: Found, means: str) -> None:
        start, end = words[found.first].start, words[found.last - 1].end
        marked.append((start, Evidence(text[start:end], start, end, means)))

    for found in reading.counted[: EVIDENCE_LIMIT * 50]:
        meanings = [m.category for m in found.entry.meanings if m.weight]
        kinds = [f"prank: {s}" for m in found.entry.meanings for s in m.signs if s in whole.weighed.how.signs]
        said = [*dict.fromkeys(meanings), *kinds]
        if not said:
            said = [s for m in found.entry.meanings for s in m.signs if s not in UNSAID][:1]
        if said:
            note(found, ", ".join(said))
    for found in reading.negated[:EVIDENCE_LIMIT]:
        said = list(dict.fromkeys(m.category for m in found.entry.meanings if m.weight))
        if said:
            note(found, "negated: " + ", ".join(said))
    marked += _learned(text, told)
    return tuple(one for _, one in sorted(marked, key=itemgetter(0))[:EVIDENCE_LIMIT])


def _learned(text: str, told: Heard) -> list[tuple[int, Evidence]]:
    """The words that told the weights most, where it was they who chose the category."""
    category, words = told.category, told.words
    if category == told.weighed.said or category != told.weighed.category:
        return []
    shares = LEARNED.telling(told.weighed.heard, category)
    most = [i for i in sorted(range(len(words)), key=lambda i: -shares[i])[:_TELLING] if shares[i] > 0]
    spans = [(words[i].start, words[i].end) for i in most]
    return [(start, Evidence(text[start:end], start, end, f"learned: {category}")) for start, end in spans]
