"""`siaga demo`: broker, services, sandbox; then the day."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import siaga_localkafka as localkafka
from rich.console import Console
from rich.live import Live

from siaga_ops.client import Client, connected
from siaga_ops.demo.actors import GATEWAY, Gateway, Operator, Posts
from siaga_ops.demo.day import DayCall, read_day
from siaga_ops.demo.summary import outcome, summary_lines
from siaga_ops.demo.table import live_table, plain_line
from siaga_ops.local_line import SANDBOX, local_line
from siaga_ops.posts import import_posts, read_posts
from siaga_ops.processes import Line, free_port
from siaga_ops.stories import STORY_TOPICS, CallStory, Stories
from siaga_ops.topics import create_topics

__all__ = ["run_demo"]

TOKEN = "demo-gateway-token"
PARTITIONS = 12
SETTLE_SECONDS = 60.0
"""How long after the last call the demonstration waits for the open ones."""
ANSWER_SECONDS = 30.0
"""How long a post takes for each of its answers, before scaling."""
OPERATOR_SECONDS = 30.0


async def run_demo(
    out: Console, data: Path, *, once: bool, json_file: Path | None, day_seconds: float, scale: float
) -> int:
    """The exit status: 0, or 1 if a call got stuck. Everything that was started is stopped at the end."""
    day = read_day(data / "demo/day.jsonl")
    posts = [p for name in ("lampung-barat", "supervisor") for p in read_posts(data / f"posts/{name}.json")]
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="siaga-demo-") as folder:
        out.print("starting Kafka (the first time its jars are fetched, 45 MB) ...")
        kafka = localkafka.LocalKafka(Path(folder) / "kafka")
        await asyncio.to_thread(kafka.start)
        try:
            await create_topics(kafka.bootstrap, PARTITIONS, 1)
            out.print(f"Kafka at {kafka.bootstrap}; starting the services ...")
            async with (
                connected(kafka.bootstrap) as client,
                _line(kafka.bootstrap, Path(folder), data, scale) as line,
            ):
                await import_posts(client, posts)
                sandbox = line.children[SANDBOX]
                out.print(f"the posts' phones: http://127.0.0.1:{sandbox.port}/   logs: {folder}")
                own = f".venv/bin/siaga call --bootstrap {kafka.bootstrap} kebakaran di pasar liwa"
                out.print(f"your own call, from another terminal: {own}", soft_wrap=True)
                show = _Show(out, day, client, line, data, day_seconds, scale)
                playing = asyncio.create_task(show.play())
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait([playing, stopping], return_when=asyncio.FIRST_COMPLETED)
                if not playing.done():
                    playing.cancel()
                    await asyncio.gather(playing, return_exceptions=True)
                    out.print("stopped")
                    return 130
                told = playing.result()
                if json_file is not None:
                    json_file.write_text(
                        json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
                    )
                for text in summary_lines(told):
                    out.print(text, markup=False)
                if not once:
                    out.print(
                        f"the line stays up: http://127.0.0.1:{sandbox.port}/ shows the phones. Ctrl-C stops everything."
                    )
                    await stop.wait()
                return 1 if told["totals"]["stuck"] else 0
        finally:
            await asyncio.to_thread(kafka.close)


@contextlib.asynccontextmanager
async def _line(bootstrap: str, folder: Path, data: Path, scale: float) -> AsyncIterator[Line]:
    """Services and sandbox, up and ready; stopped at the end."""
    line = local_line(
        bootstrap,
        folder / "logs",
        data,
        partitions=PARTITIONS,
        deadline_scale=scale,
        gateway_tokens={TOKEN: GATEWAY},
        sandbox_port=_wanted_port(8090),
    )
    try:
        await line.start()
        yield line
    finally:
        await line.stop()


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
        line: Line,
        data: Path,
        day_seconds: float,
        scale: float,
    ) -> None:
        self._out = out
        self._day = day
        self._client = client
        self._day_seconds = day_seconds
        intake = f"http://127.0.0.1:{line.of('intake')[0].port}"
        self._gateway = Gateway(client, intake, TOKEN, scale)
        self._posts = Posts(f"http://127.0.0.1:{line.children['sandbox'].port}", ANSWER_SECONDS * scale)
        truths = {call.reference: call for call in day}
        self._operator = Operator(client, data / "gazetteer", truths, OPERATOR_SECONDS * scale)
        self._stories = Stories()

    def _by_reference(self) -> dict[str, CallStory]:
        return {s.reference: s for s in self._stories.calls.values() if s.reference is not None}

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
                asyncio.create_task(self._operator.look(lambda: list(self._stories.calls.values()))),
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
        """Every call is decided, and no duty alarm of the day waits for an answer that is due soon."""
        stories = self._by_reference()
        if len(stories) < len(self._day):
            return False
        return all(_is_settled(story) for story in stories.values())

    async def _show(self) -> None:
        if not self._out.is_terminal:
            await self._show_lines()
        with Live(console=self._out, auto_refresh=False, vertical_overflow="crop") as live:
            while True:
                rows = max(5, self._out.height - 8)
                live.update(
                    live_table(
                        self._day, self._by_reference(), self._gateway.sent, self._posts.received, rows
                    ),
                    refresh=True,
                )
                await asyncio.sleep(0.3)

    async def _show_lines(self) -> None:
        """One line for each call, once it is decided and told."""
        shown: set[str] = set()
        while True:
            stories = self._by_reference()
            for call in self._day:
                story = stories.get(call.reference)
                if call.reference not in shown and story is not None and _is_told(story):
                    shown.add(call.reference)
                    line = plain_line(
                        call, story, self._gateway.sent.get(call.reference), self._posts.received
                    )
                    self._out.print(line, markup=False, highlight=False, soft_wrap=True)
            await asyncio.sleep(0.3)


def _is_told(story: CallStory) -> bool:
    if story.phase == "routed":
        return any(a.message not in ("antre", "dikirim") for a in story.alarms.values())
    return story.phase != "new"


def _is_settled(story: CallStory) -> bool:
    if story.phase == "new" or (story.phase == "held" and story.hold_due is not None):
        return False
    waiting = [a for a in story.alarms.values() if a.raised.role == "duty" and not (a.ended or a.overdue)]
    return story.phase != "routed" or not any(a.raised.priority < 3 for a in waiting)
