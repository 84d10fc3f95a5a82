"""A pytest plugin: the one broker of all tests of this library, and the stage that a test runs on."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from siaga_localkafka import LocalKafka

from streams_testbed.stages import KafkaStage, MemoryStage, Stage

__all__ = ["kafka_stage", "stage"]


@pytest.fixture(scope="session")
def kafka_stage() -> Iterator[KafkaStage]:
    with LocalKafka() as kafka:
        yield KafkaStage(kafka.bootstrap)


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "memory":
        return MemoryStage()
    found: KafkaStage = request.getfixturevalue("kafka_stage")
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """aiokafka leaves failed tasks behind. CPython 3.11 fails if one is reported while something is being compiled."""
    gc.collect()
