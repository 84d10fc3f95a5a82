"""`siaga eval`: reads, measures, prints and writes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.console import Console

from siaga_ops.decide import Decisions
from siaga_ops.errors import OpsError
from siaga_ops.evaluation.looks import Kept, keep
from siaga_ops.evaluation.markdown import document
from siaga_ops.evaluation.mentions import Mentions
from siaga_ops.evaluation.pictures import calibration_picture, confusion_picture, operating_picture
from siaga_ops.evaluation.terminal import shown
from siaga_ops.evaluation.whole import Evaluation, as_json, evaluate

__all__ = ["Wanted", "evaluate_files"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read and what to write. `errors` is how many examples of each kind."""

    files: tuple[Path, ...]
    unseen: tuple[Path, ...] = ()
    json: Path | None = None
    markdown: Path | None = None
    pictures: Path | None = None
    errors: int = 3


def evaluate_files(wanted: Wanted, data: Path, out: Console, err: Console) -> int:
    """Returns how many lines were bad. A look at an unseen part that can't be counted shows nothing."""
    if wanted.unseen and wanted.markdown is None:
        raise OpsError("--unseen needs --markdown: each look at an unseen part is counted in that document")
    twice = {f.resolve() for f in wanted.files} & {f.resolve() for f in wanted.unseen}
    if twice:
        raise OpsError(f"{', '.join(map(str, twice))}: given as a development part and as an unseen one")
    kept = Kept() if wanted.markdown is None else keep(wanted.markdown)
    decisions, mentions = _loaded(data)
    evaluations = [
        evaluate(path, decisions, mentions, unseen=unseen, examples=wanted.errors)
        for path, unseen in [*((f, False) for f in wanted.files), *((f, True) for f in wanted.unseen)]
    ]
    _write(wanted, evaluations, kept)  # before anything is shown: what is shown has been counted
    for one in evaluations:
        for bad in one.bad:
            told = f"{bad.file}: line {bad.line}: {bad.why}"
            err.print(told, style="red", markup=False, highlight=False, soft_wrap=True)
        for piece in shown(one, errors=wanted.errors > 0 and not one.unseen):
            out.print(piece, highlight=False, soft_wrap=isinstance(piece, str))
    return sum(len(e.bad) for e in evaluations)


def _loaded(data: Path) -> tuple[Decisions, Mentions]:
    try:
        return Decisions.load(data), Mentions.load(data)
    except (OSError, ValueError, OpsError) as error:
        raise OpsError(
            f"{error}. Run this in the project's folder, or say where its data are: --data"
        ) from None


def _write(wanted: Wanted, evaluations: Sequence[Evaluation], kept: Kept) -> None:
    """The document first: it counts the looks."""
    pictures: dict[Path, str] = {}
    links: dict[str, Sequence[str]] = {}
    if wanted.pictures is not None:
        beside = wanted.pictures if wanted.markdown is None else wanted.markdown.parent
        for one in evaluations:
            drawn = _drawn(one, wanted.pictures)
            pictures.update(drawn)
            links[one.file] = [Path(os.path.relpath(path, beside)).as_posix() for path in drawn]
    try:
        if wanted.markdown is not None:
            wanted.markdown.parent.mkdir(parents=True, exist_ok=True)
            text = document(evaluations, kept, datetime.now(UTC), links)
            wanted.markdown.write_text(text, encoding="utf-8")
        for path, svg in pictures.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(svg, encoding="utf-8")
        if wanted.json is not None:
            whole = [as_json(e) for e in evaluations]
            wanted.json.write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise OpsError(f"{error.filename}: {error.strerror}") from error


def _drawn(one: Evaluation, folder: Path) -> dict[Path, str]:
    stem = Path(one.file).stem
    curves = (
        ("places", one.place_confidence),
        ("categories", one.category_confidence),
    )
    return {
        folder / f"{stem}-confusion.svg": confusion_picture(one.category, f"Categories, {stem}"),
        folder / f"{stem}-calibration.svg": calibration_picture(curves, f"Calibration, {stem}"),
        folder / f"{stem}-prank.svg": operating_picture(one.pranks, f"Prank score, {stem}"),
    }
