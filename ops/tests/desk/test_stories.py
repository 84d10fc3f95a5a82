"""A call's story, and what of it the operator's inbox shows."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from siaga_events import EventData
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmUndeliverable,
    AnswerUnclear,
    CallClosed,
    CallDismissed,
    CauseFailed,
    ClockStarted,
    DeskAsked,
    HoldExtended,
    Slot,
    SupervisorCalled,
)
from siaga_ops.demo.run import is_settled
from siaga_ops.operator.inbox import SLOTS, inbox
from siaga_ops.operator.watch import Desk
from siaga_ops.printing import event_line
from siaga_ops.stories import GRACE, Stories

from .made import (
    CALL,
    CLASSIFIED,
    HELD,
    LATER,
    NOON,
    OVERDUE,
    POST,
    RAISED,
    RECEIVED,
    ROUTED,
    events,
    inbox_of,
    report,
    story,
)

DATA = Path(__file__).parents[3] / "data"
SUPERVISOR = SupervisorCalled(why="x", slot=Slot(role="supervisor", name="s"), directory_version=1)
ACCEPTED = AlarmAccepted(alarm_id="a1", post_id="damkar", role="duty")
DECLINED = AlarmDeclined(alarm_id="a1", post_id="damkar", role="duty")


def test_a_call_is_found_by_its_reference_and_by_the_beginning_of_its_id() -> None:
    stories = Stories()
    stories.take_all(events(RECEIVED))
    assert stories.find("R-1") == stories.find(CALL[:6]) == [stories.calls[CALL]]
    assert stories.find("zzz") == []


def test_a_held_call_waits_with_its_countdown() -> None:
    (waiting,) = inbox_of(RECEIVED, CLASSIFIED, HELD)
    assert waiting.why == "kurang jelas"
    assert waiting.seconds_left(NOON + timedelta(seconds=20)) == 40


@pytest.mark.parametrize(
    ("event", "left"),
    [
        (ClockStarted(ended_at=NOON, due=NOON + timedelta(seconds=30)), 30),
        (HoldExtended(by="ani", until=NOON + timedelta(seconds=180)), 180),
        (SupervisorCalled(why="x", slot=Slot(role="supervisor", name="s"), directory_version=1), None),
    ],
)
def test_the_countdown_follows_the_clock(event: EventData, left: float | None) -> None:
    (waiting,) = inbox_of(RECEIVED, HELD, event)
    assert waiting.seconds_left(NOON) == left


@pytest.mark.parametrize("end", [ROUTED, CallDismissed(as_type="prank"), CallClosed(outcome="x")])
def test_what_is_decided_waits_no_more(end: EventData) -> None:
    assert inbox_of(RECEIVED, HELD, end) == []


def test_a_post_to_ring_waits_until_it_answers() -> None:
    desk = DeskAsked(alarm_id="a1", post_id="damkar", why="belum ada jawaban")
    (waiting,) = inbox_of(RECEIVED, ROUTED, RAISED, desk)
    assert waiting.why == "telepon Damkar"
    assert (
        inbox_of(RECEIVED, ROUTED, RAISED, desk, AlarmAccepted(alarm_id="a1", post_id="damkar", role="duty"))
        == []
    )


DESK = DeskAsked(alarm_id="a1", post_id="damkar", why="belum ada jawaban")
SECOND = RAISED.model_copy(
    update={"alarm_id": "a2", "post": POST.model_copy(update={"post_id": "liwa", "name": "Damkar Liwa"})}
)
SECOND_DESK = DESK.model_copy(update={"alarm_id": "a2", "post_id": "liwa"})


def test_after_an_escalation_the_post_that_is_asked_now_is_to_be_rung() -> None:
    (waiting,) = inbox_of(RECEIVED, ROUTED, RAISED, DESK, OVERDUE, SECOND, SECOND_DESK)
    assert waiting.why == "telepon Damkar Liwa (1 pos tidak menjawab)"


def test_a_post_that_answered_late_has_answered() -> None:
    (waiting,) = inbox_of(RECEIVED, ROUTED, RAISED, DESK, OVERDUE, SECOND, SECOND_DESK, ACCEPTED)
    assert waiting.why == "telepon Damkar Liwa"


def test_the_next_post_is_not_rung_before_its_time() -> None:
    assert inbox_of(RECEIVED, ROUTED, RAISED, DESK, OVERDUE, SECOND) == []


POLICE = POST.model_copy(update={"post_id": "polsek", "name": "Polsek"})
POLICE_RAISED = RAISED.model_copy(update={"alarm_id": "p1", "post": POLICE})
POLICE_ACCEPTED = AlarmAccepted(alarm_id="p1", post_id="polsek", role="duty")
NO_FIRE_STATION = ROUTED.model_copy(
    update={
        "slots": (
            Slot(role="duty", name="fire_station"),
            Slot(role="duty", name="police", post=POLICE),
            Slot(role="support", name="health"),
        )
    }
)
NOBODY_FILLS = SupervisorCalled(
    why="tidak ada yang mengisi: fire_station", slot=Slot(role="supervisor", name="s"), directory_version=1
)
FILLED = ROUTED.model_copy(update={"slots": (Slot(role="duty", name="fire_station", post=POST),)})
CORRECTED = ROUTED.model_copy(
    update={"reason": "corrected", "slots": (Slot(role="duty", name="ambulance", post=POST),)}
)


@pytest.mark.parametrize(
    "after", [(), (POLICE_RAISED,), (POLICE_RAISED, POLICE_ACCEPTED), (FILLED, RAISED, OVERDUE)]
)
def test_a_duty_that_no_post_fills_waits_also_while_another_post_comes(after: tuple[EventData, ...]) -> None:
    (waiting,) = inbox_of(RECEIVED, NO_FIRE_STATION, NOBODY_FILLS, *after)
    assert waiting.why == "tidak ada pos: pemadam"


@pytest.mark.parametrize(
    "after",
    [
        (CallClosed(outcome="x"),),
        (FILLED,),
        (FILLED, RAISED),
        (FILLED, RAISED, AlarmAccepted(alarm_id="a1", post_id="damkar", role="duty")),
        (CORRECTED,),
    ],
)
def test_it_waits_until_a_post_is_asked_or_an_operator_has_acted(after: tuple[EventData, ...]) -> None:
    assert inbox_of(RECEIVED, NO_FIRE_STATION, NOBODY_FILLS, *after) == []


def test_a_duty_whose_last_post_refused_waits() -> None:
    (waiting,) = inbox_of(RECEIVED, FILLED, RAISED, DECLINED, SUPERVISOR)
    assert waiting.why == "tidak ada pos: pemadam"


def test_a_post_to_ring_does_not_hide_a_duty_that_no_post_fills() -> None:
    desk = DeskAsked(alarm_id="p1", post_id="polsek", why="belum ada jawaban")
    (waiting,) = inbox_of(RECEIVED, NO_FIRE_STATION, NOBODY_FILLS, POLICE_RAISED, desk)
    assert waiting.why == "telepon Polsek; tidak ada pos: pemadam"


def test_every_duty_of_the_plan_has_a_word() -> None:
    plan = json.loads((DATA / "plan" / "response-plan.json").read_text())
    duties = {slot["name"] for row in plan["rows"] for slot in row["slots"] if slot["role"] == "duty"}
    assert duties <= SLOTS.keys()


def test_an_answer_that_no_rule_reads_waits() -> None:
    unclear = AnswerUnclear(alarm_id="a1", post_id="damkar", text="sebentar", message_id="m")
    assert "sebentar" in inbox_of(RECEIVED, ROUTED, RAISED, unclear)[0].why


def test_a_failure_waits() -> None:
    assert (
        len(inbox_of(RECEIVED, CauseFailed(service="classifier", cause_type="x", why="y", dead_letter="d")))
        == 1
    )


def test_the_most_urgent_is_first() -> None:
    stories = Stories()
    stories.take_all(events(HELD.model_copy(update={"report": report(priority=3)}), call="b"))
    stories.take_all(events(HELD, call="a"))
    assert [w.story.id for w in inbox(stories)] == ["a", "b"]


def test_a_call_without_a_decision_is_stuck() -> None:
    assert story(RECEIVED, CLASSIFIED).stuck(LATER) is not None


def test_a_held_call_whose_time_has_passed_without_a_decision_is_stuck() -> None:
    assert story(RECEIVED, HELD).stuck(NOON) is None
    assert story(RECEIVED, HELD).stuck(LATER) is not None


UNREACHABLE = AlarmUndeliverable(alarm_id="a1", post_id="damkar", role="duty", why="x")
NEXT = RAISED.model_copy(update={"alarm_id": "a2", "overdue_due": LATER + timedelta(seconds=60)})
NEXT_DECLINED = DECLINED.model_copy(update={"alarm_id": "a2"})
COPY = NEXT.model_copy(update={"role": "copy", "overdue_due": None})


def test_an_alarm_past_its_deadline_without_a_sequel_is_stuck() -> None:
    due = NOON + timedelta(seconds=180)
    assert story(RECEIVED, ROUTED, RAISED).stuck(NOON) is None
    assert story(RECEIVED, ROUTED, RAISED).stuck(due) is None
    assert story(RECEIVED, ROUTED, RAISED).stuck(due + GRACE) is not None


def test_an_alarm_without_a_sequel_is_stuck_even_if_another_post_comes() -> None:
    other = AlarmAccepted(alarm_id="a2", post_id="damkar", role="duty")
    assert story(RECEIVED, ROUTED, RAISED, NEXT, other).stuck(LATER) is not None


def test_a_routing_that_nobody_was_told_of_is_stuck() -> None:
    assert story(RECEIVED, ROUTED).stuck(LATER) is not None


@pytest.mark.parametrize(
    "after",
    [
        (OVERDUE,),
        (DECLINED,),
        (UNREACHABLE,),
        (DECLINED, COPY),
        (OVERDUE, NEXT, NEXT_DECLINED),
    ],
)
def test_a_call_whose_posts_are_all_out_is_stuck_after_a_moment(after: tuple[EventData, ...]) -> None:
    told = story(RECEIVED, ROUTED, RAISED, *after)
    assert told.changed_at is not None
    assert told.stuck(told.changed_at + GRACE / 2) is None
    assert told.stuck(LATER) is not None
    assert not is_settled(told, told.changed_at)
    assert not is_settled(told, LATER)


@pytest.mark.parametrize(
    "after",
    [
        (ACCEPTED,),
        (OVERDUE, ACCEPTED),
        (DECLINED, SUPERVISOR),
        (OVERDUE, NEXT, NEXT_DECLINED, SUPERVISOR),
        (DECLINED, CallClosed(outcome="x")),
    ],
)
def test_a_call_that_is_taken_or_told_of_or_at_its_end_is_settled(after: tuple[EventData, ...]) -> None:
    told = story(RECEIVED, ROUTED, RAISED, *after)
    assert told.stuck(LATER) is None
    assert is_settled(told, LATER)


@pytest.mark.parametrize(("priority", "settled"), [(1, False), (3, True)])
def test_a_next_post_that_has_time_is_waited_for_if_the_call_is_urgent(priority: int, settled: bool) -> None:
    told = story(RECEIVED, ROUTED, RAISED, DECLINED, NEXT.model_copy(update={"priority": priority}))
    assert told.stuck(LATER) is None
    assert is_settled(told, LATER) is settled
    assert not is_settled(told, LATER + timedelta(hours=1))


def test_an_event_lines_time_is_the_regencys_and_says_so() -> None:
    (event,) = events(RECEIVED)
    assert event_line(event, show_personal=False).plain.startswith("12:00:00 WIB 3a0f0f5c ")


def test_an_event_line_hides_what_is_personal() -> None:
    (event,) = events(RECEIVED)
    assert "kebakaran" not in event_line(event, show_personal=False).plain
    assert "kebakaran" in event_line(event, show_personal=True).plain


def test_the_desks_screen_shows_who_waits() -> None:
    desk = Desk("ani")
    desk.stories.take_all(events(RECEIVED, HELD))
    console = Console(width=160, record=True, file=StringIO())
    console.print(desk.screen())
    shown = console.export_text()
    assert "kebakaran rumah" in shown
    assert "kurang jelas" in shown
    assert CALL[:8] in shown
