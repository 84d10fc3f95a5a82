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
    LinkCall,
    OperatorCommand,
    RecallCall,
    Report,
    TransferCall,
)
from siaga_notifier.domain.message import CATEGORY_WORDS

from siaga_ops.client import Client, Following
from siaga_ops.deadletters import Letters
from siaga_ops.errors import OpsError
from siaga_ops.operator.commands import give
from siaga_ops.operator.inbox import PHASES, Waiting, inbox
from siaga_ops.operator.lines import LETTERS, NOBODY, READING, show_lines, unread
from siaga_ops.operator.surges import SURGES, Surges
from siaga_ops.printing import place_name, short
from siaga_ops.stories import STORY_TOPICS, CallStory, Stories

__all__ = ["watch"]

KEYS = "[k]irim [b]atal [t]ahan [j]awab [a]lih [g]abung ta[r]ik panah: pilih [q] keluar"
NO_WORDS = "(tanpa kata)"
COLUMNS = {"": 1, "Panggilan": 9, "P": 1, "Kategori": 10, "Menunggu": 16, "Sisa": 9, "Lokasi": 12, "Kata": 14}
"""Names and shares of the width."""
AROUND_ROWS = 10
"""Lines for what stands above and below the rows, the chosen call's words among them."""
COMMANDS = "kbtjagr"
ENDING = {
    "b": "batalkan",
    "j": "tutup sebagai dijawab",
    "a": "alihkan",
    "g": "gabungkan",
    "r": "tarik pos dari",
}
"""What ends a call, or calls its posts back: asked once more."""
WITHDRAWING = "br"
"""What posts are told of. The router refuses the others once posts are asked."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the operator saw of a call, by which a key is meant."""

    decision: str | None
    why: str
    report: Report | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a second key confirms."""

    call: str
    command: OperatorCommand
    seen: Seen
    question: str = ""


@dataclass
class Desk:
    """What the screen shows, and what a key means to who looks at it.

    A key acts on the call that was chosen when the screen was last drawn, and on what was shown of it: what comes in
    meanwhile never slides under the cursor, and on a call that has changed or left meanwhile no key acts.
    """

    operator: str
    stories: Stories = field(default_factory=Stories)
    letters: Letters = field(default_factory=Letters)
    surges: Surges = field(default_factory=Surges)
    chosen: str | None = None
    """A call's id."""
    message: str = ""
    percent_read: int = 100
    """Of what stood in the logs at the start. Until all of it is read nobody can say who waits."""
    drawn: dict[str, Seen] = field(default_factory=dict)
    """The calls on the screen from top to bottom, and what was shown of each."""
    has_chosen: bool = False
    """The first call of all is chosen by itself, no later one: a key may be meant for the call before."""
    asked: Asked | None = None
    height: int = 40
    """Lines of the screen."""

    def rows(self) -> list[Waiting]:
        return inbox(self.stories) if self.percent_read >= 100 else []

    def screen(self) -> Group:
        if self.percent_read < 100:
            return Group(Text(f"{READING} {self.percent_read} %"))
        now = datetime.now(UTC)
        rows = self.rows()
        self._keep_in_view(rows)
        open_calls = sum(s.is_open for s in self.stories.calls.values())
        head = Text(
            f"Meja 112, operator {self.operator}: {open_calls} panggilan terbuka, {len(rows)} menunggu"
        )
        if surging := self.surges.words(now):
            head.append(f"; LONJAKAN: {surging}", "bold red")
        head.append("\n")
        if self.letters.open:
            head.append(f"{unread(self.letters.open)}\n", "bold red")
        # a question stands until it is answered, whatever an earlier command comes to
        head.append(f"{KEYS}\n{self.asked.question if self.asked else self.message}\n", "bold")
        if not rows:
            return Group(head, Text(NOBODY))
        table = Table(box=None, expand=True, padding=(0, 1, 0, 0))
        for name, ratio in COLUMNS.items():
            table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=ratio)
        for waiting in self._in_view(rows):
            table.add_row(*map(Text, _cells(waiting, now, chosen=waiting.story.id == self.chosen)))
        chosen = [Text(f"\n{w.why}: {w.story.words or NO_WORDS}") for w in rows if w.story.id == self.chosen]
        return Group(head, table, *chosen)

    def _in_view(self, rows: list[Waiting]) -> list[Waiting]:
        """As many as there is room for, the chosen one among them."""
        room = max(1, self.height - AROUND_ROWS)
        at = next((n for n, w in enumerate(rows) if w.story.id == self.chosen), 0)
        first = max(0, at - room + 1)
        return rows[first : first + room]

    def _keep_in_view(self, rows: list[Waiting]) -> None:
        """A chosen call that has left leaves nothing chosen: the next one must be chosen by hand."""
        self.drawn = _seen(rows)
        if rows and not self.has_chosen:
            self.chosen, self.has_chosen = rows[0].story.id, True
        elif self.chosen not in self.drawn:
            self.chosen = None

    def press(self, key: str) -> Asked | None:
        """A command that is to be given now. What ends a call is given after a second key."""
        if self.asked is not None:
            asked, self.asked = self.asked, None
            self.message = "" if key == "y" else "tidak jadi"
            return asked if key == "y" and self._is_as_seen(asked.call, asked.seen) else None
        if key in ("A", "B"):  # the last letter of an arrow's escape sequence
            self._move(-1 if key == "A" else 1)
            return None
        if key not in COMMANDS:
            return None
        if self.chosen is None or self.chosen not in self.drawn:
            self.message = "pilih panggilan dulu (panah)"
            return None
        story, seen = self.stories.calls[self.chosen], self.drawn[self.chosen]
        if not self._is_as_seen(story.id, seen):
            return None
        command = _command(key, self.operator, seen.decision, story)
        if isinstance(command, str):
            self.message = command
            return None
        if key not in ENDING:
            return Asked(story.id, command, seen)
        self.asked = Asked(story.id, command, seen, _question(key, command, story))
        return None

    def _is_as_seen(self, call: str, seen: Seen) -> bool:
        """If not, the operator is told and nothing is done."""
        now = _seen(self.rows()).get(call)
        if now is None:
            phase = PHASES[self.stories.calls[call].phase]
            self.message = f"{call[:8]} tidak menunggu lagi ({phase}), tidak ada yang dikirim"
        elif now != seen:
            self.message = f"{call[:8]} baru saja berubah, tidak ada yang dikirim: lihat lagi dulu"
        return now == seen

    def _move(self, step: int) -> None:
        calls = list(self.drawn)
        if calls:
            at = calls.index(self.chosen) + step if self.chosen in calls else 0
            self.chosen = calls[max(0, min(at, len(calls) - 1))]


def _seen(rows: list[Waiting]) -> dict[str, Seen]:
    return {w.story.id: Seen(w.story.decision, w.why, w.story.report) for w in rows}


def _question(key: str, command: OperatorCommand, story: CallStory) -> str:
    report = story.report
    urgency = f"P{report.priority} {CATEGORY_WORDS[report.category]}" if report else "belum dibaca"
    goal = f" ke {command.to}" if isinstance(command, TransferCall) else ""
    goal = f" dengan {command.to[:8]}" if isinstance(command, LinkCall) else goal
    told = sum(alarm.is_standing for alarm in story.alarms.values())
    posts = f", {told} pos akan menerima pembatalan" if told and key in WITHDRAWING else ""
    return f"{ENDING[key]} {story.id[:8]}, {urgency}{goal}{posts}? [y]a, tombol lain tidak"


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
        short(story.words or NO_WORDS, 60),
    ]


def _command(key: str, operator: str, on: str | None, story: CallStory) -> OperatorCommand | str:
    """What a key asks for; where it needs more than a key, the text says what to type."""
    held = story.held
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
            if held is None or held.reason != "transfer" or not held.detail:
                return f"ke mana? siaga operator transfer {story.id[:8]} --to TUJUAN"
            return TransferCall(by=operator, on=on, to=held.detail)
        case "g":
            if held is None or held.likely is None:
                return f"dengan kejadian mana? siaga operator link {story.id[:8]} KEJADIAN"
            return LinkCall(by=operator, on=on, to=held.likely.call)
        case "r":
            return RecallCall(by=operator, on=on)
        case _:
            raise ValueError(f"no command: {key!r}")


async def watch(client: Client, operator: str, console: Console) -> None:
    """Until q or Ctrl-C. Where the output is no terminal, plain lines."""
    async with client.following((*STORY_TOPICS, LETTERS, SURGES), from_start=True) as events:
        if console.is_terminal:
            await _show_screen(client, events, Desk(operator), console)
        else:
            await show_lines(events, console)


async def _show_screen(client: Client, events: Following, desk: Desk, console: Console) -> None:
    acting: set[asyncio.Task[None]] = set()

    async def follow() -> None:
        async for record, event in events:
            if record.topic == LETTERS:
                desk.letters.take(event)
            elif record.topic == SURGES:
                desk.surges.take(event)
            else:
                desk.stories.take(event)

    async with _keys() as keys:
        with Live(console=console, auto_refresh=False, screen=True) as live:

            async def show() -> None:
                while True:
                    desk.percent_read = events.percent_read
                    desk.height = console.height
                    live.update(desk.screen(), refresh=True)
                    await asyncio.sleep(0.3)

            async def act() -> None:
                """Until q."""
                async for key in keys:
                    if key == "q":
                        return
                    wanted = desk.press(key)
                    live.update(desk.screen(), refresh=True)
                    if wanted is not None:
                        acting.add(asyncio.create_task(_act(client, desk, wanted.call, wanted.command)))

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
