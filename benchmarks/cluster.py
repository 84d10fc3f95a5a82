"""The broker's side of the benchmark: topics beside the catalogue's, their ends, their records."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.sizes import PARTITIONS

__all__ = ["MadeTopics", "read_all", "wait_until_still"]

POLL_SECONDS = 0.25
STILL_SECONDS = 1.5


class MadeTopics:
    """Makes topics for one run. The broker itself stamps their records, so that all programs have one clock."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    async def create(self, names: Sequence[str], partitions: int = PARTITIONS) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            config = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "8388608"}
            await admin.create_topics([NewTopic(n, partitions, 1, topic_configs=config) for n in names])
        finally:
            await admin.close()
        await self._until_led(names, partitions)

    async def _until_led(self, names: Sequence[str], partitions: int) -> None:
        """A new partition has no leader for a moment; asking for its end waits for one."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            await consumer.end_offsets([TopicPartition(n, p) for n in names for p in range(partitions)])
        finally:
            await consumer.stop()


async def wait_until_still(bootstrap: str, topic: str, at_least: int, seconds: float) -> None:
    """Until the topic holds `at_least` records (or markers) and nothing comes any more. Raises TimeoutError."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    partitions = _partitions(topic)
    try:
        loop = asyncio.get_running_loop()
        last, since = -1, loop.time()
        async with asyncio.timeout(seconds):
            while True:
                total = sum((await consumer.end_offsets(partitions)).values())
                if total != last:
                    last, since = total, loop.time()
                elif total >= at_least and loop.time() - since > STILL_SECONDS:
                    return
                await asyncio.sleep(POLL_SECONDS)
    finally:
        await consumer.stop()


async def read_all(bootstrap: str, topic: str) -> list[Any]:
    """Every committed record that stands in the topic now, as aiokafka gives them."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        partitions = _partitions(topic)
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Any] = []
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += records
        return found
    finally:
        await consumer.stop()


def _partitions(topic: str) -> list[TopicPartition]:
    return [TopicPartition(topic, n) for n in range(PARTITIONS)]
