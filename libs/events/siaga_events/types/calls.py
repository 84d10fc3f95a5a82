"""The topic `calls`: what gateways said, re-keyed by call (intake)."""

from __future__ import annotations

from typing import Literal

from siaga_events.event import EventData
from siaga_events.personal import Personal
from siaga_events.types.values import Channel, Instant, Latitude, Longitude

__all__ = ["CallEndReceived", "CallReceived", "WordsReceived"]


class CallReceived(EventData):
    """A report of a call. The first makes the call known, one with another content is a follow-up.

    `caller` is E.164, or None where there is no usable number; `caller_as_given` keeps an unusable one.
    """

    gateway: str
    reference: str
    started_at: Instant
    reported_at: Instant
    sequence: int | None = None
    caller: Personal[str | None] = None
    caller_as_given: Personal[str | None] = None
    narrative: Personal[str | None] = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    channel: Channel = "voice"
    recording_id: str | None = None


class WordsReceived(EventData):
    """More words of a call."""

    narrative: Personal[str]
    sequence: int | None = None


class CallEndReceived(EventData):
    """The call's line is closed."""

    ended_at: Instant
    how: Literal["completed", "hung_up", "abandoned"]
