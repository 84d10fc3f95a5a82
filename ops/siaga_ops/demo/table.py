"""The live table: each call of the day, what became of it, and how long the way to the provider took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.table import Table
from siaga_notifier.domain.message import CATEGORY_WORDS

from siaga_ops.demo.day import DayCall
from siaga_ops.printing import kilometres, place_name, short, story_state
from siaga_ops.stories import AlarmStory, CallStory

__all__ = ["duty_alarms", "live_table", "plain_line", "provider_ms"]


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
    rows: int,
) -> Table:
    """The last `rows` calls that were reported."""
    done = [c for c in calls if c.reference in sent]
    table = Table(
        title=f"{len(done)} of {len(calls)} calls, {datetime.now(UTC):%H:%M:%S} UTC",
        expand=True,
        title_justify="left",
    )
    for name in ("Time", "Words", "Category", "P", "State", "Place", "Post", "Message", "ms"):
        table.add_column(name, no_wrap=name != "Words", overflow="ellipsis")
    for call in done[-rows:]:
        story = stories.get(call.reference)
        table.add_row(*_cells(call, story, sent.get(call.reference), received))
    return table


def _cells(
    call: DayCall, story: CallStory | None, sent: datetime | None, received: Mapping[str, datetime]
) -> list[str]:
    words = short(call.narrative or "(silent)", 46)
    if story is None or story.report is None:
        return [f"{call.at:%H:%M}", words, "", "", "", "", "", "", ""]
    alarms = duty_alarms(story)
    post = " > ".join(f"{short(a.raised.post.name, 24)} {kilometres(a.distance_m)}".strip() for a in alarms)
    state = ", ".join(f"{a.message}/{a.state}" for a in alarms)
    ms = provider_ms(story, sent, received)
    return [
        f"{call.at:%H:%M}",
        words,
        CATEGORY_WORDS[story.report.category],
        str(story.report.priority),
        story_state(story),
        short(place_name(story.report), 24),
        post,
        state,
        "" if ms is None else f"{ms:.0f}",
    ]


def plain_line(
    call: DayCall, story: CallStory | None, sent: datetime | None, received: Mapping[str, datetime]
) -> str:
    """The same, for an output that is no terminal."""
    return " | ".join(c for c in _cells(call, story, sent, received))
