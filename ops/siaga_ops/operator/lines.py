"""The inbox where there is no terminal: a plain line for each change."""

from __future__ import annotations

import asyncio
import select
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console
from siaga_notifier.domain.message import CATEGORY_WORDS

from siaga_ops.client import Following
from siaga_ops.deadletters import Letters
from siaga_ops.errors import OutputClosed
from siaga_ops.operator.inbox import PHASES, Waiting, inbox
from siaga_ops.operator.surges import SURGES
from siaga_ops.printing import place_name, short, zoned_clock
from siaga_ops.stories import Stories

__all__ = ["LETTERS", "NOBODY", "READING", "Changes", "show_lines", "unread"]

READING = "membaca catatan ..."
NOBODY = "tidak ada panggilan yang menunggu"
LOOK_SECONDS = 0.3
LETTERS = "dead-letters"


@dataclass
class Changes:
    """Says what has changed since the last look: who waits, why, until when; who does not wait any more."""

    _shown: dict[str, object] | None = field(default=None, init=False)
    _letters: int = field(default=0, init=False)

    def fresh(self, stories: Stories, now: datetime, letters: int = 0) -> list[str]:
        """`letters` is how many records nobody could read wait for somebody who does."""
        rows = inbox(stories)
        before = self._shown or {}
        after: dict[str, object] = {w.story.id: (w.why, w.due, w.story.report) for w in rows}
        lines = [_line(w, now) for w in rows if before.get(w.story.id) != after[w.story.id]]
        for call in before.keys() - after.keys():
            phase = PHASES[stories.calls[call].phase]
            lines.append(f"{zoned_clock(now)} {call[:8]} tidak menunggu lagi: {phase}")
        if not rows and (self._shown is None or before):
            lines.append(f"{zoned_clock(now)} {NOBODY}")
        if letters != self._letters:
            lines.append(f"{zoned_clock(now)} {unread(letters)}")
        self._letters = letters
        self._shown = after
        return lines


def unread(letters: int) -> str:
    """Anyone of them may be a call."""
    if not letters:
        return "semua catatan terbaca"
    return f"{letters} catatan tak terbaca mesin, mungkin panggilan: siaga deadletters list"


def _line(waiting: Waiting, now: datetime) -> str:
    story, report, left = waiting.story, waiting.story.report, waiting.seconds_left(now)
    urgency = f"P{report.priority} {CATEGORY_WORDS[report.category]}" if report else "P? ?"
    countdown = (
        "tanpa batas waktu" if left is None else f"sisa {left:.0f} detik" if left > 0 else "waktu habis"
    )
    words = short(story.words or "(tanpa kata)", 60)
    return f"{zoned_clock(now)} {story.id[:8]} {urgency} | {waiting.why} | {countdown} | {place_name(report)} | {words}"


async def show_lines(events: Following, console: Console) -> None:
    """For ever. Raises OutputClosed once nobody reads any more."""
    stories, letters, changes = Stories(), Letters(), Changes()

    async def follow() -> None:
        async for record, event in events:
            if record.topic != SURGES:
                (letters if record.topic == LETTERS else stories).take(event)

    _print(console, READING)
    following = asyncio.create_task(follow())
    try:
        while not following.done():
            if _is_closed(console):
                raise OutputClosed
            if events.percent_read == 100:
                _print(console, *changes.fresh(stories, datetime.now(UTC), letters.open))
            await asyncio.wait([following], timeout=LOOK_SECONDS)
        following.result()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def _print(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _is_closed(console: Console) -> bool:
    """Whether the output is a pipe whose reader is gone; a write would say so too, but only at the next change."""
    try:
        number = console.file.fileno()
    except (OSError, ValueError):
        return False
    poll = select.poll()
    poll.register(number, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
