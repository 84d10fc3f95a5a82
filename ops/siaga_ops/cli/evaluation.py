"""`siaga eval`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siaga_ops.cli.options import Bootstrap, Data, err, out, run, settings
from siaga_ops.client import connected
from siaga_ops.errors import OpsError

__all__ = ["app"]

app = typer.Typer()

BAD_LINES = 3


@app.command("eval")
def evaluate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            help="Labelled reports as JSON lines: id, narrative, style, language, category, priority, prank, "
            "disposition, place_text, expected_kode, note.",
        ),
    ] = None,
    unseen: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file that nobody who mends the machine may read: its figures alone are shown and written, "
            "never its texts or ids. Each look is counted in --markdown's document. May be repeated."
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every figure, and the errors, here.")
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(
            help="Write a document here. Its count of looks, and the unseen part's last figures, are kept."
        ),
    ] = None,
    pictures: Annotated[Path | None, typer.Option(help="Draw SVG pictures into this folder.")] = None,
    errors: Annotated[
        int, typer.Option(help="Examples of each kind of error; 0 shows none in the terminal.", min=0)
    ] = 3,
    from_log: Annotated[
        bool,
        typer.Option("--from-log", help="Measure the agreement with the operators in the logs instead."),
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(
            help="With --from-log: write the calls that operators corrected here, as labelled reports. "
            "They are callers' words: keep the file as you keep the logs."
        ),
    ] = None,
    data: Data = settings.data,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Measure how well the machine decides.

    With FILEs: against labelled reports, by the very code of `siaga decide`; needs no broker. A bad line is told with
    its number and why, the rest goes on, and the status is 3 at the end.

    With --from-log: against what operators did with real calls.

    Example: siaga eval data/reports/corpus-development.jsonl --errors 5
    """
    if from_log:
        if files or unseen or markdown or pictures:
            raise OpsError("--from-log reads the logs: no files, --unseen, --markdown or --pictures with it")
        _from_log(bootstrap, export, json_file)
        return
    if export is not None:
        raise OpsError("--export goes with --from-log")
    hidden = [str(file) for file in files or () if "unseen" in file.name]
    if hidden:
        raise OpsError(
            f"{', '.join(hidden)}: nobody who mends the machine reads it. For its figures, each look counted: "
            f"--unseen {hidden[0]} --markdown docs/evaluation.md, or make eval"
        )
    if not files and not unseen:
        raise OpsError("nothing to read: name a file of labelled reports, or --from-log")
    from siaga_ops.evaluation.command import Wanted, evaluate_files

    wanted = Wanted(tuple(files or ()), tuple(unseen or ()), json_file, markdown, pictures, errors)
    if evaluate_files(wanted, data, out, err):
        raise typer.Exit(BAD_LINES)


def _from_log(bootstrap: str, export: Path | None, json_file: Path | None) -> None:
    from siaga_ops.evaluation.agreement import AGREEMENT_TOPICS, Agreement
    from siaga_ops.evaluation.export import write_examples
    from siaga_ops.evaluation.log_report import agreement_json, agreement_shown

    async def read() -> Agreement:
        async with connected(bootstrap) as client:
            return Agreement.of(event for _, event in await client.read(AGREEMENT_TOPICS))

    agreement = run(read())
    for piece in agreement_shown(agreement):
        out.print(piece, highlight=False, soft_wrap=isinstance(piece, str))
    if json_file is not None:
        try:
            json_file.write_bytes(agreement_json(agreement))
        except OSError as error:
            raise OpsError(f"{json_file}: {error.strerror}") from error
    if export is not None:
        count = write_examples(agreement, export)
        out.print(f"{count} labelled reports written to {export}", markup=False, highlight=False)
