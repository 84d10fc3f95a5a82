"""Events that any log or door may hold."""

from __future__ import annotations

from siaga_events.event import EventData
from siaga_events.personal import Personal

__all__ = [
    "CauseFailed",
    "CauseRetried",
    "DeadLetterResolved",
    "DeadLetterRetried",
    "DeadLettered",
]


class CauseFailed(EventData):
    """A decision broke off with an error: the call needs a human. The record is kept as a dead letter."""

    service: str
    cause_type: str
    why: Personal[str]
    dead_letter: str


class DeadLettered(EventData):
    """A record that no machine could handle, kept whole. The event's id is its topic, partition and offset.

    `key`, `value` and header values are base64 of the raw bytes. `timestamp_ms` is the broker's.
    """

    service: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: Personal[str | None]
    value: Personal[str | None]
    headers: tuple[tuple[str, Personal[str]], ...]
    why: Personal[str]


class CauseRetried(EventData):
    """A dead letter of one decider, fed to it again (topic `retries`, key = the call). Base64 as in the letter."""

    service: str
    dead_letter: str
    by: Personal[str]
    value: Personal[str]
    headers: tuple[tuple[str, Personal[str]], ...]


class DeadLetterRetried(EventData):
    """It was fed again, as a new record whose cause it is."""

    dead_letter: str
    by: Personal[str]


class DeadLetterResolved(EventData):
    """A human dealt with it."""

    dead_letter: str
    by: Personal[str]
    note: Personal[str]
