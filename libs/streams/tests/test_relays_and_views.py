"""A relay re-keys at least once and refuses aloud; a view folds whole topics and knows how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from siaga_events import DecodeError, Event, EventData
from siaga_events.types import DeadLettered, WordsReceived
from siaga_streams.backend import OutRecord, TopicPartition
from siaga_streams.partitioning import partition_of
from siaga_streams.relay import Refused, RelayWorker
from siaga_streams.views import View
from streams_testbed.clusters import CODEC, PARTITIONS, Cluster, call, said, until
from streams_testbed.stages import on_each_backend

pytest_plugins = ("streams_testbed.fixtures",)


class Copying:
    """Copies a door to the re-keyed topic; what says `no` is refused."""

    def __init__(self, cluster: Cluster) -> None:
        self.name = cluster.service
        self.inputs: tuple[str, ...] = (cluster.topics.door,)
        self.outputs: tuple[str, ...] = (cluster.topics.inner,)

    async def rekey(self, event: Event[EventData]) -> Sequence[tuple[str, Event[EventData]]]:
        assert isinstance(event.data, WordsReceived)
        if event.data.narrative == "no":
            raise Refused("it says no")
        return [(self.outputs[0], event)]


@on_each_backend
async def test_a_relay_re_keys_what_comes_and_keeps_what_it_refuses(cluster: Cluster) -> None:
    backend = cluster.process("relay")
    worker = RelayWorker(Copying(cluster), backend, CODEC, "1")
    running = asyncio.create_task(worker.run())
    good = [said(f"note {n}", call(n)) for n in range(6)]
    await cluster.say(cluster.topics.door, *good, said("no", call(1)))
    await cluster.write(OutRecord(cluster.topics.door, b"key", b"not json"))

    async def committed() -> bool:
        ends = await backend.topic_ends(cluster.topics.door)
        done = await backend.committed(cluster.service, cluster.topics.door)
        return all(done.get(n, 0) == end for n, end in ends.items())

    while not await committed():
        await until(lambda: True)
        assert not running.done()
    worker.stop()
    await running

    copied = {e.id for e in await cluster.events(cluster.topics.inner)}
    assert copied == {e.id for e in good}
    refused = [
        e.data.why
        for e in await cluster.events("dead-letters")
        if isinstance(e.data, DeadLettered) and e.data.service == cluster.service
    ]
    assert len(refused) == 2
    assert "it says no" in refused


def _view(
    cluster: Cluster,
    *,
    required: bool,
    forget: Callable[[tuple[str, ...], str], tuple[str, ...]] | None = None,
) -> View[tuple[str, ...]]:
    def fold(words: tuple[str, ...], event: Event[EventData], offset: int) -> tuple[str, ...]:
        assert isinstance(event.data, WordsReceived)
        return (*words, event.data.narrative)

    return View("words", (cluster.topics.inner,), (), fold, required=required, forget=forget)


@on_each_backend
async def test_a_view_is_caught_up_when_it_has_read_what_was_there(cluster: Cluster) -> None:
    await cluster.say(cluster.topics.inner, said("note a", call(1)), said("note b", call(1)))
    view = _view(cluster, required=True)
    running = asyncio.create_task(
        view.run(cluster.process("view"), CODEC, {cluster.topics.inner: PARTITIONS})
    )
    await view.caught_up.wait()
    assert len(view.value) == 2

    await cluster.say(cluster.topics.inner, said("note c", call(1)))
    ends = await cluster.process("looker").topic_ends(cluster.topics.inner)
    await view.wait_past({TopicPartition(cluster.topics.inner, n): end for n, end in ends.items()})
    assert list(view.value) == ["note a", "note b", "note c"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@on_each_backend
async def test_a_required_view_ends_at_what_it_can_t_read_and_an_advisory_one_skips_it(
    cluster: Cluster,
) -> None:
    await cluster.write(OutRecord(cluster.topics.inner, b"key", b"not json", [], 0))
    await cluster.say(cluster.topics.inner, said("note a", call(1)))
    counts = {cluster.topics.inner: PARTITIONS}
    with pytest.raises(DecodeError):
        await _view(cluster, required=True).run(cluster.process("required"), CODEC, counts)

    advisory = _view(cluster, required=False)
    running = asyncio.create_task(advisory.run(cluster.process("advisory"), CODEC, counts))
    await advisory.caught_up.wait()
    assert advisory.value == ("note a",)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@on_each_backend
async def test_a_tombstone_forgets_its_key(cluster: Cluster) -> None:
    await cluster.say(cluster.topics.inner, said("note a", call(1)))
    place = partition_of(call(1).encode(), PARTITIONS)
    await cluster.write(OutRecord(cluster.topics.inner, b"note a", None, [], place))
    await cluster.say(cluster.topics.inner, said("note b", call(1)))
    view = _view(
        cluster, required=False, forget=lambda words, key: tuple(word for word in words if word != key)
    )
    running = asyncio.create_task(
        view.run(cluster.process("view"), CODEC, {cluster.topics.inner: PARTITIONS})
    )
    await view.caught_up.wait()
    assert view.value == ("note b",)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
