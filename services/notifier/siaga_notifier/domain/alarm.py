"""What the notifier's log says of a call: its alarms, and how far each message got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from siaga_events import Event
from siaga_events.ids import derived_id
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
    CauseFailed,
    DeskAsked,
    MessageProgressed,
    PostProgressed,
    Role,
)

__all__ = ["Alarm", "CallAlarms", "Delivery", "NotifierEvent", "attempt_id", "evolve_alarms"]

NotifierEvent: TypeAlias = (
    AlarmRaised
    | AttemptStarted
    | AttemptSucceeded
    | AttemptFailed
    | AttemptLost
    | MessageProgressed
    | AlarmAccepted
    | AlarmDeclined
    | AlarmOverdue
    | AlarmUndeliverable
    | AlarmWithdrawn
    | PostProgressed
    | DeskAsked
    | AnswerUnclear
    | AlarmsClosed
    | CauseFailed
)
MessageKind: TypeAlias = Literal["alarm", "withdrawal"]
End: TypeAlias = Literal["accepted", "declined", "withdrawn", "undeliverable"]

ROLE_WEIGHT: dict[Role, int] = {"duty": 0, "supervisor": 1, "support": 2, "copy": 3}
"""The smaller, the more is asked of a post."""
STATUS_RANK = {"sent": 1, "delivered": 2, "read": 3, "failed": 4}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one post. `due` None: nothing more is to be sent. `unknown`: an attempt's outcome is not known.

    `message_ids`: what the provider calls it; several where an attempt was repeated.
    """

    due: datetime | None
    attempts: int = 0
    started: bool = False
    unknown: bool = False
    sent: bool = False
    status: str | None = None
    message_ids: frozenset[str] = frozenset()

    def known_as(self, message_id: str | None) -> frozenset[str]:
        return self.message_ids if message_id is None else self.message_ids | {message_id}


@dataclass(frozen=True, slots=True)
class Alarm:
    """`end`: the first of the alarm's ends in the log. `set_by`: the event that set its deadlines."""

    raised: AlarmRaised
    raised_at: datetime
    set_by: str
    delivery: Delivery
    withdrawal: Delivery | None = None
    end: End | None = None
    withdrawn_why: str = ""
    overdue: bool = False
    desk_asked: bool = False
    progress: str | None = None
    seen: frozenset[str] = frozenset()
    """Answers that had an outcome, by the receipt's id and, where no rule read them, by the provider's."""

    def message(self, kind: MessageKind) -> Delivery | None:
        return self.delivery if kind == "alarm" else self.withdrawal


@dataclass(frozen=True, slots=True)
class CallAlarms:
    """A call's alarms by id. Once it is `over` and nothing is to be sent, only that is kept."""

    id: str
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    over: bool = False

    def open_for(self, post_id: str, role: Role) -> Alarm | None:
        """The post's alarm that has not ended: who was asked, has not refused and is not done is not asked again.

        Unless it is asked for more: who had a copy was not asked to come, who came in support owed no answer.
        """
        for alarm in self.alarms.values():
            enough = ROLE_WEIGHT[alarm.raised.role] <= ROLE_WEIGHT[role]
            stands = alarm.end in (None, "accepted") and alarm.progress != "finished"
            if alarm.raised.post.post_id == post_id and stands and enough:
                return alarm
        return None


def attempt_id(alarm_id: str, kind: MessageKind, attempt: int) -> UUID:
    return derived_id("attempt", alarm_id, kind, attempt)


def evolve_alarms(state: CallAlarms, event: Event[NotifierEvent]) -> CallAlarms:
    """Fold one event of the notifier's log."""
    after = _evolve(state, event)
    if after.over and not any(_is_sending(a) for a in after.alarms.values()):
        return CallAlarms(after.id, over=True)
    return after


def _is_sending(alarm: Alarm) -> bool:
    return any(d is not None and (d.started or d.due is not None) for d in (alarm.delivery, alarm.withdrawal))


def _evolve(state: CallAlarms, event: Event[NotifierEvent]) -> CallAlarms:
    data = event.data
    match data:
        case AlarmRaised():
            due = event.time if data.to is not None else None
            alarm = Alarm(data, event.time, str(event.id), Delivery(due))
            opened_again = replace(state, over=False)  # late words can open a call that was closed
            return replace(opened_again, alarms={**state.alarms, data.alarm_id: alarm})
        case CauseFailed():
            return state  # the router hears of it and calls a human
        case AlarmsClosed():
            return replace(state, over=True)
        case (
            AttemptStarted()
            | AttemptSucceeded()
            | AttemptFailed()
            | AttemptLost()
            | MessageProgressed()
            | AlarmAccepted()
            | AlarmDeclined()
            | AlarmOverdue()
            | AlarmUndeliverable()
            | AlarmWithdrawn()
            | PostProgressed()
            | DeskAsked()
            | AnswerUnclear()
        ):
            if state.over and data.alarm_id not in state.alarms:
                return (
                    state  # the event before it, of the same decision, was the last that the call waited for
                )
            alarm = _evolve_alarm(state.alarms[data.alarm_id], data, event)
            if isinstance(data, AlarmAccepted | AlarmDeclined | PostProgressed | AnswerUnclear):
                alarm = replace(alarm, seen=alarm.seen | {str(event.causation_id)})
            return replace(state, alarms={**state.alarms, data.alarm_id: alarm})
        case _:
            assert_never(data)


def _evolve_alarm(alarm: Alarm, data: NotifierEvent, event: Event[NotifierEvent]) -> Alarm:
    match data:
        case AttemptStarted():
            return _with(alarm, data.message, started=True, attempts=data.attempt)
        case AttemptSucceeded():
            delivery = alarm.message(data.message)
            ids = frozenset() if delivery is None else delivery.known_as(data.message_id)
            return _with(alarm, data.message, started=False, sent=True, due=None, message_ids=ids)
        case AttemptFailed():
            return _with(alarm, data.message, started=False, due=data.retry_at)
        case AttemptLost():
            return _with(alarm, data.message, started=False, unknown=True, due=data.retry_at)
        case MessageProgressed():
            delivery = alarm.delivery
            status = max(delivery.status or data.status, data.status, key=STATUS_RANK.__getitem__)
            ids = delivery.known_as(data.message_id)
            return replace(alarm, delivery=replace(delivery, status=status, message_ids=ids))
        case AlarmAccepted():
            return replace(alarm, end=alarm.end or "accepted", delivery=replace(alarm.delivery, due=None))
        case AlarmDeclined():
            return replace(alarm, end=alarm.end or "declined", delivery=replace(alarm.delivery, due=None))
        case AlarmUndeliverable():
            return replace(
                alarm, end=alarm.end or "undeliverable", delivery=replace(alarm.delivery, due=None)
            )
        case AlarmWithdrawn():
            known = alarm.delivery.sent or alarm.delivery.unknown or alarm.delivery.started
            return replace(
                alarm,
                end="withdrawn",
                withdrawn_why=data.why,
                delivery=replace(alarm.delivery, due=None),
                withdrawal=Delivery(event.time) if known and alarm.raised.to is not None else None,
            )
        case AlarmOverdue():
            return replace(alarm, overdue=True)
        case DeskAsked():
            return replace(alarm, desk_asked=True)
        case PostProgressed():
            return replace(alarm, progress=data.progress)
        case AnswerUnclear():
            return replace(alarm, seen=alarm.seen | {data.message_id})
        case _:
            raise TypeError(f"{type(data).__name__} is not about one alarm")


def _with(alarm: Alarm, kind: MessageKind, **changes: object) -> Alarm:
    delivery = alarm.message(kind)
    assert delivery is not None, f"an attempt at a message that is not there: {kind}"
    changed = replace(delivery, **changes)  # type: ignore[arg-type]
    return replace(alarm, delivery=changed) if kind == "alarm" else replace(alarm, withdrawal=changed)
