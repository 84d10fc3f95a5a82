"""What only a broker has: transactions that are open, aborted or left behind, and a broker that is away."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from siaga_localkafka.ports import free_ports
from siaga_streams.backend import OutRecord, TopicPartition, Unavailable
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
    with patch("siaga_streams.kafka.HANGING_SECONDS", 1.0):
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
        producer = AIOKafkaProducer(
            bootstrap_servers=cluster.bootstrap,
            transactional_id=cluster.service,
            transaction_timeout_ms=15000,
        )
        await producer.start()
        await producer.begin_transaction()
        producer._txn_manager._txn_partitions.add(KafkaPartition(cluster.topics.log, 0))
        await producer.send_and_wait(cluster.topics.log, value, partition=0)
        await producer.stop()
    finally:
        await ask_the_coordinator("true")
        await admin.close()


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


async def test_a_broker_that_is_away_is_unavailable() -> None:
    backend = KafkaBackend(f"127.0.0.1:{free_ports(1)[0]}")
    with pytest.raises(Unavailable):
        await backend.partition_counts()
    with pytest.raises(Unavailable):
        await backend.fence("nobody", TopicPartition("log", 0))
    await backend.close()
