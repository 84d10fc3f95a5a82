"""What a group's consumer has fetched, taken off it at once and kept by partition until its loop asks for it.

aiokafka sends no fetch to a broker while records of any partition of that broker wait to be taken (up to 0.1 s). A
partition's loop takes nothing while it appends, so without this every other partition would wait for it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

__all__ = ["Arrivals"]

ENOUGH_RECORDS = 2000
"""Waiting records of one partition from which on no more are fetched for it; what is on its way still comes."""
POLL_MS = 5000
CANCEL_SECONDS = 1.0


class Arrivals:
    """Runs between an assignment and the next revocation; nothing of one assignment is left for the next."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._waiting: defaultdict[TopicPartition, deque[Any]] = defaultdict(deque)
        self._paused: set[TopicPartition] = set()
        self._takers: dict[asyncio.Future[None], frozenset[TopicPartition]] = {}
        self._taking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """The assignment is made. Positions are where the group's offsets are."""
        self._clear()
        self._taking = asyncio.create_task(self._take_over(), name="arrivals")
        self._taking.add_done_callback(lambda _: self._wake(None))

    async def stop(self) -> None:
        """The assignment is over: what was not taken is the next owner's."""
        while self._taking is not None and not self._taking.done():
            self._taking.cancel()  # may be swallowed on its way through aiokafka
            await asyncio.wait([self._taking], timeout=CANCEL_SECONDS)
        self._taking = None
        self._clear()

    async def take(
        self, partitions: Sequence[TopicPartition], most: int, timeout_seconds: float
    ) -> list[Any]:
        """Up to `most` records as soon as there are some, none after the time-out. Raises what fetching raised."""
        if found := self._taken(partitions, most):
            return found
        arrived = asyncio.get_running_loop().create_future()
        self._takers[arrived] = frozenset(partitions)
        try:
            if self._taking is None or not self._taking.done():
                await asyncio.wait([arrived], timeout=timeout_seconds)
        finally:
            del self._takers[arrived]
        if self._taking is not None and self._taking.done() and not self._taking.cancelled():
            self._taking.result()
        return self._taken(partitions, most)

    async def position(self, partition: TopicPartition) -> int:
        """The offset of the next record that `take` will give, or would."""
        position: int = await self._consumer.position(partition)
        waiting = self._waiting.get(partition)
        return waiting[0].offset if waiting else position

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._consumer.seek(partition, offset)
        self._waiting.pop(partition, None)
        self._resume(partition)

    async def _take_over(self) -> None:
        while True:
            # Between aiokafka's step of the position and these lines nothing else runs.
            for partition, records in (await self._consumer.getmany(timeout_ms=POLL_MS)).items():
                waiting = self._waiting[partition]
                waiting += records
                if len(waiting) >= ENOUGH_RECORDS and partition not in self._paused:
                    self._consumer.pause(partition)
                    self._paused.add(partition)
                self._wake(partition)

    def _taken(self, partitions: Sequence[TopicPartition], most: int) -> list[Any]:
        found: list[Any] = []
        for partition in partitions:
            waiting = self._waiting.get(partition)
            while waiting and len(found) < most:
                found.append(waiting.popleft())
            if waiting is not None and len(waiting) < ENOUGH_RECORDS // 2:
                self._resume(partition)
        return found

    def _resume(self, partition: TopicPartition) -> None:
        if partition in self._paused:
            self._paused.discard(partition)
            self._consumer.resume(partition)

    def _wake(self, partition: TopicPartition | None) -> None:
        for taker, partitions in self._takers.items():
            if (partition is None or partition in partitions) and not taker.done():
                taker.set_result(None)

    def _clear(self) -> None:
        self._waiting.clear()
        self._paused.clear()
