"""Faust's transport over aiokafka, without the ways in which it loses records (Faust 0.15.3, measured by
`tests/e2e/test_pulse.py`; docs/adr/0007 tells what was seen)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import aiokafka
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Producer, Transport
from faust.types import TP
from siaga_streams.backend import Unavailable

__all__ = ["CarefulTransport"]

LOOK_SECONDS = 0.01
UNSENT_LOOK_SECONDS = 1.0


class _CarefulThread(AIOKafkaConsumerThread):
    """Reads what is committed. Faust does so only in its own transactions, and has no setting for it."""

    def _create_worker_consumer(self, *args: Any, **kwargs: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(*args, **kwargs)
        consumer._isolation_level = "read_committed"
        return consumer

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Of a partition that was never committed, to its beginning: aiokafka stays where it has read to."""

        async def seek() -> Mapping[TP, int]:
            consumer = self._ensure_consumer()
            committed: Mapping[TP, int] = await consumer.seek_to_committed()
            changelogs = self.app.tables.changelog_topics
            never = [tp for tp, offset in committed.items() if not offset and tp.topic not in changelogs]
            if never:
                await consumer.seek_to_beginning(*never)
            return committed

        return cast(Mapping[TP, int], await self.call_thread(seek))


class _CarefulConsumer(Consumer):
    """Seeks back between two batches, and hands out no record of a stream before it has.

    When its tables are rebuilt, Faust lets the streams go on and only then seeks them to what is committed. What
    it has fetched in between moves its own mark of the last record read: it takes the records up to there for read,
    drops them, and commits past them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seeking = asyncio.Lock()
        self._batch: object | None = None
        self._reader: asyncio.Task[Any] | None = None
        self._sought = False

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _CarefulThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self._sought = False
        await super().on_partitions_assigned(assigned, generation_id)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 - Faust's name
        if not self.flow_active:
            await self.wait(cast(Any, self.can_resume_flow))
        async with self._seeking:
            batch = self._batch = object()
            self._reader = asyncio.current_task()
        try:
            async for place, message in super().getmany(timeout):
                if self._sought or self._is_changelog_tp(place):
                    yield place, message
        finally:
            if self._batch is batch:
                self._batch = None

    async def perform_seek(self) -> None:
        if asyncio.current_task() is self._reader:  # Faust drops this batch: it does not go on with it
            await super().perform_seek()
            return
        async with self._seeking:
            while self._batch is not None and self._reader is not None and not self._reader.done():
                await asyncio.sleep(LOOK_SECONDS)
            await super().perform_seek()
            self._sought = True

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """When a member joins in mid-recovery, Faust comes to -2 for an empty changelog, and to None for one whose
        turn is not yet, and would give up at them: it starts again with the new assignment."""
        offsets = {place: max(offset, 0) for place, offset in partitions.items() if offset is not None}
        await super().seek_wait(offsets)


class _CarefulProducer(Producer):
    """Flushes all it was given, and never again once something could not be sent.

    Faust's own waits a tenth of a second for what tables send, then commits without it, and without what failed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unsent: set[asyncio.Future[Any]] = set()
        self._failed: BaseException | None = None

    def _noted(self, sent: Any) -> Any:
        self._unsent.add(sent)
        sent.add_done_callback(self._done)
        return sent

    def _done(self, sent: asyncio.Future[Any]) -> None:
        self._unsent.discard(sent)
        if self._failed is None:
            self._failed = asyncio.CancelledError() if sent.cancelled() else sent.exception()

    def send_soon(self, fut: Any) -> None:
        super().send_soon(self._noted(fut))

    async def send(self, *args: Any, **kwargs: Any) -> Any:
        return self._noted(await super().send(*args, **kwargs))

    async def flush(self) -> None:
        """Raises Unavailable if a record could not be sent: no offset is committed any more, and the process ends."""
        unsent = set(self._unsent)
        while unsent and self._failed is None and not self.buffer.crashed:
            _, unsent = await asyncio.wait(unsent, timeout=UNSENT_LOOK_SECONDS)
        if why := self._failed or self.buffer.crash_reason:
            raise Unavailable(f"a record of pulse could not be sent: {why!r}")
        await super().flush()


class CarefulTransport(Transport):
    Consumer = _CarefulConsumer
    Producer = _CarefulProducer
