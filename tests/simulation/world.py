"""The whole system in memory: the real services over one memory log, simulated gateways, posts and provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from siaga_classifier.app import service as classifier_service
from siaga_classifier.domain.places import Places
from siaga_classifier.settings import ClassifierSettings
from siaga_events import CATALOGUE, Codec, Event, EventData
from siaga_events.ids import derived_id
from siaga_intake.app import service as intake_service
from siaga_intake.settings import IntakeSettings
from siaga_notifier.app import service as notifier_service
from siaga_notifier.domain.delivery import Accepted, Outcome, Request, Unknown
from siaga_notifier.settings import NotifierSettings
from siaga_router.app import load_router
from siaga_router.app import service as router_service
from siaga_router.domain.routing import Router
from siaga_router.settings import RouterSettings
from siaga_streams.backend import OutRecord, Record
from siaga_streams.memory import Host, MemoryBackend, MemoryLog
from siaga_streams.partition import Attempt
from siaga_streams.service import Service

__all__ = ["DATA", "ProviderRequest", "World"]

DATA = Path(__file__).parents[2] / "data"
PARTITIONS = 2
SESSION_SECONDS = 3.0
DEADLINE_SCALE = 1 / 60


@cache
def gazetteer() -> Places:
    return Places.load(DATA / "gazetteer")


@cache
def router() -> Router:
    settings = RouterSettings(
        plan=DATA / "plan/response-plan.json",
        deadlines=DATA / "plan/deadlines.json",
        deadline_scale=DEADLINE_SCALE,
    )
    return load_router(settings)


@dataclass(frozen=True)
class ProviderRequest:
    """A request that reached the provider."""

    at: float
    request: Request
    message_id: str


@dataclass
class Worker:
    """A running process of a service."""

    name: str
    host: Host
    task: asyncio.Task[None]
    service: Service


@dataclass
class World:
    rng: Random
    log: MemoryLog
    codec: Codec = field(default_factory=Codec)
    workers: dict[str, Worker] = field(default_factory=dict)
    requests: list[ProviderRequest] = field(default_factory=list)
    lost_answers: float = 0.0
    on_request: Callable[[ProviderRequest], None] = lambda request: None

    @classmethod
    def create(cls, seed: int) -> World:
        rng = Random(seed)
        counts = {t.name: t.partition_count(PARTITIONS) for t in CATALOGUE.values()}
        return cls(rng, MemoryLog(counts, rng, SESSION_SECONDS))

    def start(self, name: str, worker: str) -> Worker:
        """Start (or start again) a worker of a service."""
        host = Host(f"{name}-{worker}", self.rng)
        backend = MemoryBackend(self.log, host)
        built = self._service(name, worker, backend, host)
        running = Worker(name, host, asyncio.create_task(built.run(), name=host.name), built)
        self.workers[host.name] = running
        return running

    def _service(self, name: str, worker: str, backend: MemoryBackend, host: Host) -> Service:
        common = {"partitions": PARTITIONS, "worker_id": worker}
        match name:
            case "intake":
                return intake_service(IntakeSettings.model_validate(common), backend)
            case "classifier":
                return classifier_service(ClassifierSettings.model_validate(common), backend, gazetteer())
            case "router":
                return router_service(RouterSettings.model_validate(common), backend, router())
            case "notifier":
                settings = NotifierSettings.model_validate(common)
                return notifier_service(settings, backend, self._perform(host))
            case _:
                raise ValueError(name)

    def _perform(self, host: Host) -> Callable[[Attempt], object]:
        async def perform(attempt: Attempt) -> Outcome:
            await host.travel()
            request: Request = attempt.effect.what
            message_id = f"wamid.{len(self.requests)}"
            reached = ProviderRequest(asyncio.get_running_loop().time(), request, message_id)
            self.requests.append(reached)
            self.on_request(reached)
            lost = self.rng.random() < self.lost_answers
            await host.travel()
            return Unknown("answer lost") if lost else Accepted(message_id)

        return perform

    def publish(self, topic: str, source: str, data: EventData, identity: object, subject: str | None = None) -> None:
        """What comes in from outside, at a door."""
        event = Event(derived_id("outside", str(identity)), source, subject or "-", self.log.clock.now(), data)
        encoded = self.codec.encode(event)
        key = encoded.key if subject else str(identity).encode()
        self.log.write([OutRecord(topic, key, encoded.value, encoded.headers)], transactional=False)

    def events(self, topic: str) -> list[Event[EventData]]:
        return [self.codec.decode(r.headers, r.value) for r in self.records(topic)]

    def records(self, topic: str) -> list[Record]:
        return self.log.records(topic)

    async def stop(self) -> None:
        for worker in self.workers.values():
            if worker.host.alive:
                worker.service.stop()
        await asyncio.gather(*(w.task for w in self.workers.values()), return_exceptions=True)
