"""`siaga operator watch`: the live inbox, with countdowns and keys to act."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text
from siaga_events.types import (
    AnswerCall,
    ConfirmCall,
    DismissCall,
    HoldCall,
    OperatorCommand,
    RecallCall,
    TransferCall,
)
from siaga_notifier.domain.message import CATEGORY_WORDS

from siaga_ops.client import Client, Following
from siaga_ops.errors import OpsError
from siaga_ops.operator.commands import give
from siaga_ops.operator.inbox import Waiting, inbox
from siaga_ops.operator.lines import NOBODY, READING, show_lines
from siaga_ops.printing import place_name, short
from siaga_ops.stories import STORY_TOPICS, Stories

__all__ = ["watch"]

KEYS = "[k]irim  [b]atalkan (iseng)  [t]ahan  [j]awab  [a]lihkan  [r]ecall  panah: pilih  [q] keluar"


@dataclass
class Desk:
    """What the screen shows."""

    operator: str
    stories: Stories = field(default_factory=Stories)
    selected: int = 0
    message: str = ""
    percent_read: int = 100
    """Of what stood in the logs at the start. Until all of it is read nobody can say who waits."""

    def rows(self) -> list[Waiting]:
        if self.percent_read < 100:
            return []
        rows = inbox(self.stories)
        self.selected = max(0, min(self.selected, len(rows) - 1))
        return rows

    def screen(self) -> Group:
        if self.percent_read < 100:
            return Group(Text(f"{READING} {self.percent_read} %"))
        now = datetime.now(UTC)
        table = Table(title=f"Meja 112, operator {self.operator}", expand=True, title_justify="left")
        for name in ("", "Panggilan", "P", "Kategori", "Menunggu", "Sisa", "Lokasi", "Kata"):
            table.add_column(name, no_wrap=name not in ("Kata", "Menunggu"))
        rows = self.rows()
        for number, waiting in enumerate(rows):
            table.add_row(*_cells(waiting, now, chosen=number == self.selected))
        if not rows:
            table.add_row("", "", "", "", NOBODY, "", "", "")
        open_calls = sum(s.is_open for s in self.stories.calls.values())
        foot = Text(f"{open_calls} panggilan terbuka, {len(rows)} menunggu. {KEYS}\n{self.message}")
        return Group(table, foot)


def _cells(waiting: Waiting, now: datetime, *, chosen: bool) -> list[str]:
    story, report = waiting.story, waiting.story.report
    left = waiting.seconds_left(now)
    return [
        ">" if chosen else "",
        story.id[:8],
        str(report.priority) if report else "?",
        CATEGORY_WORDS[report.category] if report else "?",
        waiting.why,
        "-" if left is None else f"{left:.0f} detik" if left > 0 else "habis",
        place_name(report),
        short(story.words or "(tanpa kata)", 60),
    ]


def _command(key: str, operator: str, on: str | None) -> OperatorCommand | None:
    match key:
        case "k":
            return ConfirmCall(by=operator, on=on)
        case "b":
            return DismissCall(by=operator, on=on)
        case "t":
            return HoldCall(by=operator, on=on)
        case "j":
            return AnswerCall(by=operator, on=on)
        case "a":
            return TransferCall(by=operator, on=on, to="layanan terkait")
        case "r":
            return RecallCall(by=operator, on=on)
        case _:
            return None


async def watch(client: Client, operator: str, console: Console) -> None:
    """Until q or Ctrl-C. Where the output is no terminal, plain lines."""
    async with client.following(STORY_TOPICS, from_start=True) as events:
        if console.is_terminal:
            await _show_screen(client, events, Desk(operator), console)
        else:
            await show_lines(events, console)


async def _show_screen(client: Client, events: Following, desk: Desk, console: Console) -> None:
    acting: set[asyncio.Task[None]] = set()

    async def follow() -> None:
        async for _, event in events:
            desk.stories.take(event)

    async with _keys() as keys:
        with Live(console=console, auto_refresh=False, screen=True) as live:

            async def show() -> None:
                while True:
                    desk.percent_read = events.percent_read
                    live.update(desk.screen(), refresh=True)
                    await asyncio.sleep(0.3)

            async def act() -> None:
                """Until q."""
                async for key in keys:
                    if key == "q":
                        return
                    if key in ("A", "B"):  # the last letter of an arrow's escape sequence
                        desk.selected += -1 if key == "A" else 1
                        continue
                    rows = desk.rows()
                    command = (
                        _command(key, desk.operator, rows[desk.selected].story.decision) if rows else None
                    )
                    if command is not None:
                        call = rows[desk.selected].story.id
                        acting.add(asyncio.create_task(_act(client, desk, call, command)))

            parts = [asyncio.create_task(part()) for part in (follow, show, act)]
            try:
                done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for part in done:
                    part.result()
            finally:
                for task in (*parts, *acting):
                    task.cancel()
                await asyncio.gather(*parts, *acting, return_exceptions=True)


async def _act(client: Client, desk: Desk, call: str, command: OperatorCommand) -> None:
    desk.message = f"{type(command).__name__} {call[:8]}: dikirim ..."
    try:
        accepted, outcome = await give(client, call, command)
    except OpsError as error:
        desk.message = str(error)
        return
    word = "diterima" if accepted else f"ditolak: {getattr(outcome[0].data, 'why', '')}"
    desk.message = f"{type(command).__name__} {call[:8]}: {word}"


@asynccontextmanager
async def _keys() -> AsyncIterator[AsyncIterator[str]]:
    """Single keys from the terminal; none where there is no terminal."""
    queue: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def pressed() -> None:
        for key in os.read(0, 64).decode(errors="ignore"):
            queue.put_nowait(key)

    async def keys() -> AsyncIterator[str]:
        while True:
            yield await queue.get()

    with _raw_terminal():
        if sys.stdin.isatty():
            loop.add_reader(sys.stdin.fileno(), pressed)
        try:
            yield keys()
        finally:
            if sys.stdin.isatty():
                loop.remove_reader(sys.stdin.fileno())


@contextmanager
def _raw_terminal() -> Iterator[None]:
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin.fileno())
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
