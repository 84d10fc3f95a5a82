"""Weights learned from the labelled reports, beside the vocabulary: for what no phrase there says.

A report is heard as its words, pairs of neighbours and pieces of words (3 to 5 letters, so that a misspelling is
still near). Each kind is brought to length one, so that a long report is not louder than a short one. The sums are
linear: what each word adds can be shown. Trained by `services/classifier/training` (see docs/classifier.md).
"""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise, repeat
from struct import Struct
from typing import TypeVar

__all__ = [
    "FIELDS",
    "Learned",
    "Table",
    "likelihoods",
    "load_learned",
    "neighbours",
    "parsed",
    "pieces",
    "rarity",
    "spread",
]

FIELDS: tuple[str, ...] = (
    *("fire", "disaster", "accident", "medical", "public_order", "covid", "other", "information", "none"),
    *("p1", "p2", "p3", "prank"),
)
"""What is scored, in the order of a row's numbers."""
SCALE = 1000
"""The file's whole numbers are thousandths."""
MOST = 10 * SCALE
"""No weight is greater; one that is was not learned."""
PAIRS = 0.7
"""How loud pairs are beside words and pieces."""
LEAST = {"w": 250.0, "b": 300.0, "c": 2500.0}
"""The squared length, by kind, up to which a text is not made longer: few words say little."""
SHARPNESS = 7.0
"""How sure a difference of scores makes: fitted on writers whom the weights had not seen."""
_REMEMBERED = 20_000
_UNIT = 1 << 20
"""A row's numbers are kept as whole numbers of this part, so that sums are exact and the same everywhere."""
_LANES = Struct(f"<{len(FIELDS) + 1}q")
Row = int
"""A feature's numbers side by side in one whole number, 64 bits each: adding two rows is one addition.

Weights times rarity for each field; then, for the length, the rarity's square."""
_NOTHING: Row = 0
_Field = TypeVar("_Field", bound=str)


_HALVES = sum(1 << (64 * lane + 63) for lane in range(len(FIELDS) + 1))
"""Half of each lane's range: added, no lane is negative and borrows from the next; its bit turned, each reads as signed."""


def _packed(numbers: Sequence[float]) -> Row:
    signed = int.from_bytes(_LANES.pack(*(round(n * _UNIT) for n in numbers)), "little")
    return (signed ^ _HALVES) - _HALVES


def _lanes(row: Row) -> tuple[int, ...]:
    return _LANES.unpack(((row + _HALVES) ^ _HALVES).to_bytes(_LANES.size, "little"))


@lru_cache(_REMEMBERED)
def pieces(word: str) -> tuple[str, ...]:
    """The pieces of 3 to 5 letters of a word with its ends marked."""
    marked = f"<{word}>"
    return tuple(marked[i : i + n] for n in (3, 4, 5) for i in range(len(marked) - n + 1))


def neighbours(words: Sequence[str | None]) -> Iterable[tuple[str | None, str | None]]:
    """The pairs, with "^" before the first word and "$" after the last: what opens and what ends a report is heard."""
    return pairwise(("^", *words, "$"))


@dataclass(frozen=True, slots=True)
class Table:
    """Features' weights. A word's key is "w " and the word, a pair's "b ", a piece's "c ", a rule's "r "."""

    rows: Mapping[str, Row]
    start: Row
    version: str
    vocabulary: str = ""
    """The version of the vocabulary that was there when they were learned."""


class Learned:
    """Read only once built: threads may share it."""

    def __init__(self, table: Table) -> None:
        self.version = table.version
        self._start = table.start
        kinds: dict[str, dict[str, Row]] = {"w": {}, "b": {}, "c": {}, "r": {}}
        for key, row in table.rows.items():
            kinds[key[0]][key[2:]] = row
        self._words, self._parts, self._rules = kinds["w"], kinds["c"], kinds["r"]
        self._pairs: dict[tuple[str | None, str | None], Row] = {}
        for pair, row in kinds["b"].items():
            first, second = pair.split(" ")
            self._pairs[first, second] = row
        self._spelt = lru_cache(_REMEMBERED)(self._pieces_of)
        self._ruled = lru_cache(_REMEMBERED)(self._rule)

    def scores(self, words: Sequence[str | None], rules: Mapping[str, float]) -> dict[str, float]:
        """`words` with None where a place's name stands; `rules` is what the vocabulary says of the report."""
        known = dict.fromkeys(w for w in words if w is not None)
        pairs = dict.fromkeys(neighbours(words))
        rest = _lanes(self._start + sum(map(self._ruled, rules, rules.values())))
        alone, loud_alone = _evened(sum(map(self._words.get, known, repeat(0))), 1.0, LEAST["w"])
        beside, loud_beside = _evened(sum(map(self._pairs.get, pairs, repeat(0))), PAIRS, LEAST["b"])
        spelt, loud_spelt = _evened(sum(map(self._spelt, known)), 1.0, LEAST["c"])
        return {
            field: (r + loud_alone * a + loud_beside * b + loud_spelt * c) / _UNIT
            for field, r, a, b, c in zip(FIELDS, rest, alone, beside, spelt, strict=False)
        }

    def telling(self, words: Sequence[str | None], field: str) -> list[float]:
        """How much each word adds to a field's score above what it adds to the categories on average."""
        column, categories = FIELDS.index(field), FIELDS.index("p1")
        known = dict.fromkeys(w for w in words if w is not None)

        def told(rows: Sequence[Row], loud: float, least: float) -> list[float]:
            _, loud = _evened(sum(rows), loud, least)
            lanes = map(_lanes, rows)
            return [loud * (lane[column] - sum(lane[:categories]) / categories) / _UNIT for lane in lanes]

        alone = told([self._words.get(word, 0) for word in known], 1.0, LEAST["w"])
        spelt = told([self._spelt(word) for word in known], 1.0, LEAST["c"])
        beside = told([self._pairs.get(pair, 0) for pair in neighbours(words)], PAIRS, LEAST["b"])
        each = {word: a + b for word, a, b in zip(known, alone, spelt, strict=True)}
        return [
            0.0 if word is None else each[word] + (beside[i] + beside[i + 1]) / 2
            for i, word in enumerate(words)
        ]

    def _pieces_of(self, word: str) -> Row:
        return sum(map(self._parts.get, pieces(word), repeat(0)))

    def _rule(self, name: str, value: float) -> Row:
        row = self._rules.get(name)
        return 0 if row is None else _packed([value * lane / _UNIT for lane in _lanes(row)])


def _evened(total: Row, loud: float, least: float) -> tuple[tuple[int, ...], float]:
    """The sum's numbers, and what to multiply them by so that its length is `loud`."""
    lanes = _lanes(total)
    return lanes, loud / math.sqrt(max(least, lanes[-1] / _UNIT))


def likelihoods(scores: Mapping[str, float], of: Sequence[_Field]) -> dict[_Field, float]:
    """The scores as probabilities: of all reports at 0.9, nine in ten are right."""
    most = max(scores[field] for field in of)
    parts = {field: math.exp(SHARPNESS * (scores[field] - most)) for field in of}
    total = sum(parts.values())
    return {field: part / total for field, part in parts.items()}


def load_learned() -> Learned:
    """Reads the weights that come with the package. Raises ValueError as `parsed` does."""
    return Learned(parsed((resources.files("siaga_classifier.domain") / "weights.tsv").read_bytes()))


_LINE = re.compile(r"(start|[wcr] \S.*|b \S+ \S+)\t(\d{1,9})\t(-?\d{1,6}(?: -?\d{1,6})*)")
_END = re.compile(r"end\t(\d{1,9})\t(words-[0-9a-f]{12})")


def parsed(raw: bytes) -> Table:
    """The table of a file that `training/train.py` wrote: "start" first, "end" with the number of lines last.

    Raises ValueError, which names the line, if the file was changed, cut off or put together from two.
    """
    lines = raw.decode().split("\n")
    end = _END.fullmatch(lines[-2]) if len(lines) > 2 and not lines[-1] else None
    if end is None or int(end[1]) != len(lines) - 1 or not lines[0].startswith("start\t"):
        raise ValueError(
            "weights: not a whole file as training/train.py writes it: restore weights.tsv from git"
        )
    rows: dict[str, Row] = {}
    start, reports = _NOTHING, 0
    for number, line in enumerate(lines[:-2], 1):
        found = _LINE.fullmatch(line)
        numbers = [int(n) for n in found[3].split()] if found else []
        if found is None or len(numbers) != len(FIELDS) or max(map(abs, numbers)) > MOST:
            raise ValueError(
                f"weights: line {number} is not one of training/train.py: restore weights.tsv from git"
            )
        key, seen, row = found[1], int(found[2]), [n / SCALE for n in numbers]
        if number == 1:
            start, reports = spread(row, None), seen
        elif key == "start" or key in rows or seen > reports:
            raise ValueError(
                f"weights: line {number} is there twice or of another file: restore weights.tsv from git"
            )
        else:
            rows[key] = spread(row, rarity(seen, reports) if key[0] != "r" else None)
    return Table(rows, start, "weights-" + hashlib.sha256(raw).hexdigest()[:12], end[2])


def rarity(seen: int, texts: int) -> float:
    """How telling it is that a feature stands in a text, when `seen` of all texts have it."""
    return math.log((texts + 1) / (seen + 1)) + 1


def spread(row: Sequence[float], rare: float | None) -> Row:
    """A table's row of the fields' weights; `rare` None for a rule's."""
    return _packed((*row, 0.0) if rare is None else (*(rare * weight for weight in row), rare * rare))
