"""The machine's agreement with its operators, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from rich.console import RenderableType
from rich.table import Table

from siaga_ops.evaluation.agreement import Agreement, JudgedCall
from siaga_ops.evaluation.classes import Confusion, confusion
from siaga_ops.evaluation.labelled import CATEGORIES, DISPOSITIONS
from siaga_ops.evaluation.plain import plain
from siaga_ops.evaluation.ratios import Share

__all__ = ["Row", "agreement_json", "agreement_shown", "by_category", "by_week", "corrections"]

_OUTCOMES = ("dispatch", "answer", "transfer", "dismiss", "recall")


@dataclass(frozen=True, slots=True)
class Row:
    """Calls of a week, or of a category that the machine gave."""

    name: str
    judged: int
    category: Share
    priority: Share
    place: Share
    prank: Share
    disposition: Share


def by_week(agreement: Agreement) -> list[Row]:
    """Every week in which calls came, also where nobody judged one."""
    return [
        _row(week, [j for j in agreement.judged if j.week == week]) for week in sorted(agreement.classified)
    ]


def by_category(agreement: Agreement) -> list[Row]:
    """By the machine's category."""
    parts = ((c, [j for j in agreement.judged if j.machine.category == c]) for c in CATEGORIES)
    return [_row(category, part) for category, part in parts if part]


def corrections(agreement: Agreement) -> Confusion:
    """Rows: the operators'. Columns: the machine's."""
    return confusion(CATEGORIES, ((j.category, j.machine.category) for j in agreement.judged))


def dispositions(agreement: Agreement) -> dict[tuple[str, str], int]:
    """(the machine's, what the operator did) -> calls."""
    counts: dict[tuple[str, str], int] = {}
    for one in agreement.judged:
        if one.outcome is not None:
            pair = (one.machine.disposition, one.outcome)
            counts[pair] = counts.get(pair, 0) + 1
    return counts


def agreement_shown(agreement: Agreement) -> Iterator[RenderableType]:
    calls = sum(agreement.classified.values())
    yield f"{calls} calls in the logs, {len(agreement.judged)} judged by an operator"
    yield "[dim]Only judged calls are compared, and those tend to be doubtful. What was let stand counts as agreed.[/dim]"
    if not agreement.judged:
        return
    calls_of = {week: f"{week} ({count} calls)" for week, count in agreement.classified.items()}
    yield _table("By week", [replace(row, name=calls_of[row.name]) for row in by_week(agreement)])
    yield _table("By the machine's category", by_category(agreement))
    changed = Table("machine", "operator", "calls", title="Categories corrected", title_justify="left")
    table = corrections(agreement)
    for i, said in enumerate(table.names):
        for j, machine in enumerate(table.names):
            if i != j and table.counts[i][j]:
                changed.add_row(machine, said, str(table.counts[i][j]))
    yield changed
    done = Table("machine", *_OUTCOMES, title="What operators did", title_justify="left")
    counts = dispositions(agreement)
    for machine in DISPOSITIONS:
        done.add_row(machine, *(str(counts.get((machine, o), "")) for o in _OUTCOMES))
    yield done
    nothing = sum(agreement.nothing_there.values())
    yield f"{nothing} calls whose post ended with nothing there"


def agreement_json(agreement: Agreement) -> bytes:
    """The figures alone: no words, no names."""
    table = corrections(agreement)
    whole: dict[str, Any] = {
        "calls": agreement.classified,
        "judged": len(agreement.judged),
        "nothing_there": agreement.nothing_there,
        "by_week": plain(by_week(agreement)),
        "by_category": plain(by_category(agreement)),
        "categories": {"names": table.names, "operator_by_machine": table.counts},
        "dispositions": [
            {"machine": m, "operator": o, "calls": n} for (m, o), n in sorted(dispositions(agreement).items())
        ],
    }
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def _row(name: str, part: Sequence[JudgedCall]) -> Row:
    def told(of: Callable[[JudgedCall], bool | None]) -> Share:
        answers = [a for a in map(of, part) if a is not None]
        return Share(sum(answers), len(answers))

    return Row(
        name,
        len(part),
        told(lambda j: j.category_agreed),
        told(lambda j: j.priority_agreed),
        told(lambda j: j.place_agreed),
        told(lambda j: j.prank_agreed),
        told(lambda j: j.disposition_agreed),
    )


def _table(title: str, rows: Sequence[Row]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for name in ("judged", "category", "priority", "place", "prank", "disposition"):
        table.add_column(name, justify="right")
    for row in rows:
        shares = (row.category, row.priority, row.place, row.prank, row.disposition)
        table.add_row(row.name, str(row.judged), *map(str, shares))
    return table
