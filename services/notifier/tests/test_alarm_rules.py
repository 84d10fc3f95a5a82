"""The notifier's behaviour, in the words of its rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmOverdue,
    AlarmRaised,
    AlarmsClosed,
    AlarmUndeliverable,
    AlarmWithdrawn,
    AnswerUnclear,
    AttemptFailed,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    CallClosed,
    CallDismissed,
    CallLinked,
    CallRouted,
    CallUnlinked,
    CauseFailed,
    Contact,
    DeskAsked,
    MessageProgressed,
    Place,
    PostProgressed,
    PostRef,
    PostsRecalled,
    ReplyReceived,
    Report,
    Role,
    SameIncident,
    Slot,
    StatusReceived,
    SupervisorCalled,
)
from siaga_notifier.domain.alarm import CallAlarms
from siaga_notifier.domain.decider import NotifierDecider, NotifierViews
from siaga_notifier.domain.delivery import BACKOFF_SECONDS, Accepted, Outcome, Unknown, Unsent
from siaga_streams.decider import EffectDone, EffectDue, EffectLost
from siaga_streams.testing import Given, given

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
CONTACTS = {
    name: Contact(channel="whatsapp", number=f"+628400011200{n}", sample=True)
    for n, name in enumerate(("damkar", "polsek", "bpbd", "supervisor-112"))
}
SAME = SameIncident(call="first", kecamatan="Suoh", score=1, distance_m=9, seconds_apart=9, number=2)
Step = Given[CallAlarms, NotifierViews]


def report(**changes: Any) -> Report:
    place = Place(
        text="pasar liwa", kode="18.04.04.1001", level="pekon", name="Pasar Liwa", kecamatan="Balik Bukit",
        lat=-5.0216, lon=104.0779, confidence=0.95,
    )  # fmt: skip
    base: dict[str, Any] = {
        "revision": 1, "category": "fire", "priority": 1, "prank": False, "prank_score": 0.0, "disposition": "dispatch",
        "words": "rumah terbakar\ndi belakang musala", "caller": "+628400070001", "place": place, "marks": ("trapped",),
        "started_at": NOON, "reported_at": NOON,
    }  # fmt: skip
    return Report.model_validate({**base, **changes})


def slot(role: Role, post_id: str) -> Slot:
    post = PostRef(post_id=post_id, kind="fire_station", name=post_id.title(), lat=-5.0, lon=104.0)
    return Slot(role=role, name=f"{role}-{post_id}", post=post, distance_m=1200)


def routed(*slots: Slot, **changes: Any) -> CallRouted:
    base: dict[str, Any] = {
        "reason": "classified", "report": report(), "slots": slots, "desk_after_seconds": 60, "answer_after_seconds": 180,
        "directory_version": 3, "plan_version": "1",
    }  # fmt: skip
    return CallRouted.model_validate({**base, **changes})


def call() -> Step:
    return given(NotifierDecider(), NotifierViews(CONTACTS), now=NOON)


def alarmed(role: Role = "duty") -> Step:
    return call().when(routed(slot(role, "damkar")))


def raised(step: Step) -> AlarmRaised:
    return next(e.data for e in step.log if isinstance(e.data, AlarmRaised))


def started(step: Step) -> Step:
    return step.when(EffectDue(step.effect()))


def outcome(step: Step, result: Outcome) -> Step:
    return step.when(EffectDone(step.effect(), result))


def reply(step: Step, text: str | None = None, message: str = "m1", button: str | None = None) -> Step:
    alarm = raised(step).alarm_id
    payload = None if button is None else f"{button}:{alarm}"
    return step.when(ReplyReceived(alarm_id=alarm, at=NOON, message_id=message, text=text, payload=payload))


def status(step: Step, word: str, message: str = "w") -> Step:
    return step.when(
        StatusReceived.model_validate(
            {"alarm_id": raised(step).alarm_id, "status": word, "at": NOON, "message_id": message}
        )
    )


def sent() -> Step:
    return outcome(started(alarmed()), Accepted("w"))


def test_one_alarm_for_each_post_with_its_strongest_role() -> None:
    step = call().when(routed(slot("support", "polsek"), slot("duty", "damkar"), slot("copy", "polsek")))
    assert [(d.post.post_id, d.role) for d in step.decided if isinstance(d, AlarmRaised)] == [
        ("damkar", "duty"),
        ("polsek", "support"),
    ]


def test_a_post_whose_alarm_is_open_is_not_asked_twice() -> None:
    alarmed().when(routed(slot("support", "damkar"), reason="words")).then_nothing()


@pytest.mark.parametrize(("first", "then"), [("support", "duty"), ("copy", "duty"), ("copy", "support")])
def test_a_post_that_is_asked_for_more_is_asked_anew(first: Role, then: Role) -> None:
    step = alarmed(first).when(routed(slot(then, "damkar"), reason="words"))
    assert [d.role for d in step.decided if isinstance(d, AlarmRaised)] == [then]
    step.when(routed(slot(first, "damkar"), reason="words")).then_nothing()


def test_after_an_unlink_the_copy_is_taken_back_and_the_post_is_asked() -> None:
    linked = CallLinked(same=SAME, report=report(), slots=(slot("copy", "damkar"),), directory_version=1)
    step = call().when(linked)
    step = outcome(started(step), Accepted("w")).when(CallUnlinked(by="ani"))
    assert [d.why for d in step.decided if isinstance(d, AlarmWithdrawn)] == [
        "laporan ini ternyata kejadian lain"
    ]
    step = step.when(routed(slot("copy", "damkar"), reason="confirmed", confirmed_by="ani"))
    assert [d.role for d in step.decided if isinstance(d, AlarmRaised)] == ["copy"]
    again = alarmed().when(CallUnlinked(by="ani"))
    assert not again.decided, "only copies are taken back"


def test_a_post_without_a_number_is_undeliverable_at_once() -> None:
    call().when(routed(slot("duty", "unknown"))).then_types(AlarmRaised, AlarmUndeliverable)


def test_copies_have_no_deadlines() -> None:
    alarm = raised(alarmed("copy"))
    assert (alarm.desk_due, alarm.overdue_due) == (None, None)


def test_the_message_says_what_a_post_needs_in_one_line_each() -> None:
    parameters = raised(alarmed()).message.parameters
    assert parameters[0] == "DARURAT 1 KEBAKARAN"
    assert parameters[2] == "12.00"
    assert parameters[3] == "Pasar Liwa, Kec. Balik Bukit"
    assert parameters[5] == "ada yang terjebak. rumah terbakar di belakang musala"
    assert parameters[7].endswith("(perkiraan)")
    assert not any("\n" in p or p == "" for p in parameters)


@pytest.mark.parametrize(
    ("seconds", "words"), [(180, "3 menit"), (7200, "120 menit"), (6, "6 detik"), (0.18, "1 detik")]
)
def test_the_message_says_how_long_the_post_has(seconds: float, words: str) -> None:
    step = call().when(routed(slot("duty", "damkar"), answer_after_seconds=seconds))
    last = raised(step).message.parameters[-1]
    assert last == f"tugas utama, {words} tanpa jawaban pos lain diminta"


def test_the_words_of_a_covid_report_stay_off_a_lock_screen() -> None:
    covid = report(category="covid", words="ayah saya positif", marks=())
    parameters = raised(call().when(routed(slot("duty", "damkar"), report=covid))).message.parameters
    assert parameters[0] == "DARURAT 1 KODE C"
    assert not any("positif" in p for p in parameters)


def test_the_longest_message_stays_within_500_characters() -> None:
    long = report(words="kata " * 400, marks=("trapped", "victims", "violence"))
    step = call().when(routed(slot("duty", "damkar"), report=long, others=("UPT Damkar Sukau",) * 3))
    parameters = raised(step).message.parameters
    templates = orjson.loads((Path(__file__).parents[3] / "data/templates/whatsapp.json").read_bytes())
    alarm = next(t for t in templates if t["name"] == raised(step).message.template)
    text = next(c["text"] for c in alarm["components"] if c["type"] == "BODY")
    for number, parameter in reversed(list(enumerate(parameters, 1))):
        text = text.replace(f"{{{{{number}}}}}", parameter)
    assert "{{" not in text
    assert len(text) <= 500, len(text)


def test_the_start_is_logged_before_the_request_and_the_outcome_after_it() -> None:
    step = started(alarmed()).then_types(AttemptStarted)
    assert step.effect().started
    outcome(step, Accepted("w")).then_types(AttemptSucceeded)


def test_a_delivered_message_is_not_sent_again() -> None:
    assert sent().todo.effects == ()


def test_a_refusal_that_may_pass_is_tried_again_later_and_is_no_repeat() -> None:
    step = outcome(started(alarmed()), Unsent("429", again=True)).then_types(AttemptFailed)
    assert step.effect().due == NOON + timedelta(seconds=BACKOFF_SECONDS[0])
    assert not step.effect().what.repeat


def test_a_lost_answer_makes_the_next_attempt_a_repeat() -> None:
    step = outcome(started(alarmed()), Unknown("time-out")).then_types(AttemptLost)
    assert step.effect().what.repeat


def test_an_attempt_of_a_worker_that_ended_is_lost_and_repeated() -> None:
    step = started(alarmed())
    step = step.when(EffectLost(step.effect(), "worker ended")).then_types(AttemptLost)
    assert step.effect().what.repeat


def test_an_attempt_that_was_given_up_before_it_went_out_is_tried_again_and_is_no_repeat() -> None:
    step = started(alarmed())
    step = step.when(EffectLost(step.effect(), "too late", tried=False)).then_types(AttemptFailed)
    assert step.effect().due == NOON + timedelta(seconds=BACKOFF_SECONDS[0])
    assert not step.effect().what.repeat


def test_a_refusal_for_good_makes_the_alarm_undeliverable() -> None:
    step = outcome(started(alarmed()), Unsent("131026", again=False)).then_types(
        AttemptFailed, AlarmUndeliverable
    )
    assert step.todo.effects == ()


def test_attempts_end_after_the_last_pause() -> None:
    step = alarmed()
    for _ in BACKOFF_SECONDS:
        step = outcome(started(step), Unsent("500", again=True)).then_types(AttemptFailed)
    outcome(started(step), Unsent("500", again=True)).then_types(AttemptFailed, AlarmUndeliverable)


def test_each_attempt_has_an_id_of_its_own() -> None:
    step = started(alarmed())
    first = step.effect().id
    assert outcome(step, Unknown("time-out")).effect().id != first


def test_the_desk_is_told_to_ring_and_then_the_alarm_is_overdue_but_open() -> None:
    step = sent().when_due("desk").then_types(DeskAsked).when_due("overdue").then_types(AlarmOverdue)
    assert step.todo.deadlines == ()
    reply(step, button="TERIMA").then(
        AlarmAccepted(alarm_id=raised(step).alarm_id, post_id="damkar", role="duty", late=True)
    )


@pytest.mark.parametrize("text", ["OK 4821", "ok", "Siap 4821", "terima", "oke pak"])
def test_yes_in_words(text: str) -> None:
    reply(sent(), text).then_types(AlarmAccepted)


@pytest.mark.parametrize(
    ("text", "why"), [("TDK 4821 mobil rusak", "mobil rusak"), ("tolak", None), ("tidak bisa", "bisa")]
)
def test_no_in_words_keeps_its_reason(text: str, why: str | None) -> None:
    (declined,) = reply(sent(), text).then_types(AlarmDeclined).decided
    assert isinstance(declined, AlarmDeclined)
    assert declined.why == why


@pytest.mark.parametrize("text", ["Diterima", "86", "monitor", "8.6 ndan"])
def test_read_is_not_coming(text: str) -> None:
    step = reply(sent(), text).then_types(PostProgressed)
    assert {d.kind for d in step.todo.deadlines} == {"desk", "overdue"}


def test_who_is_on_the_way_has_taken_the_job() -> None:
    reply(sent(), "BERANGKAT").then_types(AlarmAccepted, PostProgressed)


def test_done_keeps_how_it_ended() -> None:
    step = reply(reply(sent(), "OK"), "SELESAI 4821 ditangani", "m2")
    (done,) = step.then_types(PostProgressed).decided
    assert isinstance(done, PostProgressed)
    assert (done.progress, done.outcome) == ("finished", "ditangani")


@pytest.mark.parametrize("text", ["sebentar ya pak", "ok tapi mobil dipakai", "?"])
def test_what_no_rule_reads_an_operator_must(text: str) -> None:
    step = reply(sent(), text).then_types(AnswerUnclear)
    reply(step, text).then_nothing()


def test_the_first_end_wins() -> None:
    reply(reply(sent(), "TDK"), "OK", "m2").then_types(AnswerUnclear)
    reply(reply(sent(), "OK"), "OK", "m2").then_nothing()


def test_statuses_may_come_twice_and_in_any_order() -> None:
    step = status(sent(), "delivered").then_types(MessageProgressed)
    status(status(step, "delivered").then_nothing(), "sent").then_nothing()


def test_a_status_names_the_message_whose_acceptance_was_lost() -> None:
    """However far the repeated one got: the post may quote either."""
    step = status(status(sent(), "delivered"), "sent", message="lost").then_types(MessageProgressed)
    assert isinstance(step.decided[0], MessageProgressed)
    assert step.decided[0].message_id == "lost"
    status(status(step, "delivered", message="lost").then_nothing(), "delivered").then_nothing()


def test_who_has_finished_is_not_on_the_way_again_and_can_be_asked_anew() -> None:
    done = reply(reply(sent(), "OK", "m1"), "SELESAI ditangani", "m2").then_types(PostProgressed)
    late = reply(done, "TIBA", "m3").then_nothing()
    (again,) = [d for d in late.when(routed(slot("duty", "damkar"))).decided if isinstance(d, AlarmRaised)]
    assert again.alarm_id != raised(late).alarm_id


def test_a_failure_at_the_provider_makes_the_alarm_undeliverable() -> None:
    status(sent(), "failed").then_types(MessageProgressed, AlarmUndeliverable)


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (CallDismissed(by="ani", as_type="prank"), "laporan dibatalkan operator"),
        (PostsRecalled(by="ani", note="between operators"), "ditarik kembali oleh operator"),
        (CallClosed(by="ani", outcome="prank"), "panggilan ditutup operator"),
        (
            CallLinked(by="ani", same=SAME, report=report(), directory_version=1),
            "laporan yang sama dengan kejadian lain",
        ),
    ],
)
def test_an_operators_end_withdraws_what_is_open_and_tells_who_was_told_why(end: Any, why: str) -> None:
    step = sent().when(end)
    assert isinstance(step.decided[0], AlarmWithdrawn)
    assert step.effect().what.kind == "withdrawal"
    assert step.effect().what.parameters[1] == why
    assert step.todo.deadlines == ()


def test_a_withdrawn_alarm_that_nobody_was_told_of_is_not_sent_and_not_taken_back() -> None:
    step = alarmed().when(CallDismissed(by="ani", as_type="prank"))
    assert step.todo.effects == ()


def test_an_attempt_that_failed_after_the_alarm_ended_is_not_repeated() -> None:
    step = reply(started(alarmed()), button="TERIMA")
    outcome(step, Unsent("500", again=True)).then_types(AttemptFailed)
    assert outcome(step, Unsent("500", again=True)).todo.effects == ()


def test_the_supervisor_is_told_as_a_post_is() -> None:
    called = SupervisorCalled(
        why="tidak ada pos", report=report(), slot=slot("supervisor", "supervisor-112"), directory_version=1
    )
    step = call().when(called)
    assert raised(step).role == "supervisor"
    assert "tidak ada pos" in raised(step).message.parameters[-1]
    assert step.effect().what.to == CONTACTS["supervisor-112"].number


def test_a_failure_of_the_router_reaches_the_supervisor() -> None:
    who = slot("supervisor", "supervisor-112").post
    step = call().seeing(NotifierViews(CONTACTS, who))
    step = step.when(CauseFailed(service="router", cause_type="x", why="KeyError", dead_letter="d"))
    assert "KeyError" in raised(step).message.parameters[-1]


def test_a_closed_call_folds_to_a_marker() -> None:
    step = (
        reply(reply(sent(), "OK"), "SELESAI", "m2")
        .when(CallClosed(outcome="finished"))
        .then_types(AlarmsClosed)
    )
    assert step.state == CallAlarms(step.call, over=True)


def test_a_closed_call_is_kept_until_its_withdrawals_are_out() -> None:
    step = sent().when(CallClosed(by="ani", outcome="prank"))
    assert step.state.alarms
    step = step.when(EffectDue(step.effect()))
    assert outcome(step, Accepted("w2")).state == CallAlarms(step.call, over=True)
