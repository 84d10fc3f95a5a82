"""The vocabulary files as one searchable lexicon. What a word means is said in `vocabulary/*.toml` alone.

A phrase there is written in any spelling that `spelling.toml` knows. `..` stands for up to three words,
a `*` at a word's end for any ending, `@limb` for any word of that class in `classes.toml`. Words that say
nothing ("sudah", "pak", "tuh") may stand between the words of a phrase. Of several phrases at one position
the longest counts, so that "bakar sate" takes "bakar" away from the fires.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, NamedTuple, get_args

from rapidfuzz.distance import OSA

from siaga_classifier.domain.tokens import Token, plain
from siaga_classifier.domain.verdict import Category, Mark

__all__ = ["Entry", "Found", "Lexicon", "Meaning", "load_lexicon"]

_GAP = 3
_ENDINGS = ("nya", "lah", "kah", "ku", "mu", "pun", "ne", "na")
_PREPOSITIONS = frozenset({"ke", "di", "ter", "ber", "me"})
_SHORTEST_MISSPELT = 7
_FILLERS_SAID = """
    sudah juga sih tuh nih deh kok dong ya pak bu mas mbak bang kak kan itu ini pada udah banget malah jadi
    masih lagi nya tadi terus pas mun kang teh mah atuh nggih
"""
_FILLERS = frozenset(_FILLERS_SAID.split())
_FILLERS_MOST = 2
_CLAUSE = attrgetter("clause")
_REMEMBERED = 20_000
"""Words whose place in the lexicon is remembered."""


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
    signs: frozenset[str] = field(init=False, compare=False)
    """Of all its meanings."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "signs", frozenset(s for m in self.meanings for s in m.signs))


class Found(NamedTuple):
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
    after_filler: "_Node | None" = None
    """Its words alone: what may follow where a filler stands between."""
    in_gap: "_Node | None" = None
    """Its gap alone: what may follow where the gap has begun."""

    def child(self, word: str) -> "_Node":
        if self.after_filler is None:
            self.after_filler = _Node(words=self.words)
            self.after_filler.after_filler = self.after_filler
        return self.words.setdefault(word, _Node())

    def after_gap(self) -> "_Node":
        if self.gap is None:
            self.gap = _Node()
            self.in_gap = _Node(gap=self.gap)
            self.in_gap.in_gap = self.in_gap
        return self.gap

    def can_follow(self, said: frozenset[str]) -> bool:
        """Whether any of these words is its child."""
        return bool(self.beginnings) or not self.words.keys().isdisjoint(said)


@dataclass(frozen=True, slots=True)
class _Word:
    """What the lexicon knows of a word."""

    form: str
    keys: tuple[str, ...]
    """What it may be looked up as."""
    nodes: tuple[_Node, ...]
    """The phrases that begin with it."""
    alone: Entry | None
    """The entry if no other word of it follows."""
    follow: frozenset[str] | None
    """What the second word of a longer phrase is; None where that is not a list."""


class Lexicon:
    """Built once, then only read: threads may share it."""

    def __init__(
        self,
        entries: Sequence[Entry],
        spelling: Mapping[str, str],
        version: str,
        classes: Mapping[str, Sequence[str]],
        lampung: frozenset[str] = frozenset(),
    ) -> None:
        """Raises ValueError if a phrase names a class that isn't there."""
        self.entries = tuple(entries)
        self.spelling = spelling
        self.version = version
        self.lampung = lampung
        """Words of Lampung as they are said, before spelling makes them Indonesian."""
        self._class_names = frozenset(classes)
        self._classes: dict[str, list[str]] = {}
        for name, members in classes.items():
            for member in members:
                self._classes.setdefault(member, []).append("@" + name)
        self._root = _Node()
        self._misspelt: dict[str, str] = {}
        for entry in entries:
            self._add(entry)
        self._known = {word for entry in entries for word in entry.phrase.split()}
        self._known |= set(spelling.values()) | set(self._classes)
        for entry in entries:
            strong = any(m.weight >= 4 for m in entry.meanings)
            if strong and " " not in entry.phrase and "*" not in entry.phrase:
                for short in (entry.phrase, *_shortened(entry.phrase)):
                    self._misspelt.setdefault(short, entry.phrase)
        self._word = lru_cache(_REMEMBERED)(self._looked_up)

    def find(self, tokens: Sequence[Token]) -> Iterator[Found]:
        """Leftmost, then longest phrases; none overlap, except that phrases with a gap take nothing away."""
        start = 0
        for _, clause in groupby(tokens, key=_CLAUSE):
            words = [self._word(token.form) for token in clause]
            yield from self._find(words, start)
            start += len(words)

    def _find(self, words: Sequence[_Word], start: int) -> Iterator[Found]:
        """Those of one clause, which begins at tokens[start]: no phrase goes on into the next."""
        said = frozenset(chain.from_iterable(word.keys for word in words))
        position = 0
        while position < len(words):
            word = words[position]
            if word.follow is not None and word.follow.isdisjoint(said):
                last, entry = position + 1, word.alone
            else:
                last, entry, gap_last, gapped = self._longest(words, said, position)
                if gapped is not None and gap_last > last:
                    yield Found(start + position, start + gap_last, gapped)
            if entry is None:
                position += 1
            else:
                yield Found(start + position, start + last, entry)
                position = last

    def _longest(
        self, words: Sequence[_Word], said: frozenset[str], first: int
    ) -> tuple[int, Entry | None, int, Entry | None]:
        word = words[first]
        todo: list[tuple[_Node, int, int, int]] = [(node, first + 1, 0, 0) for node in reversed(word.nodes)]
        if word.form in _PREPOSITIONS and first + 1 < len(words):
            glued = self._root.words.get(word.form + words[first + 1].form)
            if glued is not None:
                todo.append((glued, first + 2, 0, 0))
        best, best_entry, far, far_entry = first, None, first, None
        while todo:
            node, at, skipped, fillers = todo.pop()
            if node.entry is not None:
                if ".." in node.entry.phrase:
                    if at > far:
                        far, far_entry = at, node.entry
                elif at > best:
                    best, best_entry = at, node.entry
            if at >= len(words):
                continue
            word = words[at]
            following = _children(node, word.form, word.keys)
            if following:
                todo.extend((child, at + 1, 0, fillers) for child in reversed(following))
            elif (
                word.form in _FILLERS
                and fillers < _FILLERS_MOST
                and not skipped
                and node.after_filler is not None
            ):
                todo.append((node.after_filler, at + 1, 0, fillers + 1))
            if node.gap is not None and node.gap.can_follow(said):
                following = _children(node.gap, word.form, word.keys)
                todo.extend((child, at + 1, 0, fillers) for child in reversed(following))
                if skipped < _GAP and node.in_gap is not None:
                    todo.append((node.in_gap, at + 1, skipped + 1, fillers))
        return best, best_entry, far, far_entry

    def _keys(self, form: str) -> tuple[str, ...]:
        """What a word may be looked up as: itself, without its ending, its classes."""
        keys = [form]
        if len(form) > 4:
            for ending in _ENDINGS:
                if form.endswith(ending):
                    stem = form[: -len(ending)]
                    keys.append(self.spelling.get(stem, stem))
        return (*keys, *(name for key in keys for name in self._classes.get(key, ())))

    def _looked_up(self, form: str) -> _Word:
        keys = self._keys(form)
        nodes = _children(self._root, form, keys)
        if not nodes and form not in self._known:
            meant = self._correct(form)
            if meant is not None:
                nodes = [self._root.words[meant]]
        alone = next((node.entry for node in nodes if node.entry is not None), None)
        seconds = [*nodes, *(node.gap for node in nodes if node.gap is not None)]
        listed = form not in _PREPOSITIONS and not any(node.beginnings for node in seconds)
        follow = frozenset(chain.from_iterable(node.words for node in seconds)) if listed else None
        return _Word(form, keys, tuple(nodes), alone, follow)

    def _correct(self, form: str) -> str | None:
        """A strong word that differs by one letter (left out, too many, wrong, or two swapped)."""
        if not _SHORTEST_MISSPELT <= len(form) <= 16:
            return None
        for short in (form, *_shortened(form)):
            meant = self._misspelt.get(short)
            if meant is not None and meant[0] == form[0] and OSA.distance(meant, form) <= 1:
                return meant
        return None

    def _add(self, entry: Entry) -> None:
        node = self._root
        for word in entry.phrase.split():
            if word.startswith("@") and word[1:] not in self._class_names:
                raise ValueError(f"vocabulary: unknown class in {entry.phrase!r}")
            if word == "..":
                node = node.after_gap()
            elif word.endswith("*"):
                node = node.beginnings.setdefault(word[:-1], _Node())
            else:
                node = node.child(word)
        node.entry = entry


def _children(node: _Node, form: str, keys: tuple[str, ...]) -> list[_Node]:
    """The word itself before its classes: of phrases equally long the first found counts."""
    found: list[_Node] = []
    if node.words:
        exact = False
        for key in keys:
            child = node.words.get(key)
            if child is not None and (key[0] == "@" or not exact):
                found.append(child)
                exact = True
    if node.beginnings:
        for length in range(3, len(form) + 1):
            child = node.beginnings.get(form[:length])
            if child is not None:
                found.append(child)
    return found


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
    classes = {
        name: tuple(dict.fromkeys(spelling.get(plain(word), plain(word)) for word in words.split()))
        for name, words in files.pop("classes.toml")["classes"].items()
    }
    said = files["manner.toml"]["signs"].pop("lampung")
    lampung = frozenset(plain(word.strip()) for word in said.split(","))
    meanings: dict[str, list[Meaning]] = {}

    def learn(words: str, meaning: Meaning) -> None:
        for phrase in words.replace("\n", " ").split(","):
            if phrase.strip():
                known = meanings.setdefault(_canonical(phrase, spelling), [])
                if meaning not in known:
                    known.append(meaning)

    for name, content in files.items():
        for number, group in enumerate(content.get("group", ()), 1):
            try:
                learn(group["words"], _meaning(group))
            except (KeyError, ValueError) as error:
                raise ValueError(
                    f"vocabulary/{name}, group {number}: {error} is missing or unknown"
                ) from None
        for sign, words in content.get("signs", {}).items():
            learn(words, Meaning("none", 0, signs=(sign,)))
        for kind, words in content.get("phrases", {}).items():
            signs = {"prank": ("joke",), "cooking": ("cooking",)}.get(kind, ())
            learn(words, Meaning("none", 0, signs=signs))
    entries = [Entry(phrase, tuple(found)) for phrase, found in meanings.items()]
    return Lexicon(entries, spelling, "words-" + digest.hexdigest()[:12], classes, lampung)


def _canonical(phrase: str, spelling: Mapping[str, str]) -> str:
    words = []
    for word in phrase.replace("-", " ").split():
        star = "*" if word.endswith("*") else ""
        form = word if word == ".." or word[0] == "@" else plain(word.removesuffix("*"))
        words.append((form if star else spelling.get(form, form)) + star)
    return " ".join(words)


def _meaning(group: Mapping[str, Any]) -> Meaning:
    if group["category"] not in get_args(Category) or not set(group.get("marks", ())) <= set(get_args(Mark)):
        raise ValueError("its category or one of its marks")
    return Meaning(
        group["category"],
        float(group["weight"]),
        group.get("level"),
        tuple(group.get("marks", ())),
        tuple(group.get("signs", ())),
        group.get("transfer_to"),
    )
