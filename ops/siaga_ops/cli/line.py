"""`siaga call`, `tail`, `decide`, `sandbox`, `demo`.

These import what is heavy when they run: the classifier's knowledge, the sandbox, the demonstration.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from siaga_events import CATALOGUE
from siaga_events.codec import reasons
from siaga_events.types import (
    CallReported,
)

from siaga_ops.cli.options import Bootstrap, Data, err, out, run, settings
from siaga_ops.client import connected
from siaga_ops.errors import OpsError, OutputClosed
from siaga_ops.printing import alarm_line, event_line, event_words, place_name, story_state
from siaga_ops.reporting import COMMAND_LINE, gateway_event
from siaga_ops.stories import STORY_TOPICS, CallStory

__all__ = ["app"]

app = typer.Typer()


@app.command("call")
def report_call(
    words: Annotated[
        list[str] | None, typer.Argument(help="What the caller says; none is a silent call.")
    ] = None,
    caller: Annotated[str | None, typer.Option(help="The caller's number.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude, degrees.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude, degrees.")] = None,
    reference: Annotated[
        str | None, typer.Option(help="The gateway's reference; default made from the time.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long to watch.")] = 20.0,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Report one call as a gateway would, and watch it go through."""
    now = datetime.now(UTC)
    try:
        report = CallReported(
            reference=reference or f"CLI-{now:%Y%m%d%H%M%S%f}",
            started_at=now,
            caller=caller,
            narrative=" ".join(words or []) or None,
            lat=lat,
            lon=lon,
        )
    except ValidationError as error:
        raise OpsError("; ".join(reasons(error))) from None
    event = gateway_event(report, COMMAND_LINE)

    async def talk() -> None:
        async with connected(bootstrap) as client, client.following(STORY_TOPICS, event.subject) as events:
            await client.publish("gateway.calls", [event])
            out.print(f"call {event.subject} reported")
            story = CallStory(event.subject)
            try:
                async with asyncio.timeout(seconds):
                    async for _, seen in events:
                        story.take(seen)
                        milliseconds = (seen.time - event.time).total_seconds() * 1000
                        told = f"{type(seen.data).__name__:<18} {event_words(seen, story)}".rstrip()
                        out.print(
                            f"{milliseconds:8.0f} ms  {told}", markup=False, highlight=False, soft_wrap=True
                        )
                        if not story.is_open:
                            break
            except TimeoutError:
                pass
            _print_story(story)

    run(talk())


def _print_story(story: CallStory) -> None:
    report = story.report
    out.print(f"state: {story_state(story)}")
    if report is not None:
        out.print(
            f"category {report.category}, priority {report.priority}, {report.disposition}, "
            f"place {escape(place_name(report))}"
        )
    for alarm in story.alarms.values():
        out.print(f"  {alarm_line(alarm, story)}", markup=False, soft_wrap=True)
    for why in story.supervisor:
        out.print(f"  supervisor told: {why}", markup=False, soft_wrap=True)


@app.command()
def tail(
    topic: Annotated[list[str] | None, typer.Option(help="Topics; default all of the catalogue.")] = None,
    call: Annotated[
        str | None,
        typer.Option(
            help="Only this call: its id or the beginning of it. If there is none yet, it is waited for."
        ),
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="From the beginning, not from now.")
    ] = False,
    personal: Annotated[bool, typer.Option("--personal", help="Show personal fields.")] = False,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Show decoded events live. Personal fields are hidden unless asked for."""
    names = topic or list(CATALOGUE)
    unknown = [name for name in names if name not in CATALOGUE]
    if unknown:
        raise OpsError(f"no topic {', '.join(unknown)}; there are: {', '.join(CATALOGUE)}")

    async def talk() -> None:
        async with (
            connected(bootstrap) as client,
            client.following(names, call, from_start=from_start) as events,
        ):
            async for record, event in events:
                out.print(
                    f"{record.topic}/{record.partition}/{record.offset}",
                    style="dim",
                    end=" ",
                    highlight=False,
                )
                out.print(event_line(event, show_personal=personal), soft_wrap=True)

    run(talk())


@app.command()
def decide(data: Data = settings.data) -> None:
    """Decide about reports on standard input; needs no broker.

    With the posts of the data folder, all of them open, by great-circle distance.

    Reports are read as JSON lines, decisions are written as JSON lines.

    In: {"id","narrative","lat"?,"lon"?,"caller"?,"at"?}. A bad line gives {"id"|"line","error"} and the rest goes on.

    Out: category, priority (1 life at risk), prank and its score, disposition, transfer_to, marks, scores (how likely
    each category is), evidence (the words), place, posts, unfilled (roles that no post can fill), versions.

    Starting takes a second or two, a report half a millisecond: give many lines to one process.
    """
    from siaga_ops.decide import Decisions, decide_lines

    if sys.stdin is None:  # so Python says that it is closed
        err.print("siaga: standard input is closed. Give the reports there: siaga decide < FILE", style="red")
        raise typer.Exit(2)
    try:
        decisions = Decisions.load(data)
    except (OSError, ValueError, OpsError) as error:
        raise OpsError(
            f"{error}. Run this in the project's folder, or say where its data are: --data"
        ) from None
    try:
        for line in decide_lines(decisions, sys.stdin.buffer):
            sys.stdout.buffer.write(line)
            if sys.stdin.isatty():
                sys.stdout.buffer.flush()
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise OutputClosed from None


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def sandbox(context: typer.Context) -> None:
    """Stand in for WhatsApp; show each post's phone as a page."""
    from siaga_ops.sandbox.__main__ import main as run_sandbox

    raise typer.Exit(run_sandbox(context.args, "siaga sandbox"))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End by itself when the day is over.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every call's outcome and timings here.")
    ] = None,
    day_seconds: Annotated[float, typer.Option(help="How long the day takes.", min=1)] = 75.0,
    scale: Annotated[
        float, typer.Option(help="All deadlines times this.", min=0.001, envvar="SIAGA_DEADLINE_SCALE")
    ] = 1 / 30,
    data: Data = settings.data,
    bootstrap: Annotated[
        str | None,
        typer.Option(
            help="Play on a line that runs already, at this Kafka; by default one is started.",
            envvar="SIAGA_DEMO_BOOTSTRAP",
        ),
    ] = None,
    intake: Annotated[
        str, typer.Option(help="With --bootstrap: where intake is.", envvar="SIAGA_DEMO_INTAKE")
    ] = "http://127.0.0.1:8112",
    sandbox: Annotated[
        str, typer.Option(help="With --bootstrap: where the sandbox is.", envvar="SIAGA_DEMO_SANDBOX")
    ] = "http://127.0.0.1:8090",
    token: Annotated[
        str, typer.Option(help="With --bootstrap: a gateway's token for intake.", envvar="SIAGA_DEMO_TOKEN")
    ] = "demo-gateway-token",
    phones: Annotated[
        str | None,
        typer.Option(
            help="The sandbox's address in a browser, if it is another.", envvar="SIAGA_DEMO_PHONES"
        ),
    ] = None,
    own_call: Annotated[
        str, typer.Option(help="What to type for a call of one's own.", envvar="SIAGA_DEMO_OWN_CALL")
    ] = "siaga call kebakaran di pasar liwa",
) -> None:
    """Play a compressed day of 50 calls through the whole line."""
    from siaga_ops.demo.run import Doors, run_demo

    doors = None
    if bootstrap is not None:
        doors = Doors(bootstrap, intake, sandbox, token, phones or f"{sandbox}/", own_call)
    showing = run_demo(
        out, data, once=once, json_file=json_file, day_seconds=day_seconds, scale=scale, doors=doors
    )
    raise typer.Exit(run(showing))
