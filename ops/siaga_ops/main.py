"""The command line of Siaga 112. Every command has `--help`."""

# Commands import what is heavy when they run: the classifier's knowledge, the sandbox, the demonstration.

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import siaga_localkafka as localkafka
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from siaga_events import CATALOGUE
from siaga_events.codec import reasons
from siaga_events.types import (
    AnswerCall,
    CallReported,
    Category,
    CloseCall,
    ConfirmCall,
    CorrectCall,
    DismissCall,
    HoldCall,
    OperatorCommand,
    RecallCall,
    TransferCall,
)
from siaga_streams.backend import Unavailable

from siaga_ops import deadletters as letters
from siaga_ops import posts as directory
from siaga_ops import topics as catalogue
from siaga_ops.client import Client, connected
from siaga_ops.errors import OpsError
from siaga_ops.operator import commands
from siaga_ops.operator.watch import watch
from siaga_ops.printing import alarm_line, clock, event_line, place_name, short, story_state
from siaga_ops.reporting import COMMAND_LINE, gateway_event
from siaga_ops.settings import OpsSettings
from siaga_ops.stories import STORY_TOPICS, CallStory

__all__ = ["app", "main"]

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=__doc__,
    rich_markup_mode=None,
)
topics_app = typer.Typer(no_args_is_help=True, help="The topics of the catalogue.")
kafka_app = typer.Typer(no_args_is_help=True, help="A real Kafka on this machine, from packages alone.")
posts_app = typer.Typer(no_args_is_help=True, help="The directory of posts.")
operator_app = typer.Typer(no_args_is_help=True, help="Meja operator: kotak masuk dan perintah.")
letters_app = typer.Typer(no_args_is_help=True, help="Records that no machine could handle.")
for name, group in (
    ("topics", topics_app),
    ("kafka", kafka_app),
    ("posts", posts_app),
    ("operator", operator_app),
    ("deadletters", letters_app),
):
    app.add_typer(group, name=name)

out = Console()
err = Console(stderr=True)
settings = OpsSettings()

Bootstrap = Annotated[str, typer.Option(help="Kafka brokers, host:port,host:port.", envvar="SIAGA_BOOTSTRAP")]
Data = Annotated[Path, typer.Option(help="The project's data folder.", envvar="SIAGA_DATA")]
KafkaDir = Annotated[
    Path, typer.Option("--dir", help="The broker's data directory.", envvar="SIAGA_KAFKA_DIR")
]
By = Annotated[str, typer.Option(help="Nama operator.", envvar="SIAGA_OPERATOR")]
Call = Annotated[str, typer.Argument(help="Id panggilan, awal id, atau nomor rujukan.")]
On = Annotated[str | None, typer.Option(help="Id keputusan yang dilihat; kosong: yang terakhir.")]
Note = Annotated[str | None, typer.Option(help="Catatan.")]


def main() -> None:
    """Errors that a person can mend end with status 1 and a sentence; Ctrl-C ends with 130."""
    try:
        app()
    except (OpsError, localkafka.LocalKafkaError, Unavailable) as error:
        err.print(f"siaga: {error}", style="red", markup=False, highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


@topics_app.command("create")
def topics_create(
    bootstrap: Bootstrap = settings.bootstrap,
    partitions: Annotated[
        int, typer.Option(help="Partitions of call-keyed topics.", min=1)
    ] = settings.partitions,
    replication: Annotated[int, typer.Option(help="Copies of each partition.", min=1)] = 1,
) -> None:
    """Create the topics that are missing."""
    created = _run(catalogue.create_topics(bootstrap, partitions, replication))
    out.print(f"created: {', '.join(created)}" if created else "all topics exist")


@topics_app.command("list")
def topics_list(bootstrap: Bootstrap = settings.bootstrap) -> None:
    """List the catalogue, and what the cluster has of it."""
    table = Table("topic", "kind", "key", "owner", "partitions")
    for state in _run(catalogue.list_topics(bootstrap, settings.partitions)):
        have = "missing" if state.partitions is None else str(state.partitions)
        shown = have if state.partitions == state.expected else f"{have}, must be {state.expected}"
        table.add_row(state.topic.name, state.topic.kind, state.topic.key, state.topic.owner, shown)
    out.print(table)


@kafka_app.command("up")
def kafka_up(
    folder: KafkaDir = settings.kafka_dir,
    port: Annotated[
        int | None, typer.Option(help="Port of the broker; default the last one, at first 9092.")
    ] = None,
) -> None:
    """Start a broker that outlives this command, and create the topics."""
    status = localkafka.up(folder, port)
    assert status.bootstrap is not None
    created = _run(catalogue.create_topics(status.bootstrap, settings.partitions, 1))
    out.print(f"Kafka {status.version} at {status.bootstrap} (pid {status.pid}), data in {status.data_dir}")
    out.print(f"topics created: {len(created)}" if created else "all topics exist")


@kafka_app.command("down")
def kafka_down(folder: KafkaDir = settings.kafka_dir) -> None:
    """Stop the broker; its data stay."""
    localkafka.down(folder)
    out.print("stopped")


@kafka_app.command("status")
def kafka_status(folder: KafkaDir = settings.kafka_dir) -> None:
    """Say whether the broker runs (status 0) or not (status 3)."""
    status = localkafka.status(folder)
    if not status.running:
        out.print(f"not running; data in {status.data_dir}")
        raise typer.Exit(3)
    out.print(f"Kafka {status.version} at {status.bootstrap} (pid {status.pid}), log {status.log}")


@posts_app.command("import")
def posts_import(
    files: Annotated[list[Path], typer.Argument(help="JSON files of posts.")],
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Register the posts of JSON files; what has not changed is left alone."""
    posts = [post for file in files for post in directory.read_posts(file)]

    async def run() -> int:
        async with connected(bootstrap) as client:
            return await directory.import_posts(client, posts)

    out.print(f"{_run(run())} of {len(posts)} posts were new or changed")


@posts_app.command("list")
def posts_list(bootstrap: Bootstrap = settings.bootstrap) -> None:
    """List the directory: who can be asked now, and who can't and why."""

    async def run() -> None:
        async with connected(bootstrap) as client:
            found = await directory.read_directory(client)
        table = Table("post", "kind", "name", "kecamatan", "now", "capabilities")
        for post in sorted(found.posts.values(), key=lambda p: (p.kind, p.post_id)):
            state = found.why_unavailable(post, datetime.now(UTC)) or "siap"
            table.add_row(
                post.post_id, post.kind, post.name, post.kecamatan or "", state, ", ".join(post.capabilities)
            )
        out.print(table)
        out.print(f"{len(found.posts)} posts, directory version {found.version}")

    _run(run())


def _change(
    post: str, state: Literal["ready", "out", "road_cut"], by: str, why: str, until: datetime | None, at: str
) -> None:
    async def run() -> str:
        async with connected(at) as client:
            moment = None if until is None else until.astimezone(UTC)
            return await directory.change_state(client, post, state, by, moment, why)

    out.print(f"{_run(run())}: {state}")


@posts_app.command("open")
def posts_open(post: str, by: By = settings.operator, bootstrap: Bootstrap = settings.bootstrap) -> None:
    """A post is ready again."""
    _change(post, "ready", by, "", None, bootstrap)


@posts_app.command("close")
def posts_close(
    post: str,
    by: By = settings.operator,
    why: Annotated[str, typer.Option(help="Why.")] = "",
    until: Annotated[
        datetime | None, typer.Option(help="Until when (local time); default until further notice.")
    ] = None,
    road_cut: Annotated[bool, typer.Option("--road-cut", help="The road to it is cut.")] = False,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """A post can't be asked."""
    _change(post, "road_cut" if road_cut else "out", by, why, until, bootstrap)


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

    async def run() -> None:
        async with connected(bootstrap) as client, client.following(STORY_TOPICS, event.subject) as events:
            await client.publish("gateway.calls", [event])
            out.print(f"panggilan {event.subject} dilaporkan")
            story = CallStory(event.subject)
            try:
                async with asyncio.timeout(seconds):
                    async for _, seen in events:
                        story.take(seen)
                        milliseconds = (seen.time - event.time).total_seconds() * 1000
                        out.print(f"{milliseconds:8.0f} ms  {type(seen.data).__name__}", highlight=False)
                        if not story.is_open:
                            break
            except TimeoutError:
                pass
            _print_story(story)

    _run(run())


def _print_story(story: CallStory) -> None:
    report = story.report
    out.print(f"keadaan: {story_state(story)}")
    if report is not None:
        out.print(
            f"kategori {report.category}, prioritas {report.priority}, {report.disposition}, lokasi {escape(place_name(report))}"
        )
    for alarm in story.alarms.values():
        out.print(f"  {escape(alarm_line(alarm))}")
    for why in story.supervisor:
        out.print(f"  pengawas: {escape(why)}")


@app.command()
def tail(
    topic: Annotated[list[str] | None, typer.Option(help="Topics; default all of the catalogue.")] = None,
    call: Annotated[str | None, typer.Option(help="Only this call (its id).")] = None,
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

    async def run() -> None:
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

    _run(run())


@app.command()
def decide(data: Data = settings.data) -> None:
    """Read reports as JSON lines on standard input, write decisions as JSON lines. Needs no broker.

    In: {"id","narrative","lat"?,"lon"?,"caller"?,"at"?}. A bad line gives {"id"|"line","error"} and the rest goes on.
    """
    from siaga_ops.decide import Decisions, decide_lines

    try:
        decisions = Decisions.load(data)
    except (OSError, ValueError, OpsError) as error:
        raise OpsError(
            f"{error}. Run this in the project's folder, or say where its data are: --data"
        ) from None
    for line in decide_lines(decisions, sys.stdin.buffer):
        sys.stdout.buffer.write(line)
        if sys.stdin.isatty():
            sys.stdout.buffer.flush()
    sys.stdout.buffer.flush()


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def sandbox(context: typer.Context) -> None:
    """A local stand-in for WhatsApp's far end; shows each post's phone as a web page. See `siaga sandbox --help`."""
    from siaga_ops.sandbox.__main__ import main as run_sandbox

    raise typer.Exit(run_sandbox(context.args))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End by itself when the day is over.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every call's outcome and timings here.")
    ] = None,
    day_seconds: Annotated[float, typer.Option(help="How long the day takes.", min=1)] = 75.0,
    scale: Annotated[float, typer.Option(help="All deadlines times this.", min=0.001)] = 1 / 30,
    data: Data = settings.data,
) -> None:
    """Play a compressed day of 50 calls at Lampung Barat through the whole line."""
    from siaga_ops.demo.run import run_demo

    raise typer.Exit(
        _run(run_demo(out, data, once=once, json_file=json_file, day_seconds=day_seconds, scale=scale))
    )


@operator_app.command("watch")
def operator_watch(by: By = settings.operator, bootstrap: Bootstrap = settings.bootstrap) -> None:
    """Kotak masuk langsung: panggilan yang menunggu, hitung mundur, tombol untuk bertindak."""

    async def run() -> None:
        async with connected(bootstrap) as client:
            await watch(client, by, out)

    _run(run())


def _give(call: str, command: OperatorCommand, bootstrap: str) -> None:
    """Without --on the operator is taken to have seen the call's latest decision, which is shown."""

    async def run() -> bool:
        async with connected(bootstrap) as client:
            story = await commands.find_call(client, call)
            seen = command.model_copy(update={"on": command.on or story.decision})
            accepted, outcome = await commands.give(client, story.id, seen)
            out.print(f"{story.id[:8]} {short(story.words, 60)}", markup=False)
            for event in outcome:
                why = getattr(event.data, "why", None)
                out.print(
                    f"{'diterima' if accepted else 'ditolak'}: {why or type(event.data).__name__}",
                    markup=False,
                )
            return accepted

    if not _run(run()):
        raise typer.Exit(1)


@operator_app.command("confirm")
def operator_confirm(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Laporan benar: kirim."""
    _give(call, ConfirmCall(by=by, on=on, note=note), bootstrap)


@operator_app.command("dismiss")
def operator_dismiss(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    as_type: Annotated[
        Literal["prank", "false_report", "dropped", "wrong_number", "test", "silent"],
        typer.Option("--as", help="Jenisnya."),
    ] = "prank",
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Bukan kejadian: jangan kirim siapa pun."""
    _give(call, DismissCall(by=by, on=on, note=note, as_type=as_type), bootstrap)


@operator_app.command("correct")
def operator_correct(
    call: Call,
    category: Annotated[Category | None, typer.Option(help="Kategori yang benar.")] = None,
    priority: Annotated[int | None, typer.Option(help="Prioritas yang benar.", min=1, max=3)] = None,
    kode: Annotated[str | None, typer.Option(help="Kode Kemendagri pekon atau kecamatan.")] = None,
    lat: Annotated[float | None, typer.Option(help="Lintang.")] = None,
    lon: Annotated[float | None, typer.Option(help="Bujur.")] = None,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    data: Data = settings.data,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Perbaiki kategori, prioritas atau lokasi; pos yang tepat diminta."""
    place = commands.place_of(data / "gazetteer", kode, lat, lon)
    command = CorrectCall.model_validate(
        {"by": by, "on": on, "note": note, "category": category, "priority": priority, "place": place}
    )
    _give(call, command, bootstrap)


@operator_app.command("hold")
def operator_hold(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Sedang saya tangani: hentikan hitung mundur."""
    _give(call, HoldCall(by=by, on=on, note=note), bootstrap)


@operator_app.command("answer")
def operator_answer(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Sudah dijawab di telepon."""
    _give(call, AnswerCall(by=by, on=on, note=note), bootstrap)


@operator_app.command("transfer")
def operator_transfer(
    call: Call,
    to: Annotated[str, typer.Option(help="Ke mana.")],
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Dialihkan ke layanan lain."""
    _give(call, TransferCall(by=by, on=on, note=note, to=to), bootstrap)


@operator_app.command("recall")
def operator_recall(
    call: Call,
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Tarik kembali pos yang sudah diminta."""
    _give(call, RecallCall(by=by, on=on, note=note), bootstrap)


@operator_app.command("close")
def operator_close(
    call: Call,
    outcome: Annotated[
        Literal[
            "emergency", "information", "silent", "prank", "false_report", "dropped", "wrong_number", "test"
        ],
        typer.Option(help="Jenis panggilan."),
    ] = "emergency",
    by: By = settings.operator,
    on: On = None,
    note: Note = None,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Selesai: tutup panggilan."""
    _give(call, CloseCall(by=by, on=on, note=note, outcome=outcome), bootstrap)


@letters_app.command("list")
def letters_list(
    all_states: Annotated[
        bool, typer.Option("--all", help="Also those that were retried or resolved.")
    ] = False,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """List dead letters; open ones unless --all."""

    async def run() -> None:
        async with connected(bootstrap) as client:
            found = [
                m for m in (await letters.read_letters(client)).values() if all_states or m.state == "open"
            ]
        table = Table("id", "time", "service", "from", "state", "why")
        for letter in found:
            at = f"{letter.data.topic}/{letter.data.partition}/{letter.data.offset}"
            table.add_row(
                letter.id[:8],
                clock(letter.at),
                letter.data.service,
                at,
                letter.state,
                short(letter.data.why, 200),
            )
        out.print(table)
        out.print(f"{len(found)} dead letters")

    _run(run())


async def _letter(client: Client, identity: str) -> letters.Letter:
    return letters.find(await letters.read_letters(client), identity)


@letters_app.command("show")
def letters_show(letter: str, bootstrap: Bootstrap = settings.bootstrap) -> None:
    """Show one whole: why, headers, raw text."""

    async def run() -> None:
        async with connected(bootstrap) as client:
            found = await _letter(client, letter)
        out.print(f"{found.id} {found.state}, retried {found.retries} times", highlight=False)
        out.print(f"why: {found.data.why}", markup=False)
        for header, value in found.headers:
            out.print(f"{header}: {value.decode(errors='replace')}", markup=False, highlight=False)
        out.print(found.text, markup=False, highlight=False)

    _run(run())


@letters_app.command("retry")
def letters_retry(letter: str, by: By = settings.operator, bootstrap: Bootstrap = settings.bootstrap) -> None:
    """Feed one again, after what broke it was mended."""

    async def run() -> str:
        async with connected(bootstrap) as client:
            return await letters.retry(client, await _letter(client, letter), by)

    out.print(f"sent to {_run(run())}")


@letters_app.command("resolve")
def letters_resolve(
    letter: str,
    note: Annotated[str, typer.Option(help="What was done about it.")],
    by: By = settings.operator,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Say that a human dealt with it."""

    async def run() -> None:
        async with connected(bootstrap) as client:
            await letters.resolve(client, await _letter(client, letter), by, note)

    _run(run())
    out.print("resolved")
