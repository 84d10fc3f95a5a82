"""Which alarm a provider's message belongs to: a fold of all `notifications`, for the receipts' relay."""

from __future__ import annotations

from dataclasses import dataclass, field

from siaga_events import Event, EventData
from siaga_events.types import (
    AlarmDeclined,
    AlarmRaised,
    AlarmUndeliverable,
    AlarmWithdrawn,
    AttemptSucceeded,
    PostProgressed,
)

from siaga_notifier.domain.reply import alarm_number_in, read_button

__all__ = ["Correlation", "Known", "fold_correlation"]


@dataclass(frozen=True, slots=True)
class Known:
    """An alarm, as far as a receipt needs it."""

    alarm_id: str
    call: str
    number: str
    phone: str | None


@dataclass(slots=True)
class Correlation:
    """Alarms by id, by provider's message id, and those still open by phone. Grows with open alarms' phones only;

    ids are kept, since a status may come days later.
    """

    alarms: dict[str, Known] = field(default_factory=dict)
    by_message: dict[str, str] = field(default_factory=dict)
    open_by_phone: dict[str, list[str]] = field(default_factory=dict)
    phones: set[str] = field(default_factory=set)

    def alarm(self, alarm_id: str | None, message_id: str | None) -> Known | None:
        """By our own id where it came back, else by the provider's message id."""
        if alarm_id is not None and alarm_id in self.alarms:
            return self.alarms[alarm_id]
        return self.alarms.get(self.by_message.get(message_id or "", ""))

    def answered(
        self, phone: str, text: str | None, payload: str | None, reply_to: str | None
    ) -> Known | None:
        """The alarm that an answer from this phone is about, None if that is not clear."""
        if payload is not None and (button := read_button(payload)) is not None:
            return self.alarms.get(button[1])
        if reply_to is not None and reply_to in self.by_message:
            return self.alarms[self.by_message[reply_to]]
        candidates = [self.alarms[a] for a in self.open_by_phone.get(phone, [])]
        number = alarm_number_in(text or "")
        if number is not None:
            candidates = [known for known in candidates if known.number == number]
        return candidates[0] if len(candidates) == 1 else None


def fold_correlation(view: Correlation, event: Event[EventData], offset: int) -> Correlation:
    """Take one event of `notifications`; changes the view in place (it may hold a year of alarms)."""
    match event.data:
        case AlarmRaised() as raised:
            view.alarms[raised.alarm_id] = Known(raised.alarm_id, event.subject, raised.number, raised.to)
            if raised.to is not None:
                view.phones.add(raised.to)
                view.open_by_phone.setdefault(raised.to, []).append(raised.alarm_id)
        case AttemptSucceeded() as sent:
            view.by_message[sent.message_id] = sent.alarm_id
        case (
            AlarmDeclined(alarm_id=ended)
            | AlarmWithdrawn(alarm_id=ended)
            | AlarmUndeliverable(alarm_id=ended)
        ):
            _close(view, ended)
        case PostProgressed(alarm_id=ended, progress="finished"):
            _close(view, ended)
        case _:
            pass  # nothing by which a receipt could be found
    return view


def _close(view: Correlation, alarm_id: str) -> None:
    phone = view.alarms[alarm_id].phone
    if phone is not None and alarm_id in view.open_by_phone.get(phone, []):
        view.open_by_phone[phone].remove(alarm_id)
