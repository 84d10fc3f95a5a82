"""What every aiokafka client of the Kafka backend shares: its errors, its start and its stop, and the names of partitions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, ProducerFenced

from siaga_streams.backend import Fenced, OutRecord, TopicPartition, Unavailable

__all__ = ["errors", "kafka_partition", "our_partition", "place_of", "send", "start_client", "stop_client"]

PATIENCE_SECONDS = 60.0
"""Some of aiokafka's waits have no end of their own. A process that waits longer than this ends, and is started anew."""
STOP_SECONDS = 5.0


@asynccontextmanager
async def errors(doing: str, patience: float | None = PATIENCE_SECONDS) -> AsyncIterator[None]:
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


async def send(producer: AIOKafkaProducer, record: OutRecord) -> Any:
    return await producer.send(
        record.topic,
        key=record.key,
        value=record.value,
        headers=list(record.headers),
        partition=record.partition,
    )


async def start_client(client: AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient) -> None:
    try:
        await client.start()
    except BaseException:
        await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())
        raise


async def stop_client(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
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


def kafka_partition(partition: TopicPartition) -> KafkaPartition:
    return KafkaPartition(partition.topic, partition.partition)


def place_of(record: OutRecord) -> KafkaPartition:
    return KafkaPartition(record.topic, record.partition)


def our_partition(partition: KafkaPartition) -> TopicPartition:
    return TopicPartition(partition.topic, partition.partition)
