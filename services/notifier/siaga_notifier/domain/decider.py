"""The notifier's decider: one alarm for each post asked, and what its answers mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from siaga_events import Event, EventData
from siaga_events.ids import deadline_id, derived_id
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmOverdue,
    AlarmRaised,
    AlarmsClosed,
    AlarmUndeliverable,
    AlarmWithdrawn,
    AnswerUnclear,
    AttemptStarted,
    CallClosed,
    CallDismissed,
    CallLinked,
    CallRouted,
    CallUnlinked,
    CauseFailed,
    Contact,
    DeskAsked,
    MessageProgressed,
    MessageText,
    PostProgressed,
    PostRef,
    PostsRecalled,
    Priority,
    ReplyReceived,
    Report,
    Role,
    Slot,
    StatusReceived,
    SupervisorCalled,
)
from siaga_streams.decider import (
    NOTHING,
    Cause,
    Deadline,
    DeadlineReached,
    Effect,
    EffectDone,
    EffectDue,
    EffectLost,
    Input,
    Known,
    Todo,
)

from siaga_notifier.domain.alarm import (
    ROLE_WEIGHT,
    STATUS_RANK,
    Alarm,
    CallAlarms,
    Delivery,
    MessageKind,
    NotifierEvent,
    attempt_id,
    evolve_alarms,
)
from siaga_notifier.domain.delivery import Outcome, Request, Unknown, Unsent, after_attempt, undeliverable
from siaga_notifier.domain.message import (
    alarm_number,
    alarm_text,
    further_report_text,
    supervisor_text,
    withdrawal_text,
)
from siaga_notifier.domain.reply import Answer, read_answer, read_button

__all__ = ["NotifierDecider", "NotifierViews"]

KINDS: tuple[MessageKind, ...] = ("alarm", "withdrawal")


@dataclass(frozen=True, slots=True)
class NotifierViews:
    """How posts are reached, by post id, and who the supervisor is."""

    contacts: Mapping[str, Contact]
    supervisor: PostRef | None = None


class NotifierDecider:
    service = "notifier"
    inputs: tuple[str, ...] = ("routings", "receipts")
    patient: tuple[str, ...] = ("receipts",)
    log = "notifications"

    def initial(self, call: str) -> CallAlarms:
        return CallAlarms(call)

    def evolve(self, state: CallAlarms, event: Event[EventData]) -> CallAlarms:
        return evolve_alarms(state, cast(Event[NotifierEvent], event))

    def decide(self, state: CallAlarms, cause: Cause, known: Known[NotifierViews]) -> Sequence[EventData]:
        match cause:
            case Input(event=event):
                return self._input(state, event, known)
            case EffectDue(effect=effect):
                return [_started(effect.what)]
            case EffectDone(effect=effect, outcome=outcome):
                return self._outcome(state, effect.what, outcome, known.now)
            case EffectLost(effect=effect, why=why, tried=tried):
                outcome = Unknown(why) if tried else Unsent(why, again=True)
                return self._outcome(state, effect.what, outcome, known.now)
            case DeadlineReached(deadline=deadline):
                return self._overdue(state, deadline)

    def todo(self, state: CallAlarms) -> Todo:
        effects, deadlines = [], []
        for alarm in state.alarms.values():
            for kind in KINDS:
                effect = _effect(state.id, alarm, kind)
                if effect is not None:
                    effects.append(effect)
            deadlines += _deadlines(state.id, alarm)
        return Todo(tuple(effects), tuple(deadlines)) if effects or deadlines else NOTHING

    def _input(
        self, state: CallAlarms, event: Event[EventData], known: Known[NotifierViews]
    ) -> Sequence[EventData]:
        match event.data:
            case CallRouted() as routed:
                return self._alarms(state, routed, str(event.id), known)
            case CallLinked() as linked:
                return self._tell(state, linked, str(event.id), known)
            case SupervisorCalled(slot=slot, report=report, why=why):
                return self._call_supervisor(slot.post, report, why, str(event.id), known)
            case CauseFailed(service=service, why=why):
                failed = f"kesalahan sistem: {service}: {why}"
                return self._call_supervisor(known.views.supervisor, None, failed, str(event.id), known)
            case CallDismissed():
                return _withdraw(state, "laporan dibatalkan operator")
            case CallUnlinked():
                return _withdraw(state, "laporan ini ternyata kejadian lain", of_roles=("copy",))
            case PostsRecalled():
                return _withdraw(state, "ditarik kembali oleh operator")
            case CallClosed(by=by):
                if not state.alarms:
                    return []
                return [
                    *([] if by is None else _withdraw(state, "panggilan ditutup operator")),
                    AlarmsClosed(),
                ]
            case StatusReceived() as status:
                return _status(state, status)
            case ReplyReceived() as reply:
                return _reply(state, reply, str(event.id))
            case _:
                return []  # what the router holds, notes or refuses asks nobody

    def _alarms(
        self, state: CallAlarms, routed: CallRouted, routing_id: str, known: Known[NotifierViews]
    ) -> list[EventData]:
        """One alarm for each post, with its strongest role; a post whose alarm is open is not asked twice."""
        chosen: dict[str, Slot] = {}
        for slot in sorted(routed.slots, key=lambda s: ROLE_WEIGHT[s.role]):
            if slot.post is not None:
                chosen.setdefault(slot.post.post_id, slot)
        fresh = {p: s for p, s in chosen.items() if state.open_for(p, s.role) is None}
        names = {p: s.post.name for p, s in chosen.items() if s.post is not None}
        events: list[EventData] = []
        for post_id, slot in fresh.items():
            assert slot.post is not None
            others = (*routed.others, *(n for p, n in names.items() if p != post_id))
            raised = self._alarm(routed, slot.post, slot.role, others, routing_id, known)
            events.append(raised)
            if raised.to is None:
                events.append(
                    AlarmUndeliverable(
                        alarm_id=raised.alarm_id,
                        post_id=post_id,
                        role=slot.role,
                        why="tidak ada nomor di direktori",
                    )
                )
        return events

    def _alarm(
        self,
        routed: CallRouted,
        post: PostRef,
        role: Role,
        others: tuple[str, ...],
        routing_id: str,
        known: Known[NotifierViews],
    ) -> AlarmRaised:
        alarm_id = str(derived_id("alarm", routing_id, post.post_id))
        answers = role == "duty"
        answer = routed.answer_after_seconds if answers else None
        contact = known.views.contacts.get(post.post_id)
        text = alarm_text(
            routed.report, role, alarm_number(alarm_id), others, routed.confirmed_by is not None, answer
        )
        return AlarmRaised(
            alarm_id=alarm_id,
            number=alarm_number(alarm_id),
            role=role,
            priority=routed.report.priority,
            post=post,
            to=contact.number if contact else None,
            sample=contact.sample if contact else False,
            message=text,
            desk_due=_after(known.now, routed.desk_after_seconds if answers else None),
            overdue_due=_after(known.now, answer),
            routing_id=routing_id,
        )

    def _tell(
        self, state: CallAlarms, linked: CallLinked, cause: str, known: Known[NotifierViews]
    ) -> list[EventData]:
        """Those who have the incident get the report; who was asked for this call alone need not come."""
        told = {slot.post.post_id: slot.post for slot in linked.slots if slot.post is not None}
        events = _withdraw(state, "laporan yang sama dengan kejadian lain")
        for post in told.values():
            if post.post_id not in known.views.contacts:
                continue  # its alarm of the incident was undeliverable and went to the next; a copy adds nothing

            def text(number: str) -> MessageText:
                return further_report_text(linked.report, linked.same, number, checked=linked.by is not None)

            events.append(_notice(post, "copy", linked.report.priority, cause, known, text))
        return events

    def _call_supervisor(
        self,
        post: PostRef | None,
        report: Report | None,
        why: str,
        event_id: str,
        known: Known[NotifierViews],
    ) -> list[EventData]:
        if post is None:
            return []  # the desk sees the router's event; there is nobody to tell

        def text(number: str) -> MessageText:
            return supervisor_text(report, why, number, known.now)

        return [_notice(post, "supervisor", report.priority if report else 2, event_id, known, text)]

    def _outcome(
        self, state: CallAlarms, request: Request, outcome: Outcome, now: datetime
    ) -> Sequence[EventData]:
        return after_attempt(state.alarms[request.alarm_id], request, outcome, now)

    def _overdue(self, state: CallAlarms, deadline: Deadline) -> Sequence[EventData]:
        raised = state.alarms[deadline.about].raised
        post_id = raised.post.post_id
        match deadline.kind:
            case "desk":
                return [DeskAsked(alarm_id=raised.alarm_id, post_id=post_id, why="belum ada jawaban")]
            case "overdue":
                return [AlarmOverdue(alarm_id=raised.alarm_id, post_id=post_id, role=raised.role)]
            case other:
                raise ValueError(f"the notifier sets no deadline {other!r}")


def _notice(
    post: PostRef,
    role: Role,
    priority: Priority,
    cause: str,
    known: Known[NotifierViews],
    text: Callable[[str], MessageText],
) -> AlarmRaised:
    """What owes no answer; `text` makes its message of its number."""
    alarm_id = str(derived_id("alarm", cause, post.post_id))
    number = alarm_number(alarm_id)
    contact = known.views.contacts.get(post.post_id)
    return AlarmRaised(
        alarm_id=alarm_id,
        number=number,
        role=role,
        priority=priority,
        post=post,
        to=contact.number if contact else None,
        sample=contact.sample if contact else False,
        message=text(number),
        routing_id=cause,
    )


def _started(request: Request) -> AttemptStarted:
    return AttemptStarted(
        alarm_id=request.alarm_id,
        channel="whatsapp",
        message=request.kind,
        attempt=request.attempt,
        repeat=request.repeat,
    )


def _effect(call: str, alarm: Alarm, kind: MessageKind) -> Effect | None:
    delivery = alarm.message(kind)
    if delivery is None or alarm.raised.to is None or not (delivery.started or delivery.due is not None):
        return None
    attempt = delivery.attempts if delivery.started else delivery.attempts + 1
    return Effect(
        id=attempt_id(alarm.raised.alarm_id, kind, attempt),
        call=call,
        due=delivery.due or alarm.raised_at,
        started=delivery.started,
        what=_request(alarm, kind, delivery, attempt),
    )


def _request(alarm: Alarm, kind: MessageKind, delivery: Delivery, attempt: int) -> Request:
    raised = alarm.raised
    message = raised.message if kind == "alarm" else withdrawal_text(raised.number, alarm.withdrawn_why)
    assert raised.to is not None
    return Request(
        alarm_id=raised.alarm_id,
        kind=kind,
        attempt=attempt,
        repeat=delivery.unknown,
        to=raised.to,
        sample=raised.sample,
        template=message.template,
        parameters=message.parameters,
        buttons=kind == "alarm" and raised.role in ("duty", "support"),
    )


def _deadlines(call: str, alarm: Alarm) -> list[Deadline]:
    raised = alarm.raised
    if alarm.end is not None:
        return []
    wanted: list[tuple[str, datetime]] = []
    if raised.desk_due is not None and not alarm.desk_asked:
        wanted.append(("desk", raised.desk_due))
    if raised.overdue_due is not None and not alarm.overdue:
        wanted.append(("overdue", raised.overdue_due))
    return [
        Deadline(deadline_id(UUID(call), kind, UUID(alarm.set_by)), call, kind, due, raised.alarm_id)
        for kind, due in wanted
    ]


def _withdraw(
    state: CallAlarms, why: str, of_roles: tuple[Role, ...] = ("duty", "support", "copy", "supervisor")
) -> list[EventData]:
    """What has not ended, or ended well and is still on its way; the post is told why."""
    return [
        AlarmWithdrawn(
            alarm_id=alarm.raised.alarm_id, post_id=alarm.raised.post.post_id, role=alarm.raised.role, why=why
        )
        for alarm in state.alarms.values()
        if alarm.end in (None, "accepted") and alarm.progress != "finished" and alarm.raised.role in of_roles
    ]


def _status(state: CallAlarms, status: StatusReceived) -> list[EventData]:
    """What the provider says of a message; it may say it twice and in any order.

    A message whose acceptance was lost is named here for the first time: answers quote it by that name.
    """
    alarm = state.alarms.get(status.alarm_id)
    if alarm is None:
        return []
    further = STATUS_RANK[status.status] > STATUS_RANK.get(alarm.delivery.status or "", 0)
    if not further and alarm.delivery.known_as(status.message_id) == alarm.delivery.message_ids:
        return []
    events: list[EventData] = [
        MessageProgressed(
            alarm_id=status.alarm_id,
            channel="whatsapp",
            status=status.status,
            at=status.at,
            why=status.why,
            message_id=status.message_id,
        )
    ]
    if status.status == "failed" and alarm.end is None:
        events.append(undeliverable(alarm, status.why or "gagal di penyedia"))
    return events


def _reply(state: CallAlarms, reply: ReplyReceived, receipt_id: str) -> list[EventData]:
    """What an answer means; `receipts` may hold it twice, with others in between."""
    alarm = state.alarms.get(reply.alarm_id)
    if alarm is None or not alarm.seen.isdisjoint((receipt_id, reply.message_id)):
        return []
    button = read_button(reply.payload) if reply.payload is not None else None
    answer = button[0] if button is not None else read_answer(reply.text or "")
    raised = alarm.raised
    if answer is None:
        return [_unclear(raised, reply, reply.text or "-")]
    return _answered(alarm, answer, reply)


def _answered(alarm: Alarm, answer: Answer, reply: ReplyReceived) -> list[EventData]:
    raised = alarm.raised
    about = {"alarm_id": raised.alarm_id, "post_id": raised.post.post_id, "role": raised.role}
    match answer.meaning:
        case "accepted":
            if alarm.end == "accepted":
                return []
            if alarm.end is not None:
                return [_unclear(raised, reply, f"menerima setelah alarm berakhir ({alarm.end})")]
            return [AlarmAccepted.model_validate({**about, "late": alarm.overdue})]
        case "declined":
            if alarm.end is not None:
                return (
                    []
                    if alarm.end == "declined"
                    else [_unclear(raised, reply, f"menolak: {answer.rest or '-'}")]
                )
            return [AlarmDeclined.model_validate({**about, "why": answer.rest})]
        case "read" | "en_route" | "on_scene" | "finished" as progress:
            if alarm.progress in (progress, "finished"):
                return []  # said before, or read out of order: who is done is not on the way any more
            progressed = PostProgressed.model_validate(
                {**about, "progress": progress, "outcome": answer.rest}
            )
            if progress != "read" and alarm.end is None:  # who is on the way has taken the job
                return [AlarmAccepted.model_validate({**about, "late": alarm.overdue}), progressed]
            return [progressed]


def _unclear(raised: AlarmRaised, reply: ReplyReceived, text: str) -> AnswerUnclear:
    return AnswerUnclear(
        alarm_id=raised.alarm_id, post_id=raised.post.post_id, text=text, message_id=reply.message_id
    )


def _after(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)
