"""A worker that runs in a test: started, watched, stopped or lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from siaga_streams.backend import Backend, TopicPartition
from siaga_streams.decider import NoViews
from siaga_streams.partition import Attempt
from siaga_streams.partitioning import partition_of
from siaga_streams.worker import DeciderWorker, no_barrier

from streams_testbed.clusters import CODEC, PARTITIONS, Cluster, MemoryCluster, until
from streams_testbed.sample import Notes, SampleDecider

__all__ = ["Running", "answered", "sample"]


def sample(cluster: Cluster) -> SampleDecider:
    return SampleDecider(cluster.service, (cluster.topics.inner, cluster.topics.door), cluster.topics.log)


async def answered(attempt: Attempt) -> str:
    """A provider that takes everything."""
    return "taken"


class Running:
    """`name` is the process's and the worker's id."""

    def __init__(
        self,
        cluster: Cluster,
        name: str = "1",
        *,
        decider: SampleDecider | None = None,
        perform: Callable[[Attempt], Awaitable[Any]] = answered,
        barrier: Callable[[], Awaitable[None]] = no_barrier,
        partitions: int = PARTITIONS,
    ) -> None:
        self.cluster = cluster
        self.name = name
        self.partitions = partitions
        self.backend: Backend = cluster.process(name)
        self.worker = DeciderWorker(
            decider or sample(cluster), self.backend, CODEC, name, partitions, NoViews, perform, barrier
        )
        self.task = asyncio.create_task(self.worker.run(), name=f"worker-{name}")

    def notes(self, call: str) -> Notes:
        """The call's state in this worker; that of an unknown call while its partition is not owned."""
        number = partition_of(call.encode(), self.partitions)
        if number not in self.worker.owned():
            return Notes(call)
        return self.worker.fold(number).states.get(call, Notes(call))

    async def until(self, come: Callable[[], bool], what: str) -> None:
        """Wait, unless the worker ends first."""
        await until(lambda: self.task.done() or come(), what)
        if self.task.done():
            self.task.result()
            raise AssertionError(f"the worker ended before {what}")

    async def until_owned(self, count: int = PARTITIONS) -> None:
        await self.until(lambda: len(self.worker.owned()) == count, f"{count} partitions")

    async def until_heard(self, call: str, *words: str) -> None:
        """Until the call's log says exactly this."""
        await self.until(
            lambda: self.notes(call).words == words, f"{words} (there is {self.notes(call).words})"
        )

    async def until_committed(self) -> None:
        """Until a restart would read nothing again."""
        while not await self._is_committed():
            await self.until(lambda: True, "a commit")
            await asyncio.sleep(0.05)

    async def _is_committed(self) -> bool:
        for name in (self.cluster.topics.inner, self.cluster.topics.door):
            ends = await self.backend.topic_ends(name)
            committed = await self.backend.committed(self.cluster.service, name)
            if any(end > committed.get(n, 0) for n, end in ends.items()):
                return False
        return True

    async def ended(self) -> BaseException:
        """What ended the worker."""
        await until(self.task.done, "the worker's end")
        error = self.task.exception()
        assert error is not None, "the worker ended in peace"
        return error

    async def stop(self) -> None:
        self.worker.stop()
        await self.task

    async def crash(self) -> None:
        """It ends in the middle of whatever it does: nothing is committed, nobody is told."""
        if isinstance(self.cluster, MemoryCluster):
            self.cluster.kill(self.name)
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def steal(self, number: int) -> None:
        """Take the fence of a partition, as a second owner would."""
        at = TopicPartition(self.cluster.topics.log, number)
        thief = await self.cluster.process("thief").fence(f"{self.cluster.service}-{number}", at)
        await thief.close()
