"""An event: its data, and the CloudEvents attributes around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

__all__ = ["CausePosition", "D", "Event", "EventData", "Part"]


class Part(BaseModel):
    """A value inside an event's data. Unknown fields are ignored, so that a newer release may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class EventData(Part):
    """What happened, in the past tense. `version` rises when an older reader could misread it."""

    version: ClassVar[int] = 1

    @classmethod
    def type_name(cls) -> str:
        """The `ce_type`: `siaga112.CallRouted.v1`."""
        return f"siaga112.{cls.__name__}.v{cls.version}"


D = TypeVar("D", bound=EventData, covariant=True)


@dataclass(frozen=True, slots=True)
class CausePosition:
    """Where the record that caused an event stands. A log's folded positions tell which inputs are done."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Event(Generic[D]):
    """One CloudEvent.

    `subject` is the call's id (in `posts` the post's). `time` is when it was decided, in UTC.
    `causation_id` is the event, attempt or deadline that led to it; `correlation_id` is the call.
    `traceparent` is the W3C trace context that began at the door and ends in the provider's request.
    """

    id: UUID
    source: str
    subject: str
    time: datetime
    data: D
    causation_id: UUID | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    cause: CausePosition | None = None

    @property
    def type(self) -> str:
        return self.data.type_name()

    def with_id(self, identity: UUID, causation: UUID) -> Event[D]:
        """The same content as a new event: what a retry is."""
        return replace(self, id=identity, causation_id=causation)
