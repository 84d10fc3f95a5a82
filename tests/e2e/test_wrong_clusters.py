"""A cluster or a group that is not as it must be: the worker says what is wrong, and ends with status 1."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from siaga_events import CATALOGUE
from siaga_localkafka import LocalKafka
from siaga_ops.processes import Child, free_port
from siaga_ops.topics import create_topics

from .system import DATA, PARTITIONS, ended, siaga, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.own_line]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalKafka]:
    """Without `classifications` at first."""
    broker = LocalKafka(tmp_path_factory.mktemp("bare"))
    await asyncio.to_thread(broker.start)
    try:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        wanted = [t for t in CATALOGUE.values() if t.name != "classifications"]
        await admin.create_topics([NewTopic(t.name, t.partition_count(PARTITIONS), 1) for t in wanted])
        await admin.close()
        yield broker
    finally:
        await asyncio.to_thread(broker.kill)


def worker(kafka: LocalKafka, folder: Path, service: str, **env: str) -> Child:
    common = {
        "SIAGA_BOOTSTRAP": kafka.bootstrap,
        "SIAGA_PARTITIONS": str(PARTITIONS),
        "SIAGA_GAZETTEER": str(DATA / "gazetteer"),
        "SIAGA_PLAN": str(DATA / "plan/response-plan.json"),
        "SIAGA_DEADLINES": str(DATA / "plan/deadlines.json"),
    }
    port = free_port()
    return Child(
        service,
        f"siaga_{service}",
        {**common, "SIAGA_HTTP_PORT": str(port), **env},
        port,
        folder / f"{service}.log",
    )


async def test_a_missing_topic_is_named(kafka: LocalKafka, tmp_path: Path) -> None:
    for service in ("classifier", "router"):
        child = worker(kafka, tmp_path, service)
        child.start()
        assert await ended(child) == 1
        assert "classifications is missing" in child.log.read_text()
        assert "siaga topics create" in child.log.read_text()
    listed = await siaga(kafka.bootstrap, "topics", "list")
    assert any("classifications" in row and "missing" in row for row in listed.output.splitlines())


async def test_another_partition_count_is_told(kafka: LocalKafka, tmp_path: Path) -> None:
    await create_topics(kafka.bootstrap, PARTITIONS, 1)
    child = worker(kafka, tmp_path, "classifier", SIAGA_PARTITIONS="6")
    child.start()
    assert await ended(child) == 1
    assert "classifications has 12 partitions and must have 6" in child.log.read_text()


async def test_a_member_that_subscribes_to_less_ends_the_worker(kafka: LocalKafka, tmp_path: Path) -> None:
    """An older release in the same group would take partitions of some inputs and not of the others."""
    await create_topics(kafka.bootstrap, PARTITIONS, 1)
    older = AIOKafkaConsumer(
        "classifications",
        bootstrap_servers=kafka.bootstrap,
        group_id="router",
        partition_assignment_strategy=[RangePartitionAssignor],
        enable_auto_commit=False,
    )
    await older.start()
    child = worker(kafka, tmp_path, "router")
    try:
        child.start()
        assert await ended(child) == 1
    finally:
        await older.stop()
    assert "Members of this group subscribe to different topics" in child.log.read_text()


async def test_a_second_process_under_one_worker_id_is_told(kafka: LocalKafka, tmp_path: Path) -> None:
    """The broker tells neither, and both would take the partitions from each other for ever."""
    await create_topics(kafka.bootstrap, PARTITIONS, 1)
    twins = [worker(kafka, tmp_path / name, "classifier", SIAGA_WORKER_ID="7") for name in ("a", "b")]
    for twin in twins:
        twin.log.parent.mkdir()
        twin.start()

    async def said() -> str | None:
        told = "".join(twin.log.read_text() for twin in twins)
        return told if "another process run under this worker id" in told else None

    try:
        told = await until(said, "one of them says so")
    finally:
        await asyncio.gather(*(twin.stop() for twin in twins))
    assert '"worker_id": "classifier-7"' in told
    assert "SIAGA_WORKER_ID" in told


async def test_no_broker_is_told(tmp_path: Path) -> None:
    child = Child(
        "router",
        "siaga_router",
        {
            "SIAGA_BOOTSTRAP": f"127.0.0.1:{free_port()}",
            "SIAGA_PLAN": str(DATA / "plan/response-plan.json"),
            "SIAGA_DEADLINES": str(DATA / "plan/deadlines.json"),
        },
        0,
        tmp_path / "router.log",
    )
    child.start()
    assert await ended(child) == 1
    assert "Unavailable" in child.log.read_text()


async def test_unusable_settings_end_with_status_2(tmp_path: Path) -> None:
    child = Child("router", "siaga_router", {"SIAGA_PARTITIONS": "none"}, 0, tmp_path / "router.log")
    child.start()
    assert await ended(child) == 2
    assert "partitions" in child.log.read_text()
