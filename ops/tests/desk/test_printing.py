"""What `siaga call` says of each event, and the demonstration of each call where there is no terminal."""

from __future__ import annotations

from datetime import time
from io import StringIO

import pytest
from rich.console import Console
from siaga_events import EventData
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AttemptStarted,
    AttemptSucceeded,
    MessageProgressed,
    Slot,
)
from siaga_ops.demo.day import DayCall, Truth
from siaga_ops.demo.table import PlainLines
from siaga_ops.printing import alarm_line, event_words, print_rows
from siaga_ops.stories import Stories

from .made import CALL, CLASSIFIED, HELD, NOON, OVERDUE, POST, RAISED, RECEIVED, ROUTED, events, story

STARTED = AttemptStarted(alarm_id="a1", message="alarm", channel="whatsapp", attempt=1, repeat=False)
TAKEN = AttemptSucceeded(alarm_id="a1", message="alarm", channel="whatsapp", attempt=1, message_id="w")
DELIVERED = MessageProgressed(alarm_id="a1", channel="whatsapp", status="delivered", at=NOON)
ACCEPTED = AlarmAccepted(alarm_id="a1", post_id="damkar", role="duty")
DECLINED = AlarmDeclined(alarm_id="a1", post_id="damkar", role="duty")
POLSEK = POST.model_copy(update={"post_id": "polsek", "name": "Polsek"})
SECOND = RAISED.model_copy(update={"alarm_id": "a2", "post": POLSEK})
SECOND_TAKEN = TAKEN.model_copy(update={"alarm_id": "a2"})


@pytest.mark.parametrize(
    ("datas", "words"),
    [
        ((RECEIVED,), ""),
        ((RECEIVED, CLASSIFIED), "fire, priority 1, -"),
        ((RECEIVED, HELD), "held for an operator: unclear"),
        ((RECEIVED, ROUTED), "to be asked: Damkar"),
        ((RECEIVED, ROUTED, RAISED), "Damkar: message queued"),
        ((RECEIVED, ROUTED, RAISED, STARTED), "Damkar: message sending"),
        ((RECEIVED, ROUTED, RAISED, STARTED, TAKEN), "Damkar: message with the provider"),
        ((RECEIVED, ROUTED, RAISED, TAKEN, DELIVERED), "Damkar: message delivered"),
        ((RECEIVED, ROUTED, RAISED, TAKEN, ACCEPTED), "Damkar: accepted"),
        ((RECEIVED, ROUTED, RAISED, TAKEN, DECLINED), "Damkar: declined"),
        ((RECEIVED, ROUTED, RAISED, TAKEN, OVERDUE), "Damkar: no answer in time"),
    ],
)
def test_an_events_words_name_the_post_and_how_far_it_is(datas: tuple[EventData, ...], words: str) -> None:
    stories = Stories()
    told = events(*datas)
    stories.take_all(told)
    assert event_words(told[-1], stories.calls[CALL]) == words


DAY = [
    DayCall(
        reference="R-1", at=time(5, 30), narrative="kebakaran rumah", ended_after_seconds=1,
        truth=Truth(category="fire", priority=1, prank=False),
    )
]  # fmt: skip


def shown(*steps: tuple[EventData, ...]) -> list[list[str]]:
    """The lines that each step adds."""
    stories, lines = Stories(), PlainLines()
    told = []
    for step in steps:
        stories.take_all(events(*step))
        told.append(lines.fresh(DAY, {"R-1": stories.calls[CALL]}, {}, {}))
    return told


def test_a_call_has_one_line_once_it_is_told() -> None:
    before, after, again = shown((RECEIVED, CLASSIFIED, ROUTED, RAISED), (TAKEN,), (DELIVERED, ACCEPTED))
    assert (before, again) == ([], [])
    assert after == [
        "05:30 | kebakaran rumah | fire | 1 | routed | - | Damkar 1.5 km | with the provider/waiting | "
    ]


@pytest.mark.parametrize(("end", "word"), [(DECLINED, "declined"), (OVERDUE, "no answer in time")])
def test_a_call_has_a_further_line_when_a_post_is_out_and_when_the_next_is_asked(
    end: EventData, word: str
) -> None:
    first, out, asking, next_post = shown(
        (RECEIVED, CLASSIFIED, ROUTED, RAISED, TAKEN), (end,), (SECOND,), (SECOND_TAKEN,)
    )
    assert len(first) == 1
    assert word in out[0]
    assert asking == []
    assert "Damkar 1.5 km > Polsek" in next_post[0]


NEXT_ROUTED = ROUTED.model_copy(
    update={"slots": (Slot(role="duty", name="police", post=POLSEK, distance_m=7200),), "replaces": "a1"}
)


def test_an_alarm_that_is_read_before_its_routing_has_its_distance() -> None:
    *_, (line,) = shown(
        (RECEIVED, CLASSIFIED, ROUTED, RAISED, TAKEN, DECLINED), (SECOND, SECOND_TAKEN, NEXT_ROUTED)
    )
    assert "Damkar 1.5 km > Polsek 7.2 km" in line
    told = story(RECEIVED, ROUTED, RAISED, SECOND, NEXT_ROUTED)
    assert "(duty, 7.2 km)" in alarm_line(told.alarms["a2"], told)


def test_a_call_has_a_further_line_when_it_was_held_and_goes() -> None:
    held, routed = shown((RECEIVED, HELD), (ROUTED, RAISED, TAKEN))
    assert "held: unclear" in held[0]
    assert "routed" in routed[0]


def test_on_a_terminal_rows_are_a_table_that_keeps_the_first_cell_whole() -> None:
    console = Console(width=80, force_terminal=True, file=StringIO(), record=True)
    name = "puskesmas-rawat-inap-liwa"
    print_rows(console, ("post", "name", "now"), [(name, "[/]" + "x y " * 50, "siap")])
    shown = console.export_text()
    assert name in shown
    assert "[/]" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
