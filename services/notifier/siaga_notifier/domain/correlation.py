"""Which alarm a provider's message belongs to: a fold of all `notifications`, for the receipts' relay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from siaga_events import Event, EventData
from siaga_events.types import (
    AlarmDeclined,
    AlarmRaised,
    AlarmsClosed,
    AlarmUndeliverable,
    AlarmWithdrawn,
    AttemptSucceeded,
    MessageProgressed,
    PostProgressed,
    Role,
)

from siaga_notifier.domain.reply import alarm_number_in, read_button

__all__ = ["Correlation", "Known", "fold_correlation"]

WHOLE_SECOND = timedelta(seconds=1)
"""Providers give the time of an answer in whole seconds: it may lie before that of the alarm that it answers."""


@dataclass(frozen=True, slots=True)
class Known:
    """An alarm, as far as a receipt needs it."""

    alarm_id: str
    call: str
    number: str
    phone: str | None
    role: Role


@dataclass(slots=True)
class _Open:
    """When an alarm called its post, from its raising to its end."""

    alarm_id: str
    raised_at: datetime
    ended_at: datetime | None = None

    def at(self, time: datetime) -> bool:
        return self.raised_at < time + WHOLE_SECOND and (self.ended_at is None or time < self.ended_at)


@dataclass(slots=True)
class Correlation:
    """Alarms by id, by provider's message id, and by the phone that they called. It grows with the log:

    a status may come days later, and an answer that is read a second time must find what it found the first time.
    """

    alarms: dict[str, Known] = field(default_factory=dict)
    by_message: dict[str, str] = field(default_factory=dict)
    by_phone: dict[str, list[_Open]] = field(default_factory=dict)
    by_call: dict[str, list[str]] = field(default_factory=dict)

    def calls(self, phone: str) -> bool:
        """Whether this is a phone of a post."""
        return phone in self.by_phone

    def alarm(self, alarm_id: str | None, message_id: str | None) -> Known | None:
        """By our own id where it came back, else by the provider's message id."""
        if alarm_id is not None and alarm_id in self.alarms:
            return self.alarms[alarm_id]
        return self.alarms.get(self.by_message.get(message_id or "", ""))

    def named(self, payload: str | None, reply_to: str | None) -> Known | None:
        """The alarm that an answer names by its button or by the message that it quotes."""
        if payload is not None and (button := read_button(payload)) is not None:
            return self.alarms.get(button[1])
        return self.alarms.get(self.by_message.get(reply_to or "", ""))

    def answered(self, phone: str, text: str | None, at: datetime) -> Known | None:
        """The one alarm, of those open at this time, that free text from this phone can mean; None if it is not one.

        A number is an alarm's if the phone ever had that alarm, else it is a plate's or a clock's. Without one, the
        alarms that an answer is owed to go before those that only tell.
        """
        raised = [o for o in self.by_phone.get(phone, []) if o.raised_at < at + WHOLE_SECOND]
        candidates = [self.alarms[o.alarm_id] for o in raised if o.at(at)]
        number = alarm_number_in(text or "")
        if any(self.alarms[o.alarm_id].number == number for o in raised):
            candidates = [known for known in candidates if known.number == number]
        elif len(candidates) > 1:
            candidates = [known for known in candidates if known.role == "duty"]
        return candidates[0] if len(candidates) == 1 else None


def fold_correlation(view: Correlation, event: Event[EventData], offset: int) -> Correlation:
    """Take one event of `notifications`; changes the view in place (it may hold a year of alarms)."""
    match event.data:
        case AlarmRaised() as raised:
            view.alarms[raised.alarm_id] = Known(
                raised.alarm_id, event.subject, raised.number, raised.to, raised.role
            )
            view.by_call.setdefault(event.subject, []).append(raised.alarm_id)
            if raised.to is not None:
                view.by_phone.setdefault(raised.to, []).append(_Open(raised.alarm_id, event.time))
        case AttemptSucceeded() as sent:
            view.by_message[sent.message_id] = sent.alarm_id
        case MessageProgressed(message_id=str(message_id)) as progressed:
            view.by_message[message_id] = progressed.alarm_id
        case (
            AlarmDeclined(alarm_id=ended)
            | AlarmWithdrawn(alarm_id=ended)
            | AlarmUndeliverable(alarm_id=ended)
        ):
            _end(view, ended, event.time)
        case PostProgressed(alarm_id=ended, progress="finished"):
            _end(view, ended, event.time)
        case AlarmsClosed():
            for alarm_id in view.by_call.get(event.subject, []):
                _end(view, alarm_id, event.time)
        case _:
            pass  # nothing by which a receipt could be found
    return view


def _end(view: Correlation, alarm_id: str, at: datetime) -> None:
    for each in reversed(view.by_phone.get(view.alarms[alarm_id].phone or "", [])):
        if each.alarm_id == alarm_id:
            each.ended_at = each.ended_at or at
            return
