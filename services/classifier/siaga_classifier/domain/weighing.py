"""Brings the vocabulary's reading of a report and the learned weights together.

The weights see what the vocabulary says (scores, signs, levels) and every word. They change the category only where
they are surer than the vocabulary by a margin; they never dismiss, and their doubt of a caller is worth a question.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from siaga_classifier.domain.learned import Learned, likelihoods, load_learned
from siaga_classifier.domain.manner import Manner, manner
from siaga_classifier.domain.reading import Reading, has_sign, held
from siaga_classifier.domain.scoring import EMERGENCIES, category_said, of_incidents, scores_of
from siaga_classifier.domain.tokens import Token
from siaga_classifier.domain.verdict import CATEGORIES, Category

__all__ = ["LEARNED", "Weighed", "forms", "length_signal", "rule_signals", "weigh"]

LEARNED: Learned = load_learned()
_SURER = 0.45
"""By how much the weights must prefer another category in a report of few words, where each says little."""
_MANY = 10
"""So many words, and the weights need no margin."""
_GRAVE = 4.0
_SOME_INCIDENT = 0.8
"""The probability of all incidents together."""
_LENGTHS = (3, 6, 12, 25)
"""Up to so many words a report counts as tiny, short, middling and long."""
_END = 6
"""Words that make the end of a report."""


@dataclass(frozen=True, slots=True)
class Weighed:
    scores: dict[Category, float]
    """Of the vocabulary."""
    said: Category
    """What the vocabulary alone makes of it."""
    category: Category
    how: Manner
    learned: Mapping[str, float]
    """Of the weights, for each of `learned.FIELDS`: about 0 to 1."""
    likely: Mapping[Category, float]
    """The categories' as probabilities."""
    heard: Sequence[str | None]
    """The words as the weights hear them, one for each of the report's."""
    prank: float
    """How much it sounds like a prank to the weights, 0 to 1; a hidden cry for help does not."""
    earlier: float
    """What the caller's earlier calls add to that."""
    margin: float
    """How much surer than the vocabulary the weights must be: more in few words."""
    deadly: bool
    """Whether the vocabulary plainly speaks of a danger to life, whatever the weights made of it."""


def weigh(
    words: Sequence[Token], reading: Reading, masked: Iterable[tuple[int, int]], earlier_pranks: int
) -> Weighed:
    scores = scores_of(reading)
    said = category_said(reading, scores)
    last = _laughs_last(words, reading)
    how = manner(reading.counted, said in EMERGENCIES, last, earlier_pranks)
    heard = forms(words, reading, masked)
    size = len(heard) - heard.count(None)
    alone = how if earlier_pranks <= 0 else manner(reading.counted, said in EMERGENCIES, last, 0)
    learned = LEARNED.scores(heard, rule_signals(reading, scores, said, alone, size))
    likely = likelihoods(learned, CATEGORIES)
    hidden = reading.signs & {"whisper", "coded"}
    prank = min(1.0, max(0.0, learned["prank"])) if not hidden else alone.score
    margin = _SURER * max(0.0, 1 - size / _MANY)
    category = _weighed(reading, said, learned, likely, margin)
    deadly = said in EMERGENCIES and scores.get(said, 0.0) >= _GRAVE and reading.levels.get(said) == 1
    return Weighed(
        scores=scores,
        said=said,
        category=category,
        how=how,
        learned=learned,
        likely=likely,
        heard=heard,
        prank=prank,
        earlier=how.score - alone.score,
        margin=margin,
        deadly=deadly,
    )


def _weighed(
    reading: Reading,
    said: Category,
    learned: Mapping[str, float],
    likely: Mapping[Category, float],
    margin: float,
) -> Category:
    """The weights' category where they are surer than the vocabulary by the margin, or where it knows nothing of what
    is in all likelihood some incident: then the likeliest one."""
    best = max(CATEGORIES, key=lambda c: learned[c])
    if learned[best] <= learned[said] + margin:
        if said != "none" or of_incidents(likely) < _SOME_INCIDENT:
            return said
        best = max(EMERGENCIES, key=lambda c: learned[c])
    return said if _is_held(reading, said, best) else best


def forms(words: Sequence[Token], reading: Reading, masked: Iterable[tuple[int, int]]) -> list[str | None]:
    """The words' one spelling; None where they say nothing: a place's name, a figure of speech, what is negated."""
    silent = held(words, masked) | reading.taken
    return [None if i in silent else word.form for i, word in enumerate(words)]


def _is_held(reading: Reading, said: Category, best: Category) -> bool:
    """A hidden cry for help stays one, and smoke from food is no fire."""
    hidden = said == "public_order" and bool(reading.signs & {"coded", "whisper"})
    return hidden or (said == "none" and best == "fire" and "cooking" in reading.signs)


def rule_signals(
    reading: Reading, scores: Mapping[Category, float], said: Category, how: Manner, size: int
) -> dict[str, float]:
    """What the vocabulary says, as numbers of about one."""
    signals: dict[str, float] = {f"said {said}": 1.0, "prank": how.score}
    for category, score in scores.items():
        signals[f"score {category}"] = min(score, 8.0) / 4
        if score >= 3.5:
            signals[f"strong {category}"] = 0.5
    for category, level in reading.levels.items():
        signals[f"level {category} {level}"] = 0.5
    for sign in reading.signs:
        signals[f"sign {sign}"] = 0.5
    return signals | length_signal(size)


def length_signal(size: int) -> dict[str, float]:
    return {f"words {bisect_left(_LENGTHS, size)}": 1.0}


def _laughs_last(words: Sequence[Token], reading: Reading) -> bool:
    """The report ends in laughter, and nothing in it asks for help."""
    return "distress" not in reading.signs and any(
        f.last > len(words) - _END and has_sign(f, "laughter") for f in reading.counted
    )
