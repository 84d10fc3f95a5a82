"""What only a broker's groups do: a static member that is back is given what it had, whatever it asks for now."""

from __future__ import annotations

from collections.abc import Awaitable

from siaga_streams.backend import Backend, Group, Member, TopicPartition, Unavailable
from siaga_streams.kafka import STALE
from streams_testbed.clusters import KafkaCluster, until
from streams_testbed.stages import on_kafka

pytest_plugins = ("streams_testbed.fixtures",)


@on_kafka
async def test_a_release_that_was_taken_back_finds_its_place_again(cluster: KafkaCluster) -> None:
    """The wider release is gone within the session timeout; the one before it, under the same name, subscribes to less."""
    assigned: set[str] = set()

    async def on_revoked(partitions: frozenset[TopicPartition]) -> None:
        assigned.clear()

    async def on_assigned(partitions: frozenset[TopicPartition]) -> None:
        assigned.update(at.topic for at in partitions)

    async def join(backend: Backend, *topics: str) -> Member:
        group = Group(cluster.service, "worker-1", topics)
        return await backend.join(group, on_revoked, on_assigned)

    inner, door = cluster.topics.inner, cluster.topics.door
    wider = await join(cluster.process("wider"), inner, door)
    await until(lambda: assigned == {inner, door}, "all of it")
    await cluster.vanish(wider, "wider")
    assigned.clear()

    assert STALE in await _why_unavailable(join(cluster.process("before"), inner))
    back = await join(cluster.process("before, started anew"), inner)
    await until(lambda: assigned == {inner}, "its own share")
    await back.leave()


async def _why_unavailable(joining: Awaitable[Member]) -> str:
    try:
        await joining
    except Unavailable as error:
        return str(error)
    return "it is not"
