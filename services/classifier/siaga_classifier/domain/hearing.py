"""One hearing of a report's words, or of a part of them: what vocabulary and weights together make of it.

A part is heard alone as if nobody had said the rest. So idle talk, a question or a joke beside it cannot hide it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby

from siaga_classifier.domain.learned import likelihoods
from siaga_classifier.domain.lexicon import Found
from siaga_classifier.domain.reading import CLEAR, Reading, has_sign, read, says
from siaga_classifier.domain.scoring import EMERGENCIES, of_incidents
from siaga_classifier.domain.tokens import Token
from siaga_classifier.domain.verdict import CATEGORIES, Category, Priority
from siaga_classifier.domain.weighing import LEARNED, Weighed, length_signal, weigh

__all__ = [
    "HARDLY_PRANK",
    "PRANK_FROM",
    "SOUNDS_LIKE_PRANK",
    "Heard",
    "Part",
    "clauses",
    "hear",
    "priority_of_words",
    "without_idle_talk",
]

PRANK_FROM = 0.5
SOUNDS_LIKE_PRANK = 0.35
"""The learned prank score from which an operator confirms."""
HARDLY_PRANK = 0.1
_PLAIN = 2.0
"""Less is faint: an operator confirms."""
_PLAINLY_PRANK = 0.65
_LIKELY = 0.5
"""So probable, and a category needs no phrase of the vocabulary to be dispatched."""
_MAYBE = 0.5
"""The probability of all incidents together from which a part, heard alone, is not dismissed or merely answered."""
_TOLD = 0.25
"""The learned score of one incident from which a part seems one."""
_PROBABLY = 0.8
_HARDLY_LATER = 0.35
"""The learned score of priority 3 up to which a part that is probably an incident is urgent."""
_ANOTHER_TIME = frozenset({"hypothetical", "long_past"})
_NOW = frozenset({"life", "now", "onset", "fear", "distress"})
_IDLE = frozenset({"chatter", "idle", "abuse", "order", "wrong_number"})
"""What people say beside an incident. Other signs of a prank (a film, a doll, a take-back) change what was said."""
_TAKEN_BACK = frozenset({"retraction", "joke", "absurd", "fiction", "lottery", "reported_prank", "harmless"})
"""Signs that make nothing of what was said. Laughter, love and abuse alone do not: people poison themselves for love."""
_FEWEST = 2
"""Words that can tell of something."""
_TELLING = 3
"""Words that can tell how urgent it is."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a report, heard alone."""

    words: Sequence[Token]
    learned: Mapping[str, float]
    likely: Mapping[Category, float]
    category: Category
    told: bool
    """Whether vocabulary and weights together plainly tell of an incident."""
    of_another_time: bool
    """Whether it speaks of what was long ago or might be, and of no danger to life."""

    @property
    def incidents(self) -> float:
        return of_incidents(self.likely)

    @property
    def may_be_incident(self) -> bool:
        return self.told or self.incidents >= _MAYBE

    @property
    def seems_incident(self) -> bool:
        """A few words that say nothing may be an incident, but they do not seem one."""
        return self.told or (self.incidents >= _MAYBE and max(self.learned[c] for c in EMERGENCIES) >= _TOLD)

    @property
    def may_be_urgent(self) -> bool:
        surely = self.category in EMERGENCIES and self.incidents >= _PROBABLY and len(self.words) >= _TELLING
        return surely and self.learned["p3"] <= _HARDLY_LATER


@dataclass(frozen=True, slots=True)
class Heard:
    words: Sequence[Token]
    """Without courtesies and assurances."""
    reading: Reading
    weighed: Weighed
    category: Category
    priority: Priority

    @property
    def is_faint(self) -> bool:
        """Whether neither a word that says it by itself nor the weights speak clearly for the category."""
        return _is_faint(self.reading, self.category, self.weighed)

    @property
    def tells_of_incident(self) -> bool:
        return self.category in EMERGENCIES and not self.is_faint

    @property
    def knows_what(self) -> bool:
        """Whether it is an incident, and more than a bare cry for help."""
        cry = self.category == "other" and self.weighed.category not in EMERGENCIES
        return self.category in EMERGENCIES and not cry

    def as_part(self) -> Part:
        return Part(
            self.words,
            self.weighed.learned,
            self.weighed.likely,
            self.category,
            self.tells_of_incident,
            _is_of_another_time(self.reading.signs),
        )


def hear(
    text: str,
    words: Sequence[Token],
    masked: Sequence[tuple[int, int]],
    earlier_pranks: int = 0,
    known: Sequence[Found] | None = None,
) -> Heard:
    """`words` are of `text`; `known` is what the vocabulary knows of them, if that has been looked up.

    Who thanks, greets or says that it is no prank is heard as if he had not said so.
    """
    reading = read(text, words, masked, known)
    polite = _places(f for f in reading.counted if has_sign(f, "courtesy") or has_sign(f, "serious"))
    if 0 < len(polite) < len(words):
        assured = reading.signs & {"serious"}
        words = [word for i, word in enumerate(words) if i not in polite]
        reading = read(text, words, masked, reading.found_without(polite))
        reading = replace(reading, signs=reading.signs | assured)
    weighed = weigh(words, reading, masked, earlier_pranks)
    category = _settled(reading, weighed)
    return Heard(words, reading, weighed, category, _priority(category, reading, weighed))


def without_idle_talk(text: str, whole: Heard, masked: Sequence[tuple[int, int]]) -> Heard | None:
    """What is left when idle talk and questions are taken away; None if too little is, or nothing was."""
    idle = _places(f for f in whole.reading.counted if f.entry.signs & _IDLE or _only_asks(f))
    if not idle or len(whole.words) - len(idle) < _FEWEST:
        return None
    left = [word for i, word in enumerate(whole.words) if i not in idle]
    return hear(text, left, masked, known=whole.reading.found_without(idle))


def clauses(whole: Heard) -> Iterator[Part]:
    """Each clause by the weights alone, if there are several."""
    words, heard = whole.words, whole.weighed.heard
    if words[0].clause == words[-1].clause:
        return
    for _, places in groupby(range(len(words)), key=lambda i: words[i].clause):
        at = list(places)
        if len(at) < _FEWEST:
            continue
        said = heard[at[0] : at[-1] + 1]
        learned = LEARNED.scores(said, length_signal(len(said) - said.count(None)))
        category = max(CATEGORIES, key=lambda c: learned[c])
        signs = {s for f in whole.reading.counted if at[0] <= f.first <= at[-1] for s in f.entry.signs}
        yield Part(
            words[at[0] : at[-1] + 1],
            learned,
            likelihoods(learned, CATEGORIES),
            category,
            False,
            _is_of_another_time(signs),
        )


def _places(found: Iterable[Found]) -> set[int]:
    return {i for one in found for i in range(one.first, one.last)}


def _is_of_another_time(signs: Set[str]) -> bool:
    return bool(signs & _ANOTHER_TIME) and not signs & _NOW


def _only_asks(found: Found) -> bool:
    """Whether it speaks for a question alone. A drill, or rubbish that is burnt, says what it is about."""
    return "drill" not in found.entry.signs and all(m.category == "information" for m in found.entry.meanings)


def _settled(reading: Reading, weighed: Weighed) -> Category:
    """What manner makes of the category: faint claims of a joker are nothing, a cry for help is something."""
    category, prank_score = weighed.category, weighed.how.score
    prank = prank_score >= PRANK_FROM
    faint = category in EMERGENCIES and _is_faint(reading, category, weighed)
    if (faint and prank) or (category == "information" and prank_score >= _PLAINLY_PRANK):
        category = "none"
    if category in ("none", "other", "information") and "despair" in reading.signs:
        return "medical"
    if category == "none" and "whisper" in reading.signs:
        return "public_order"
    if category == "none" and "distress" in reading.signs and not prank:
        return "other"
    if category == "other" and "whisper" in reading.signs and weighed.scores.get("other", 0.0) < CLEAR:
        return "public_order"
    return category


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
    prank = prank_score >= PRANK_FROM
    said = priority_of_words(category, reading, prank)
    if prank_score >= _PLAINLY_PRANK:
        in_earnest = said == 1 and not weighed.how.signs & _TAKEN_BACK
        return 2 if in_earnest else 3
    if category == "information" and said == 2:
        return 2
    priority = _priority_learned(reading, weighed, said)
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
    jokes = weighed.how.score >= HARDLY_PRANK and weighed.how.signs != {"romance"}
    joking = jokes and weighed.prank >= SOUNDS_LIKE_PRANK
    return 2 if said == 1 and ("fear" in reading.signs or not joking) else priority


def _is_of_life_and_now(reading: Reading) -> bool:
    """Whether a question names what kills, and does not put it into another time."""
    asked = _is_of_another_time(reading.signs)
    return not asked and any(level == 1 for c, level in reading.levels.items() if c in EMERGENCIES)


def priority_of_words(category: Category, reading: Reading, prank: bool) -> Priority:
    signs = reading.signs
    life = "life" in signs
    level = reading.levels.get(category)
    match category:
        case "information":
            return 2 if life or _is_of_life_and_now(reading) else 3
        case "none":
            mute = "silent" in signs or reading.size <= 3 or not any(map(says, reading.counted))
            return 2 if life or (mute and not prank) else 3
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
