"""Errors by kind, expected -> decided, with a few examples of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from siaga_ops.evaluation.deciding import Decided
from siaga_ops.evaluation.mentions import Kind

__all__ = ["Example", "Mistakes", "ask_of", "dismissed_calls", "mistakes"]

_EVIDENCE = 6

Said: TypeAlias = Callable[[Decided], tuple[str, str]]
"""(expected, decided) in words; equal when it is right."""


@dataclass(frozen=True, slots=True)
class Example:
    id: str
    narrative: str | None
    evidence: tuple[str, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Mistakes:
    """All errors of one kind. `about` is what was decided wrongly: category, priority, ..."""

    about: str
    expected: str
    decided: str
    count: int
    examples: tuple[Example, ...]


def mistakes(decided: Sequence[Decided], kinds: dict[str, Kind], examples: int) -> tuple[Mistakes, ...]:
    """Most frequent first within each question; examples in the order of the file. `kinds` by report id."""
    questions: dict[str, Said] = {
        "category": lambda d: (d.label.category, d.verdict.category),
        "priority": lambda d: (str(d.label.priority), str(d.verdict.priority)),
        "disposition": lambda d: (d.label.disposition, d.verdict.disposition),
        "prank": lambda d: (_prank(d.label.prank), _prank(d.verdict.prank)),
        "place": lambda d: _place(d, kinds[d.label.id]),
    }
    found: list[Mistakes] = []
    for about, said in questions.items():
        wrong: dict[tuple[str, str], list[Decided]] = {}
        for one in decided:
            expected, got = said(one)
            if expected != got:
                wrong.setdefault((expected, got), []).append(one)
        for (expected, got), cases in sorted(wrong.items(), key=lambda item: (-len(item[1]), item[0])):
            shown = tuple(example(d, about) for d in cases[:examples])
            found.append(Mistakes(about, expected, got, len(cases), shown))
    return tuple(found)


def dismissed_calls(decided: Iterable[Decided]) -> tuple[Example, ...]:
    """Every call that the machine dismissed though its label sends or asks somebody; pranks say so."""
    return tuple(
        example(d, "claims an incident, a prank" if d.label.prank else "TRUE EMERGENCY")
        for d in decided
        if d.verdict.disposition == "dismiss" and d.label.disposition in ("dispatch", "confirm")
    )


def example(one: Decided, about: str) -> Example:
    label = one.label
    evidence: tuple[str, ...]
    match about:
        case "place":
            found = "none" if one.place is None else f"{one.place.name} {one.place.confidence:.2f}"
            evidence = (
                f"expected {label.expected_kode or '-'} ({label.place_text or '-'})",
                f"found {found}",
            )
            note = label.note
        case "category" | "priority" | "disposition" | "prank":
            evidence, note = _evidence(one), label.note
        case why:
            evidence, note = _evidence(one), why
    return Example(label.id, label.narrative, evidence, note)


def ask_of(kind: Kind) -> str:
    """What is expected of the machine where a place of this kind is named."""
    return "no kode" if kind in ("outside", "ambiguous", "none") else "the kode"


def _evidence(one: Decided) -> tuple[str, ...]:
    return tuple(f"{e.words} = {e.means}" for e in one.verdict.evidence[:_EVIDENCE])


def _prank(prank: bool) -> str:
    return "prank" if prank else "serious"


def _place(one: Decided, kind: Kind) -> tuple[str, str]:
    expected = f"{kind}: {ask_of(kind)}"
    if one.place_right:
        return expected, expected
    if one.place is None:
        return expected, "no place"
    if one.kode is None:
        return expected, "outside" if one.place.level == "outside" else "unresolved"
    wanted = one.label.expected_kode
    if wanted is None:
        return expected, f"a {one.place.level}"
    inside = "of the same kecamatan" if one.kode[:8] == wanted[:8] else "of another kecamatan"
    return expected, f"a {one.place.level} {inside}"
