"""The Kafka backend, over aiokafka. The settings that matter were measured; see docs/adr/0001.

aiokafka gives reads an isolation level, transactions and range assignment; this module adds the port's contract:
errors are either `Fenced` (another owner) or `Unavailable` (end the process), never something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from siaga_streams.backend import (
    Appender,
    AssignmentCallback,
    Group,
    Member,
    Publisher,
    Reader,
    Record,
    TopicPartition,
    Unavailable,
)
from siaga_streams.clock import SystemClock
from siaga_streams.kafka_appending import KafkaAppender, KafkaPublisher
from siaga_streams.kafka_arrivals import Arrivals
from siaga_streams.kafka_clients import errors, kafka_partition, our_partition, start_client, stop_client
from siaga_streams.kafka_ends import TRANSACTION_SECONDS, Ends

__all__ = ["KafkaBackend"]

log = structlog.get_logger()

SESSION_TIMEOUT_SECONDS = 10.0
MAX_REQUEST_BYTES = 6 * 1024 * 1024
"""Above the largest dead letter (4 MiB) and its headers."""
BATCH_BYTES = 512 * 1024
"""A partition's batches go one after the other; with aiokafka's 16 KiB a full append took forty round trips.

Below every topic's limit (1 MiB).
"""
STALE = "assignment for unsubscribed topic"
"""A static member that is back is given what it had, even if it now subscribes to less (a release was taken back)."""
FORGOTTEN_SECONDS = SESSION_TIMEOUT_SECONDS + 2
"""Who ends only after that is forgotten by its group, and given its share anew at the next start."""
ASK_AT_MOST = 10
ASK_AGAIN_SECONDS = 0.5
MOVED = (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
"""What a commit meets when the partition has moved: its new owner knows from the log what is done."""
FETCH_WAIT_MS = 100
"""How long the broker holds an empty fetch: a partition drained meanwhile waits as long for its next one."""


class KafkaReader:
    """A consumer of fixed partitions."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: list[KafkaPartition], ends: Ends) -> None:
        self._consumer = consumer
        self._partitions = partitions
        self._ends = ends

    async def fetch(self, max_records: int, timeout_seconds: float) -> list[Record]:
        async with errors("read", patience=None):
            return _records(
                await self._consumer.getmany(timeout_ms=int(timeout_seconds * 1000), max_records=max_records)
            )

    async def positions(self) -> dict[TopicPartition, int]:
        async with errors("read position"):
            return {our_partition(p): await self._consumer.position(p) for p in self._partitions}

    async def ends(self) -> dict[TopicPartition, int]:
        return await self._ends.of(self._partitions)

    async def close(self) -> None:
        await stop_client(self._consumer)


class KafkaMember:
    """A member of a consumer group."""

    def __init__(self, consumer: AIOKafkaConsumer, arrivals: Arrivals, ends: Ends) -> None:
        self._consumer = consumer
        self._arrivals = arrivals
        self._ends = ends

    async def fetch(
        self, partitions: Sequence[TopicPartition], max_records: int, timeout_seconds: float
    ) -> list[Record]:
        async with errors("fetch", patience=None):
            found = await self._arrivals.take(
                [kafka_partition(p) for p in partitions], max_records, timeout_seconds
            )
            return [_record(m) for m in found]

    async def positions(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        async with errors("position"):
            return {p: await self._arrivals.position(kafka_partition(p)) for p in self._assigned(partitions)}

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return await self._ends.of([kafka_partition(p) for p in partitions])

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        assigned = self._consumer.assignment()
        ours = {kafka_partition(p): offset for p, offset in offsets.items() if kafka_partition(p) in assigned}
        if not ours:
            return
        async with errors("commit"):
            with suppress(*MOVED):
                await self._consumer.commit(ours)

    async def rewind(self, partitions: Iterable[TopicPartition]) -> None:
        async with errors("rewind"):
            for partition in map(kafka_partition, self._assigned(partitions)):
                self._arrivals.seek(partition, await self._consumer.committed(partition) or 0)

    async def leave(self) -> None:
        await self._arrivals.stop()
        await stop_client(self._consumer)

    def _assigned(self, partitions: Iterable[TopicPartition]) -> list[TopicPartition]:
        """Those that still are this member's: a rebalance may have come in between."""
        assigned = self._consumer.assignment()
        return [p for p in partitions if kafka_partition(p) in assigned]


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(
        self, arrivals: Arrivals, on_revoked: AssignmentCallback, on_assigned: AssignmentCallback
    ) -> None:
        self._arrivals = arrivals
        self._on_revoked = on_revoked
        self._on_assigned = on_assigned

    async def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        try:
            await self._on_revoked(frozenset(our_partition(p) for p in revoked))
        finally:
            await self._arrivals.stop()

    async def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        self._arrivals.start()
        await self._on_assigned(frozenset(our_partition(p) for p in assigned))


class KafkaBackend:
    """`bootstrap` is a list of brokers as `host:port,host:port`."""

    def __init__(self, bootstrap: str, client_id: str = "siaga112") -> None:
        self.clock = SystemClock()
        self.session_timeout_seconds = SESSION_TIMEOUT_SECONDS
        self._common: dict[str, Any] = {"bootstrap_servers": bootstrap, "client_id": client_id}
        self._admin: AIOKafkaAdminClient | None = None
        self._ends = Ends(self._common)
        self._counts: dict[str, int] = {}
        self._publishers: list[Publisher] = []

    async def partition_counts(self) -> dict[str, int]:
        """aiokafka's admin client asks any broker that it once heard of, also one that is gone: another is asked then."""
        for left in reversed(range(ASK_AT_MOST)):
            try:
                async with errors("list topics"):
                    admin = await self._admin_client()
                    described = await admin.describe_topics(await admin.list_topics())
            except Unavailable:
                if self._admin is None or not left:
                    raise
                admin, self._admin = self._admin, None
                await admin.close()
                await asyncio.sleep(ASK_AGAIN_SECONDS)
            else:
                return {t["topic"]: len(t["partitions"]) for t in described}
        raise AssertionError("the last try returns or raises")

    async def join(
        self, group: Group, on_revoked: AssignmentCallback, on_assigned: AssignmentCallback
    ) -> Member:
        consumer = AIOKafkaConsumer(
            **self._common,
            group_id=group.name,
            group_instance_id=group.member_id,
            partition_assignment_strategy=[RangePartitionAssignor],
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(SESSION_TIMEOUT_SECONDS * 1000),
            heartbeat_interval_ms=2000,
            rebalance_timeout_ms=15000,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=MAX_REQUEST_BYTES,
        )
        arrivals = Arrivals(consumer)
        consumer.subscribe(group.topics, listener=_Listener(arrivals, on_revoked, on_assigned))
        try:
            async with errors("join"):
                await start_client(consumer)
        except Unavailable as error:
            if STALE in str(error):
                log.error(
                    "group holds what another release was given", group=group.name, wait=FORGOTTEN_SECONDS
                )
                await asyncio.sleep(FORGOTTEN_SECONDS)
            raise
        return KafkaMember(consumer, arrivals, self._ends)

    async def fence(self, transactional_id: str, log: TopicPartition) -> Appender:
        producer = AIOKafkaProducer(
            **self._common,
            transactional_id=transactional_id,
            transaction_timeout_ms=int(TRANSACTION_SECONDS * 1000),
            max_request_size=MAX_REQUEST_BYTES,
            max_batch_size=BATCH_BYTES,
            acks="all",
        )
        async with errors(f"fence {transactional_id}"):
            await start_client(producer)
            appender = KafkaAppender(producer, transactional_id, kafka_partition(log), self._ends, self.clock)
            await appender.begin()
        return appender

    async def publisher(self) -> Publisher:
        producer = AIOKafkaProducer(
            **self._common,
            enable_idempotence=True,
            max_request_size=MAX_REQUEST_BYTES,
            max_batch_size=BATCH_BYTES,
            acks="all",
        )
        async with errors("publisher"):
            await start_client(producer)
        self._publishers.append(KafkaPublisher(producer))
        return self._publishers[-1]

    async def reader(self, start: Mapping[TopicPartition, int]) -> Reader:
        consumer = AIOKafkaConsumer(
            **self._common,
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=MAX_REQUEST_BYTES,
        )
        partitions = [kafka_partition(p) for p in start]
        async with errors("reader"):
            await start_client(consumer)
            consumer.assign(partitions)
            for partition, offset in start.items():
                consumer.seek(kafka_partition(partition), offset)
        return KafkaReader(consumer, partitions, self._ends)

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        async with errors(f"offsets of group {group}"):
            offsets = await (await self._admin_client()).list_consumer_group_offsets(group)
        return {p.partition: o.offset for p, o in offsets.items() if p.topic == topic and o.offset >= 0}

    async def topic_ends(self, topic: str) -> dict[int, int]:
        if topic not in self._counts:
            self._counts = await self.partition_counts()
        partitions = [KafkaPartition(topic, n) for n in range(self._counts[topic])]
        return {p.partition: end for p, end in (await self._ends.of(partitions)).items()}

    async def close(self) -> None:
        for publisher in self._publishers:
            await publisher.close()
        await self._ends.close()
        if self._admin is not None:
            await self._admin.close()

    async def _admin_client(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            admin = AIOKafkaAdminClient(**self._common)
            await start_client(admin)
            self._admin = admin
        return self._admin


def _records(fetched: dict[KafkaPartition, list[Any]]) -> list[Record]:
    return [_record(m) for messages in fetched.values() for m in messages]


def _record(message: Any) -> Record:
    return Record(
        message.topic,
        message.partition,
        message.offset,
        message.timestamp,
        message.key,
        message.value,
        tuple(message.headers),
    )
