"""The live table: each call of the day, what became of it, and how long the way to the provider took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from siaga_ops.demo.day import DayCall
from siaga_ops.printing import kilometres, place_name, short, story_state, zoned_clock
from siaga_ops.stories import AlarmStory, CallStory

__all__ = ["HEADS", "PlainLines", "duty_alarms", "live_table", "provider_ms"]


HEADS = ("WIB", "Words", "Category", "P", "State", "Place", "Posts", "Message/answer", "ms")
"""`WIB`: the call's time of day in the regency. `ms`: from the report to the provider's door."""
WIDTHS = {"WIB": 5, "Category": 12, "P": 1, "State": 15, "ms": 5}
"""Of the live table's columns that hold what is known beforehand; the others share what is left."""
SHARES = {"Words": 4, "Place": 3, "Posts": 5, "Message/answer": 4}


def duty_alarms(story: CallStory) -> list[AlarmStory]:
    return [a for a in story.alarms.values() if a.raised.role in ("duty", "supervisor")]


def provider_ms(story: CallStory, sent: datetime | None, received: Mapping[str, datetime]) -> float | None:
    """Milliseconds from the gateway's report to the provider's door, for the first alarm of the call."""
    moments = [received[a] for a in story.alarms if a in received]
    if sent is None or not moments:
        return None
    return (min(moments) - sent).total_seconds() * 1000


def live_table(
    calls: Sequence[DayCall],
    stories: Mapping[str, CallStory],
    sent: Mapping[str, datetime],
    received: Mapping[str, datetime],
    lines: int,
) -> Table:
    """The last calls that were reported, as many as fit into so many lines. A call has one or two."""
    done = [c for c in calls if c.reference in sent]
    table = Table(
        title=f"{len(done)} of {len(calls)} calls, {zoned_clock(datetime.now(UTC))}",
        title_justify="left",
        box=SIMPLE_HEAD,
        expand=True,
        show_edge=False,
        padding=0,
    )
    for name in HEADS:
        table.add_column(
            name, width=WIDTHS.get(name), ratio=SHARES.get(name), no_wrap=True, overflow="ellipsis"
        )
    rows = [_live_cells(c, stories.get(c.reference), sent[c.reference], received) for c in done]
    for row in _last(rows, lines):
        table.add_row(*map(Text, row))
    return table


def _last(rows: Sequence[list[str]], lines: int) -> list[list[str]]:
    """The last rows that take no more than so many lines together."""
    left, shown = lines, len(rows)
    while shown and (left := left - _height(rows[shown - 1])) >= 0:
        shown -= 1
    return list(rows[shown:])


def _height(row: list[str]) -> int:
    return 1 + max(cell.count("\n") for cell in row)


def _live_cells(
    call: DayCall, story: CallStory | None, sent: datetime, received: Mapping[str, datetime]
) -> list[str]:
    """As `_cells`, but only the post that was asked last, and how many were asked before it."""
    time, words, category, priority, state, place, *_, ms = _cells(call, story, sent, received)
    alarms = [] if story is None else duty_alarms(story)
    post = answer = ""
    if story is not None and alarms:
        newest, earlier = alarms[-1], len(alarms) - 1
        more = f"+{earlier}" if earlier else ""
        post = f"{newest.raised.post.name}\n{kilometres(story.distance_m(newest))} {more}".strip()
        answer = f"{newest.message}\n{newest.state}"
    return [time, words, category, priority, state.replace(": ", ":\n"), place, post, answer, ms]


def _cells(
    call: DayCall, story: CallStory | None, sent: datetime | None, received: Mapping[str, datetime]
) -> list[str]:
    words = short(call.narrative or "(silent)", 46)
    if story is None or story.report is None:
        return [f"{call.at:%H:%M}", words, "", "", "", "", "", "", ""]
    alarms = duty_alarms(story)
    post = " > ".join(
        f"{short(a.raised.post.name, 24)} {kilometres(story.distance_m(a))}".strip() for a in alarms
    )
    state = ", ".join(f"{a.message}/{a.state}" for a in alarms)
    ms = provider_ms(story, sent, received)
    return [
        f"{call.at:%H:%M}",
        words,
        story.report.category,
        str(story.report.priority),
        story_state(story),
        short(place_name(story.report), 24),
        post,
        state,
        "" if ms is None else f"{ms:.0f}",
    ]


@dataclass
class PlainLines:
    """The same for an output that is no terminal: a line once a call is told, and one whenever its state or posts change."""

    shown: dict[str, _Turn] = field(default_factory=dict)
    """By the gateway's reference, the turn that was shown last."""

    def fresh(
        self,
        calls: Sequence[DayCall],
        stories: Mapping[str, CallStory],
        sent: Mapping[str, datetime],
        received: Mapping[str, datetime],
    ) -> list[str]:
        """What has not been shown yet."""
        lines = []
        for call in calls:
            story = stories.get(call.reference)
            if story is None or not _is_told(story) or self.shown.get(call.reference) == _turn(story):
                continue
            self.shown[call.reference] = _turn(story)
            lines.append(" | ".join(_cells(call, story, sent.get(call.reference), received)))
        return lines


_Turn: TypeAlias = tuple[str, tuple[tuple[str, str | None], ...]]
"""The call's state; its posts, and why one that will not go is out."""


def _turn(story: CallStory) -> _Turn:
    return story_state(story), tuple((a.raised.alarm_id, _out(a)) for a in duty_alarms(story))


def _out(alarm: AlarmStory) -> str | None:
    return alarm.state if alarm.overdue or (alarm.ended and not alarm.accepted) else None


def _is_told(story: CallStory) -> bool:
    """Every post that is asked has its message on the way."""
    if story.phase == "routed":
        waiting = [a for a in duty_alarms(story) if a.message in ("queued", "sending") and not a.ended]
        return bool(story.alarms) and not waiting
    return story.phase != "new"
