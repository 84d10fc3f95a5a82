"""Intake as a relay: `gateway.calls` -> `calls`."""

from __future__ import annotations

from collections.abc import Sequence

from siaga_events import Event, EventData
from siaga_streams.relay import Refused

from siaga_intake.domain import SOURCE, Normalise, NotAGatewayEvent, received

__all__ = ["CallsRelay"]


class CallsRelay:
    """At least once, the same ids each time: the classifier drops what it has heard."""

    name = SOURCE
    inputs: tuple[str, ...] = ("gateway.calls",)
    outputs: tuple[str, ...] = ("calls",)

    def __init__(self, normalise: Normalise) -> None:
        self._normalise = normalise

    async def rekey(self, event: Event[EventData]) -> Sequence[tuple[str, Event[EventData]]]:
        try:
            return [("calls", received(event, self._normalise))]
        except NotAGatewayEvent as error:
            raise Refused(str(error)) from None
