"""What only a broker has: transactions that are open, aborted or left behind, and a broker that is away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from unittest.mock import patch

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidTxnState
from siaga_localkafka.ports import free_ports
from siaga_streams.backend import Appender, Fenced, OutRecord, TopicPartition, Unavailable
from siaga_streams.kafka import KafkaBackend
from streams_testbed.clusters import KafkaCluster
from streams_testbed.stages import on_kafka

pytest_plugins = ("streams_testbed.fixtures",)


async def _open_transaction(cluster: KafkaCluster, value: bytes) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap, transactional_id=cluster.service, transaction_timeout_ms=15000
    )
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(cluster.topics.log, value, partition=0)
    return producer


@on_kafka
async def test_an_open_transaction_is_not_seen_but_the_end_stands_behind_it(cluster: KafkaCluster) -> None:
    """A commit is acknowledged before its markers are written: whoever waits for an end waits for them too."""
    at = TopicPartition(cluster.topics.log, 0)
    await cluster.write(OutRecord(at.topic, None, b"before", partition=0))
    producer = await _open_transaction(cluster, b"open")
    await cluster.write(OutRecord(at.topic, None, b"behind", partition=0))
    reader = await cluster.process("a").reader({at: 0})

    assert (await reader.ends()) == {at: 3}
    assert (await cluster.process("a").topic_ends(at.topic))[0] == 3
    assert [r.value for r in await reader.fetch(10, 5.0)] == [b"before"]
    assert await reader.fetch(10, 0.3) == []
    assert (await reader.positions())[at] < 3

    await producer.commit_transaction()
    assert [r.value for r in await cluster.read(at.topic)] == [b"before", b"open", b"behind"]
    await producer.stop()
    await reader.close()


@on_kafka
async def test_a_transaction_that_nobody_ends_does_not_hold_up_the_line_for_ever(
    cluster: KafkaCluster,
) -> None:
    at = TopicPartition(cluster.topics.log, 0)
    await cluster.write(OutRecord(at.topic, None, b"before", partition=0))
    producer = await _open_transaction(cluster, b"open")
    reader = await cluster.process("a").reader({at: 0})
    assert (await reader.ends()) == {at: 2}
    with patch("siaga_streams.kafka_ends.HANGING_SECONDS", 1.0):
        async with asyncio.timeout(10):
            while (await reader.ends()) != {at: 1}:
                await asyncio.sleep(0.2)
    await producer.commit_transaction()
    assert [r.value for r in await cluster.read(at.topic)] == [b"before", b"open"]
    await producer.stop()
    await reader.close()


@on_kafka
async def test_a_fence_takes_back_what_no_coordinator_knows_of(cluster: KafkaCluster) -> None:
    """Left alone, the first commit of the new owner would bring the old records to light."""
    at = TopicPartition(cluster.topics.log, 0)
    await _leave_hanging(cluster, b"hanging")
    reader = await cluster.process("a").reader({at: 0})
    assert await reader.fetch(10, 0.5) == []

    appender = await cluster.process("b").fence(cluster.service, at)
    await appender.append([OutRecord(at.topic, None, b"new", partition=0)])

    assert [r.value for r in await cluster.read(at.topic)] == [b"new"]
    await appender.close()
    await reader.close()


async def _leave_hanging(cluster: KafkaCluster, value: bytes) -> None:
    """Write a record of a transaction of which the coordinator hears nothing; the broker must not ask it meanwhile."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()

    async def ask_the_coordinator(value: str) -> None:
        change = {"transaction.partition.verification.enable": value}
        await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", change)])

    await ask_the_coordinator("false")
    try:
        async with asyncio.timeout(30):
            while not await _written_unasked(
                cluster, value
            ):  # the broker follows its settings a moment later
                await asyncio.sleep(0.2)
    finally:
        await ask_the_coordinator("true")
        await admin.close()


async def _written_unasked(cluster: KafkaCluster, value: bytes) -> bool:
    """Whether the broker took it without a word to the coordinator."""
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap, transactional_id=cluster.service, transaction_timeout_ms=15000
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        producer._txn_manager._txn_partitions.add(KafkaPartition(cluster.topics.log, 0))
        await producer.send_and_wait(cluster.topics.log, value, partition=0)
    except InvalidTxnState:
        return False
    finally:
        await producer.stop()
    return True


@on_kafka
async def test_an_aborted_transaction_never_happened_and_the_end_is_reached(cluster: KafkaCluster) -> None:
    producer = await _open_transaction(cluster, b"aborted")
    await producer.abort_transaction()

    assert await cluster.read(cluster.topics.log) == []
    await producer.stop()


@on_kafka
async def test_a_fence_ends_the_transaction_that_the_older_owner_left_open(cluster: KafkaCluster) -> None:
    producer = await _open_transaction(cluster, b"left open")

    appender = await cluster.process("a").fence(cluster.service, TopicPartition(cluster.topics.log, 0))
    await appender.append([OutRecord(cluster.topics.log, None, b"new", partition=0)])

    assert [r.value for r in await cluster.read(cluster.topics.log)] == [b"new"]
    await appender.close()
    await producer.stop()


async def _appended(appender: Appender, log: str, *values: bytes) -> list[int]:
    return await appender.append([OutRecord(log, b"key", value, partition=0) for value in values])


@on_kafka
async def test_what_goes_to_the_log_alone_is_one_batch_without_a_transaction(cluster: KafkaCluster) -> None:
    log = cluster.topics.log
    appender = await cluster.process("a").fence(cluster.service, TopicPartition(log, 0))
    first = await _appended(appender, log, b"1", b"2")
    second = await _appended(appender, log, b"3")
    both = await appender.append(
        [OutRecord(log, b"key", b"4", partition=0), OutRecord(cluster.topics.door, b"key", b"x", partition=0)]
    )
    after = await _appended(appender, log, b"5")
    later = await _appended(appender, log, b"6")

    assert [first[1] - first[0], second[0] - first[1], both[0] - second[0]] == [1, 1, 1]
    assert after[0] > both[0] + 1, "the transaction's marker stands between"
    assert later[0] > after[0]
    assert [r.value for r in await cluster.read(log)] == [b"1", b"2", b"3", b"4", b"5", b"6"]
    await appender.close()


@on_kafka
async def test_a_paused_owner_s_batch_is_refused_once_a_newer_one_is_known(cluster: KafkaCluster) -> None:
    """No coordinator is asked about a batch: the partition's leader must know the newer owner by itself."""
    log = cluster.topics.log
    older = await cluster.process("a").fence(cluster.service, TopicPartition(log, 0))
    (first,) = await _appended(older, log, b"1")
    assert await _appended(older, log, b"2") == [first + 1]
    newer = await cluster.process("b").fence(cluster.service, TopicPartition(log, 0))
    with (
        patch.object(AIOKafkaProducer, "begin_transaction", side_effect=AssertionError),
        pytest.raises(Fenced),
    ):
        await _appended(older, log, b"zombie")
    await _appended(newer, log, b"3")
    assert [r.value for r in await cluster.read(log)] == [b"1", b"2", b"3"]
    await older.close()
    await newer.close()


@on_kafka
async def test_an_owner_shows_itself_again_before_the_broker_forgets_it(cluster: KafkaCluster) -> None:
    log = cluster.topics.log
    appender = await cluster.process("a").fence(cluster.service, TopicPartition(log, 0))
    (first,) = await _appended(appender, log, b"1")
    with patch("siaga_streams.kafka_appending.KNOWN_FOR", timedelta(0)):
        assert await _appended(appender, log, b"2") == [first + 1]
    async with asyncio.timeout(10):
        (last,) = await _appended(appender, log, b"3")
        while (offset := (await _appended(appender, log, b"3"))[0]) != last + 1:
            last = offset
    assert last > first + 2, "the transaction's marker"
    await appender.close()


@on_kafka
async def test_what_does_not_fit_into_a_batch_is_still_appended_whole(cluster: KafkaCluster) -> None:
    log = cluster.topics.log
    appender = await cluster.process("a").fence(cluster.service, TopicPartition(log, 0))
    values = [bytes([n]) * 200_000 for n in range(5)]
    await _appended(appender, log, b"small")
    await _appended(appender, log, *values)
    assert [r.value for r in await cluster.read(log)] == [b"small", *values]
    await appender.close()


async def test_a_broker_that_is_away_is_unavailable() -> None:
    backend = KafkaBackend(f"127.0.0.1:{free_ports(1)[0]}")
    with pytest.raises(Unavailable):
        await backend.partition_counts()
    with pytest.raises(Unavailable):
        await backend.fence("nobody", TopicPartition("log", 0))
    await backend.close()
