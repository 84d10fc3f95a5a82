"""The Kafka backend, over aiokafka. The settings that matter were measured; see docs/adr/0001.

aiokafka gives reads an isolation level, transactions and range assignment; this module adds the port's contract:
errors are either `Fenced` (another owner) or `Unavailable` (end the process), never something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
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
    KafkaError,
    ProducerFenced,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from aiokafka.producer.message_accumulator import BatchBuilder

from siaga_streams.backend import (
    Appender,
    AssignmentCallback,
    Fenced,
    Group,
    Member,
    OutRecord,
    Publisher,
    Reader,
    Record,
    TopicPartition,
    Unavailable,
)
from siaga_streams.clock import SystemClock
from siaga_streams.kafka_arrivals import Arrivals

__all__ = ["KafkaBackend"]

log = structlog.get_logger()

SESSION_TIMEOUT_SECONDS = 10.0
MAX_REQUEST_BYTES = 6 * 1024 * 1024
"""Above the largest dead letter (4 MiB) and its headers."""
BATCH_BYTES = 512 * 1024
"""A partition's batches go one after the other; with aiokafka's 16 KiB a full append took forty round trips.

Below every topic's limit (1 MiB).
"""
PATIENCE_SECONDS = 60.0
"""Some of aiokafka's waits have no end of their own. A process that waits longer than this ends, and is started anew."""
TRANSACTION_SECONDS = 15.0
HANGING_SECONDS = 2 * TRANSACTION_SECONDS
"""A transaction that lasts so long has been given up by its coordinator, which looks every ten seconds."""
KNOWN_FOR = timedelta(hours=1)
"""A partition's leader forgets an idle producer after a day, the coordinator an idle transactional id after seven."""
STALE = "assignment for unsubscribed topic"
"""A static member that is back is given what it had, even if it now subscribes to less (a release was taken back)."""
FORGOTTEN_SECONDS = SESSION_TIMEOUT_SECONDS + 2
"""Who ends only after that is forgotten by its group, and given its share anew at the next start."""
ASK_AT_MOST = 10
ASK_AGAIN_SECONDS = 0.5
STOP_SECONDS = 5.0
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


@asynccontextmanager
async def _errors(doing: str, patience: float | None = PATIENCE_SECONDS) -> AsyncIterator[None]:
    """`patience` is in seconds; None for what has a time-out of its own."""
    try:
        async with asyncio.timeout(patience):
            yield
    except ProducerFenced as error:
        raise Fenced(f"{doing}: another owner is there") from error
    except KafkaError as error:
        raise Unavailable(f"{doing}: {error!r}") from error
    except TimeoutError as error:
        raise Unavailable(f"{doing}: no answer within {patience:.0f} s") from error


class _Ends:
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
        async with _errors("ends"):
            uncommitted, committed = await self._both()
            ends: dict[KafkaPartition, int] = dict(await uncommitted.end_offsets(partitions))
            stable: dict[KafkaPartition, int] = dict(await committed.end_offsets(partitions))
        return {
            _ours(p): end if stable[p] >= end else self._end(p, end, stable[p]) for p, end in ends.items()
        }

    async def committed(self, partition: KafkaPartition) -> int:
        """Where the partition ends now, for who reads what is committed."""
        async with _errors("committed end"):
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
                    await _start(consumer)
                self._consumers = (made[0], made[1])
            return self._consumers

    async def close(self) -> None:
        for consumer in self._consumers or ():
            await _stop(consumer)


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
        ends: _Ends,
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
        async with _errors(f"append by {self._id}"):
            if records and await self._is_known() and all(_at(r) == self._log for r in records):
                with _outside_transactions(self._producer):
                    batch = _batch(self._producer, records)
                    if batch is not None:
                        return await self._send(batch, len(records))
            return await self._append_in_a_transaction(records)

    async def _is_known(self) -> bool:
        if self._known_at is None or not timedelta(0) <= self._clock.now() - self._known_at < KNOWN_FOR:
            return False
        if self._open is not None and await self._ends.committed(self._log) > self._open:
            self._open = None
        return self._open is None

    async def _send(self, batch: BatchBuilder, count: int) -> list[int]:
        sent = await self._producer.send_batch(batch, self._log.topic, partition=self._log.partition)
        first: int = (await sent).offset
        return list(range(first, first + count))

    async def _append_in_a_transaction(self, records: Sequence[OutRecord]) -> list[int]:
        now = self._clock.now()
        async with self._producer.transaction():
            sent = [await _send(self._producer, record) for record in records]
            offsets: list[int] = [metadata.offset for metadata in await asyncio.gather(*sent)]
        logged = [offset for offset, r in zip(offsets, records, strict=True) if _at(r) == self._log]
        if logged:
            self._known_at, self._open = now, logged[-1]
        return offsets

    async def close(self) -> None:
        await _stop(self._producer)


class KafkaPublisher:
    """An idempotent producer without a fence."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def publish(self, records: Sequence[OutRecord]) -> None:
        async with _errors("publish"):
            sent = [await _send(self._producer, record) for record in records]
            await asyncio.gather(*sent)

    async def close(self) -> None:
        await _stop(self._producer)


class KafkaReader:
    """A consumer of fixed partitions."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: list[KafkaPartition], ends: _Ends) -> None:
        self._consumer = consumer
        self._partitions = partitions
        self._ends = ends

    async def fetch(self, max_records: int, timeout_seconds: float) -> list[Record]:
        async with _errors("read", patience=None):
            return _records(
                await self._consumer.getmany(timeout_ms=int(timeout_seconds * 1000), max_records=max_records)
            )

    async def positions(self) -> dict[TopicPartition, int]:
        async with _errors("read position"):
            return {_ours(p): await self._consumer.position(p) for p in self._partitions}

    async def ends(self) -> dict[TopicPartition, int]:
        return await self._ends.of(self._partitions)

    async def close(self) -> None:
        await _stop(self._consumer)


class KafkaMember:
    """A member of a consumer group."""

    def __init__(self, consumer: AIOKafkaConsumer, arrivals: Arrivals, ends: _Ends) -> None:
        self._consumer = consumer
        self._arrivals = arrivals
        self._ends = ends

    async def fetch(
        self, partitions: Sequence[TopicPartition], max_records: int, timeout_seconds: float
    ) -> list[Record]:
        async with _errors("fetch", patience=None):
            found = await self._arrivals.take([_kafka(p) for p in partitions], max_records, timeout_seconds)
            return [_record(m) for m in found]

    async def positions(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        async with _errors("position"):
            return {p: await self._arrivals.position(_kafka(p)) for p in self._assigned(partitions)}

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return await self._ends.of([_kafka(p) for p in partitions])

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        assigned = self._consumer.assignment()
        ours = {_kafka(p): offset for p, offset in offsets.items() if _kafka(p) in assigned}
        if not ours:
            return
        async with _errors("commit"):
            with suppress(*MOVED):
                await self._consumer.commit(ours)

    async def rewind(self, partitions: Iterable[TopicPartition]) -> None:
        async with _errors("rewind"):
            for partition in map(_kafka, self._assigned(partitions)):
                self._arrivals.seek(partition, await self._consumer.committed(partition) or 0)

    async def leave(self) -> None:
        await self._arrivals.stop()
        await _stop(self._consumer)

    def _assigned(self, partitions: Iterable[TopicPartition]) -> list[TopicPartition]:
        """Those that still are this member's: a rebalance may have come in between."""
        assigned = self._consumer.assignment()
        return [p for p in partitions if _kafka(p) in assigned]


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(
        self, arrivals: Arrivals, on_revoked: AssignmentCallback, on_assigned: AssignmentCallback
    ) -> None:
        self._arrivals = arrivals
        self._on_revoked = on_revoked
        self._on_assigned = on_assigned

    async def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        try:
            await self._on_revoked(frozenset(_ours(p) for p in revoked))
        finally:
            await self._arrivals.stop()

    async def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        self._arrivals.start()
        await self._on_assigned(frozenset(_ours(p) for p in assigned))


class KafkaBackend:
    """`bootstrap` is a list of brokers as `host:port,host:port`."""

    def __init__(self, bootstrap: str, client_id: str = "siaga112") -> None:
        self.clock = SystemClock()
        self.session_timeout_seconds = SESSION_TIMEOUT_SECONDS
        self._common: dict[str, Any] = {"bootstrap_servers": bootstrap, "client_id": client_id}
        self._admin: AIOKafkaAdminClient | None = None
        self._ends = _Ends(self._common)
        self._counts: dict[str, int] = {}
        self._publishers: list[Publisher] = []

    async def partition_counts(self) -> dict[str, int]:
        """aiokafka's admin client asks any broker that it once heard of, also one that is gone: another is asked then."""
        for left in reversed(range(ASK_AT_MOST)):
            try:
                async with _errors("list topics"):
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
            async with _errors("join"):
                await _start(consumer)
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
        async with _errors(f"fence {transactional_id}"):
            await _start(producer)
            appender = KafkaAppender(producer, transactional_id, _kafka(log), self._ends, self.clock)
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
        async with _errors("publisher"):
            await _start(producer)
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
        partitions = [_kafka(p) for p in start]
        async with _errors("reader"):
            await _start(consumer)
            consumer.assign(partitions)
            for partition, offset in start.items():
                consumer.seek(_kafka(partition), offset)
        return KafkaReader(consumer, partitions, self._ends)

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        async with _errors(f"offsets of group {group}"):
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
            await _start(admin)
            self._admin = admin
        return self._admin


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


async def _send(producer: AIOKafkaProducer, record: OutRecord) -> Any:
    return await producer.send(
        record.topic,
        key=record.key,
        value=record.value,
        headers=list(record.headers),
        partition=record.partition,
    )


async def _start(client: AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient) -> None:
    try:
        await client.start()
    except BaseException:
        await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())
        raise


async def _stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Closing must not hide what went wrong before it; what it can't tell the broker, time-outs will.

    It has a task of its own, because aiokafka's `stop` swallows a cancellation of who calls it.
    """
    stopping = asyncio.create_task(_stop_quietly(client), name="stop-client")
    try:
        await asyncio.shield(stopping)
    except asyncio.CancelledError:
        await asyncio.wait([stopping])
        raise


async def _stop_quietly(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await client.stop()
    except (KafkaError, TimeoutError):
        return
    except asyncio.CancelledError:
        return  # of one of the client's own tasks: nobody cancels this one


def _kafka(partition: TopicPartition) -> KafkaPartition:
    return KafkaPartition(partition.topic, partition.partition)


def _at(record: OutRecord) -> KafkaPartition:
    return KafkaPartition(record.topic, record.partition)


def _ours(partition: KafkaPartition) -> TopicPartition:
    return TopicPartition(partition.topic, partition.partition)


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
