"""What follows from an attempt: when to try again, and when a post can't be reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, assert_never

from siaga_events import EventData
from siaga_events.types import AlarmUndeliverable, AttemptFailed, AttemptLost, AttemptSucceeded

from siaga_notifier.domain.alarm import Alarm

__all__ = [
    "BACKOFF_SECONDS",
    "Accepted",
    "Outcome",
    "Request",
    "Unknown",
    "Unsent",
    "after_attempt",
    "undeliverable",
]

BACKOFF_SECONDS = (1, 2, 5, 10, 20, 40)
"""Between attempts. After the last the post can't be reached by this channel, and the next one is asked."""


@dataclass(frozen=True, slots=True)
class Request:
    """What an effect asks the provider for."""

    alarm_id: str
    kind: Literal["alarm", "withdrawal"]
    attempt: int
    repeat: bool
    to: str
    sample: bool
    template: str
    parameters: tuple[str, ...]
    buttons: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """The provider has it not, surely. `again`: another attempt may help."""

    why: str
    again: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may have it: the answer was lost."""

    why: str


Outcome: TypeAlias = Accepted | Unsent | Unknown


def after_attempt(alarm: Alarm, request: Request, outcome: Outcome, now: datetime) -> Sequence[EventData]:
    """The outcome as an event, and the alarm's end if nothing is left to try."""
    about = {
        "alarm_id": request.alarm_id,
        "channel": "whatsapp",
        "message": request.kind,
        "attempt": request.attempt,
    }
    over = request.kind == "alarm" and alarm.end is not None
    retry_at = None if over else _retry_at(request.attempt, now)
    match outcome:
        case Accepted(message_id=message_id):
            return [AttemptSucceeded.model_validate({**about, "message_id": message_id})]
        case Unknown(why=why):
            events: list[EventData] = [
                AttemptLost.model_validate({**about, "why": why, "retry_at": retry_at})
            ]
        case Unsent(why=why, again=again):
            retry_at = retry_at if again else None
            events = [AttemptFailed.model_validate({**about, "why": why, "retry_at": retry_at})]
        case _:
            assert_never(outcome)
    if retry_at is None and request.kind == "alarm" and alarm.end is None:
        events.append(undeliverable(alarm, outcome.why))
    return events


def undeliverable(alarm: Alarm, why: str) -> AlarmUndeliverable:
    raised = alarm.raised
    return AlarmUndeliverable(
        alarm_id=raised.alarm_id, post_id=raised.post.post_id, role=raised.role, why=why
    )


def _retry_at(attempt: int, now: datetime) -> datetime | None:
    if attempt > len(BACKOFF_SECONDS):
        return None
    return now + timedelta(seconds=BACKOFF_SECONDS[attempt - 1])
