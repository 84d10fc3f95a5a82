"""An evaluation as a document that stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from siaga_ops.evaluation.classes import Confusion
from siaga_ops.evaluation.looks import Kept, block, look
from siaga_ops.evaluation.pranks import COST_OF_WRONG_DISMISSAL
from siaga_ops.evaluation.ratios import Share
from siaga_ops.evaluation.terminal import threshold
from siaga_ops.evaluation.whole import Evaluation

__all__ = ["document"]

_HEAD = f"""# How well the machine decides

Written by `make eval` (`siaga eval --help`); the next run writes it anew. The reports are invented, by writers who did not
know how the machine decides, with labels by the centre's rules ([data/SOURCES.md](../data/SOURCES.md)): agreement with them
is not yet agreement with real callers. Every report is decided by the very code of `siaga decide`.

- **Category, priority, disposition**: agreement with the label. 95 % is Wilson's interval.
- **True emergency**: labelled no prank, and dispatch or confirm. One that is *dismissed* is the worst error there is.
- **Place**: the right code where the label has one, none where it has none. The kind of mention is told from the label and
  the regency's names; `ambiguous` is all that has no single code (names that occur twice, roads, names in no list),
  `landmark` what has a code but neither the pekon's nor a settlement's name.
- **Calibration**: expected calibration error over ten bins. A place's confidence, and the decided
  category's score, are meant to be the share that is right. The development part says little of the category: the
  weights know its reports.
- **Prank score**: the operating curve asks what would happen if the score alone dismissed, a wrong dismissal costing
  {COST_OF_WRONG_DISMISSAL} wrong dispatches. The machine does not do that: a suspicion only asks an operator, and it
  dismisses only what claims no incident.
"""


def document(
    evaluations: Sequence[Evaluation], kept: Kept, now: datetime, pictures: dict[str, Sequence[str]]
) -> str:
    """`pictures`: links of a file's pictures, relative to the document, by the evaluation's file."""
    unseen = [e for e in evaluations if e.unseen]
    rows = (*kept.looks, *(look(e, now) for e in unseen))
    figures = "\n\n".join(_figures(e, pictures.get(e.file, ())) for e in unseen) or kept.unseen
    parts = [_HEAD, _looks(rows)]
    parts.append("## Unseen part\n\n" + block("unseen", figures or "Not looked at yet."))
    for one in evaluations:
        if not one.unseen:
            parts.append(f"## Development part: {Path(one.file).name}\n")
            parts += [_figures(one, pictures.get(one.file, ())), _errors(one)]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _looks(rows: Sequence[str]) -> str:
    head = "| when | file | sha256 | reports | classifier | category right |\n|---|---|---|---|---|---|"
    table = "\n".join((head, *rows)) if rows else "None yet."
    return (
        "## How often the unseen part was looked at\n\n"
        f"{len(rows)} looks by this command. Each makes the part a little less unseen; who looks otherwise adds a row.\n\n"
        + block("looks", table)
        + "\n"
    )


def _figures(e: Evaluation, pictures: Sequence[str]) -> str:
    flag = e.pranks.flag.classes[0]
    lines = [
        f"`{Path(e.file).name}` (sha256 {e.sha256}…): {e.count} reports, {len(e.bad)} bad lines; "
        f"classifier `{e.classifier}`.\n",
        _table(("figure", "value", "95 %"), (
            _row("category right", e.category.right),
            ("category macro-F1", f"{e.category.macro_f1:.3f}", ""),
            _row("priority exact", e.priority.right),
            _row("priority within one step", e.priority_within_one),
            _row("disposition right", e.disposition.right),
            _row("**true emergencies dismissed**", e.pranks.dismissed),
            _row("pranks that claim an incident, dismissed where the label asks an operator", e.pranks.claims_dismissed),
            _row("pranks not dispatched", e.pranks.kept_from_dispatch),
            _row("labelled dispatch, held for an operator", e.pranks.held_though_true),
            ("prank precision, recall", f"{flag.precision:.3f}, {flag.recall:.3f}", ""),
            _row("place right", e.place),
            _row("right code where one is expected", e.place_expected),
            _row("no code where none is expected", e.place_not_expected),
            ("calibration error, places", _number(e.place_confidence.error), ""),
            ("calibration error, categories", _number(e.category_confidence.error), ""),
            ("time per report (p50, p99), reports a second", _speed(e), ""),
        )),
        "### Categories\n",
        _classes(e.category),
        _matrix(e.category),
        "### Priority\n",
        _matrix(e.priority),
        "### Disposition\n",
        _classes(e.disposition),
        _matrix(e.disposition),
        "### Prank score\n",
        _table(("", "threshold", "emergencies lost", "pranks sent", "cost"), (
            (name, threshold(p), str(p.wrong_dismissals), str(p.wrong_dispatches), str(p.cost))
            for name, p in (
                ("the cost would choose", e.pranks.cheapest),
                ("in use: called a prank; were it to dismiss alone", e.pranks.in_use),
                ("in use: an operator confirms; were it to dismiss alone", e.pranks.suspicion),
                ("the machine with all its rules", e.pranks.machine),
            )
        )),
        f"{e.pranks.emergencies} true emergencies, {e.pranks.pranks} pranks.\n",
        "### Places\n",
        _table(("kind of mention", "right", "95 %"), (_row(k, s) for k, s in e.place_by_kind)),
        "### Calibration\n",
        _table(
            ("confidence", "places", "said", "right", "categories", "said", "right"),
            (
                (f"{p.low:.1f}–{p.high:.1f}", str(p.count), _number(p.said), _number(p.right),
                 str(c.count), _number(c.said), _number(c.right))
                for p, c in zip(e.place_confidence.bins, e.category_confidence.bins, strict=True)
            ),
        ),
        "### Slices\n",
        _table(
            ("slice", "reports", "category", "macro-F1", "priority", "disposition", "prank", "place", "dismissed"),
            (
                (f"{s.by} {s.name}", str(s.count), _number(s.category.value), f"{s.macro_f1:.3f}",
                 _number(s.priority.value), _number(s.disposition.value), _number(s.prank.value),
                 _number(s.place.value), str(s.dismissed))
                for s in e.slices
            ),
        ),
    ]  # fmt: skip
    lines += [f"![{Path(link).stem}]({link})\n" for link in pictures]
    return "\n".join(lines)


def _errors(e: Evaluation) -> str:
    lines = ["### Dismissed though the label sends or asks somebody\n"]
    lines += [f"- {one.id} ({one.note}): {_words(one.narrative)}" for one in e.dismissed] or ["None."]
    lines.append("\n### Errors by kind\n")
    about = ""
    for kind in e.mistakes:
        if kind.about != about:
            about = kind.about
            lines.append(f"\n#### {about}: {sum(m.count for m in e.mistakes if m.about == about)}\n")
        lines.append(f"- **{kind.expected} → {kind.decided}: {kind.count}**")
        for one in kind.examples:
            evidence = f" [{_words('; '.join(one.evidence))}]" if one.evidence else ""
            note = f" ({_words(one.note)})" if one.note else ""
            lines.append(f"  - {one.id}: {_words(one.narrative)}{note}{evidence}")
    return "\n".join(lines)


def _row(name: str, share: Share) -> tuple[str, str, str]:
    between = share.interval
    return name, str(share), "" if between is None else f"{between[0]:.3f}–{between[1]:.3f}"


def _classes(confusion: Confusion) -> str:
    return _table(
        ("class", "precision", "recall", "F1", "labelled", "decided"),
        (
            (c.name, f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}", str(c.labelled), str(c.decided))
            for c in confusion.classes
        ),
    )


def _matrix(confusion: Confusion) -> str:
    rows = [
        (name, *(f"**{n}**" if i == j else str(n or "") for j, n in enumerate(confusion.counts[i])))
        for i, name in enumerate(confusion.names)
    ]
    return _table(("labelled ↓ decided →", *confusion.names), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _speed(e: Evaluation) -> str:
    return f"{e.speed.p50_ms:.2f} ms, {e.speed.p99_ms:.2f} ms, {e.speed.reports_a_second:.0f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _words(text: str | None) -> str:
    """On one line, and nothing in it a mark of the document's own."""
    joined = " ".join((text or "(silent)").split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in joined)
