"""Weights learned from the labelled reports, beside the vocabulary: for what no phrase there says.

A report is heard as its words, pairs of neighbours and pieces of words (3 to 5 letters, so that a misspelling is
still near). Each kind is brought to length one, so that a long report is not louder than a short one. The sums are
linear: what each word adds can be shown. Trained by `services/classifier/training` (see docs/classifier.md).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import TypeVar

__all__ = [
    "FIELDS",
    "Learned",
    "Table",
    "likelihoods",
    "load_learned",
    "neighbours",
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
PAIRS = 0.7
"""How loud pairs are beside words and pieces."""
LEAST = {"w": 250.0, "b": 300.0, "c": 2500.0}
"""The squared length, by kind, up to which a text is not made longer: few words say little."""
SHARPNESS = 7.0
"""How sure a difference of scores makes: fitted on writers whom the weights had not seen."""
_REMEMBERED = 20_000
Row = tuple[float, ...]
_Key = TypeVar("_Key")
_Field = TypeVar("_Field", bound=str)


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
    """Weights times rarity; then, for the length, the rarity's square."""
    start: Row
    version: str


_SQUARE = len(FIELDS)
_NOTHING: Row = (0.0,) * (_SQUARE + 1)


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
        parts = [
            self._start,
            _evened(_rows(self._words, known), 1.0, LEAST["w"]),
            _evened(_rows(self._pairs, pairs), PAIRS, LEAST["b"]),
            _evened(list(map(self._spelt, known)), 1.0, LEAST["c"]),
            *filter(None, map(self._ruled, rules, rules.values())),
        ]
        return dict(zip(FIELDS, map(sum, zip(*parts, strict=True)), strict=False))

    def telling(self, words: Sequence[str | None], field: str) -> list[float]:
        """How much each word adds to a field's score above what it adds to the categories on average."""
        column, categories = FIELDS.index(field), FIELDS.index("p1")
        known = dict.fromkeys(w for w in words if w is not None)
        pairs = [self._pairs.get(pair, _NOTHING) for pair in neighbours(words)]

        def told(rows: Sequence[Row], loud: float, least: float) -> list[float]:
            loud /= math.sqrt(max(least, sum(row[_SQUARE] for row in rows)))
            return [loud * (row[column] - sum(row[:categories]) / categories) for row in rows]

        alone = told([self._words.get(word, _NOTHING) for word in known], 1.0, LEAST["w"])
        spelt = told([self._spelt(word) for word in known], 1.0, LEAST["c"])
        beside = told(pairs, PAIRS, LEAST["b"])
        each = {word: a + b for word, a, b in zip(known, alone, spelt, strict=True)}
        return [
            0.0 if word is None else each[word] + (beside[i] + beside[i + 1]) / 2
            for i, word in enumerate(words)
        ]

    def _pieces_of(self, word: str) -> Row:
        rows = [self._parts.get(piece, _NOTHING) for piece in pieces(word)]
        return tuple(map(sum, zip(*rows, strict=True))) if rows else _NOTHING

    def _rule(self, name: str, value: float) -> Row | None:
        row = self._rules.get(name)
        return None if row is None else tuple(value * weight for weight in row)


def _rows(table: Mapping[_Key, Row], keys: Iterable[_Key]) -> list[Row]:
    return [row for key in keys if (row := table.get(key)) is not None]


def _evened(rows: Sequence[Row], loud: float, least: float) -> Sequence[float]:
    """The rows' sum, brought to the length `loud`."""
    if not rows:
        return _NOTHING
    total = list(map(sum, zip(*rows, strict=True)))
    loud /= math.sqrt(max(least, total[_SQUARE]))
    return [loud * number for number in total]


def likelihoods(scores: Mapping[str, float], of: Sequence[_Field]) -> dict[_Field, float]:
    """The scores as probabilities: of all reports at 0.9, nine in ten are right."""
    most = max(scores[field] for field in of)
    parts = {field: math.exp(SHARPNESS * (scores[field] - most)) for field in of}
    total = sum(parts.values())
    return {field: part / total for field, part in parts.items()}


def load_learned() -> Learned:
    """Reads the weights that come with the package. Raises ValueError if the file is not what was trained."""
    raw = (resources.files("siaga_classifier.domain") / "weights.tsv").read_bytes()
    rows: dict[str, Row] = {}
    start = _NOTHING
    reports = 0
    for line in raw.decode().splitlines():
        key, seen, numbers = line.split("\t")
        row = [int(n) / SCALE for n in numbers.split()]
        if len(row) != len(FIELDS):
            raise ValueError(f"weights: {len(row)} numbers for {key!r}")
        if key == "start":
            start, reports = (*row, 0.0), int(seen)
        else:
            rows[key] = spread(row, rarity(int(seen), reports) if key[0] != "r" else None)
    return Learned(Table(rows, start, "weights-" + hashlib.sha256(raw).hexdigest()[:12]))


def rarity(seen: int, texts: int) -> float:
    """How telling it is that a feature stands in a text, when `seen` of all texts have it."""
    return math.log((texts + 1) / (seen + 1)) + 1


def spread(row: Sequence[float], rare: float | None) -> Row:
    """A table's row; `rare` None for a rule's."""
    return (*row, 0.0) if rare is None else (*(rare * weight for weight in row), rare * rare)
