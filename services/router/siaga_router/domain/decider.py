"""The router's decider: which rule answers which cause, and what a call still waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from siaga_events import Event, EventData
from siaga_events.ids import deadline_id
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmOverdue,
    AlarmProgress,
    AlarmProgressNoted,
    AlarmUndeliverable,
    AlarmWithdrawn,
    AnswerCall,
    CallClassified,
    CallClosed,
    CallEndNoted,
    CauseFailed,
    ClockStarted,
    CloseCall,
    ConfirmCall,
    CorrectCall,
    DismissCall,
    HoldCall,
    LinkCall,
    PostProgressed,
    RecallCall,
    Role,
    RoutingReason,
    TransferCall,
    UnlinkCall,
)
from siaga_streams.decider import NOTHING, Cause, Deadline, DeadlineReached, Input, Known, Todo

from siaga_router.domain.call import (
    NOBODY_TOOK_IT,
    Call,
    RouterEvent,
    corrected,
    evolve_call,
    is_finished,
)
from siaga_router.domain.commands import judge
from siaga_router.domain.directory import Directory
from siaga_router.domain.routing import Router
from siaga_router.domain.same import Pulse

__all__ = ["RouterDecider", "RouterViews"]

REROUTES: dict[AlarmProgress, RoutingReason] = {
    "overdue": "overdue",
    "declined": "declined",
    "undeliverable": "undeliverable",
}


@dataclass(frozen=True, slots=True)
class RouterViews:
    """`pulse` is advice: without it nothing waits, and no two calls are taken for one incident."""

    directory: Directory
    pulse: Pulse = field(default_factory=Pulse)


class RouterDecider:
    service = "router"
    inputs: tuple[str, ...] = ("classifications", "operator.commands", "notifications")
    patient: tuple[str, ...] = ("notifications",)
    log = "routings"

    def __init__(self, router: Router) -> None:
        self._router = router

    def initial(self, call: str) -> Call:
        return Call(call)

    def evolve(self, state: Call, event: Event[EventData]) -> Call:
        return evolve_call(state, cast(Event[RouterEvent], event))

    def decide(self, state: Call, cause: Cause, known: Known[RouterViews]) -> Sequence[EventData]:
        call, directory, now = state, known.views.directory, known.now
        if isinstance(cause, DeadlineReached):
            if cause.deadline.kind == "close":
                return [CallClosed(outcome=call.phase)]
            if cause.deadline.kind == "supervisor":
                return self._router.nobody_took_it(call, directory)
            return self._router.unanswered(call, directory, now)
        if not isinstance(cause, Input):
            raise TypeError(f"the router has no {type(cause).__name__}")
        match cause.event.data:
            case CallClassified(report=report):
                if call.report is not None and report.revision <= call.report.revision:
                    return []
                decided = self._router.more_words(call, corrected(report, call.correction), directory, now)
                return self._router.with_same_incident(call, decided, directory, known.views.pulse)
            case CallEndNoted(ended_at=ended_at):
                return self._clock(call, ended_at)
            case CauseFailed(service=service, why=why):
                return (
                    []
                    if service == self.service
                    else self._router.failed(call, directory, f"{service}: {why}")
                )
            case (
                ConfirmCall()
                | DismissCall()
                | CorrectCall()
                | HoldCall()
                | AnswerCall()
                | TransferCall()
                | LinkCall()
                | UnlinkCall()
                | RecallCall()
                | CloseCall() as command
            ):
                if str(cause.id) in call.judged:
                    return []
                return judge(self._router, call, command, directory, known.views.pulse, now)
            case AlarmAccepted(post_id=post, role=role, alarm_id=alarm):
                return self._progress(call, alarm, post, role, "accepted", known)
            case AlarmDeclined(post_id=post, role=role, alarm_id=alarm):
                return self._progress(call, alarm, post, role, "declined", known)
            case AlarmOverdue(post_id=post, role=role, alarm_id=alarm):
                return self._progress(call, alarm, post, role, "overdue", known)
            case AlarmUndeliverable(post_id=post, role=role, alarm_id=alarm):
                return self._progress(call, alarm, post, role, "undeliverable", known)
            case AlarmWithdrawn(post_id=post, role=role, alarm_id=alarm):
                return self._progress(call, alarm, post, role, "withdrawn", known)
            case PostProgressed(post_id=post, role=role, alarm_id=alarm, progress=progress):
                if progress == "read":
                    return []  # seen, not coming: it stops nothing
                return self._progress(call, alarm, post, role, progress, known)
            case _:
                return []  # the notifier's own bookkeeping: attempts, receipts

    def todo(self, state: Call) -> Todo:
        deadlines = []
        if state.hold is not None and state.hold.due is not None:
            identity = deadline_id(UUID(state.id), "confirm", UUID(state.hold.set_by))
            deadlines.append(Deadline(identity, state.id, "confirm", state.hold.due))
        if state.settled_at is not None and state.settled_by is not None:
            identity = deadline_id(UUID(state.id), "close", UUID(state.settled_by))
            due = state.settled_at + self._router.deadlines.close_after()
            deadlines.append(Deadline(identity, state.id, "close", due))
        deadlines += self._supervisor_deadline(state)
        return Todo(deadlines=tuple(deadlines)) if deadlines else NOTHING

    def _supervisor_deadline(self, call: Call) -> list[Deadline]:
        waits = call.waits
        after = None if waits is None else self._router.deadlines.supervisor_after(waits.priority)
        if waits is None or after is None or NOBODY_TOOK_IT in call.supervised:
            return []
        identity = deadline_id(UUID(call.id), "supervisor", UUID(waits.set_by))
        return [Deadline(identity, call.id, "supervisor", waits.since + after)]

    def _clock(self, call: Call, ended_at: datetime) -> Sequence[EventData]:
        """The line is closed: an open question runs out sooner."""
        if call.ended_at is not None or call.phase == "closed":
            return []
        due, hold, report = None, call.hold, call.known
        if hold is not None and hold.due is not None and hold.reason != "late_words" and report is not None:
            due = self._router.deadlines.confirm_due(report.priority, report.reported_at, ended_at)
            if due is not None and hold.until is not None:
                due = max(due, hold.until)
        return [ClockStarted(ended_at=ended_at, due=due)]

    def _progress(
        self,
        call: Call,
        alarm: str,
        post: str,
        role: Role,
        progress: AlarmProgress,
        known: Known[RouterViews],
    ) -> Sequence[EventData]:
        if call.phase == "closed":
            return []
        events: list[EventData] = [
            AlarmProgressNoted(alarm_id=alarm, post_id=post, role=role, progress=progress)
        ]
        reason = REROUTES.get(progress)
        asked = next((a for a in call.asked if a.post_id == post and a.role == role), None)
        if reason is not None and asked is not None:
            directory = known.views.directory
            events += self._router.next_post(call, asked, alarm, reason, directory, known.now)
        if progress == "finished" and is_finished(call, post):
            events.append(CallClosed(outcome="finished"))
        return events
