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
    """Returns how many lines were bad. Nothing is read before it is sure that the look can be counted."""
    if wanted.unseen and wanted.markdown is None:
        raise OpsError("--unseen needs --markdown: each look at an unseen part is counted in that document")
    twice = {f.resolve() for f in wanted.files} & {f.resolve() for f in wanted.unseen}
    if twice:
        raise OpsError(f"{', '.join(map(str, twice))}: given as a development part and as an unseen one")
    kept = Kept() if wanted.markdown is None else keep(wanted.markdown)
    decisions, mentions = _loaded(data)
    evaluations: list[Evaluation] = []
    for path, unseen in [*((f, False) for f in wanted.files), *((f, True) for f in wanted.unseen)]:
        one = evaluate(path, decisions, mentions, unseen=unseen, examples=wanted.errors)
        evaluations.append(one)
        for bad in one.bad:
            told = f"{bad.file}: line {bad.line}: {bad.why}"
            err.print(told, style="red", markup=False, highlight=False, soft_wrap=True)
        for piece in shown(one, errors=wanted.errors > 0 and not unseen):
            out.print(piece, highlight=False, soft_wrap=isinstance(piece, str))
    _write(wanted, evaluations, kept)
    return sum(len(e.bad) for e in evaluations)


def _loaded(data: Path) -> tuple[Decisions, Mentions]:
    try:
        return Decisions.load(data), Mentions.load(data)
    except (OSError, ValueError, OpsError) as error:
        raise OpsError(
            f"{error}. Run this in the project's folder, or say where its data are: --data"
        ) from None


def _write(wanted: Wanted, evaluations: Sequence[Evaluation], kept: Kept) -> None:
    try:
        links: dict[str, Sequence[str]] = {}
        if wanted.pictures is not None:
            wanted.pictures.mkdir(parents=True, exist_ok=True)
            for one in evaluations:
                drawn = _draw(one, wanted.pictures)
                beside = wanted.markdown.parent if wanted.markdown is not None else wanted.pictures
                links[one.file] = [Path(os.path.relpath(p, beside)).as_posix() for p in drawn]
        if wanted.markdown is not None:
            wanted.markdown.parent.mkdir(parents=True, exist_ok=True)
            text = document(evaluations, kept, datetime.now(UTC), links)
            wanted.markdown.write_text(text, encoding="utf-8")
        if wanted.json is not None:
            whole = [as_json(e) for e in evaluations]
            wanted.json.write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise OpsError(f"{error.filename}: {error.strerror}") from error


def _draw(one: Evaluation, folder: Path) -> list[Path]:
    stem = Path(one.file).stem
    curves = (
        ("places", one.place_confidence),
        ("categories (share of scores)", one.category_confidence),
    )
    pictures = {
        "confusion": confusion_picture(one.category, f"Categories, {stem}"),
        "calibration": calibration_picture(curves, f"Calibration, {stem}"),
        "prank": operating_picture(one.pranks, f"Prank score, {stem}"),
    }
    paths: list[Path] = []
    for name, svg in pictures.items():
        path = folder / f"{stem}-{name}.svg"
        path.write_text(svg, encoding="utf-8")
        paths.append(path)
    return paths
