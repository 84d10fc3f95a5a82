"""What the router's log says of a call: the fold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, assert_never

from siaga_events import Event
from siaga_events.types import (
    AlarmProgress,
    AlarmProgressNoted,
    CallAnswered,
    CallClosed,
    CallDismissed,
    CallHeld,
    CallLinked,
    CallRouted,
    CallTransferred,
    CallUnlinked,
    Category,
    CauseFailed,
    ClockStarted,
    CommandRefused,
    CorrectionNoted,
    HoldExtended,
    HoldReason,
    PostsRecalled,
    Priority,
    Report,
    ReportNoted,
    Role,
    Slot,
    SupervisorCalled,
)

__all__ = [
    "NOBODY_TOOK_IT",
    "Asked",
    "Call",
    "Hold",
    "Phase",
    "RouterEvent",
    "corrected",
    "evolve_call",
    "is_finished",
    "is_graver",
]

Phase: TypeAlias = Literal[
    "new",
    "held",
    "routed",
    "linked",
    "set_aside",
    "answered",
    "transferred",
    "dismissed",
    "recalled",
    "closed",
]
"""`set_aside`: the machine saw no incident; nobody ended the call, and later words are judged as the first.
`linked`: its posts are those of another call's incident."""
RouterEvent: TypeAlias = (
    CallRouted
    | CallLinked
    | CallUnlinked
    | CallHeld
    | ReportNoted
    | ClockStarted
    | HoldExtended
    | CorrectionNoted
    | CallAnswered
    | CallTransferred
    | CallDismissed
    | CommandRefused
    | PostsRecalled
    | AlarmProgressNoted
    | SupervisorCalled
    | CallClosed
    | CauseFailed
)

GRAVITY: tuple[Category, ...] = (
    "fire", "disaster", "accident", "medical", "public_order", "covid", "other", "information", "none",
)  # fmt: skip
COMMANDS = ("operator.commands", "retries")
NOBODY_TOOK_IT = "belum ada pos yang menerima"
"""Why the supervisor is told by the clock: posts were asked, and a duty is still nobody's."""
NO_LONGER_OPEN: frozenset[AlarmProgress] = frozenset({"declined", "undeliverable", "withdrawn", "finished"})


@dataclass(frozen=True, slots=True)
class Hold:
    """A question to the operator. `due`: when the machine goes on. `left`: what was left of it when someone took it."""

    reason: HoldReason
    due: datetime | None
    then: Literal["dispatch", "supervisor", "hand_over"]
    set_by: str
    until: datetime | None = None
    left: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A post that was asked for a slot, and how far its alarm got.

    `called_off`: everybody was recalled after it was asked, so its slot no longer waits for anyone.
    """

    post_id: str
    role: Role
    slot: str
    routing_id: str
    progress: AlarmProgress | None = None
    called_off: bool = False

    @property
    def still_open(self) -> bool:
        return self.progress not in NO_LONGER_OPEN


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that an operator may have seen; `raises`: it added a role, or raised priority or category."""

    id: str
    raises: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Since when posts are waited for, and the event that asked the first of them or changed the priority."""

    since: datetime
    priority: Priority
    set_by: str


@dataclass(frozen=True, slots=True)
class Call:
    """`report` is the latest classification as it came; `correction` is what operators know better."""

    id: str
    phase: Phase = "new"
    report: Report | None = None
    correction: CorrectionNoted | None = None
    hold: Hold | None = None
    ended_at: datetime | None = None
    confirmed_by: str | None = None
    asked: tuple[Asked, ...] = ()
    rerouted: frozenset[str] = frozenset()
    supervised: frozenset[str] = frozenset()
    decisions: tuple[Decision, ...] = ()
    settled_at: datetime | None = None
    """When the call came to the end that it has now; it is closed for good some time later."""
    settled_by: str | None = None
    waits: Wait | None = None
    """For posts to take its duties; None once they have, or once the call was ended."""
    linked_to: str | None = None
    """The call whose incident this one tells of."""
    never_linked: bool = False
    """An operator said that it is an incident of its own: the machine does not link it again."""
    judged: frozenset[str] = frozenset()
    """Ids of the commands that have their outcome: a door may hold one twice."""

    @property
    def known(self) -> Report | None:
        """The report with the operators' corrections."""
        return None if self.report is None else corrected(self.report, self.correction)

    @property
    def duty_open(self) -> bool:
        return any(a.role == "duty" and a.still_open for a in self.asked)


def is_graver(new: Report, old: Report) -> bool:
    return new.priority < old.priority or GRAVITY.index(new.category) < GRAVITY.index(old.category)


def corrected(report: Report, correction: CorrectionNoted | None) -> Report:
    """The report as operators know it: what they said goes before what the machine found, then and later."""
    if correction is None:
        return report
    changes: dict[str, object] = {}
    if correction.category is not None:
        changes["category"] = correction.category
        changes["disposition"] = "answer" if correction.category in ("information", "none") else "dispatch"
        changes["prank"] = False
    if correction.priority is not None:
        changes["priority"] = correction.priority
    if correction.place is not None:
        place = correction.place
        changes["place"] = {
            "text": report.place.text if report.place else None,
            "kode": place.kode,
            "level": "point",
            "name": place.name,
            "kecamatan": place.kecamatan,
            "lat": place.lat,
            "lon": place.lon,
            "confidence": 1.0,
        }
    return Report.model_validate({**report.model_dump(), **changes})


def evolve_call(call: Call, event: Event[RouterEvent]) -> Call:
    """Fold one event of the router's log."""
    after = _evolve(call, event)
    if event.cause is not None and event.cause.topic in COMMANDS:
        return replace(after, judged=call.judged | {str(event.causation_id)})
    return after


def _evolve(call: Call, event: Event[RouterEvent]) -> Call:
    data = event.data
    match data:
        case CallRouted():
            return _decided(_routed(call, data, event), event, data.reason not in _SAME_ROLES)
        case CallLinked():
            linked = replace(_called_off(call), report=data.report, linked_to=data.same.call)
            return _settled(linked, "linked", event)
        case CallUnlinked():
            return replace(
                call, phase="held", linked_to=None, never_linked=True, settled_at=None, settled_by=None
            )
        case CallHeld():
            return _decided(_held(call, data, str(event.id)), event, _raised(call, data))
        case ReportNoted():
            noted = replace(call, report=data.report)
            return replace(noted, waits=_sooner(call.waits, noted, event))
        case ClockStarted():
            return replace(call, ended_at=data.ended_at, hold=_counted_anew(call.hold, data, str(event.id)))
        case HoldExtended():
            return replace(call, hold=_extended(call.hold, data, event))
        case CorrectionNoted():
            merged = replace(call, correction=_merged(call.correction, data), confirmed_by=data.by)
            return replace(merged, waits=_as_corrected(call.waits, merged, event))
        case CallAnswered():
            return _settled(call, "answered", event)
        case CallTransferred():
            return _settled(call, "transferred", event)
        case CallDismissed(by=by):
            return _settled(_called_off(call), "set_aside" if by is None else "dismissed", event)
        case PostsRecalled():
            return _settled(_called_off(call), "recalled", event)
        case AlarmProgressNoted():
            return _progressed(call, data, event)
        case SupervisorCalled():
            known = replace(call, supervised=call.supervised | {data.why})
            if data.why == NOBODY_TOOK_IT or call.hold is None:
                return known  # a question to the operator stands as it does
            return replace(known, hold=replace(call.hold, due=None))
        case CallClosed():
            decision = Decision(str(event.id), raises=False)
            return Call(call.id, phase="closed", decisions=(decision,), judged=call.judged)
        case CommandRefused() | CauseFailed():
            return call
        case _:
            assert_never(data)


_SAME_ROLES = ("overdue", "declined", "undeliverable")


def _routed(call: Call, data: CallRouted, event: Event[RouterEvent]) -> Call:
    routing_id = str(event.id)
    asked = tuple(
        Asked(slot.post.post_id, slot.role, slot.name, routing_id, _progress_so_far(call, slot))
        for slot in data.slots
        if slot.post is not None
    )
    rerouted = call.rerouted if data.replaces is None else call.rerouted | {data.replaces}
    all_asked = (*call.asked, *asked)
    settled = call.phase == "routed" and _all_answered(all_asked)
    waits = _waiting(replace(call, report=data.report), all_asked, event)
    return replace(
        _awaiting(call, waits),
        phase="routed",
        report=data.report,
        hold=None,
        confirmed_by=data.confirmed_by or call.confirmed_by,
        asked=all_asked,
        rerouted=rerouted,
        settled_at=call.settled_at if settled else None,
    )


def _awaiting(call: Call, waits: Wait | None) -> Call:
    """Each wait has its own clock: who was told of the last one is told of the next."""
    supervised = call.supervised if waits is not None else call.supervised - {NOBODY_TOOK_IT}
    return replace(call, waits=waits, supervised=supervised)


def _waiting(call: Call, asked: Sequence[Asked], event: Event[RouterEvent]) -> Wait | None:
    """The clock goes on from who was asked first."""
    if _all_answered(asked) or not any(a.role == "duty" and not a.called_off for a in asked):
        return None
    first = call.waits or Wait(event.time, call.known.priority if call.known else 1, str(event.id))
    return _sooner(first, call, event)


def _sooner(wait: Wait | None, call: Call, event: Event[RouterEvent]) -> Wait | None:
    """Graver words shorten the clock. Lesser ones leave it: the machine takes nothing back."""
    is_sooner = wait is not None and call.known is not None and call.known.priority < wait.priority
    return _as_corrected(wait, call, event) if is_sooner else wait


def _as_corrected(wait: Wait | None, call: Call, event: Event[RouterEvent]) -> Wait | None:
    """What an operator says of the priority shortens the clock or gives it more time."""
    if wait is None or call.known is None or call.known.priority == wait.priority:
        return wait
    return Wait(wait.since, call.known.priority, str(event.id))


def _progress_so_far(call: Call, slot: Slot) -> AlarmProgress | None:
    """A post whose duty alarm is open is not asked twice: what it answered counts for its new slot too."""
    if slot.post is None or slot.role != "duty":
        return None
    mine = [a for a in call.asked if a.post_id == slot.post.post_id and a.role == "duty" and a.still_open]
    return mine[0].progress if mine else None


def _held(call: Call, data: CallHeld, event_id: str) -> Call:
    hold = Hold(data.reason, data.due, data.then, event_id)
    phase: Phase = "routed" if call.phase == "routed" else "held"
    return replace(call, phase=phase, report=data.report or call.report, hold=hold, settled_at=None)


def _raised(call: Call, data: CallHeld) -> bool:
    return call.report is not None and data.report is not None and is_graver(data.report, call.report)


def _decided(call: Call, event: Event[RouterEvent], raises: bool) -> Call:
    return replace(call, decisions=(*call.decisions, Decision(str(event.id), raises)))


def _counted_anew(hold: Hold | None, data: ClockStarted, event_id: str) -> Hold | None:
    if hold is None or data.due is None:
        return hold
    return replace(hold, due=data.due, set_by=event_id)


def _extended(hold: Hold | None, data: HoldExtended, event: Event[RouterEvent]) -> Hold | None:
    """The clock stands until the hold lapses: what was left then goes on from there."""
    if hold is None:
        return None
    left = hold.left
    if left is None and hold.due is not None:
        left = max(hold.due - event.time, timedelta(0))
    due = None if left is None else data.until + left
    return replace(hold, until=data.until, left=left, due=due, set_by=str(event.id))


def _merged(old: CorrectionNoted | None, new: CorrectionNoted) -> CorrectionNoted:
    if old is None:
        return new
    return CorrectionNoted(
        by=new.by,
        category=new.category or old.category,
        priority=new.priority or old.priority,
        place=new.place or old.place,
    )


def _settled(call: Call, phase: Phase, event: Event[RouterEvent]) -> Call:
    return replace(
        _awaiting(call, None),
        phase=phase,
        hold=None,
        settled_at=event.time,
        settled_by=str(event.id),
        decisions=(*call.decisions, Decision(str(event.id), raises=False)),
    )


def _called_off(call: Call) -> Call:
    """Nobody is on the way any more. What the notifier says of it later must not touch who is asked anew."""
    return replace(
        call,
        asked=tuple(
            replace(a, progress="withdrawn" if a.still_open else a.progress, called_off=True)
            for a in call.asked
        ),
    )


def _progressed(call: Call, data: AlarmProgressNoted, event: Event[RouterEvent]) -> Call:
    if data.progress == "withdrawn":
        return call
    asked = tuple(
        replace(a, progress=data.progress) if a.post_id == data.post_id and a.still_open else a
        for a in call.asked
    )
    if call.phase == "routed" and call.settled_at is None and _all_answered(asked):
        done = replace(call, asked=asked, settled_at=event.time, settled_by=str(event.id))
        return _awaiting(done, None)
    return replace(call, asked=asked)


def is_finished(call: Call, post_id: str) -> bool:
    """Whether every duty slot is finished once this post has finished."""
    duty = [a for a in call.asked if a.role == "duty" and not a.called_off]
    done = {a.slot for a in duty if a.progress == "finished" or a.post_id == post_id}
    return bool(duty) and {a.slot for a in duty} <= done


def _all_answered(asked: Iterable[Asked]) -> bool:
    """Every duty slot has a post that took it (or ended it)."""
    taken = {"accepted", "en_route", "on_scene", "finished"}
    duty = [a for a in asked if a.role == "duty" and not a.called_off]
    return bool(duty) and {a.slot for a in duty} <= {a.slot for a in duty if a.progress in taken}
