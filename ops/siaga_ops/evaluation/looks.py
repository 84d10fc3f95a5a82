"""What a written evaluation keeps from the one before: the looks at unseen parts, and the figures of the last look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from siaga_ops.errors import OpsError
from siaga_ops.evaluation.whole import Evaluation

__all__ = ["Kept", "block", "keep", "look"]


@dataclass(frozen=True, slots=True)
class Kept:
    """`looks`: a table's row for each look, oldest first. `unseen`: the last look's figures, empty before it."""

    looks: tuple[str, ...] = ()
    unseen: str = ""


def keep(document: Path) -> Kept:
    """From the document as it stands. Raises OpsError if its count of looks can't be found: it must not be lost."""
    try:
        text = document.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Kept()
    except (OSError, UnicodeDecodeError) as error:
        raise OpsError(f"{document}: {error}") from error
    looks = _between(text, "looks", document)
    rows = [line for line in looks.splitlines() if line.startswith("| 2")]
    return Kept(tuple(rows), _between(text, "unseen", document).strip())


def look(evaluation: Evaluation, now: datetime) -> str:
    """The row that tells of one look."""
    name = Path(evaluation.file).name
    right = evaluation.category.right.value
    cells: Iterable[str] = (
        f"{now:%Y-%m-%d %H:%M} UTC",
        name,
        evaluation.sha256,
        str(evaluation.count),
        evaluation.classifier,
        "–" if right is None else f"{right:.3f}",
    )
    return f"| {' | '.join(cells)} |"


def block(name: str, text: str) -> str:
    return f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->"


def _between(text: str, name: str, document: Path) -> str:
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(start) != 1 or text.count(end) != 1 or text.index(start) > text.index(end):
        raise OpsError(
            f"{document}: no block between {start} and {end}; mend it by hand, or looks at the unseen part get lost"
        )
    return text[text.index(start) + len(start) : text.index(end)]
