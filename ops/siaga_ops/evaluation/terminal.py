"""An evaluation as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from siaga_ops.evaluation.calibration import Calibration
from siaga_ops.evaluation.classes import Confusion
from siaga_ops.evaluation.pranks import COST_OF_WRONG_DISMISSAL, NEVER, OperatingPoint
from siaga_ops.evaluation.whole import Evaluation
from siaga_ops.printing import short

__all__ = ["shown"]

_TEXT = 160


def shown(evaluation: Evaluation, *, errors: bool) -> Iterator[RenderableType]:
    """What to print, piece by piece. `errors`: with the errors by kind."""
    part = "unseen part, figures alone" if evaluation.unseen else "development part"
    yield f"\n[bold]{escape(evaluation.file)}[/bold]: {evaluation.count} reports ({part}), classifier {evaluation.classifier}"
    yield _headline(evaluation)
    yield _classes(evaluation.category, "Categories")
    yield _matrix(evaluation.category)
    yield _classes(evaluation.disposition, "Dispositions")
    yield _kinds(evaluation)
    yield _curve(evaluation)
    yield _bins(evaluation)
    yield _slices(evaluation)
    if errors:
        yield from _errors(evaluation)


def _headline(e: Evaluation) -> Table:
    table = Table("figure", "value", "95 %", title="In short", title_justify="left")
    for name, share in (
        ("category right", e.category.right),
        ("priority exact", e.priority.right),
        ("priority within one step", e.priority_within_one),
        ("disposition right", e.disposition.right),
        ("true emergencies dismissed", e.pranks.dismissed),
        ("pranks not dispatched", e.pranks.kept_from_dispatch),
        ("dispatch, but held for an operator", e.pranks.held_though_true),
        ("place right", e.place),
        ("  right code where one is expected", e.place_expected),
        ("  no code where none is", e.place_not_expected),
    ):
        low_high = share.interval
        table.add_row(name, str(share), "" if low_high is None else f"{low_high[0]:.3f} to {low_high[1]:.3f}")
    table.add_row("category macro-F1", f"{e.category.macro_f1:.3f}")
    flag = e.pranks.flag.classes[0]
    table.add_row("prank precision, recall", f"{flag.precision:.3f}, {flag.recall:.3f}")
    table.add_row("calibration error of places", _number(e.place_confidence.error))
    table.add_row("calibration error of categories", _number(e.category_confidence.error))
    speed = (
        f"p50 {e.speed.p50_ms:.2f} ms, p99 {e.speed.p99_ms:.2f} ms, {e.speed.reports_a_second:.0f} a second"
    )
    table.add_row("time per report", speed)
    return table


def _classes(confusion: Confusion, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("class", no_wrap=True)
    for name in ("precision", "recall", "F1", "labelled", "decided"):
        table.add_column(name, justify="right")
    for c in confusion.classes:
        row = (f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}", str(c.labelled), str(c.decided))
        table.add_row(c.name, *row)
    return table


def _matrix(confusion: Confusion) -> Table:
    table = Table(title="Labelled (rows) and decided (columns)", title_justify="left")
    table.add_column("", no_wrap=True)
    for name in confusion.names:
        table.add_column(name[:8], justify="right")
    for i, name in enumerate(confusion.names):
        cells = [
            f"[bold]{count}[/bold]" if i == j else str(count) if count else "[dim]·[/dim]"
            for j, count in enumerate(confusion.counts[i])
        ]
        table.add_row(name, *cells)
    return table


def _kinds(e: Evaluation) -> Table:
    table = Table("kind of mention", "right", title="Places", title_justify="left")
    for kind, share in e.place_by_kind:
        table.add_row(kind, str(share))
    return table


def threshold(point: OperatingPoint) -> str:
    return "never" if point.threshold >= NEVER else f"{point.threshold:.2f}"


def _curve(e: Evaluation) -> Table:
    title = f"Prank score, a wrong dismissal costing {COST_OF_WRONG_DISMISSAL} wrong dispatches"
    table = Table(
        "", "threshold", "emergencies lost", "pranks sent", "cost", title=title, title_justify="left"
    )
    for name, point in (
        ("the cost would choose", e.pranks.cheapest),
        ("in use (called a prank), were it to dismiss alone", e.pranks.in_use),
        ("from which an operator may be asked, were it to dismiss alone", e.pranks.suspicion),
        ("the machine with all its rules", e.pranks.machine),
    ):
        lost, sent = str(point.wrong_dismissals), str(point.wrong_dispatches)
        table.add_row(name, threshold(point), lost, sent, str(point.cost))
    return table


def _bins(e: Evaluation) -> Table:
    table = Table(title="Calibration: said and found", title_justify="left")
    table.add_column("confidence", no_wrap=True)
    for name in ("places", "said", "right", "categories", "said", "right"):
        table.add_column(name, justify="right")
    for place, category in zip(e.place_confidence.bins, e.category_confidence.bins, strict=True):
        cells = [
            cell for b in (place, category) for cell in (str(b.count), _number(b.said), _number(b.right))
        ]
        table.add_row(f"{place.low:.1f} to {place.high:.1f}", *cells)
    cells = [cell for c in (e.place_confidence, e.category_confidence) for cell in _foot(c)]
    table.add_row("all; error", *cells)
    return table


def _foot(calibration: Calibration) -> tuple[str, str, str]:
    return str(calibration.count), "", _number(calibration.error)


def _slices(e: Evaluation) -> Table:
    table = Table(title="Slices", title_justify="left")
    table.add_column("slice", no_wrap=True)
    for name in ("reports", "category", "macro-F1", "priority", "disposition", "prank", "place", "dismissed"):
        table.add_column(name, justify="right")
    by = ""
    for one in e.slices:
        if by and one.by != by:
            table.add_section()
        by = one.by
        shares = (one.category.value, one.macro_f1, one.priority.value, one.disposition.value)
        more = (one.prank.value, one.place.value)
        cells = [_number(v) for v in (*shares, *more)]
        table.add_row(escape(f"{one.by} {one.name}"), str(one.count), *cells, str(one.dismissed))
    return table


def _errors(e: Evaluation) -> Iterator[RenderableType]:
    yield "\n[bold]Dismissed though the label sends or asks somebody[/bold]"
    for one in e.dismissed or ():
        yield f"  {one.id} ({escape(one.note or '')}) {escape(short(one.narrative, _TEXT))}"
    if not e.dismissed:
        yield "  none"
    yield "\n[bold]Errors by kind[/bold]"
    for kind in e.mistakes:
        yield f"{kind.about}: {escape(kind.expected)} -> {escape(kind.decided)}: {kind.count}"
        for one in kind.examples:
            yield f"  [dim]{one.id}[/dim] {escape(short(one.narrative, _TEXT))}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
