"""Where partitions end, transactions that are open included."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition

from siaga_streams.backend import TopicPartition
from siaga_streams.kafka_clients import errors, our_partition, start_client, stop_client

__all__ = ["TRANSACTION_SECONDS", "Ends"]

log = structlog.get_logger()

TRANSACTION_SECONDS = 15.0
HANGING_SECONDS = 2 * TRANSACTION_SECONDS
"""A transaction that lasts so long has been given up by its coordinator, which looks every ten seconds."""


class Ends:
    """Where partitions end, with what open transactions hold.

    A commit is acknowledged before its markers stand in the partitions, and until then the committed end is still before
    it. Whoever waits for "everything that was there" must wait for that too, so the end is asked for uncommitted; a
    read-committed position passes it when the transaction is over (at the latest after its time-out).

    A broker that dies in the wrong moment can leave a transaction behind that nobody will ever end (it was seen: no
    coordinator knew of it). Where the committed end has stood still for longer than any transaction of ours may last, it is
    the end: to wait for ever would take the whole line down.
    """

    def __init__(self, common: dict[str, Any]) -> None:
        self._common = common
        self._starting = asyncio.Lock()
        self._consumers: tuple[AIOKafkaConsumer, AIOKafkaConsumer] | None = None
        self._open_since: dict[KafkaPartition, tuple[int, float]] = {}

    async def of(self, partitions: Sequence[KafkaPartition]) -> dict[TopicPartition, int]:
        async with errors("ends"):
            uncommitted, committed = await self._both()
            ends: dict[KafkaPartition, int] = dict(await uncommitted.end_offsets(partitions))
            stable: dict[KafkaPartition, int] = dict(await committed.end_offsets(partitions))
        return {
            our_partition(p): end if stable[p] >= end else self._end(p, end, stable[p])
            for p, end in ends.items()
        }

    async def committed(self, partition: KafkaPartition) -> int:
        """Where the partition ends now, for who reads what is committed."""
        async with errors("committed end"):
            _, committed = await self._both()
            end: int = (await committed.end_offsets([partition]))[partition]
            return end

    def _end(self, partition: KafkaPartition, end: int, stable: int) -> int:
        now = asyncio.get_running_loop().time()
        at, since = self._open_since.get(partition, (-1, now))
        if at != stable:
            since = now
        self._open_since[partition] = (stable, since)
        if now - since < HANGING_SECONDS:
            return end
        log.error(
            "a transaction is left open that nobody ends", partition=str(partition), offset=stable, end=end
        )
        return stable

    async def _both(self) -> tuple[AIOKafkaConsumer, AIOKafkaConsumer]:
        async with self._starting:
            if self._consumers is None:
                levels = ("read_uncommitted", "read_committed")
                made = [
                    AIOKafkaConsumer(
                        **self._common, group_id=None, enable_auto_commit=False, isolation_level=level
                    )
                    for level in levels
                ]
                for consumer in made:
                    await start_client(consumer)
                self._consumers = (made[0], made[1])
            return self._consumers

    async def close(self) -> None:
        for consumer in self._consumers or ():
            await stop_client(consumer)
