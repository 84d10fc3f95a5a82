"""A service: its deciders, relays and views, run together. If one of them fails, the service ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from siaga_events import Codec

from siaga_streams.backend import Backend
from siaga_streams.checks import check_topics
from siaga_streams.relay import RelayWorker
from siaga_streams.views import View
from siaga_streams.worker import DeciderWorker

__all__ = ["Service"]

log = structlog.get_logger()


@dataclass
class Service:
    """What a process runs. `partitions` is the count of all topics keyed by call."""

    name: str
    backend: Backend
    codec: Codec
    partitions: int
    deciders: list[DeciderWorker[Any, Any]] = field(default_factory=list)
    relays: list[RelayWorker] = field(default_factory=list)
    views: list[View[Any]] = field(default_factory=list)
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What effects and doors hold open; called when nothing runs any more."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until `stop`. Raises TopicError, AssignmentError, Unavailable or what else ended a part of it."""
        tasks: list[asyncio.Task[None]] = []
        try:
            counts = await self.backend.partition_counts()
            check_topics(counts, self._topics(), self.partitions)
            tasks += [
                asyncio.create_task(view.run(self.backend, self.codec, counts), name=f"view-{view.name}")
                for view in self.views
            ]
            await self._until(
                asyncio.gather(*(v.caught_up.wait() for v in self.views if v.required)),
                tasks,
                "views caught up",
            )
            if self._stopping.is_set():
                return
            workers = [asyncio.create_task(w.run(), name=f"run-{self.name}") for w in self._workers()]
            tasks += workers
            await self._until(self._stopping.wait(), tasks, "stopping")
            for worker in self._workers():
                worker.stop()
            for worker_task in workers:
                await worker_task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.close()

    def stop(self) -> None:
        """End cleanly: batches in hand are finished, offsets committed."""
        self._stopping.set()

    async def close(self) -> None:
        """Also of one that never ran."""
        for close in self.closers:
            await close()
        await self.backend.close()

    @property
    def ready(self) -> bool:
        """Topics right, required views caught up, partitions rebuilt, fences held."""
        return all(v.caught_up.is_set() for v in self.views if v.required) and all(
            w.ready for w in self._workers()
        )

    def state(self) -> dict[str, Any]:
        """What `/state` shows: per decider and partition the offset and the fingerprint of the fold."""
        return {w.decider.service: w.state() for w in self.deciders}

    def _workers(self) -> list[DeciderWorker[Any, Any] | RelayWorker]:
        return [*self.deciders, *self.relays]

    def _topics(self) -> list[str]:
        names = [t for w in self._workers() for t in w.topics] + [t for v in self.views for t in v.topics]
        return list(dict.fromkeys(names))

    async def _until(self, awaited: Any, tasks: list[asyncio.Task[None]], what: str) -> None:
        """Wait for `awaited` or the stop, unless a part of the service ends first, which is an error."""
        waiting = asyncio.ensure_future(awaited)
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            await asyncio.wait([waiting, stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
                    if not self._stopping.is_set():
                        raise RuntimeError(f"{task.get_name()} ended by itself")
            log.info(what, part=self.name)
        finally:
            waiting.cancel()
            stopping.cancel()
