"""`siaga demo`: broker, services, sandbox; then the day."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from rich.console import Console
from rich.live import Live
from siaga_events.types import PostRegistered

from siaga_ops.client import Client, connected
from siaga_ops.demo.actors import GATEWAY, Gateway, Operator, Posts
from siaga_ops.demo.day import DayCall, read_day
from siaga_ops.demo.summary import outcome, summary_lines
from siaga_ops.demo.table import HEADS, PlainLines, live_table
from siaga_ops.local_kafka import local_kafka
from siaga_ops.local_line import SANDBOX, local_line
from siaga_ops.posts import import_posts, read_posts
from siaga_ops.processes import SERVICES, free_port
from siaga_ops.stories import STORY_TOPICS, CallStory, Stories
from siaga_ops.topics import create_topics

if TYPE_CHECKING:  # an image of the command has none
    from siaga_localkafka import LocalKafka

__all__ = ["Doors", "is_settled", "run_demo"]

T = TypeVar("T")

TOKEN = "demo-gateway-token"
PARTITIONS = 12
SETTLE_SECONDS = 60.0
"""How long after the last call the demonstration waits for the open ones."""
ANSWER_SECONDS = 30.0
"""How long a post takes for each of its answers, before scaling."""
OPERATOR_SECONDS = 30.0


@dataclass(frozen=True)
class Doors:
    """Where a line is that runs already. `phones` is the sandbox's address as a browser has it."""

    bootstrap: str
    intake: str
    sandbox: str
    token: str
    phones: str
    own_call: str
    """The command by which one reports a call of one's own."""


async def run_demo(
    out: Console,
    data: Path,
    *,
    once: bool,
    json_file: Path | None,
    day_seconds: float,
    scale: float,
    doors: Doors | None = None,
) -> int:
    """The exit status: 0, 1 if a call got stuck, 130 if it was stopped before the day's end.

    Without `doors` it starts a line, and stops it at the end.
    """
    day = read_day(data / "demo/day.jsonl")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        try:
            if doors is None:
                own_line = stack.enter_async_context(_own_line(out, data, scale))
                doors = await _unless(stop, out, own_line)
            client = await stack.enter_async_context(connected(doors.bootstrap))
            await import_posts(client, _posts(data))
            _say_where(out, doors, scale)
            show = _Show(out, day, client, doors, data, day_seconds, scale)
            told = await _unless(stop, out, show.play())
        except _Stopped:
            return 130
        if json_file is not None:
            json_file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for text in summary_lines(told):
            out.print(text, markup=False, soft_wrap=True)
        if not once:
            out.print(
                f"the line stays up: {doors.phones} shows the phones. Ctrl-C stops everything.",
                soft_wrap=True,
            )
            await stop.wait()
            out.print("stopping ...")
        return 1 if told["totals"]["stuck"] else 0


class _Stopped(Exception):
    """Somebody asked for the end before it came."""


async def _unless(stop: asyncio.Event, out: Console, work: Coroutine[Any, Any, T]) -> T:
    """The work's result. Raises _Stopped once `stop` is set: what then fails does so because of that."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        stopping.cancel()
        return working.result()
    out.print("stopping ...")
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    raise _Stopped


def _say_where(out: Console, doors: Doors, scale: float) -> None:
    out.print(f"the posts' phones: {doors.phones}")
    out.print(
        f"deadlines are scaled by {scale:.3g}: three minutes are {180 * scale:.3g} s; "
        "what callers say, and what posts and operators read, is in Bahasa Indonesia",
        soft_wrap=True,
        highlight=False,
    )
    out.print(f"your own call, from another terminal: {doors.own_call}", soft_wrap=True)


def _posts(data: Path) -> list[PostRegistered]:
    return [p for name in ("lampung-barat", "supervisor") for p in read_posts(data / f"posts/{name}.json")]


@asynccontextmanager
async def _own_line(out: Console, data: Path, scale: float) -> AsyncIterator[Doors]:
    """Broker, services and sandbox of its own, up and ready; stopped at the end."""
    with local_kafka() as localkafka, tempfile.TemporaryDirectory(prefix="siaga-demo-") as folder:
        out.print("starting Kafka ...")
        kafka = localkafka.LocalKafka(Path(folder) / "kafka")
        try:
            await _start(kafka)
            line = local_line(
                kafka.bootstrap,
                Path(folder) / "logs",
                data,
                partitions=PARTITIONS,
                deadline_scale=scale,
                services=(*SERVICES, "pulse"),
                gateway_tokens={TOKEN: GATEWAY},
                sandbox_port=_wanted_port(8090),
            )
            try:
                await create_topics(kafka.bootstrap, PARTITIONS, 1)
                out.print(
                    f"Kafka at {kafka.bootstrap}; starting the services (logs: {folder}/logs) ...",
                    soft_wrap=True,
                )
                await line.start()
                sandbox = f"http://127.0.0.1:{line.children[SANDBOX].port}"
                yield Doors(
                    kafka.bootstrap,
                    intake=f"http://127.0.0.1:{line.of('intake')[0].port}",
                    sandbox=sandbox,
                    token=TOKEN,
                    phones=f"{sandbox}/",
                    own_call=f".venv/bin/siaga call --bootstrap {kafka.bootstrap} kebakaran di pasar liwa",
                )
            finally:
                await line.stop()
        finally:
            await asyncio.to_thread(kafka.close)


async def _start(kafka: LocalKafka) -> None:
    """If it is cancelled, the broker is killed: the thread that waits for it can't be cancelled, and ends by that."""
    starting = asyncio.create_task(asyncio.to_thread(kafka.start))
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        while not starting.done():
            kafka.kill()
            await asyncio.wait([starting], timeout=0.1)
        await asyncio.gather(starting, return_exceptions=True)
        raise


def _wanted_port(port: int) -> int:
    """This one, so that the address stays the same from run to run; another if it is taken."""
    with socket.socket() as probe:
        return port if probe.connect_ex(("127.0.0.1", port)) else free_port()


class _Show:
    """Plays the day, shows it, and says what became of it."""

    def __init__(
        self,
        out: Console,
        day: list[DayCall],
        client: Client,
        doors: Doors,
        data: Path,
        day_seconds: float,
        scale: float,
    ) -> None:
        self._out = out
        self._day = day
        self._client = client
        self._day_seconds = day_seconds
        self._gateway = Gateway(client, doors.intake, doors.token, scale)
        self._posts = Posts(doors.sandbox, ANSWER_SECONDS * scale)
        truths = {call.reference: call for call in day}
        self._operator = Operator(client, data / "gazetteer", truths, OPERATOR_SECONDS * scale)
        self._stories = Stories()

    def _by_reference(self) -> dict[str, CallStory]:
        """The calls of this run: those of an earlier one, on the same log, began before."""
        return {
            s.reference: s
            for s in self._stories.calls.values()
            if s.reference is not None and s.started_at == self._gateway.sent.get(s.reference)
        }

    async def play(self) -> dict[str, Any]:
        """The outcome of the day."""
        async with (
            httpx.AsyncClient(timeout=10) as http,
            self._client.following(STORY_TOPICS, from_start=True) as events,
        ):

            async def follow() -> None:
                async for _, event in events:
                    self._stories.take(event)

            background = [
                asyncio.create_task(follow()),
                asyncio.create_task(self._posts.answer(http)),
                asyncio.create_task(self._operator.look(lambda: list(self._by_reference().values()))),
                asyncio.create_task(self._show()),
            ]
            acting = asyncio.create_task(self._act(http))
            try:
                done, _ = await asyncio.wait([acting, *background], return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in (acting, *background):
                    task.cancel()
                await asyncio.gather(acting, *background, return_exceptions=True)
        return outcome(
            self._day, self._by_reference(), self._gateway.sent, self._posts.received, datetime.now(UTC)
        )

    async def _act(self, http: httpx.AsyncClient) -> None:
        started = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for number, call in enumerate(self._day):
                due = started + call.due(self._day_seconds)
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
                group.create_task(self._gateway.play(call, number, http))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while not self._settled():
                    await asyncio.sleep(0.2)

    def _settled(self) -> bool:
        """Every call of the day is in the logs, and none has a next step that comes soon."""
        stories = self._by_reference()
        if len(stories) < len(self._day):
            return False
        now = datetime.now(UTC)
        return all(is_settled(story, now) for story in stories.values())

    async def _show(self) -> None:
        if not self._out.is_terminal:
            await self._show_lines()
        with Live(console=self._out, auto_refresh=False, vertical_overflow="crop") as live:
            while True:
                lines = max(5, self._out.height - 5)  # the title, the heads, and the cursor's line
                live.update(
                    live_table(
                        self._day, self._by_reference(), self._gateway.sent, self._posts.received, lines
                    ),
                    refresh=True,
                )
                await asyncio.sleep(0.3)

    async def _show_lines(self) -> None:
        lines = PlainLines()
        self._print(" | ".join(HEADS))
        try:
            while True:
                await asyncio.sleep(0.3)
                self._print(*self._fresh(lines))
        finally:  # what came in the last moment
            self._print(*self._fresh(lines))

    def _fresh(self, lines: PlainLines) -> list[str]:
        return lines.fresh(self._day, self._by_reference(), self._gateway.sent, self._posts.received)

    def _print(self, *lines: str) -> None:
        for line in lines:
            self._out.print(line, markup=False, highlight=False, soft_wrap=True)


def is_settled(story: CallStory, now: datetime) -> bool:
    """Decided and, if routed, cared for; and no answer of priority 1 or 2 is waited for."""
    if story.phase == "new" or (story.phase == "held" and story.hold_due is not None):
        return False
    if story.phase != "routed":
        return True
    waiting = [a for a in story.duties if a.is_unanswered and a.raised.priority < 3]
    return not waiting and story.is_cared_for(now)
