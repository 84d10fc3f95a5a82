"""The words that led to a judgement, as evidence with their positions."""

from collections.abc import Sequence

from siaga_classifier.domain.lexicon import Found
from siaga_classifier.domain.reading import UNSAID, Reading
from siaga_classifier.domain.tokens import Token
from siaga_classifier.domain.verdict import Category, Evidence
from siaga_classifier.domain.weighing import LEARNED, Weighed

__all__ = ["EVIDENCE_LIMIT", "evidence"]

EVIDENCE_LIMIT = 40
_TELLING = 3
"""Words of the weights that are shown."""


def evidence(
    text: str, words: Sequence[Token], reading: Reading, weighed: Weighed, category: Category
) -> tuple[Evidence, ...]:
    """What the vocabulary found. Where it found nothing for the category, the words by which the weights chose it."""
    marked: list[tuple[int, Evidence]] = []

    def note(found: Found, means: str) -> None:
        start, end = words[found.first].start, words[found.last - 1].end
        marked.append((start, Evidence(text[start:end], start, end, means)))

    for found in reading.counted[: EVIDENCE_LIMIT * 50]:
        meanings = [m.category for m in found.entry.meanings if m.weight]
        kinds = [f"prank: {s}" for m in found.entry.meanings for s in m.signs if s in weighed.how.signs]
        said = [*dict.fromkeys(meanings), *kinds]
        if not said:
            said = [s for m in found.entry.meanings for s in m.signs if s not in UNSAID][:1]
        if said:
            note(found, ", ".join(said))
    for found in reading.negated[:EVIDENCE_LIMIT]:
        said = list(dict.fromkeys(m.category for m in found.entry.meanings if m.weight))
        if said:
            note(found, "negated: " + ", ".join(said))
    if category != weighed.said and category == weighed.category:
        shares = LEARNED.telling(weighed.heard, category)
        for at in sorted(range(len(words)), key=lambda i: -shares[i])[:_TELLING]:
            start, end = words[at].start, words[at].end
            if shares[at] > 0:
                marked.append((start, Evidence(text[start:end], start, end, f"learned: {category}")))
    return tuple(one for _, one in sorted(marked, key=lambda pair: pair[0])[:EVIDENCE_LIMIT])
