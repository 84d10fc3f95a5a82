"""The notifier's log: alarms, the attempts to deliver them, and what the posts answered."""

from __future__ import annotations

from typing import Literal, TypeAlias

from siaga_events.event import EventData, Part
from siaga_events.personal import Personal
from siaga_events.types.values import Instant, PostRef, Priority, Role

__all__ = [
    "AlarmAccepted",
    "AlarmDeclined",
    "AlarmOverdue",
    "AlarmRaised",
    "AlarmUndeliverable",
    "AlarmWithdrawn",
    "AlarmsClosed",
    "AnswerUnclear",
    "AttemptFailed",
    "AttemptLost",
    "AttemptStarted",
    "AttemptSucceeded",
    "DeskAsked",
    "MessageProgressed",
    "MessageText",
    "PostProgressed",
    "ReplyReceived",
    "StatusReceived",
]

Transport: TypeAlias = Literal["whatsapp"]
MessageKind: TypeAlias = Literal["alarm", "withdrawal"]
"""The alarm itself, or the word that it is off."""


class MessageText(Part):
    """A template's name and its parameters in order. No parameter holds a line break; an empty one is "-"."""

    template: str
    parameters: tuple[Personal[str], ...]


class AlarmRaised(EventData):
    """One post is asked about one call.

    `alarm_id` is derived from the routing and the post; `number` is a few digits from it, which a post can type.
    `desk_due` is when the desk is told to ring, `overdue_due` when the next post is asked, both UTC; None for copies,
    which owe no answer. `sample` contacts are for demonstrations and never reach a real provider.
    """

    alarm_id: str
    number: str
    role: Role
    priority: Priority
    post: PostRef
    to: Personal[str | None]
    sample: bool = False
    message: MessageText
    desk_due: Instant | None = None
    overdue_due: Instant | None = None
    routing_id: str


class AttemptStarted(EventData):
    """Written before the request goes out. `repeat`: an earlier attempt's outcome is not known."""

    alarm_id: str
    message: MessageKind
    channel: Transport
    attempt: int
    repeat: bool


class AttemptSucceeded(EventData):
    """The provider took it."""

    alarm_id: str
    message: MessageKind
    channel: Transport
    attempt: int
    message_id: Personal[str]


class AttemptFailed(EventData):
    """The provider refused it. `retry_at` None: it would refuse it again."""

    alarm_id: str
    message: MessageKind
    channel: Transport
    attempt: int
    why: str
    retry_at: Instant | None = None


class AttemptLost(EventData):
    """Whether the provider took it is not known: the request broke off, or its worker ended."""

    alarm_id: str
    message: MessageKind
    channel: Transport
    attempt: int
    why: str
    retry_at: Instant | None = None


class MessageProgressed(EventData):
    """What the provider says of the message. Its `message_id` may be the first word of one whose acceptance was lost."""

    alarm_id: str
    channel: Transport
    status: Literal["sent", "delivered", "read", "failed"]
    at: Instant
    why: str | None = None
    message_id: Personal[str | None] = None


class AlarmAccepted(EventData):
    """The post takes the job."""

    alarm_id: str
    post_id: str
    role: Role
    late: bool = False


class AlarmDeclined(EventData):
    """The post can't."""

    alarm_id: str
    post_id: str
    role: Role
    why: Personal[str | None] = None


class AlarmOverdue(EventData):
    """No answer in time. The alarm stays open for a late one."""

    alarm_id: str
    post_id: str
    role: Role


class AlarmUndeliverable(EventData):
    """No channel reaches the post."""

    alarm_id: str
    post_id: str
    role: Role
    why: str


class AlarmWithdrawn(EventData):
    """Not needed any more: the call was dismissed, recalled or closed."""

    alarm_id: str
    post_id: str
    role: Role
    why: str


class PostProgressed(EventData):
    """What a post tells after its answer. `read` means seen, not coming."""

    alarm_id: str
    post_id: str
    role: Role
    progress: Literal["read", "en_route", "on_scene", "finished"]
    outcome: Personal[str | None] = None


class DeskAsked(EventData):
    """The desk is told to ring the post."""

    alarm_id: str
    post_id: str
    why: str


class AnswerUnclear(EventData):
    """A post wrote something that no rule reads: an operator must."""

    alarm_id: str
    post_id: str
    text: Personal[str]
    message_id: Personal[str]


class AlarmsClosed(EventData):
    """The call is closed: nothing more is expected of its alarms."""


class StatusReceived(EventData):
    """A provider's status, re-keyed by call (topic `receipts`)."""

    alarm_id: str
    status: Literal["sent", "delivered", "read", "failed"]
    at: Instant
    message_id: Personal[str]
    why: str | None = None


class ReplyReceived(EventData):
    """A post's answer, re-keyed by call (topic `receipts`)."""

    alarm_id: str
    at: Instant
    message_id: Personal[str]
    text: Personal[str | None] = None
    payload: str | None = None
