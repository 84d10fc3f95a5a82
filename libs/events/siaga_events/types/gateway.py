"""What comes in at the doors: phone gateways publish calls, webhooks publish what a provider said.

A WhatsApp message id (`wamid.`) is base64 that holds the number of the person: it is personal.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from siaga_events.event import EventData
from siaga_events.personal import Personal
from siaga_events.types.values import Channel, Instant, Latitude, Longitude

Sequence64: TypeAlias = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""Fits every JSON reader."""

__all__ = ["CallEnded", "CallReported", "ReplyReported", "StatusReported", "WordsAdded"]


class CallReported(EventData):
    """A call reached the centre. `ce_source` is the gateway; with `reference` and `started_at` it names the call.

    Everything else may be missing: a hidden number, a silent caller. `caller` is as the gateway has it;
    intake writes it in E.164. Coordinates are WGS 84 degrees of the incident, and come in pairs.
    `sequence` is the gateway's own counter of what it says of one call.
    """

    reference: str = Field(min_length=1, max_length=200)
    started_at: Instant
    sequence: Sequence64 | None = None
    caller: Personal[str | None] = Field(default=None, max_length=100)
    narrative: Personal[str | None] = Field(default=None, max_length=20_000)
    lat: Latitude | None = None
    lon: Longitude | None = None
    channel: Channel = "voice"
    recording_id: str | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def _coordinates_come_in_pairs(self) -> CallReported:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon come in pairs")
        return self


class WordsAdded(EventData):
    """More was said in a call that was reported before (or will be: order between doors is not promised)."""

    reference: str = Field(min_length=1, max_length=200)
    started_at: Instant
    sequence: Sequence64 | None = None
    narrative: Personal[str] = Field(min_length=1, max_length=20_000)


class CallEnded(EventData):
    """The line is closed. From here an unanswered question to the operator runs out."""

    reference: str = Field(min_length=1, max_length=200)
    started_at: Instant
    sequence: Sequence64 | None = None
    ended_at: Instant
    how: Literal["completed", "hung_up", "abandoned"] = "completed"


class StatusReported(EventData):
    """A provider says how far a message got. `alarm` is the id that we sent along, where it came back."""

    provider: Literal["whatsapp"]
    message_id: Personal[str] = Field(min_length=1, max_length=200)
    status: Literal["sent", "delivered", "read", "failed"]
    at: Instant
    recipient: Personal[str | None] = None
    alarm: str | None = None
    errors: tuple[str, ...] = ()


class ReplyReported(EventData):
    """Somebody wrote to our number: a post that answers an alarm, or a report. `number` is E.164."""

    provider: Literal["whatsapp"]
    message_id: Personal[str] = Field(min_length=1, max_length=200)
    at: Instant
    number: Personal[str] = Field(pattern=r"^\+[0-9]{5,20}$")
    text: Personal[str | None] = None
    payload: str | None = None
    reply_to: Personal[str | None] = None
