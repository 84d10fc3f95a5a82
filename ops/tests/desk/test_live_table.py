"""The demonstration's live table: what it shows where there is little room."""

from __future__ import annotations

import re
from datetime import time
from io import StringIO

import pytest
from rich.console import Console
from siaga_events import EventData
from siaga_events.types import AlarmDeclined, AttemptSucceeded
from siaga_ops.demo.day import DayCall, Truth
from siaga_ops.demo.table import live_table
from siaga_ops.stories import CallStory

from .made import CLASSIFIED, HELD, NOON, OVERDUE, POST, RAISED, RECEIVED, ROUTED, story

NAMES = ("Damkar Pos Sekincau Sumber Jaya", "Polsek Balik Bukit", "Puskesmas Sri Mulyo")
ALARMS = [
    RAISED.model_copy(
        update={"alarm_id": f"a{n}", "post": POST.model_copy(update={"post_id": f"p{n}", "name": name})}
    )
    for n, name in enumerate(NAMES, 1)
]
SLOTS = [
    ROUTED.slots[0].model_copy(update={"post": alarm.post, "distance_m": 1500 + 11000 * n})
    for n, alarm in enumerate(ALARMS)
]
TAKEN = [
    AttemptSucceeded(alarm_id=a.alarm_id, message="alarm", channel="whatsapp", attempt=1, message_id="w")
    for a in ALARMS
]
ESCALATED: tuple[EventData, ...] = (
    RECEIVED, CLASSIFIED, ROUTED.model_copy(update={"slots": tuple(SLOTS)}),
    ALARMS[0], TAKEN[0], OVERDUE,
    ALARMS[1], TAKEN[1], AlarmDeclined(alarm_id="a2", post_id="p2", role="duty"),
    ALARMS[2], TAKEN[2],
)  # fmt: skip
WORDS = "pak tulung pak, ada kebakaran besar di pasar liwa dekat masjid agung"


def call(reference: str) -> DayCall:
    return DayCall(
        reference=reference, at=time(5, 30), narrative=WORDS, ended_after_seconds=1,
        truth=Truth(category="fire", priority=1, prank=False),
    )  # fmt: skip


def shown(width: int, stories: dict[str, CallStory], lines: int = 20) -> list[str]:
    """The rows' lines, without title and heads."""
    console = Console(width=width, file=StringIO(), record=True)
    day = [call(reference) for reference in stories]
    console.print(live_table(day, stories, dict.fromkeys(stories, NOON), {"a1": NOON}, lines))
    text = console.export_text().splitlines()
    assert all(len(line) <= width for line in text)
    return text[3:]


@pytest.mark.parametrize("width", [80, 120])
def test_an_escalated_call_leaves_the_other_columns_their_room(width: int) -> None:
    held = HELD.model_copy(update={"reason": "prank_suspected"})
    first, second, held_first, held_second = shown(
        width, {"R-1": story(*ESCALATED), "R-2": story(RECEIVED, CLASSIFIED, held)}
    )
    assert first.startswith("05:30 pak tu")
    assert first.split("fire")[1].split()[:2] == ["1", "routed"]
    assert "Puskesm" in first
    assert first.rstrip().endswith(" 0")
    assert "23.5 km +2" in second
    assert "waiting" in second
    assert "Polsek" not in first + second
    assert "held:" in held_first
    assert "prank_suspected" in held_second


def test_where_there_is_room_words_and_posts_are_whole() -> None:
    first, _ = shown(200, {"R-1": story(*ESCALATED)})
    assert "Puskesmas Sri Mulyo" in first
    assert "with the provider" in first


def test_the_first_post_counts_no_earlier_ones() -> None:
    _, second = shown(80, {"R-1": story(*ESCALATED[:5])})
    assert "1.5 km" in second
    assert "+" not in second


def test_the_title_says_the_time_in_the_regency() -> None:
    assert re.fullmatch(
        r"0 of 1 calls, \d\d:\d\d:\d\d WIB", str(live_table([call("R-1")], {}, {}, {}, 5).title)
    )


def test_only_the_last_calls_that_fit_are_shown() -> None:
    stories = {"R-1": story(RECEIVED, CLASSIFIED), "R-2": story(*ESCALATED), "R-3": story(*ESCALATED)}
    assert len(shown(80, stories, lines=5)) == 5
    assert len(shown(80, stories, lines=4)) == 4
    assert len(shown(80, stories, lines=3)) == 2
