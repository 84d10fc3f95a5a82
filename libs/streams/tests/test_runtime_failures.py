"""What can't be decided: a bug in `decide`, a record that can't be read, a cluster that is set up wrongly."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from siaga_events import CATALOGUE, DecodeError, Event, Topic, TopicKind, UnknownVersion
from siaga_events.ids import derived_id
from siaga_events.types import CauseFailed, CauseRetried, DeadLettered, EarlyWordsNoted
from siaga_streams.backend import OutRecord
from siaga_streams.checks import AssignmentError, TopicError, check_topics
from siaga_streams.decider import NoViews
from siaga_streams.partitioning import partition_of
from siaga_streams.service import Service
from siaga_streams.worker import DeciderWorker
from streams_testbed.clusters import CODEC, LONG_AGO, PARTITIONS, Cluster, call, said, until, written
from streams_testbed.running import Running, sample
from streams_testbed.sample import SampleDecider
from streams_testbed.stages import on_each_backend

pytest_plugins = ("streams_testbed.fixtures",)

CALL = call(1)


async def _letters(cluster: Cluster) -> list[Event[DeadLettered]]:
    """Those of this test's service."""
    return [
        Event(e.id, e.source, e.subject, e.time, e.data)
        for e in await cluster.events("dead-letters")
        if isinstance(e.data, DeadLettered) and e.data.service == cluster.service
    ]


async def _wait_for_letters(running: Running, count: int) -> list[Event[DeadLettered]]:
    while len(letters := await _letters(running.cluster)) < count:
        await running.until(lambda: True, "a dead letter")
    assert len(letters) == count
    return letters


def _retry(cluster: Cluster, letter: Event[DeadLettered], identity: str) -> OutRecord:
    retried = CauseRetried(
        service=letter.data.service,
        dead_letter=letter.subject,
        by="operator",
        value=letter.data.value or "",
        headers=letter.data.headers,
    )
    return written("retries", Event(derived_id("retry", identity), "siaga", CALL, LONG_AGO, retried))


@on_each_backend
async def test_a_bug_in_decide_is_logged_with_its_dead_letter_and_the_line_goes_on(cluster: Cluster) -> None:
    running = Running(cluster)
    await cluster.say(cluster.topics.inner, said("note a", CALL), said("boom", CALL), said("note b", CALL))
    await running.until_heard(CALL, "note a", "note b")
    await running.stop()

    log = [e.data for e in await cluster.events(cluster.topics.log)]
    (failed,) = [d for d in log if isinstance(d, CauseFailed)]
    (letter,) = await _letters(cluster)
    assert failed.dead_letter == str(letter.id)
    assert "ZeroDivisionError" in failed.why
    assert letter.data.topic == cluster.topics.inner
    words = [d.words if isinstance(d, EarlyWordsNoted) else type(d).__name__ for d in log]
    assert words == ["note a", "CallEndNoted", "CauseFailed", "note b", "CallEndNoted"]


@on_each_backend
async def test_a_failed_cause_is_not_decided_again_after_a_restart(cluster: Cluster) -> None:
    first = Running(cluster)
    await cluster.say(cluster.topics.inner, said("boom", CALL))
    await first.until(lambda: first.notes(CALL).failed == 1, "the failure")
    await first.crash()

    second = Running(cluster)
    await second.until_committed()
    assert second.notes(CALL).failed == 1
    await second.stop()
    assert len(await _letters(cluster)) == 1


@on_each_backend
async def test_a_retry_is_decided_with_an_id_of_its_own(cluster: Cluster) -> None:
    first = Running(cluster)
    await cluster.say(cluster.topics.inner, said("boom", CALL))
    await first.until(lambda: first.notes(CALL).failed == 1, "the failure")
    await first.stop()
    (letter,) = await _letters(cluster)

    mended = sample(cluster)
    mended.boom_is_mended = True
    second = Running(cluster, decider=mended)
    await cluster.write(_retry(cluster, letter, cluster.service))
    await second.until_heard(CALL, "boom")
    await second.stop()

    failed, decided, _ = await cluster.events(cluster.topics.log)
    assert isinstance(decided.data, EarlyWordsNoted)
    assert decided.causation_id == derived_id("retry", cluster.service)
    assert UUID(decided.data.report_id) != said("boom", CALL).id
    assert decided.id != failed.id


@on_each_backend
async def test_a_retry_for_another_service_is_left_alone(cluster: Cluster) -> None:
    running = Running(cluster)
    data = CauseRetried(service="somebody else", dead_letter="x", by="operator", value="", headers=())
    await cluster.write(written("retries", Event(derived_id("other"), "siaga", CALL, LONG_AGO, data)))
    await cluster.say(cluster.topics.inner, said("note a", CALL))
    await running.until_heard(CALL, "note a")
    await running.stop()
    assert await _letters(cluster) == []


@on_each_backend
async def test_a_malformed_record_at_a_door_becomes_a_dead_letter(cluster: Cluster) -> None:
    running = Running(cluster)
    number = partition_of(CALL.encode(), PARTITIONS)
    await cluster.write(
        OutRecord(cluster.topics.door, b"key", b"not json", [("ce_id", b"1")], number),
        OutRecord(cluster.topics.door, b"key", None, [], number),
        written(cluster.topics.door, said("note a", CALL)),
    )
    await running.until_heard(CALL, "note a")
    letters = sorted(await _wait_for_letters(running, 2), key=lambda letter: letter.data.offset)
    await running.stop()

    assert [(letter.data.topic, letter.data.offset) for letter in letters] == [
        (cluster.topics.door, 0),
        (cluster.topics.door, 1),
    ]
    assert "missing" in letters[0].data.why
    assert letters[1].data.value is None


@on_each_backend
async def test_a_retry_that_is_no_base64_becomes_a_dead_letter(cluster: Cluster) -> None:
    running = Running(cluster)
    data = CauseRetried(service=cluster.service, dead_letter="x", by="operator", value="!", headers=())
    await cluster.write(written("retries", Event(derived_id("bad"), "siaga", CALL, LONG_AGO, data)))
    (letter,) = await _wait_for_letters(running, 1)
    await running.stop()
    assert "base64" in letter.data.why


@on_each_backend
async def test_a_call_in_a_foreign_partition_of_a_door_becomes_a_dead_letter(cluster: Cluster) -> None:
    running = Running(cluster)
    record = written(cluster.topics.door, said("note a", CALL))
    elsewhere = 1 - partition_of(CALL.encode(), PARTITIONS)
    await cluster.write(OutRecord(record.topic, record.key, record.value, record.headers, elsewhere))
    (letter,) = await _wait_for_letters(running, 1)
    await running.stop()
    assert letter.data.why.startswith("key:")
    assert await cluster.events(cluster.topics.log) == []


@on_each_backend
async def test_a_malformed_record_inside_ends_the_worker(cluster: Cluster) -> None:
    running = Running(cluster)
    await cluster.write(OutRecord(cluster.topics.inner, b"key", b"not json", [], 0))
    assert isinstance(await running.ended(), DecodeError)
    assert await _letters(cluster) == []


@on_each_backend
async def test_an_unknown_version_inside_ends_the_worker(cluster: Cluster) -> None:
    running = Running(cluster)
    await cluster.write(_newer(cluster.topics.inner))
    assert isinstance(await running.ended(), UnknownVersion)


@on_each_backend
async def test_an_unknown_version_in_the_own_log_ends_the_worker(cluster: Cluster) -> None:
    await cluster.write(_newer(cluster.topics.log))
    assert isinstance(await Running(cluster).ended(), UnknownVersion)


def _newer(name: str) -> OutRecord:
    """Words as a release to come might write them."""
    record = written(name, said("note a", CALL))
    headers = [(n, b"siaga112.WordsReceived.v9" if n == "ce_type" else v) for n, v in record.headers]
    return OutRecord(name, record.key, record.value, headers)


@on_each_backend
async def test_members_with_other_inputs_end_the_worker(cluster: Cluster) -> None:
    first = Running(cluster, "1")
    await first.until_owned()
    fewer = SampleDecider(cluster.service, (cluster.topics.inner,), cluster.topics.log)
    second = Running(cluster, "2", decider=fewer)

    error = await first.ended()

    assert isinstance(error, AssignmentError)
    assert "stop all of them" in str(error)
    await second.crash()


@on_each_backend
async def test_a_missing_topic_keeps_a_service_from_starting(cluster: Cluster) -> None:
    missing = f"missing-{cluster.number}"
    CATALOGUE[missing] = Topic(missing, TopicKind.LOG, "call", cluster.service)
    try:
        service = _service(cluster, SampleDecider(cluster.service, (cluster.topics.inner,), missing))
        with pytest.raises(TopicError, match=rf"{missing} is missing.*siaga topics create"):
            await service.run()
    finally:
        del CATALOGUE[missing]


@on_each_backend
async def test_another_partition_count_keeps_a_service_from_starting(cluster: Cluster) -> None:
    service = _service(cluster, sample(cluster), PARTITIONS + 1)
    with pytest.raises(TopicError, match=rf"{cluster.topics.inner} has 2 partitions and must have 3"):
        await service.run()


@on_each_backend
async def test_a_service_runs_until_it_is_stopped(cluster: Cluster) -> None:
    await cluster.say(cluster.topics.inner, said("note a", CALL))  # the broker knows the topics from here on
    service = _service(cluster, sample(cluster))
    running = asyncio.create_task(service.run())
    await until(lambda: running.done() or (service.ready and _calls(service, cluster) == 1), "the call")
    service.stop()
    await running
    assert len(await cluster.events(cluster.topics.log)) == 2


@on_each_backend
async def test_a_service_ends_with_its_worker(cluster: Cluster) -> None:
    await cluster.write(_newer(cluster.topics.log))
    with pytest.raises(UnknownVersion):
        await _service(cluster, sample(cluster)).run()


def _service(cluster: Cluster, decider: SampleDecider, partitions: int = PARTITIONS) -> Service:
    backend = cluster.process("service")
    worker = DeciderWorker(decider, backend, CODEC, "service", PARTITIONS, NoViews)
    return Service(cluster.service, backend, CODEC, partitions, deciders=[worker])


def _calls(service: Service, cluster: Cluster) -> int:
    return sum(partition["calls"] for partition in service.state()[cluster.service].values())


def test_every_wrong_topic_is_named_at_once() -> None:
    with pytest.raises(TopicError, match=r"calls is missing; routings has 4 partitions and must have 12"):
        check_topics({"routings": 4, "posts": 1}, ["calls", "routings", "posts"], 12)
