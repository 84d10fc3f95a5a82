"""The vocabulary files as one searchable lexicon. What a word means is said in `vocabulary/*.toml` alone.

A phrase there is written in any spelling that `spelling.toml` knows. `..` stands for up to three words,
a `*` at a word's end for any ending. Of several phrases at one position the longest counts, so that
"bakar sate" takes "bakar" away from the fires.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, get_args

from siaga_classifier.domain.tokens import Token, plain
from siaga_classifier.domain.verdict import Category, Mark

__all__ = ["Entry", "Found", "Lexicon", "Meaning", "load_lexicon"]

_GAP = 3
_ENDINGS = ("nya", "lah", "kah", "ku", "mu", "pun", "ne", "na")
_PREPOSITIONS = frozenset({"ke", "di", "ter", "ber", "me"})
_SHORTEST_MISSPELT = 7


@dataclass(frozen=True, slots=True)
class Meaning:
    """One group's word: what it speaks for, how strongly (0 to 6), and what else it says."""

    category: Category
    weight: float
    level: int | None = None
    marks: tuple[Mark, ...] = ()
    signs: tuple[str, ...] = ()
    transfer_to: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    phrase: str
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An entry at tokens[first:last]."""

    first: int
    last: int
    entry: Entry


@dataclass(slots=True)
class _Node:
    entry: Entry | None = None
    words: dict[str, "_Node"] = field(default_factory=dict)
    beginnings: dict[str, "_Node"] = field(default_factory=dict)
    gap: "_Node | None" = None


class Lexicon:
    """Built once, then only read: threads may share it."""

    def __init__(self, entries: Sequence[Entry], spelling: Mapping[str, str], version: str) -> None:
        self.entries = tuple(entries)
        self.spelling = spelling
        self.version = version
        self._root = _Node()
        self._misspelt: dict[str, str] = {}
        for entry in entries:
            self._add(entry)
        self._known = {word for entry in entries for word in entry.phrase.split()} | set(spelling.values())
        for entry in entries:
            strong = any(m.weight >= 4 for m in entry.meanings)
            if strong and " " not in entry.phrase and "*" not in entry.phrase:
                for short in _shortened(entry.phrase):
                    self._misspelt.setdefault(short, entry.phrase)

    def find(self, tokens: Sequence[Token]) -> Iterator[Found]:
        """Leftmost, then longest phrases; none overlap, except that phrases with a gap take nothing away."""
        position = 0
        while position < len(tokens):
            (last, entry), (gap_last, gapped) = self._longest(tokens, position)
            if gapped is not None and gap_last > last:
                yield Found(position, gap_last, gapped)
            if entry is None:
                position += 1
            else:
                yield Found(position, last, entry)
                position = last

    def _longest(self, tokens: Sequence[Token], first: int) -> tuple[tuple[int, Entry | None], ...]:
        best: tuple[int, Entry | None] = (first, None)
        gapped: tuple[int, Entry | None] = (first, None)
        clause = tokens[first].clause
        todo: list[tuple[_Node, int, int]] = [(self._root, first, 0)]
        while todo:
            node, at, skipped = todo.pop()
            if node.entry is not None:
                if ".." in node.entry.phrase:
                    gapped = max(gapped, (at, node.entry), key=lambda pair: pair[0])
                elif at > best[0]:
                    best = (at, node.entry)
            if at >= len(tokens) or tokens[at].clause != clause:
                continue
            form = tokens[at].form
            if node is self._root and form in _PREPOSITIONS and at + 1 < len(tokens):
                glued = form + tokens[at + 1].form
                if tokens[at + 1].clause == clause and glued in node.words:
                    todo.append((node.words[glued], at + 2, 0))
            todo.extend((child, at + 1, 0) for child in self._children(node, form))
            if node.gap is not None:
                todo.extend((child, at + 1, 0) for child in self._children(node.gap, form))
                if skipped < _GAP:
                    todo.append((_Node(gap=node.gap), at + 1, skipped + 1))
        return best, gapped

    def _children(self, node: _Node, form: str) -> Iterator[_Node]:
        child = node.words.get(form)
        if child is not None:
            yield child
        elif len(form) > 4:
            for ending in _ENDINGS:
                if form.endswith(ending):
                    child = node.words.get(self.spelling.get(form[: -len(ending)], form[: -len(ending)]))
                    if child is not None:
                        yield child
                        break
            else:
                if node is self._root and form not in self._known:
                    meant = self._correct(form)
                    if meant is not None:
                        yield node.words[meant]
        if node.beginnings:
            for length in range(3, len(form) + 1):
                child = node.beginnings.get(form[:length])
                if child is not None:
                    yield child

    def _correct(self, form: str) -> str | None:
        """A strong word that differs by one letter (left out, too many, wrong, or two swapped)."""
        if not _SHORTEST_MISSPELT <= len(form) <= 16:
            return None
        for short in (form, *_shortened(form)):
            meant = self._misspelt.get(short)
            if meant is not None and meant[0] == form[0] and abs(len(meant) - len(form)) <= 1:
                return meant
        return None

    def _add(self, entry: Entry) -> None:
        node = self._root
        for word in entry.phrase.split():
            if word == "..":
                node.gap = node.gap or _Node()
                node = node.gap
            elif word.endswith("*"):
                node = node.beginnings.setdefault(word[:-1], _Node())
            else:
                node = node.words.setdefault(word, _Node())
        node.entry = entry


def _shortened(word: str) -> tuple[str, ...]:
    if len(word) < _SHORTEST_MISSPELT:
        return ()
    return tuple(word[:i] + word[i + 1 :] for i in range(1, len(word)))


def load_lexicon() -> Lexicon:
    """Reads the vocabulary that comes with the package. Raises ValueError for an unknown category or mark."""
    folder = resources.files("siaga_classifier.domain") / "vocabulary"
    digest = hashlib.sha256()
    files: dict[str, dict[str, Any]] = {}
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name):
        raw = file.read_bytes()
        digest.update(raw)
        files[file.name] = tomllib.loads(raw.decode())
    spelling = {
        form: word for word, forms in files.pop("spelling.toml")["words"].items() for form in forms.split()
    }
    meanings: dict[str, list[Meaning]] = {}

    def learn(words: str, meaning: Meaning) -> None:
        for phrase in words.replace("\n", " ").split(","):
            if phrase.strip():
                known = meanings.setdefault(_canonical(phrase, spelling), [])
                if meaning not in known:
                    known.append(meaning)

    for content in files.values():
        for group in content.get("group", ()):
            learn(group["words"], _meaning(group))
        for sign, words in content.get("signs", {}).items():
            learn(words, Meaning("none", 0, signs=(sign,)))
        for kind, words in content.get("phrases", {}).items():
            signs = {"prank": ("joke",), "cooking": ("cooking",)}.get(kind, ())
            learn(words, Meaning("none", 0, signs=signs))
    entries = [Entry(phrase, tuple(found)) for phrase, found in meanings.items()]
    return Lexicon(entries, spelling, "words-" + digest.hexdigest()[:12])


def _canonical(phrase: str, spelling: Mapping[str, str]) -> str:
    words = []
    for word in phrase.replace("-", " ").split():
        star = "*" if word.endswith("*") else ""
        form = word if word == ".." else plain(word.removesuffix("*"))
        words.append((form if star else spelling.get(form, form)) + star)
    return " ".join(words)


def _meaning(group: Mapping[str, Any]) -> Meaning:
    if group["category"] not in get_args(Category) or not set(group.get("marks", ())) <= set(get_args(Mark)):
        raise ValueError(f"vocabulary: unknown category or mark in the group of {group['words'][:60]!r}")
    return Meaning(
        group["category"],
        float(group["weight"]),
        group.get("level"),
        tuple(group.get("marks", ())),
        tuple(group.get("signs", ())),
        group.get("transfer_to"),
    )
