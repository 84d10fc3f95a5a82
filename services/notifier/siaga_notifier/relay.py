"""The receipts' relay: `gateway.receipts` -> `receipts`, re-keyed by call.

"Not found" is decided only after the view has passed the end that `notifications` had when the record came. What is not
from a post is a report of its own, and goes to the gateways' door.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import CallReported, ReplyReceived, ReplyReported, StatusReceived, StatusReported
from siaga_streams.backend import Backend, TopicPartition
from siaga_streams.relay import Refused
from siaga_streams.views import View

from siaga_notifier.domain.correlation import Correlation, Known
from siaga_notifier.domain.reply import read_button
from siaga_notifier.webhooks import SOURCE

__all__ = ["ReceiptsRelay", "view_has_passed"]

T = TypeVar("T")
NAME = "notifier-receipts"


def view_has_passed(view: View[Correlation], backend: Backend) -> Callable[[], Awaitable[None]]:
    """Waits until the view holds everything that stood in `notifications` when it was asked."""

    async def wait() -> None:
        ends = await backend.topic_ends("notifications")
        await view.wait_past({TopicPartition("notifications", n): end for n, end in ends.items()})

    return wait


class ReceiptsRelay:
    name = NAME
    inputs: tuple[str, ...] = ("gateway.receipts",)
    outputs: tuple[str, ...] = ("receipts", "gateway.calls")

    def __init__(self, look: Callable[[], Correlation], catch_up: Callable[[], Awaitable[None]]) -> None:
        self._look = look
        self._catch_up = catch_up

    async def rekey(self, event: Event[EventData]) -> Sequence[tuple[str, Event[EventData]]]:
        match event.data:
            case StatusReported() as status:
                return await self._status(event, status)
            case ReplyReported() as reply:
                return await self._reply(event, reply)
            case _:
                raise Refused(f"ce_type: {event.type} is not what a provider says")

    async def _status(
        self, event: Event[EventData], status: StatusReported
    ) -> Sequence[tuple[str, Event[EventData]]]:
        if status.alarm is not None and status.alarm.endswith("/batal"):
            return []  # how far a withdrawal got changes nothing
        known = await self._found(lambda view: view.alarm(status.alarm, status.message_id))
        if known is None:
            raise Refused("a status of a message that no alarm of ours sent")
        data = StatusReceived(
            alarm_id=known.alarm_id,
            status=status.status,
            at=status.at,
            message_id=status.message_id,
            why="; ".join(status.errors) or None,
        )
        return [("receipts", _rekeyed(event, known, data))]

    async def _reply(
        self, event: Event[EventData], reply: ReplyReported
    ) -> Sequence[tuple[str, Event[EventData]]]:
        known = await self._found(lambda view: view.named(reply.payload, reply.reply_to))
        if known is None and read_button(reply.payload or "") is None:
            known = self._look().answered(reply.number, reply.text, reply.at)
        if known is not None:
            data = ReplyReceived(
                alarm_id=known.alarm_id,
                at=reply.at,
                message_id=reply.message_id,
                text=reply.text,
                payload=reply.payload,
            )
            return [("receipts", _rekeyed(event, known, data))]
        if self._look().calls(reply.number):
            raise Refused(
                "an answer of a post that fits none or several of its alarms: an operator must read it"
            )
        return [("gateway.calls", _report(event, reply))]

    async def _found(self, find: Callable[[Correlation], Known | None]) -> Known | None:
        """What is named stands in the view for good; that nothing is named is known only once it has caught up."""
        found = find(self._look())
        if found is None:
            await self._catch_up()
            found = find(self._look())
        return found


def _rekeyed(event: Event[EventData], known: Known, data: EventData) -> Event[EventData]:
    return Event(
        id=derived_id("receipt", str(event.id)),
        source=NAME,
        subject=known.call,
        time=event.time,
        data=data,
        causation_id=event.id,
        correlation_id=known.call,
    )


def _report(event: Event[EventData], reply: ReplyReported) -> Event[EventData]:
    """Somebody who is no post wrote to our number: a call like any other."""
    said = CallReported(
        reference=reply.message_id[:200],
        started_at=reply.at,
        caller=reply.number[:100],
        narrative=(reply.text or "")[:20_000] or None,
        channel="whatsapp",
    )
    return Event(derived_id("written", str(event.id)), f"//{SOURCE}", event.subject, event.time, said)
