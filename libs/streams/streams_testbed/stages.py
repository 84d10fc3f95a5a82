"""Where a scenario is played: in memory (virtual time), or on a real broker. See `fixtures` for the plugin."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar

import pytest
from siaga_streams.testing import run_virtually

from streams_testbed.clusters import Cluster, KafkaCluster, MemoryCluster

__all__ = [
    "KafkaStage",
    "MemoryStage",
    "Scenario",
    "Stage",
    "in_memory",
    "on_each_backend",
    "on_kafka",
    "played",
]

C = TypeVar("C", bound=Cluster)
Scenario: TypeAlias = Callable[[Cluster], Awaitable[None]]


class Stage(Protocol):
    def run(self, scenario: Scenario) -> None: ...


class MemoryStage:
    def run(self, scenario: Scenario) -> None:
        run_virtually(played(MemoryCluster(), scenario))


class KafkaStage:
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._existing: set[str] = set()

    def run(self, scenario: Scenario) -> None:
        asyncio.run(played(KafkaCluster(self.bootstrap, self._existing), scenario))

    def run_kafka(self, scenario: Callable[[KafkaCluster], Awaitable[None]]) -> None:
        asyncio.run(played(KafkaCluster(self.bootstrap, self._existing), scenario))


async def played(cluster: C, scenario: Callable[[C], Awaitable[None]]) -> None:
    """Its topics made, its backends closed."""
    cluster.enter_catalogue()
    try:
        await cluster.open()
        await scenario(cluster)
    finally:
        await cluster.close()
        cluster.leave_catalogue()


def on_each_backend(scenario: Scenario) -> Callable[[Stage], None]:
    """Two tests of one scenario."""

    @pytest.mark.parametrize("stage", ["memory", "kafka"], indirect=True)
    def test(stage: Stage) -> None:
        stage.run(scenario)

    return _named(test, scenario)


def on_kafka(scenario: Callable[[KafkaCluster], Awaitable[None]]) -> Callable[[KafkaStage], None]:
    """A test of what only a broker has, such as an open transaction."""

    def test(kafka_stage: KafkaStage) -> None:
        kafka_stage.run_kafka(scenario)

    return _named(test, scenario)


def in_memory(scenario: Callable[[MemoryCluster], Awaitable[None]]) -> Callable[[], None]:
    """A test that needs pauses or long times."""

    def test() -> None:
        run_virtually(played(MemoryCluster(), scenario))

    return _named(test, scenario)


T = TypeVar("T", bound=Callable[..., None])


def _named(test: T, scenario: Callable[..., Awaitable[None]]) -> T:
    test.__name__ = scenario.__name__
    test.__doc__ = scenario.__doc__
    return test
