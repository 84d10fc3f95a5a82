"""Cuts a report into words that keep their positions, with one spelling for many."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

__all__ = ["LONGEST_WORD", "Token", "plain", "tokens"]

LONGEST_WORD = 40
"""Characters of a word that are looked at; nothing in any language here is longer."""

_REMEMBERED = 20_000
"""Words whose plain form is kept."""
_TEXTS = 4
"""Texts whose words are kept: the vocabulary and the gazetteer ask for a report's one after the other."""
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"
"""Soft hyphens and signs without width, which some keyboards and web pages put into words."""
_WORD = re.compile(rf"[^\W_]+(?:(?:['’`]|[\u0300-\u036f{_UNSEEN}]+)[^\W_]+)*|[😂🤣😆😹]")
_NOT_SAID = re.compile(f"[{_UNSEEN}]")
_BREAK = re.compile(r"[.,;:!?\n|()…–—]")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_TWICE = re.compile(r"^([^\W\d_]{3,})2(nya)?$")


class Token(NamedTuple):
    form: str
    """Lower case, one spelling."""
    start: int
    end: int
    clause: int
    """Number of the clause; punctuation separates clauses, however often it is repeated."""


def plain(word: str) -> str:
    """Lower case, without accents and what can't be seen, "tolooong" as "tolong", "gatal2" as "gatal"."""
    return _plain(word[:LONGEST_WORD])


@lru_cache(_REMEMBERED)
def _plain(word: str) -> str:
    word = word.casefold()
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", _NOT_SAID.sub("", word))
        word = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
        word = word.replace("’", "'")
    word = _REPEATED.sub(r"\1", word)
    twice = _TWICE.match(word)
    return twice[1] if twice else word


def tokens(text: str, spelling: Mapping[str, str]) -> list[Token]:
    """Every word of the text, in order; linear in its length."""
    return [t if (form := spelling.get(t[0])) is None else Token(form, t[1], t[2], t[3]) for t in _cut(text)]


@lru_cache(_TEXTS)
def _cut(text: str) -> tuple[Token, ...]:
    """Every word in its plain form."""
    found: list[Token] = []
    clause = 0
    last = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        if found and text[last:start] != " " and _BREAK.search(text, last, start):
            clause += 1
        found.append(Token(_plain(text[start:end][:LONGEST_WORD]), start, end, clause))
        last = end
    return tuple(found)
