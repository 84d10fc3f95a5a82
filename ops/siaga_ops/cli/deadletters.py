"""`siaga deadletters`"""

from __future__ import annotations

from typing import Annotated

import typer

from siaga_ops import deadletters as letters
from siaga_ops.cli.options import Bootstrap, By, err, out, run, settings
from siaga_ops.client import Client, connected
from siaga_ops.printing import print_rows, short, zoned_clock

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Records that no machine could handle.")


@app.command("list")
def letters_list(
    all_states: Annotated[
        bool, typer.Option("--all", help="Also those that were retried or resolved.")
    ] = False,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """List dead letters; open ones unless --all."""

    async def talk() -> None:
        async with connected(bootstrap) as client:
            found = [
                m for m in (await letters.read_letters(client)).values() if all_states or m.state == "open"
            ]
        if not found:
            out.print(_nothing(all_states))
            return
        rows = [
            (
                letter.id[:8],
                zoned_clock(letter.at),
                letter.data.service,
                f"{letter.data.topic}/{letter.data.partition}/{letter.data.offset}",
                letter.state,
                short(letter.data.why, 200),
            )
            for letter in found
        ]
        print_rows(out, ("id", "time", "service", "from", "state", "why"), rows)
        err.print(f"{len(found)} dead {'letter' if len(found) == 1 else 'letters'}")

    run(talk())


def _nothing(all_states: bool) -> str:
    if all_states:
        return "No dead letters: every record so far could be handled."
    return "No open dead letters: no record waits for a human. --all shows the rest."


async def _letter(client: Client, identity: str) -> letters.Letter:
    return letters.find(await letters.read_letters(client), identity)


@app.command("show")
def letters_show(letter: str, bootstrap: Bootstrap = settings.bootstrap) -> None:
    """Show one whole: why, headers, raw text."""

    async def talk() -> None:
        async with connected(bootstrap) as client:
            found = await _letter(client, letter)
        out.print(f"{found.id} {found.state}, retried {found.retries} times", highlight=False)
        out.print(f"why: {found.data.why}", markup=False)
        for header, value in found.headers:
            out.print(f"{header}: {value.decode(errors='replace')}", markup=False, highlight=False)
        out.print(found.text, markup=False, highlight=False)

    run(talk())


@app.command("retry")
def letters_retry(letter: str, by: By = settings.operator, bootstrap: Bootstrap = settings.bootstrap) -> None:
    """Feed one again, after what broke it was mended."""

    async def talk() -> str:
        async with connected(bootstrap) as client:
            return await letters.retry(client, await _letter(client, letter), by)

    out.print(f"sent to {run(talk())}")


@app.command("resolve")
def letters_resolve(
    letter: str,
    note: Annotated[str, typer.Option(help="What was done about it.")],
    by: By = settings.operator,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Say that a human dealt with it."""

    async def talk() -> None:
        async with connected(bootstrap) as client:
            await letters.resolve(client, await _letter(client, letter), by, note)

    run(talk())
    out.print("resolved")
