"""`siaga topics`: the catalogue's topics, made by command and never by auto-creation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from siaga_events import CATALOGUE, Topic
from siaga_events.topics import WORKING

from siaga_ops.errors import OpsError

__all__ = ["TopicState", "create_topics", "list_topics"]


RETRY_SECONDS = 1.0
KNOWN_WITHIN_SECONDS = 30.0
LOOKS = 20


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic of the catalogue, and how many partitions the cluster has of it (None: missing)."""

    topic: Topic
    expected: int
    partitions: int | None


async def list_topics(bootstrap: str, partitions: int) -> list[TopicState]:
    """Raises OpsError if no broker answers."""
    admin = await _admin(bootstrap)
    try:
        return await _states(admin, partitions)
    finally:
        await admin.close()


async def create_topics(
    bootstrap: str, partitions: int, replication: int, wait_seconds: float = 0.0
) -> list[str]:
    """Create what is missing; gives their names. Raises OpsError for a topic with another count.

    A cluster that comes up refuses for a while (too few brokers for the replication): within `wait_seconds` it is tried again.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + wait_seconds
    while True:
        try:
            return await _create_missing(bootstrap, partitions, replication)
        except OpsError:
            if loop.time() > end:
                raise
        await asyncio.sleep(RETRY_SECONDS)


async def _create_missing(bootstrap: str, partitions: int, replication: int) -> list[str]:
    admin = await _admin(bootstrap)
    try:
        states = await _states(admin, partitions)
        wrong = [s for s in states if s.partitions is not None and s.partitions != s.expected]
        if wrong:
            spelled = ", ".join(f"{s.topic.name} has {s.partitions}, must have {s.expected}" for s in wrong)
            raise OpsError(
                f"{spelled}. The count of existing topics can't be changed: set SIAGA_PARTITIONS to it."
            )
        missing = [s for s in states if s.partitions is None]
        in_sync = {"min.insync.replicas": "2"} if replication >= 3 else {}
        new = [
            NewTopic(s.topic.name, s.expected, replication, topic_configs={**s.topic.config(), **in_sync})
            for s in missing
        ]
        if new:
            await _create(admin, new)
            await _until_known(admin, partitions)
        return [s.topic.name for s in missing]
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, new: list[NewTopic]) -> None:
    try:
        answer = await admin.create_topics(new)
    except TopicAlreadyExistsError:
        return  # somebody else was quicker
    except KafkaError as error:
        raise OpsError(f"the broker refused to create topics: {error!r}") from error
    failed = [(name, code, text) for name, code, text, *_ in answer.topic_errors if code not in (0, 36)]
    if failed:
        raise OpsError("; ".join(f"{name}: {text or f'error {code}'}" for name, code, text in failed))


async def _until_known(admin: AIOKafkaAdminClient, partitions: int) -> None:
    """Brokers hear of a new topic one after the other, and each look asks one at random: all must find them in a row.

    Raises OpsError if some broker has not heard of them for long.
    """
    end = asyncio.get_running_loop().time() + KNOWN_WITHIN_SECONDS
    in_a_row = 0
    while in_a_row < LOOKS:
        missing = [s.topic.name for s in await _states(admin, partitions) if s.partitions != s.expected]
        in_a_row = 0 if missing else in_a_row + 1
        if missing:
            if asyncio.get_running_loop().time() > end:
                raise OpsError(f"created, but not every broker knows of them yet: {', '.join(missing)}")
            await asyncio.sleep(0.05)


async def _states(admin: AIOKafkaAdminClient, partitions: int) -> list[TopicState]:
    described = await admin.describe_topics(await admin.list_topics())
    counts = {t["topic"]: len(t["partitions"]) for t in described}
    return [
        TopicState(t, t.partition_count(partitions), counts.get(t.name))
        for t in (CATALOGUE | WORKING).values()
    ]


async def _admin(bootstrap: str) -> AIOKafkaAdminClient:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="siaga")
    try:
        await admin.start()
    except (KafkaError, OSError) as error:
        await admin.close()
        raise OpsError(f"no Kafka answers at {bootstrap}. Start one with `siaga kafka up`.") from error
    return admin
