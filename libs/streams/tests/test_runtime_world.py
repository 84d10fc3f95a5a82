"""Effects and deadlines: what a worker does in the world, and what it decides by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from siaga_events.types import CallEndNoted, EarlyWordsNoted
from siaga_streams import worker as worker_module
from siaga_streams.backend import TopicPartition
from siaga_streams.partition import Attempt
from siaga_streams.partitioning import partition_of
from streams_testbed.clusters import PARTITIONS, Cluster, MemoryCluster, call, said, until
from streams_testbed.running import Running
from streams_testbed.stages import in_memory, on_each_backend

pytest_plugins = ("streams_testbed.fixtures",)

CALL = call(1)
LOST = "lost its worker ended before the outcome was known"
LATE = "lost not sent: too long since its start was logged"


class Provider:
    """Holds every request until it is let go."""

    def __init__(self, cluster: Cluster) -> None:
        self.asked: list[Attempt] = []
        self.logged: list[list[str]] = []
        self.free = asyncio.Event()
        self._cluster = cluster

    async def __call__(self, attempt: Attempt) -> str:
        self.asked.append(attempt)
        self.logged.append(await _words(self._cluster))
        await self.free.wait()
        return "taken"


async def _words(cluster: Cluster, of: str = CALL) -> list[str]:
    return [
        e.data.words
        for e in await cluster.events(cluster.topics.log)
        if isinstance(e.data, EarlyWordsNoted) and e.subject == of
    ]


@on_each_backend
async def test_a_start_is_in_the_log_before_the_request_and_its_outcome_after(cluster: Cluster) -> None:
    provider = Provider(cluster)
    running = Running(cluster, perform=provider)
    await cluster.say(cluster.topics.inner, said("alarm fire", CALL))
    await running.until(lambda: bool(provider.logged), "the request")

    assert provider.logged == [["alarm fire", "started"]]
    provider.free.set()
    await running.until_heard(CALL, "alarm fire", "started", "outcome taken")
    await running.stop()
    assert len(provider.asked) == 1


@on_each_backend
async def test_a_request_that_was_out_when_its_worker_ended_is_lost_and_not_repeated(
    cluster: Cluster,
) -> None:
    provider = Provider(cluster)
    first = Running(cluster, perform=provider)
    await cluster.say(cluster.topics.inner, said("alarm fire", CALL))
    await first.until(lambda: bool(provider.logged), "the request")
    await first.crash()

    second = Running(cluster, perform=provider)
    await second.until_heard(CALL, "alarm fire", "started", LOST)
    await second.stop()
    assert len(provider.asked) == 1


@on_each_backend
async def test_what_was_never_started_is_started_after_a_restart(cluster: Cluster) -> None:
    """The log ends between the alarm and its start: as if the worker had ended in between."""
    provider = Provider(cluster)
    provider.free.set()
    await _log(cluster, "alarm fire")

    running = Running(cluster, perform=provider)
    await running.until_heard(CALL, "alarm fire", "started", "outcome taken")
    await running.stop()


@on_each_backend
async def test_a_clean_stop_waits_for_the_requests_that_are_out(cluster: Cluster) -> None:
    provider = Provider(cluster)
    running = Running(cluster, perform=provider)
    await cluster.say(cluster.topics.inner, said("alarm fire", CALL))
    await running.until(lambda: bool(provider.logged), "the request")

    running.worker.stop()
    await asyncio.sleep(0)
    provider.free.set()
    await running.task

    assert await _words(cluster) == ["alarm fire", "started", "outcome taken"]


@on_each_backend
async def test_an_error_in_the_adapter_is_an_outcome_too(cluster: Cluster) -> None:
    async def broken(attempt: Attempt) -> str:
        raise ConnectionError("no route")

    running = Running(cluster, perform=broken)
    await cluster.say(cluster.topics.inner, said("alarm fire", CALL))
    await running.until_heard(CALL, "alarm fire", "started", "lost error in the adapter: ConnectionError")
    await running.stop()


@in_memory
async def test_a_request_that_waited_past_half_the_session_timeout_is_not_sent(
    cluster: MemoryCluster,
) -> None:
    provider = Provider(cluster)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_module, "EFFECTS_AT_ONCE", 1)
        running = Running(cluster, perform=provider)
    await running.until_owned()
    other = call(2)
    await cluster.say(cluster.topics.inner, said("alarm a", CALL), said("alarm b", other))
    await running.until(
        lambda: bool(provider.asked) and running.notes(CALL).started and running.notes(other).started,
        "both starts",
    )
    await asyncio.sleep(cluster.log.session_timeout_seconds / 2 + 0.1)
    provider.free.set()

    await running.until(lambda: not (running.notes(CALL).alarm or running.notes(other).alarm), "both ends")
    ends = {running.notes(CALL).words[-1], running.notes(other).words[-1]}
    assert ends == {"outcome taken", LATE}
    assert len(provider.asked) == 1
    await running.stop()


@in_memory
async def test_a_worker_that_was_paused_before_its_request_does_not_send_it(cluster: MemoryCluster) -> None:
    """The start is appended, its answer reaches a process that was away for longer than its partition was safe."""
    provider = Provider(cluster)
    provider.free.set()
    running = Running(cluster, perform=provider)
    await running.until_owned()
    await cluster.say(cluster.topics.inner, said("alarm fire", CALL))
    while not any(_is_start(r.value) for r in cluster.log.records(cluster.topics.log)):
        await cluster.log.changed([TopicPartition(cluster.topics.log, _number(CALL))], 60)
    assert not provider.asked, "the append's answer is still on its way"
    cluster.pause("1")
    await asyncio.sleep(cluster.log.session_timeout_seconds * 0.6)
    cluster.resume("1")

    await running.until_heard(CALL, "alarm fire", "started", LATE)
    assert not provider.asked
    await running.stop()


@on_each_backend
async def test_a_deadline_is_decided_when_nothing_came(cluster: Cluster) -> None:
    running = Running(cluster)
    await cluster.say(cluster.topics.inner, said("ask 0.3", CALL))
    await running.until_heard(CALL, "ask 0.3", "overdue")
    await running.stop()

    asked, _, overdue, _ = await cluster.events(cluster.topics.log)
    assert overdue.time - asked.time >= timedelta(seconds=0.3)


@on_each_backend
async def test_a_deadline_is_closed_by_an_answer(cluster: Cluster) -> None:
    running = Running(cluster)
    await cluster.say(cluster.topics.inner, said("ask 0.3", CALL), said("answer", CALL))
    await running.until_heard(CALL, "ask 0.3", "answer")
    due = running.backend.clock.now() + timedelta(seconds=0.4)
    await running.until(lambda: running.backend.clock.now() > due, "the time at which it was due")
    await cluster.say(cluster.topics.inner, said("note later", CALL))
    await running.until_heard(CALL, "ask 0.3", "answer", "note later")
    await running.stop()


@on_each_backend
async def test_answers_that_waited_while_nobody_worked_go_before_the_deadline(cluster: Cluster) -> None:
    first = Running(cluster)
    await cluster.say(cluster.topics.inner, said("ask 0.5", CALL))
    await first.until_heard(CALL, "ask 0.5")
    due = first.notes(CALL).asked_due
    assert due is not None
    await first.crash()
    await cluster.say(cluster.topics.door, said("answer", CALL))
    clock = cluster.process("watch").clock
    await until(lambda: clock.now() > due, "the time at which it was due")

    second = Running(cluster)
    await second.until_heard(CALL, "ask 0.5", "answer")
    await second.until_committed()
    await second.stop()
    assert await _words(cluster) == ["ask 0.5", "answer"]


@in_memory
async def test_an_answer_just_before_the_deadline_goes_before_it_though_the_worker_was_paused(
    cluster: MemoryCluster,
) -> None:
    running = Running(cluster)
    await cluster.say(cluster.topics.inner, said("ask 5", CALL))
    await running.until_heard(CALL, "ask 5")
    due = running.notes(CALL).asked_due
    assert due is not None
    cluster.pause("1")
    await until(lambda: due - cluster.log.clock.now() < timedelta(seconds=0.1), "the last moment")
    await cluster.say(cluster.topics.inner, said("answer", CALL))
    assert cluster.log.clock.now() < due
    await until(lambda: cluster.log.clock.now() > due, "the time at which it was due")
    cluster.resume("1")

    await running.until_heard(CALL, "ask 5", "answer")
    await running.stop()
    assert await _words(cluster) == ["ask 5", "answer"]


@in_memory
async def test_an_answer_behind_a_long_queue_goes_before_the_deadline(cluster: MemoryCluster) -> None:
    first = Running(cluster)
    await cluster.say(cluster.topics.inner, said("ask 5", CALL))
    await first.until_heard(CALL, "ask 5")
    await first.crash()
    others = [of for of in map(call, range(2, 40)) if _number(of) == _number(CALL)]
    queue = [said(f"note {n}", of) for n in range(100) for of in others]
    assert len(queue) > 3 * 500, "several batches"
    await cluster.say(cluster.topics.inner, *queue, said("answer", CALL))
    await asyncio.sleep(6)

    second = Running(cluster)
    await second.until_heard(CALL, "ask 5", "answer")
    await second.stop()
    assert await _words(cluster) == ["ask 5", "answer"]


@in_memory
async def test_a_deadline_waits_for_what_is_still_being_re_keyed(cluster: MemoryCluster) -> None:
    re_keyed = asyncio.Event()

    async def barrier() -> None:
        await re_keyed.wait()

    running = Running(cluster, barrier=barrier)
    await cluster.say(cluster.topics.inner, said("ask 1", CALL))
    await running.until_heard(CALL, "ask 1")
    await asyncio.sleep(10)
    assert running.notes(CALL).words == ("ask 1",)
    await cluster.say(cluster.topics.inner, said("answer", CALL))
    re_keyed.set()

    await running.until_heard(CALL, "ask 1", "answer")
    await running.stop()


@in_memory
async def test_the_deadlines_of_all_calls_are_decided_after_an_outage(cluster: MemoryCluster) -> None:
    calls = [call(n) for n in range(50)]
    running = Running(cluster)
    await cluster.say(cluster.topics.inner, *(said(f"ask {1 + n % 7}", of) for n, of in enumerate(calls)))
    await running.until(lambda: all(running.notes(of).asked for of in calls), "all questions")
    cluster.pause("1")
    await asyncio.sleep(9)
    cluster.resume("1")

    await running.until(lambda: all(running.notes(of).words[-1] == "overdue" for of in calls), "all ends")
    await running.stop()
    overdue = [
        e
        for e in await cluster.events(cluster.topics.log)
        if isinstance(e.data, EarlyWordsNoted) and e.data.words == "overdue"
    ]
    assert len(overdue) == len(calls)


async def _log(cluster: Cluster, words: str) -> None:
    """Put words into the service's log, as an earlier owner did."""
    running = Running(cluster, perform=_never)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("siaga_streams.partition.PartitionLoop._start_effects", _start_nothing)
        await cluster.say(cluster.topics.inner, said(words, CALL))
        await running.until_heard(CALL, words)
        await running.stop()
    assert [type(e.data) for e in await cluster.events(cluster.topics.log)] == [EarlyWordsNoted, CallEndNoted]


async def _never(attempt: Attempt) -> str:
    raise AssertionError("nothing was to be started")


def _start_nothing(*_: object) -> None:
    return


def _is_start(value: bytes | None) -> bool:
    return b'"started"' in (value or b"")


def _number(of: str) -> int:
    return partition_of(of.encode(), PARTITIONS)
