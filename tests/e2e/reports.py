"""Reports as gateways make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from secrets import token_hex

from siaga_events import Event, EventData
from siaga_events.types import CallReported, WordsAdded
from siaga_ops.client import Client
from siaga_ops.reporting import gateway_event

from .system import GATEWAY

__all__ = ["FIRE", "PRANK_FIRE", "RUN", "UNPLACED_FIRE", "call_of", "published", "report"]

FIRE = "kebakaran rumah di pasar liwa, api besar"
"""Priority 1, one duty post: the fire brigade of Balik Bukit."""
PRANK_FIRE = "wkwkwk kebakaran bohong deng haha"
"""Held: a prank is suspected, and the place is not known."""
UNPLACED_FIRE = "wkwkwk kebakaran rumah tetangga haha"

RUN = token_hex(3)
"""A line that goes on has the calls of earlier runs too."""

_numbers = count(1)


def report(narrative: str | None = FIRE, **fields: object) -> CallReported:
    """A report with a reference and a caller of its own."""
    number = next(_numbers)
    given: dict[str, object] = {
        "reference": f"T-{RUN}-{number:04}",
        "started_at": datetime.now(UTC) - timedelta(seconds=20),
        "caller": f"+62812{7000000 + number}",
        "narrative": narrative,
    }
    return CallReported.model_validate({**given, **fields})


def call_of(said: CallReported | WordsAdded, source: str = GATEWAY) -> str:
    """The id of the call."""
    return gateway_event(said, source).subject


async def published(client: Client, said: CallReported | WordsAdded, at: datetime | None = None) -> str:
    """Say it at the Kafka door; gives the call's id. `at`: when the gateway says that it said it."""
    event: Event[EventData] = gateway_event(said, GATEWAY)
    await client.publish("gateway.calls", [event if at is None else replace(event, time=at)])
    return event.subject
