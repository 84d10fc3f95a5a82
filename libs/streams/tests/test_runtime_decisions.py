"""A decider's worker: each input is decided once, whatever ends, moves or comes again."""

from __future__ import annotations

import asyncio

import pytest
from siaga_events.ids import event_id
from siaga_events.types import EarlyWordsNoted
from siaga_streams import worker as worker_module
from siaga_streams.backend import TopicPartition
from siaga_streams.decider import Fold
from siaga_streams.folding import rebuild, state_fingerprint
from siaga_streams.partitioning import partition_of
from streams_testbed.clusters import CODEC, PARTITIONS, Cluster, MemoryCluster, call, said, until
from streams_testbed.running import Running, sample
from streams_testbed.sample import Notes
from streams_testbed.stages import in_memory, on_each_backend

pytest_plugins = ("streams_testbed.fixtures",)

CALLS = tuple(call(n) for n in range(6))


async def _words(cluster: Cluster) -> dict[str, list[str]]:
    """What the log says of each call, in its order."""
    found: dict[str, list[str]] = {}
    for event in await cluster.events(cluster.topics.log):
        if isinstance(event.data, EarlyWordsNoted):
            found.setdefault(event.subject, []).append(event.data.words)
    return found


@on_each_backend
async def test_every_input_is_decided_once_in_order_and_whole(cluster: Cluster) -> None:
    running = Running(cluster)
    inputs = [said(f"note {n}", of) for n in range(3) for of in CALLS]
    await cluster.say(cluster.topics.inner, *inputs)
    for of in CALLS:
        await running.until_heard(of, "note 0", "note 1", "note 2")
    await running.stop()

    log = await cluster.events(cluster.topics.log)
    assert len(log) == 2 * len(inputs)
    assert {e.id for e in log} == {event_id(cluster.service, i.id, n) for i in inputs for n in range(2)}
    assert all(e.cause and e.cause.topic == cluster.topics.inner for e in log)
    assert all(e.correlation_id == e.subject for e in log)
    assert await _words(cluster) == {of: ["note 0", "note 1", "note 2"] for of in CALLS}


@on_each_backend
async def test_a_restart_folds_the_log_and_decides_nothing_twice(cluster: Cluster) -> None:
    first = Running(cluster)
    await cluster.say(cluster.topics.inner, *(said("note a", of) for of in CALLS))
    for of in CALLS:
        await first.until_heard(of, "note a")
    await first.until_committed()
    await first.crash()

    second = Running(cluster)
    await second.until_owned()
    await cluster.say(cluster.topics.inner, *(said("note b", of) for of in CALLS))
    for of in CALLS:
        await second.until_heard(of, "note a", "note b")
    await second.stop()

    assert await _words(cluster) == {of: ["note a", "note b"] for of in CALLS}


@on_each_backend
async def test_inputs_that_come_again_make_no_doubles(cluster: Cluster) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_module, "COMMIT_SECONDS", 3600.0)
        first = Running(cluster)
        await cluster.say(cluster.topics.inner, *(said("note a", of) for of in CALLS))
        for of in CALLS:
            await first.until_heard(of, "note a")
        await first.crash()
    assert await cluster.process("looker").committed(cluster.service, cluster.topics.inner) == {}

    second = Running(cluster)
    await second.until_committed()
    await second.stop()

    assert await _words(cluster) == {of: ["note a"] for of in CALLS}


@on_each_backend
async def test_the_state_of_a_live_worker_equals_a_fresh_rebuild(cluster: Cluster) -> None:
    running = Running(cluster)
    for of in CALLS:
        await cluster.say(
            cluster.topics.inner,
            said("note a", of),
            said("alarm x", of),
            said("ask 0.2", of),
            said("boom", of),
        )
    await running.until(
        lambda: all(
            "overdue" in (n := running.notes(of)).words and "outcome taken" in n.words and n.failed
            for of in CALLS
        ),
        "all decisions",
    )
    live, folds = running.worker.state(), [running.worker.fold(n) for n in range(PARTITIONS)]
    backend = cluster.process("fresh")
    for number, fold in enumerate(folds):
        fresh: Fold[Notes] = Fold()
        await rebuild(sample(cluster), fresh, CODEC, backend, number)
        assert live[number] == {
            "offset": fresh.offset,
            "calls": len(fresh.states),
            "sha256": state_fingerprint(fresh),
        }
        assert fresh == fold
    await running.stop()


@on_each_backend
async def test_a_partition_that_comes_back_reads_only_the_tail(cluster: Cluster) -> None:
    running = Running(cluster)
    await running.until_owned()
    number = partition_of(CALLS[0].encode(), PARTITIONS)
    await cluster.say(cluster.topics.inner, said("note a", CALLS[0]))
    await running.until_heard(CALLS[0], "note a")
    before = running.worker.fold(number)

    await running.steal(number)
    await cluster.say(cluster.topics.inner, said("note b", CALLS[0]), said("note c", CALLS[0]))
    await running.until_heard(CALLS[0], "note a", "note b", "note c")

    assert running.worker.fold(number) is before
    await running.stop()
    assert await _words(cluster) == {CALLS[0]: ["note a", "note b", "note c"]}


@on_each_backend
async def test_a_second_worker_takes_its_half_and_nothing_is_lost_or_doubled(cluster: Cluster) -> None:
    first = Running(cluster, "1")
    await first.until_owned()
    await cluster.say(cluster.topics.inner, *(said("note a", of) for of in CALLS))
    second = Running(cluster, "2")
    await cluster.say(cluster.topics.inner, *(said("note b", of) for of in CALLS))
    await first.until_owned(PARTITIONS // 2)
    await second.until_owned(PARTITIONS // 2)
    await cluster.say(cluster.topics.inner, *(said("note c", of) for of in CALLS))
    for of in CALLS:
        await until(
            lambda of=of: "note c" in (*first.notes(of).words, *second.notes(of).words),  # type: ignore[misc]
            "the last words",
        )
    await asyncio.gather(first.stop(), second.stop())

    assert await _words(cluster) == {of: ["note a", "note b", "note c"] for of in CALLS}


@on_each_backend
async def test_a_clean_stop_commits_what_is_decided(cluster: Cluster) -> None:
    running = Running(cluster)
    await cluster.say(cluster.topics.inner, *(said("note a", of) for of in CALLS))
    for of in CALLS:
        await running.until_heard(of, "note a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_module, "COMMIT_SECONDS", 3600.0)
        await running.stop()

    backend = cluster.process("looker")
    ends = await backend.topic_ends(cluster.topics.inner)
    assert await backend.committed(cluster.service, cluster.topics.inner) == ends
    assert not running.worker.ready


@in_memory
async def test_a_worker_whose_partition_is_gone_while_it_was_paused_adds_nothing(
    cluster: MemoryCluster,
) -> None:
    slow = Running(cluster, "1")
    await slow.until_owned()
    other = Running(cluster, "2")
    await slow.until_owned(1)
    await other.until_owned(1)
    mine = next(of for of in CALLS if partition_of(of.encode(), PARTITIONS) in slow.worker.owned())
    await cluster.say(cluster.topics.inner, said("note a", mine))
    cluster.pause("1")
    await cluster.say(cluster.topics.inner, said("note b", mine))
    await other.until_owned(PARTITIONS)
    await other.until_heard(mine, "note a", "note b")

    cluster.resume("1")
    await until(lambda: len(slow.worker.owned()) == len(other.worker.owned()) == 1, "two halves")
    await cluster.say(cluster.topics.inner, said("note c", mine))
    await until(
        lambda: "note c" in (*slow.notes(mine).words, *other.notes(mine).words), "words after the pause"
    )
    await slow.stop()
    await other.stop()

    assert await _words(cluster) == {mine: ["note a", "note b", "note c"]}


@in_memory
async def test_a_worker_that_stops_when_it_is_fenced_does_not_take_the_fence_back(
    cluster: MemoryCluster,
) -> None:
    running = Running(cluster)
    await running.until_owned()
    number = partition_of(CALLS[0].encode(), PARTITIONS)
    thief = await cluster.process("thief").fence(
        f"{cluster.service}-{number}", TopicPartition(cluster.topics.log, number)
    )
    await cluster.say(cluster.topics.inner, said("note a", CALLS[0]))

    await running.stop()

    assert await thief.append([]) == []
    assert await _words(cluster) == {}


@in_memory
async def test_a_worker_is_not_ready_before_it_was_given_anything(cluster: MemoryCluster) -> None:
    running = Running(cluster)
    assert not running.worker.ready
    await running.until(lambda: running.worker.ready, "readiness")
    assert running.worker.owned() == [0, 1]
    await running.stop()
