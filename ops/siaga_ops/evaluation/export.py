"""Calls that operators corrected, as new labelled reports in the corpus' fields.

The words are a caller's: numbers that may be telephone numbers are blanked, all else stays, and the file is readable
by its owner alone. What the operator did not speak of is taken over from the machine, and the note says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from siaga_events.types import Disposition, Priority

from siaga_ops.errors import OpsError
from siaga_ops.evaluation.agreement import Agreement, JudgedCall

__all__ = ["examples", "write_examples"]

_STYLES = {"voice": "caller", "whatsapp": "whatsapp", "radio": "operator", "walk_in": "operator"}
_TELEPHONE = re.compile(r"\+?\d(?:[ -]?\d){7,}")
_SERVICE = ("information", "none")


def examples(agreement: Agreement) -> Iterator[dict[str, Any]]:
    """One for each call in which an operator said something else than the machine. `id` begins with L, for log."""
    for call in agreement.judged:
        if not _changes(call):
            continue
        machine = call.machine
        yield {
            "id": f"L-{call.id}",
            "narrative": None if machine.words is None else _TELEPHONE.sub(_blank, machine.words),
            "style": _STYLES[machine.channel],
            "language": "und",
            "category": call.category,
            "priority": _priority(call),
            "prank": _prank(call),
            "disposition": _disposition(call),
            "place_text": None,
            "expected_kode": _kode(call),
            "note": _note(call),
        }


def write_examples(agreement: Agreement, path: Path) -> int:
    """Returns how many. An existing file is replaced. Raises OpsError if it can't be written."""
    found = list(examples(agreement))
    lines = b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in found)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o600)
            file.write(lines)
    except OSError as error:
        raise OpsError(f"{path}: {error.strerror}") from error
    return len(found)


def _changes(call: JudgedCall) -> bool:
    agreed = (call.priority_agreed, call.place_agreed, call.prank_agreed, call.disposition_agreed)
    if call.outcome == "recall" and call.category_agreed and call.place is None and call.prank is None:
        return False  # turned back for a reason that is not told
    return not call.category_agreed or False in agreed


def _prank(call: JudgedCall) -> bool:
    return call.machine.prank if call.prank is None else call.prank


def _priority(call: JudgedCall) -> Priority:
    """Told, or by the centre's rules where the end decides it, or the machine's."""
    if call.priority is not None:
        return call.priority
    if call.ended_as == "silent":
        return 2
    return 3 if _prank(call) or call.category == "information" else call.machine.priority


def _disposition(call: JudgedCall) -> Disposition:
    """What the machine should have decided: a prank that claims an incident is never its own to dismiss."""
    match call.outcome:
        case "dismiss":
            silent = call.ended_as == "silent"
            return "confirm" if silent or call.category not in _SERVICE else "dismiss"
        case "dispatch" | "answer" | "transfer" as done:
            return done
        case None | "recall":
            if call.category == "information":
                return "answer"
            if call.category == "none" or _prank(call):
                return "confirm"
            changed = call.machine.disposition in ("answer", "dismiss") and not call.category_agreed
            return "dispatch" if changed else call.machine.disposition


def _kode(call: JudgedCall) -> str | None:
    if call.place is not None:
        return call.place.kode
    return None if call.machine.place is None else call.machine.place.kode


def _note(call: JudgedCall) -> str:
    said = {
        "category": call.category if not call.category_agreed else None,
        "priority": str(call.priority) if call.priority_agreed is False else None,
        "place": "corrected" if call.place is not None else None,
        "prank": str(call.prank) if call.prank_agreed is False else None,
        "ended": call.outcome,
        "as": call.ended_as,
    }
    told = ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)
    unsaid = "" if call.place_agreed is not None else "; place as the machine found it, not checked"
    return f"From the log, {call.week}; the operator: {told}{unsaid}."


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"\d", "0", match[0])
