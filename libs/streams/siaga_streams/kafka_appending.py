"""How the Kafka backend writes: a partition's owner behind its fence, and who needs none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from siaga_streams.backend import OutRecord
from siaga_streams.clock import SystemClock
from siaga_streams.kafka_clients import errors, place_of, send, stop_client
from siaga_streams.kafka_ends import Ends

__all__ = ["KafkaAppender", "KafkaPublisher"]

KNOWN_FOR = timedelta(hours=1)
"""A partition's leader forgets an idle producer after a day, the coordinator an idle transactional id after seven."""


class KafkaAppender:
    """A transactional producer of one log's partition. What goes there alone, in one batch, needs no transaction.

    The broker takes a batch whole or not at all, once, and only from the newest owner that it knows of: it knows of this
    one since `begin` wrote to the log. What goes to several partitions, or is too large, is a transaction; so is
    whatever comes long after the last one, before the broker forgets the owner. See docs/adr/0005.
    """

    def __init__(
        self,
        producer: AIOKafkaProducer,
        transactional_id: str,
        log: KafkaPartition,
        ends: Ends,
        clock: SystemClock,
    ) -> None:
        self._producer = producer
        self._id = transactional_id
        self._log = log
        self._ends = ends
        self._clock = clock
        self._known_at: datetime | None = None
        """When a transaction in the log last showed the broker who its owner is."""
        self._open: int | None = None
        """Where its last record stands, until its marker is seen: the broker takes nothing else before that."""

    async def begin(self) -> None:
        """A transaction in the log, aborted: it makes the owner known, and ends what an older one left open.

        The fence itself ends what the coordinator knows of. A broker that dies in the wrong moment can leave records in
        a partition of whose transaction no coordinator knows. They stop every reader there until the next transaction of
        the same producer ends, and are then committed or aborted with it: nobody had acknowledged them, so aborted.
        """
        await self._producer.begin_transaction()
        sent = await self._producer.send_and_wait(self._log.topic, b"", partition=self._log.partition)
        await self._producer.abort_transaction()
        self._known_at, self._open = self._clock.now(), sent.offset

    async def append(self, records: Sequence[OutRecord]) -> list[int]:
        async with errors(f"append by {self._id}"):
            if records and await self._is_known() and all(place_of(r) == self._log for r in records):
                with _outside_transactions(self._producer):
                    batch = _batch(self._producer, records)
                    if batch is not None:
                        return await self._send_batch(batch, len(records))
            return await self._append_in_a_transaction(records)

    async def _is_known(self) -> bool:
        if self._known_at is None or not timedelta(0) <= self._clock.now() - self._known_at < KNOWN_FOR:
            return False
        if self._open is not None and await self._ends.committed(self._log) > self._open:
            self._open = None
        return self._open is None

    async def _send_batch(self, batch: BatchBuilder, count: int) -> list[int]:
        sent = await self._producer.send_batch(batch, self._log.topic, partition=self._log.partition)
        first: int = (await sent).offset
        return list(range(first, first + count))

    async def _append_in_a_transaction(self, records: Sequence[OutRecord]) -> list[int]:
        now = self._clock.now()
        async with self._producer.transaction():
            sent = [await send(self._producer, record) for record in records]
            offsets: list[int] = [metadata.offset for metadata in await asyncio.gather(*sent)]
        logged = [offset for offset, r in zip(offsets, records, strict=True) if place_of(r) == self._log]
        if logged:
            self._known_at, self._open = now, logged[-1]
        return offsets

    async def close(self) -> None:
        await stop_client(self._producer)


class KafkaPublisher:
    """An idempotent producer without a fence."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def publish(self, records: Sequence[OutRecord]) -> None:
        async with errors("publish"):
            sent = [await send(self._producer, record) for record in records]
            await asyncio.gather(*sent)

    async def close(self) -> None:
        await stop_client(self._producer)


@contextmanager
def _outside_transactions(producer: AIOKafkaProducer) -> Iterator[None]:
    """aiokafka marks a batch as part of a transaction if its manager has an id; the producer's identity stays."""
    manager = producer._txn_manager
    held, manager.transactional_id = manager.transactional_id, None
    try:
        yield
    finally:
        manager.transactional_id = held


def _batch(producer: AIOKafkaProducer, records: Sequence[OutRecord]) -> BatchBuilder | None:
    """None if they don't fit into one."""
    batch = producer.create_batch()
    for r in records:
        if batch.append(timestamp=None, key=r.key, value=r.value, headers=list(r.headers)) is None:
            return None
    batch.close()
    return batch
