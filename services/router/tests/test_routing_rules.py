"""The router's behaviour, in the words of its rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmOverdue,
    AlarmProgressNoted,
    AlarmUndeliverable,
    AnswerCall,
    CallAnswered,
    CallClassified,
    CallClosed,
    CallDismissed,
    CallEndNoted,
    CallHeld,
    CallRouted,
    CauseFailed,
    ClockStarted,
    CloseCall,
    CommandRefused,
    ConfirmCall,
    CorrectCall,
    CorrectedPlace,
    CorrectionNoted,
    DismissCall,
    HoldCall,
    HoldExtended,
    Place,
    PostProgressed,
    PostRegistered,
    PostsRecalled,
    PostStateChanged,
    RecallCall,
    Report,
    ReportNoted,
    SupervisorCalled,
)
from siaga_router.adapters import load_deadlines, load_plan
from siaga_router.domain.call import NOBODY_TOOK_IT, Call
from siaga_router.domain.decider import RouterDecider, RouterViews
from siaga_router.domain.directory import Directory
from siaga_router.domain.routing import Router
from siaga_streams.testing import Given, given

DATA = Path(__file__).parents[3] / "data"
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
LIWA = Place(
    kode="18.04.04.1001",
    level="pekon",
    name="Pasar Liwa",
    kecamatan="Balik Bukit",
    lat=-5.0216,
    lon=104.0779,
    confidence=0.95,
)
SUOH = Place(
    kode="18.04.09.2001",
    level="pekon",
    name="Suka Marga",
    kecamatan="Suoh",
    lat=-5.25,
    lon=104.27,
    confidence=0.95,
)
DECIDER = RouterDecider(
    Router(
        load_plan(DATA / "plan/response-plan.json"),
        load_deadlines(DATA / "plan/deadlines.json"),
    )
)


def posts() -> dict[str, PostRegistered]:
    entries = [
        e
        for name in ("lampung-barat", "supervisor")
        for e in orjson.loads((DATA / f"posts/{name}.json").read_bytes())
    ]
    return {e["post_id"]: PostRegistered.model_validate(e) for e in entries}


def seeing(*states: PostStateChanged) -> RouterViews:
    return RouterViews(Directory(posts(), {s.post_id: s for s in states}, version=29))


def report(**changes: Any) -> Report:
    base: dict[str, Any] = {
        "revision": 1, "category": "fire", "priority": 1, "prank": False, "prank_score": 0.0, "disposition": "dispatch",
        "words": "kebakaran", "place": LIWA, "started_at": NOON, "reported_at": NOON,
    }  # fmt: skip
    return Report.model_validate({**base, **changes})


def classified(**changes: Any) -> CallClassified:
    return CallClassified(report=report(**changes), classifier_version="1", places_version="1")


def call() -> Given[Call, RouterViews]:
    return given(DECIDER, seeing(), now=NOON)


def routed(step: Given[Call, RouterViews]) -> CallRouted:
    found = [d for d in step.decided if isinstance(d, CallRouted)]
    assert len(found) == 1, f"{len(found)} routings in {step.decided}"
    return found[0]


def held(step: Given[Call, RouterViews]) -> CallHeld:
    (found,) = [d for d in step.decided if isinstance(d, CallHeld)]
    return found


def duty_post(routing: CallRouted) -> str:
    (slot,) = [s for s in routing.slots if s.role == "duty"]
    assert slot.post is not None
    return slot.post.post_id


def decision(step: Given[Call, RouterViews]) -> str:
    return step.state.decisions[-1].id


def test_a_fire_goes_to_the_nearest_fire_station_with_police_and_bpbd() -> None:
    routing = routed(call().when(classified()))
    assert [(s.role, s.post.kind) for s in routing.slots if s.post] == [
        ("duty", "fire_station"), ("support", "police"), ("copy", "disaster_agency"),
    ]  # fmt: skip
    assert duty_post(routing) == "damkar-balik-bukit"


def test_candidates_are_the_nearest_first_and_the_versions_are_kept() -> None:
    routing = routed(call().when(classified()))
    distances = [c.distance_m for c in routing.slots[0].candidates]
    assert distances == sorted(distances)
    assert len(distances) == 6
    assert (routing.directory_version, routing.plan_version) == (29, "2026-11-01")


def test_a_closed_nearer_post_is_passed_over_and_the_reason_is_kept() -> None:
    out = PostStateChanged(post_id="damkar-balik-bukit", state="out", by="ops")
    routing = routed(given(DECIDER, seeing(out), now=NOON).when(classified()))
    assert duty_post(routing) != "damkar-balik-bukit"
    assert [(e.post_id, e.why) for e in routing.slots[0].excluded] == [
        ("damkar-balik-bukit", "sedang keluar")
    ]


def test_a_post_that_is_out_until_a_time_is_asked_again_after_it() -> None:
    out = PostStateChanged(
        post_id="damkar-balik-bukit", state="out", by="ops", until=NOON - timedelta(minutes=1)
    )
    assert duty_post(routed(given(DECIDER, seeing(out), now=NOON).when(classified()))) == "damkar-balik-bukit"


def test_no_fire_engine_reaches_suoh_so_the_supervisor_hears_of_it() -> None:
    step = call().when(classified(place=SUOH))
    assert [s.post for s in routed(step).slots if s.role == "duty"] == [None]
    assert any(isinstance(d, SupervisorCalled) for d in step.decided)


def test_police_of_the_working_area_goes_before_a_nearer_one() -> None:
    routing = routed(call().when(classified(category="public_order", priority=2)))
    assert duty_post(routing) == "polsek-balik-bukit"


def test_the_same_classification_twice_is_decided_once() -> None:
    call().when(classified()).when(classified()).then_nothing()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"disposition": "confirm", "prank": True}, "prank_suspected"),
        (
            {"disposition": "confirm", "category": "none", "priority": 2, "words": None, "place": None},
            "silent",
        ),
        ({"disposition": "confirm"}, "unclear"),
        ({"place": None}, "place_unknown"),
        ({"place": LIWA.model_copy(update={"kode": None})}, "place_unknown"),
        ({"place": LIWA.model_copy(update={"confidence": 0.3})}, "place_unknown"),
        ({"place": LIWA.model_copy(update={"level": "outside", "kode": None})}, "place_unknown"),
        ({"disposition": "answer", "category": "information", "priority": 3}, "answer"),
        ({"disposition": "transfer", "category": "information", "priority": 3}, "transfer"),
    ],
)
def test_what_a_human_must_see_is_held(changes: dict[str, Any], reason: str) -> None:
    assert held(call().when(classified(**changes)).then_types(CallHeld)).reason == reason


def test_a_machine_dismisses_only_where_there_is_no_incident() -> None:
    step = call().when(classified(disposition="dismiss", category="none", priority=3, prank=True, place=None))
    step.then_types(ReportNoted, CallDismissed)


def test_an_unanswered_doubt_is_dispatched_unconfirmed_three_minutes_after_the_report() -> None:
    step = call().when(classified(disposition="confirm"))
    assert step.deadline("confirm").due == NOON + timedelta(seconds=180)
    routing = routed(step.when_due("confirm"))
    assert (routing.reason, routing.confirmed_by) == ("unconfirmed", None)


def test_the_clock_of_a_doubt_runs_from_the_end_of_the_call() -> None:
    step = (
        call()
        .when(classified(disposition="confirm"))
        .when(CallEndNoted(ended_at=NOON + timedelta(seconds=20)))
    )
    step.then_types(ClockStarted)
    assert step.deadline("confirm").due == NOON + timedelta(seconds=80)


def test_an_end_that_came_before_the_classification_counts_too() -> None:
    step = (
        call()
        .when(CallEndNoted(ended_at=NOON + timedelta(seconds=20)))
        .when(classified(disposition="confirm"))
    )
    assert step.deadline("confirm").due == NOON + timedelta(seconds=80)


def test_a_doubt_of_priority_3_is_never_dispatched_by_the_machine() -> None:
    assert call().when(classified(disposition="confirm", priority=3)).todo.deadlines == ()


def test_an_unknown_place_goes_to_the_regency_duty_post_and_the_supervisor_never_to_a_guess() -> None:
    step = call().when(classified(place=None)).when_due("confirm")
    routing = routed(step)
    chosen = posts()[duty_post(routing)]
    assert chosen.regency_duty
    assert [s.distance_m for s in routing.slots if s.role == "duty"] == [None]
    assert isinstance(step.decided[-1], SupervisorCalled)


def test_an_emergency_elsewhere_that_nobody_transfers_reaches_the_supervisor() -> None:
    elsewhere = LIWA.model_copy(update={"level": "outside", "kode": None, "name": "Krui"})
    step = call().when(classified(disposition="transfer", place=elsewhere))
    assert (held(step).reason, held(step).then) == ("transfer", "supervisor")
    step.when_due("confirm").then_types(SupervisorCalled)


def test_a_silent_call_that_nobody_answers_goes_to_the_supervisor_once() -> None:
    silent = classified(disposition="confirm", category="none", priority=2, words=None, place=None)
    step = call().when(silent).when_due("confirm").then_types(SupervisorCalled)
    assert step.todo.deadlines == ()


def test_a_hold_stops_the_clock_and_lapses() -> None:
    step = call().when(classified(disposition="confirm")).at(NOON + timedelta(seconds=100))
    step = step.when(HoldCall(by="ani")).then_types(HoldExtended)
    assert step.deadline("confirm").due == NOON + timedelta(seconds=100 + 180 + 80)


def test_a_second_hold_keeps_what_was_left() -> None:
    step = (
        call()
        .when(classified(disposition="confirm"))
        .at(NOON + timedelta(seconds=100))
        .when(HoldCall(by="ani"))
    )
    step = step.at(NOON + timedelta(seconds=200)).when(HoldCall(by="ani"))
    assert step.deadline("confirm").due == NOON + timedelta(seconds=200 + 180 + 80)


def test_a_confirmed_call_is_dispatched_with_the_operators_name() -> None:
    step = call().when(classified(disposition="confirm"))
    assert routed(step.when(ConfirmCall(by="ani", on=decision(step)))).confirmed_by == "ani"


def test_a_dismissal_of_what_the_operator_saw_is_accepted() -> None:
    step = call().when(classified(disposition="confirm", prank=True))
    step.when(DismissCall(by="ani", on=decision(step))).then(CallDismissed(by="ani", as_type="prank"))


def test_a_dismissal_is_refused_if_a_later_decision_added_a_role() -> None:
    step = call().when(classified(disposition="confirm", prank=True))
    seen = decision(step)
    step.when_due("confirm").when(DismissCall(by="ani", on=seen)).then_types(CommandRefused)


def test_a_dismissal_without_having_seen_anything_is_refused_once_there_is_a_decision() -> None:
    call().when(classified()).when(DismissCall(by="ani")).then_types(CommandRefused)


def test_a_dismissal_before_the_first_decision_is_accepted_and_later_words_reach_the_operator() -> None:
    step = call().when(DismissCall(by="ani")).then_types(CallDismissed)
    assert held(step.when(classified())).reason == "late_words"


def test_an_escalation_is_no_reason_to_refuse_a_dismissal() -> None:
    step = call().when(classified())
    seen, post = decision(step), duty_post(routed(step))
    step = step.when(AlarmOverdue(alarm_id="a1", post_id=post, role="duty"))
    step.when(DismissCall(by="ani", on=seen)).then_types(CallDismissed)


def test_a_correction_that_overtakes_the_classification_is_kept_and_applied() -> None:
    place = CorrectedPlace(
        kode=LIWA.kode, name="Pasar Liwa", kecamatan="Balik Bukit", lat=-5.0216, lon=104.0779
    )
    step = call().when(CorrectCall(by="ani", category="medical", place=place)).then_types(CorrectionNoted)
    routing = routed(step.when(classified(place=None)))
    assert (routing.report.category, routing.report.place and routing.report.place.name) == (
        "medical",
        "Pasar Liwa",
    )


def test_a_correction_of_a_held_call_sends() -> None:
    place = CorrectedPlace(
        kode=LIWA.kode, name="Pasar Liwa", kecamatan="Balik Bukit", lat=-5.0216, lon=104.0779
    )
    step = call().when(classified(place=None)).when(CorrectCall(by="ani", place=place))
    assert [type(d) for d in step.decided] == [CorrectionNoted, CallRouted]
    assert routed(step).confirmed_by == "ani"


def test_a_corrected_place_asks_the_posts_there_and_recalls_nobody() -> None:
    sumber_jaya = CorrectedPlace(
        kode="18.04.05.2001", name="Simpang Sari", kecamatan="Sumber Jaya", lat=-5.01, lon=104.47
    )
    step = call().when(classified()).when(CorrectCall(by="ani", place=sumber_jaya))
    assert duty_post(routed(step)) == "damkar-sumber-jaya"
    assert not any(isinstance(d, PostsRecalled) for d in step.decided)


def test_an_empty_correction_is_refused() -> None:
    call().when(classified()).when(CorrectCall(by="ani")).then_types(CommandRefused)


@pytest.mark.parametrize(
    ("event", "reason"),
    [(AlarmOverdue, "overdue"), (AlarmDeclined, "declined"), (AlarmUndeliverable, "undeliverable")],
)
def test_the_next_nearest_post_is_asked(event: type, reason: str) -> None:
    step = call().when(classified())
    first = duty_post(routed(step))
    extra = {"why": "x"} if event is AlarmUndeliverable else {}
    step = step.when(event(alarm_id="a1", post_id=first, role="duty", **extra))
    again = routed(step)
    assert (again.reason, again.replaces) == (reason, "a1")
    assert duty_post(again) == "damkar-sukau"


def test_one_alarm_makes_at_most_one_reroute() -> None:
    step = call().when(classified())
    first = duty_post(routed(step))
    step = step.when(AlarmOverdue(alarm_id="a1", post_id=first, role="duty"))
    step.when(AlarmDeclined(alarm_id="a1", post_id=first, role="duty")).then_types(AlarmProgressNoted)


def test_a_supporting_post_that_declines_makes_no_reroute() -> None:
    step = call().when(classified())
    police = next(s.post.post_id for s in routed(step).slots if s.role == "support" and s.post)
    step.when(AlarmDeclined(alarm_id="a1", post_id=police, role="support")).then_types(AlarmProgressNoted)


def test_when_nobody_is_left_the_supervisor_hears_of_it() -> None:
    step = call().when(classified())
    for number in range(6):
        post = duty_post(routed(step))
        step = step.when(AlarmDeclined(alarm_id=f"a{number}", post_id=post, role="duty"))
    assert isinstance(step.decided[-1], SupervisorCalled)


def taken(step: Given[Call, RouterViews]) -> AlarmAccepted:
    return AlarmAccepted(alarm_id="a1", post_id=duty_post(routed(step)), role="duty")


def clock(step: Given[Call, RouterViews]) -> list[datetime]:
    return [d.due for d in step.todo.deadlines if d.kind == "supervisor"]


@pytest.mark.parametrize(("priority", "minutes"), [(1, [5]), (2, [15]), (3, [])])
def test_the_supervisor_hears_in_time_that_nobody_took_it(priority: int, minutes: list[int]) -> None:
    step = call().when(classified(priority=priority))
    assert clock(step) == [NOON + timedelta(minutes=m) for m in minutes]


def test_the_supervisor_is_told_once_and_the_next_post_is_still_asked() -> None:
    step = call().when(classified())
    first = duty_post(routed(step))
    step = step.when_due("supervisor").then_types(SupervisorCalled)
    assert step.decided[0] == SupervisorCalled(
        why=NOBODY_TOOK_IT,
        report=report(),
        slot=cast(SupervisorCalled, step.decided[0]).slot,
        directory_version=29,
    )
    assert not clock(step)
    step = step.when(AlarmOverdue(alarm_id="a1", post_id=first, role="duty"))
    assert duty_post(routed(step)) == "damkar-sukau"
    assert not clock(step)


def test_the_clock_goes_on_from_the_first_post_that_was_asked() -> None:
    step = call().when(classified())
    first = duty_post(routed(step))
    step = step.at(NOON + timedelta(seconds=180)).when(
        AlarmOverdue(alarm_id="a1", post_id=first, role="duty")
    )
    assert clock(step) == [NOON + timedelta(minutes=5)]


def test_graver_words_shorten_the_clock() -> None:
    step = (
        call()
        .when(classified(priority=2))
        .at(NOON + timedelta(seconds=60))
        .when(classified(revision=2, priority=1))
    )
    assert clock(step) == [NOON + timedelta(minutes=5)]


def test_lesser_words_leave_the_clock_and_an_operators_correction_does_not() -> None:
    step = call().when(classified()).when(classified(revision=2, priority=3))
    assert clock(step) == [NOON + timedelta(minutes=5)]
    first = duty_post(routed(call().when(classified())))
    again = step.when(AlarmOverdue(alarm_id="a1", post_id=first, role="duty"))
    assert routed(again).answer_after_seconds == 180
    assert clock(step.when(CorrectCall(by="ani", priority=2))) == [NOON + timedelta(minutes=15)]
    assert not clock(step.when(CorrectCall(by="ani", priority=3)))


def test_each_wait_has_its_own_clock() -> None:
    step = call().when(classified()).when_due("supervisor")
    accepted = taken(call().when(classified()))
    step = step.at(NOON + timedelta(minutes=6)).when(accepted)
    step = step.when(AlarmDeclined(alarm_id="a1", post_id=accepted.post_id, role="duty"))
    assert clock(step) == [NOON + timedelta(minutes=11)]
    step.when_due("supervisor").then_types(SupervisorCalled)


def test_who_takes_it_stops_the_clock_and_who_gives_it_up_starts_it() -> None:
    step = call().when(classified())
    accepted = taken(step)
    step = step.at(NOON + timedelta(seconds=60)).when(accepted)
    assert not clock(step)
    step = step.at(NOON + timedelta(seconds=120)).when(
        AlarmDeclined(alarm_id="a1", post_id=accepted.post_id, role="duty")
    )
    assert clock(step) == [NOON + timedelta(minutes=7)]


@pytest.mark.parametrize(
    "end", [DismissCall(by="ani"), RecallCall(by="ani"), CloseCall(by="ani", outcome="prank")]
)
def test_an_operators_end_stops_the_clock(end: Any) -> None:
    step = call().when(classified())
    assert not clock(step.when(end.model_copy(update={"on": decision(step)})))


def test_the_clock_leaves_a_question_to_the_operator_as_it_is() -> None:
    step = call().when(classified()).when(classified(revision=2, category="medical", place=None))
    before = [d for d in step.todo.deadlines if d.kind == "confirm"]
    after = [d for d in step.when_due("supervisor").todo.deadlines if d.kind == "confirm"]
    assert before == after


def test_later_words_add_what_they_add() -> None:
    step = call().when(classified())
    step = step.when(classified(revision=2, marks=("victims",)))
    assert [s.post.kind for s in routed(step).slots if s.post] in (["puskesmas"], ["hospital"])


def test_later_words_never_recall() -> None:
    step = call().when(classified())
    step.when(classified(revision=2, disposition="dismiss", category="none", priority=3)).then_types(
        ReportNoted
    )


def test_a_doubt_that_becomes_clear_is_dispatched() -> None:
    step = call().when(classified(disposition="confirm")).when(classified(revision=2))
    assert routed(step).reason == "classified"


def test_a_held_emergency_is_not_dropped_by_later_laughter() -> None:
    step = call().when(classified(disposition="confirm"))
    step = step.when(classified(revision=2, disposition="dismiss", category="none", priority=3)).then_types(
        ReportNoted
    )
    assert step.deadline("confirm").due == NOON + timedelta(seconds=180)


def test_answering_a_call_whose_posts_are_asked_is_refused() -> None:
    step = call().when(classified())
    step.when(AnswerCall(by="ani", on=decision(step))).then_types(CommandRefused)


def test_a_recall_is_an_operators_word() -> None:
    call().when(classified()).when(RecallCall(by="ani", note="palsu")).then(
        PostsRecalled(by="ani", note="palsu")
    )


def test_an_answered_call_is_answered() -> None:
    step = call().when(classified(disposition="answer", category="information", priority=3))
    step.when(AnswerCall(by="ani", on=decision(step))).then(CallAnswered(by="ani"))


def test_a_call_closes_when_every_duty_slot_has_finished() -> None:
    step = call().when(classified())
    post = duty_post(routed(step))
    step = step.when(AlarmAccepted(alarm_id="a1", post_id=post, role="duty"))
    step = step.when(PostProgressed(alarm_id="a1", post_id=post, role="duty", progress="finished"))
    step.then_types(AlarmProgressNoted, CallClosed)
    assert step.state == Call(step.call, phase="closed", decisions=step.state.decisions)


def test_a_call_that_was_taken_closes_in_the_end_by_itself() -> None:
    step = call().when(classified())
    step = step.when(AlarmAccepted(alarm_id="a1", post_id=duty_post(routed(step)), role="duty"))
    step.when_due("close").then_types(CallClosed)


def test_a_slot_that_was_called_off_holds_up_no_closing() -> None:
    """A post declined, the operator dismissed the call, then corrected it: only what was asked since counts."""
    step = call().when(classified())
    post = duty_post(routed(step))
    step = step.when(AlarmDeclined(alarm_id="a1", post_id=post, role="duty"))
    step = step.when(DismissCall(by="ani", on=decision(step))).then_types(CallDismissed)
    step = step.when(CorrectCall(by="ani", category="public_order"))
    police = duty_post(routed(step))
    step = step.when(AlarmAccepted(alarm_id="a3", post_id=police, role="duty"))
    assert step.state.settled_at is not None


def test_words_on_a_closed_call_reach_the_operator() -> None:
    step = call().when(classified()).when(CloseCall(by="ani", outcome="emergency"))
    step = step.when(classified(revision=2, words="ada korban lagi"))
    assert (held(step).reason, held(step).then) == ("late_words", "supervisor")


def test_more_words_on_an_ended_call_ask_again_and_never_dispatch() -> None:
    step = call().when(classified()).when(CloseCall(by="ani", outcome="prank")).when(classified(revision=2))
    assert held(step.when(classified(revision=3)).then_types(CallHeld)).reason == "late_words"


def test_what_the_machine_set_aside_is_judged_anew_when_more_is_said() -> None:
    joke = {"disposition": "dismiss", "category": "none", "priority": 3, "prank": True, "place": None}
    step = call().when(classified(**joke)).when(classified(revision=2, **joke)).then_types(ReportNoted)
    assert routed(step.when(classified(revision=3))).reason == "classified"


def test_a_failed_service_calls_a_human() -> None:
    failed = CauseFailed(service="classifier", cause_type="x", why="KeyError", dead_letter="d")
    call().when(failed).then_types(CallHeld, SupervisorCalled)


def test_a_service_that_fails_on_the_failure_too_is_told_of_once() -> None:
    """Its next failure comes from what the first one led to: without an end to it the two would go on for ever."""
    failed = CauseFailed(service="notifier", cause_type="x", why="KeyError", dead_letter="d")
    again = failed.model_copy(update={"cause_type": "y", "dead_letter": "e"})
    step = call().when(failed).when(again).then_nothing()
    step.when(failed.model_copy(update={"why": "TypeError"})).then_types(SupervisorCalled)


def test_nothing_open_anywhere_calls_the_supervisor() -> None:
    closed = [
        PostStateChanged(post_id=p, state="out", by="ops") for p in posts() if not p.startswith("supervisor")
    ]
    step = given(DECIDER, seeing(*closed), now=NOON).when(classified())
    step.then_types(CallHeld, SupervisorCalled)
    assert held(step).reason == "no_open_post"
