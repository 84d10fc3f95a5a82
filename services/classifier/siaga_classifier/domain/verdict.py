"""What the classifier says about a report's words. Values only; `words.judge_words` makes them."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["CATEGORIES", "Category", "Disposition", "Evidence", "Mark", "Priority", "Verdict"]

Category = Literal[
    "fire", "medical", "accident", "disaster", "public_order", "covid", "information", "other", "none"
]
Mark = Literal["victims", "trapped", "violence", "live_wire", "wild_animal", "mental_health", "covid"]
Disposition = Literal["dispatch", "confirm", "answer", "transfer", "dismiss"]
Priority = Literal[1, 2, 3]

CATEGORIES: tuple[Category, ...] = (
    "fire",
    "disaster",
    "accident",
    "medical",
    "public_order",
    "covid",
    "other",
    "information",
    "none",
)
"""In order of gravity: with equal scores the earlier one wins."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that counted: `words == text[start:end]`, positions in code points of the text as given."""

    words: str
    start: int
    end: int
    means: str
    """A category ("fire"), a manner ("prank: laughter"), why it did not count ("negated: fire"), or what the weights
    learned of it ("learned: fire")."""


@dataclass(frozen=True, slots=True)
class Verdict:
    category: Category
    priority: Priority
    """1 life at risk now, 2 urgent, 3 not urgent."""
    prank: bool
    """Apart from the category: a prank that claims a fire has category fire."""
    prank_score: float
    """0 to 1, from words and manner; not a probability."""
    disposition: Disposition
    marks: tuple[Mark, ...]
    """Sorted."""
    evidence: tuple[Evidence, ...]
    """In order of position; at most `words.EVIDENCE_LIMIT`."""
    scores: tuple[tuple[Category, float], ...]
    """How likely each category is, in the order of CATEGORIES: 0 to 1, together 1. Where the vocabulary holds on to
    a category against the weights, its own may be the lower one."""
    transfer_to: str | None
    """Whose business it is when the disposition is `transfer`, for example "PLN 123"."""
