"""Wires pulse: the Faust application as a part of the process that every service is."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import faust
from fastapi import FastAPI, Response
from faust.tables.manager import TableManager
from siaga_events.topics import WORKING
from siaga_streams.backend import Unavailable
from siaga_streams.checks import check_topics
from siaga_streams.clock import SystemClock
from siaga_streams.http import metrics_door
from siaga_streams.kafka import KafkaBackend

from siaga_pulse.settings import PulseSettings
from siaga_pulse.stream import INPUTS, OUTPUTS, made_app

__all__ = ["Pulse", "build"]

LOOK_SECONDS = 0.2
STOP_SECONDS = 6.0
"""Docker gives a container ten, and the door and what is left behind need some."""


class Pulse:
    """Runs the Faust application until it is asked to stop, or until Faust gives up."""

    def __init__(self, app: faust.App, settings: PulseSettings, backend: KafkaBackend) -> None:
        self.app = app
        self._settings = settings
        self._backend = backend
        self._stopping = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Its tables are rebuilt and it reads. Faust's own health endpoint says OK whatever happens."""
        app = self.app
        recovery = cast(TableManager, app.tables).recovery
        return bool(app.started and recovery.completed.is_set() and not app.rebalancing)

    async def run(self) -> None:
        """Until `stop`. Raises TopicError, Unavailable, or what made Faust give up."""
        try:
            counts = await self._backend.partition_counts()
            check_topics(counts, (*INPUTS, *OUTPUTS, *WORKING), self._settings.partitions)
        finally:
            await self._backend.close()
        self.app.finalize()
        starting = asyncio.create_task(
            self.app.start(), name="start-faust"
        )  # it lasts until the tables are rebuilt
        try:
            while not (self._stopping.is_set() or self.app.should_stop or _failed(starting)):
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            badly = await self._stopped()
            starting.cancel()
        if self.app.crashed:
            raise Unavailable(f"Faust gave up: {self.app.crash_reason!r}")
        if why := _failed(starting) or badly:
            raise Unavailable(f"Faust did not start or stop well: {why!r}") from why

    async def _stopped(self) -> BaseException | None:
        """Why not well, if so. Faust that gave up may leave tasks that start anew whenever they are cancelled."""
        stopping = asyncio.create_task(self.app.stop(), name="stop-faust")
        done, _ = await asyncio.wait({stopping}, timeout=STOP_SECONDS)
        return _failed(stopping) if done else TimeoutError(f"it does not stop in {STOP_SECONDS:.0f} s")

    def stop(self) -> None:
        self._stopping.set()

    async def close(self) -> None:
        await self._backend.close()


def _failed(task: asyncio.Task[Any]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None


def _door(pulse: Pulse) -> FastAPI:
    door = FastAPI(title="Siaga 112 pulse", docs_url=None, redoc_url=None)

    @door.get("/health/live", include_in_schema=False)
    async def live(response: Response) -> dict[str, object]:
        response.status_code = 503 if pulse.app.crashed else 200
        return {"live": not pulse.app.crashed}

    @door.get("/health/ready", include_in_schema=False)
    async def ready(response: Response) -> dict[str, object]:
        """503 until every table is rebuilt from its changelog."""
        response.status_code = 200 if pulse.ready else 503
        return {"ready": pulse.ready}

    door.include_router(metrics_door())
    return door


async def build(settings: PulseSettings) -> tuple[Pulse, FastAPI]:
    backend = KafkaBackend(settings.bootstrap, client_id=f"pulse-{settings.worker_id}")
    pulse = Pulse(made_app(settings, SystemClock().now), settings, backend)
    return pulse, _door(pulse)
