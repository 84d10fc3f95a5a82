"""The whole system in memory: the real services over one memory log, a simulated provider, processes that die.

Everything runs in virtual time (`run_virtually`), and everything that may go one way or another is drawn from seeds.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from logging import CRITICAL
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast
from unittest.mock import patch

import structlog
from siaga_classifier.app import service as classifier_service
from siaga_classifier.domain.decider import ClassifierDecider, Judge
from siaga_classifier.domain.places import PlaceFound, Places
from siaga_classifier.settings import ClassifierSettings
from siaga_events import CATALOGUE, Codec, Event, EventData
from siaga_events.codec import Headers
from siaga_events.ids import deadline_id, derived_id
from siaga_intake.app import service as intake_service
from siaga_intake.settings import IntakeSettings
from siaga_notifier.app import service as notifier_service
from siaga_notifier.domain.alarm import attempt_id
from siaga_notifier.domain.delivery import Accepted, Outcome, Request, Unknown, Unsent
from siaga_notifier.settings import NotifierSettings
from siaga_router.app import load_router
from siaga_router.app import service as router_service
from siaga_router.domain.deadlines import PriorityDeadlines
from siaga_router.domain.routing import Router
from siaga_router.settings import RouterSettings
from siaga_streams.backend import OutRecord, TopicPartition
from siaga_streams.memory import Host, MemoryBackend, MemoryLog
from siaga_streams.partition import Attempt
from siaga_streams.partitioning import partition_of
from siaga_streams.service import Service
from siaga_streams.settings import ServiceSettings
from siaga_streams.worker import DeciderWorker

__all__ = [
    "DATA", "PARTITIONS", "SERVICES", "SESSION_SECONDS", "Provider", "ProviderRequest", "World", "cheaply",
    "gazetteer", "rules",
]  # fmt: skip

C = TypeVar("C", bound=ServiceSettings)
DATA = Path(__file__).parents[2] / "data"
SERVICES = ("intake", "classifier", "router", "notifier")
PARTITIONS = 2
SESSION_SECONDS = 3.0
SCALE = 1 / 60
"""A minute of the deadlines is a second here."""
SLOWEST_SECONDS = 0.006
"""Of half of all messages between processes; the others take no time, but their turn."""
POLL_SECONDS = 60.0
"""How long an idle fetch waits. A record wakes it at once, so a long one only saves turns."""


class CachedPlaces:
    """The gazetteer, which looks at each text once in a process."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.resolve = lru_cache(maxsize=None)(self._resolve)

    @property
    def version(self) -> str:
        return self._places.version

    def spans(self, text: str | None) -> tuple[tuple[int, int], ...]:
        return self._places.spans(text)

    def _resolve(self, text: str | None, lat: float | None, lon: float | None) -> PlaceFound | None:
        return self._places.resolve(text, lat, lon)


@cache
def gazetteer() -> CachedPlaces:
    return CachedPlaces(Places.load(DATA / "gazetteer"))


@cache
def rules() -> Router:
    """The response plan as it is; deadlines short enough that all of them pass in a campaign."""
    settings = RouterSettings(
        plan=DATA / "plan/response-plan.json", deadlines=DATA / "plan/deadlines.json", deadline_scale=SCALE
    )
    loaded = load_router(settings)
    patient = PriorityDeadlines(desk_seconds=300, next_post_seconds=720, supervisor_seconds=None)
    priorities = {**loaded.deadlines.priorities, "3": patient}
    deadlines = loaded.deadlines.model_copy(update={"priorities": priorities, "close_after_seconds": 1200})
    return replace(loaded, deadlines=deadlines)


class SharedCodec(Codec):
    """One for all processes of a world: a stored record is decoded once. Events are frozen, so sharing is safe."""

    def __init__(self) -> None:
        super().__init__()
        self._decoded: dict[int, tuple[Headers, bytes | None, Event[EventData]]] = {}

    def decode(self, headers: Headers, value: bytes | None) -> Event[EventData]:
        known = self._decoded.get(id(headers))
        if known is not None and known[0] is headers and known[1] is value:
            return known[2]
        event = super().decode(headers, value)
        self._decoded[id(headers)] = (headers, value, event)
        return event


@contextmanager
def cheaply() -> Iterator[None]:
    """Quiet logs, long polls, ids derived once: nothing of it changes what is decided."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    with ExitStack() as stack:
        for name in ("partition.FETCH_SECONDS", "views.FETCH_SECONDS", "relay.IDLE_SECONDS"):
            stack.enter_context(patch(f"siaga_streams.{name}", POLL_SECONDS))
        for derive in (attempt_id, deadline_id):
            remembered = lru_cache(maxsize=10_000)(derive)
            stack.enter_context(patch(f"siaga_notifier.domain.decider.{derive.__name__}", remembered))
        thresholds = gc.get_threshold()
        gc.set_threshold(50_000, *thresholds[1:])
        try:
            yield
        finally:
            gc.set_threshold(*thresholds)
            structlog.configure(**before)


@dataclass(frozen=True)
class ProviderRequest:
    """A request that reached the provider. `taken`: it has the message, whether or not we learn so.

    `log_ends`: where each partition of `notifications` ended at that moment.
    """

    at: float
    worker: str
    request: Request
    message_id: str
    taken: bool
    log_ends: tuple[int, ...]


class FaultyHost(Host):
    """A process that can be told to die some port calls from now: in the middle of whatever it does then."""

    def __init__(self, name: str, rng: Random, on_death: Callable[[FaultyHost], None]) -> None:
        super().__init__(name, rng)
        self._rng = rng
        self._on_death = on_death
        self._left: int | None = None

    def die_after(self, calls: int) -> None:
        self._left = calls

    def never_mind(self) -> None:
        """It need not die any more."""
        self._left = None

    def die(self) -> None:
        if self.alive:
            self.kill()
            self._on_death(self)

    async def travel(self) -> None:
        if self._left is not None and self.alive:
            if self._left == 0:
                self.die()
            else:
                self._left -= 1
        await self.run()
        await asyncio.sleep(self._rng.random() * SLOWEST_SECONDS if self._rng.random() < 0.5 else 0)
        await self.run()


@dataclass
class Worker:
    """A process of a service. `ends`: it was told to, or died."""

    name: str
    host: FaultyHost
    service: Service
    task: asyncio.Task[None]
    ends: bool = False

    @property
    def decider(self) -> DeciderWorker[Any, Any] | None:
        return self.service.deciders[0] if self.service.deciders else None

    @property
    def running(self) -> bool:
        return self.host.alive and not self.ends


@dataclass
class Provider:
    """How the messages' provider behaves: shares of requests, the rest is taken and answered."""

    answer_lost: float = 0.0
    request_lost: float = 0.0
    refused: float = 0.0
    refused_for_good: float = 0.0


@dataclass
class World:
    rng: Random
    log: MemoryLog
    provider: Provider
    codec: Codec = field(default_factory=SharedCodec)
    workers: dict[str, Worker] = field(default_factory=dict)
    requests: list[ProviderRequest] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What must never be seen while it runs."""
    barrier_gave_up: list[float] = field(default_factory=list)
    on_request: Callable[[ProviderRequest], None] = lambda request: None

    @classmethod
    def create(cls, seed: int, provider: Provider | None = None) -> World:
        rng = Random(seed)
        counts = {t.name: t.partition_count(PARTITIONS) for t in CATALOGUE.values()}
        return cls(rng, MemoryLog(counts, rng, SESSION_SECONDS), provider or Provider())

    @property
    def time(self) -> float:
        return asyncio.get_running_loop().time()

    def start(self, service: str, worker: str) -> None:
        """Start a worker of a service; the same name again is the same static member of its group."""
        host = FaultyHost(f"{service}-{worker}", self.rng, self._died)
        built = self._service(service, worker, MemoryBackend(self.log, host), host)
        task = asyncio.get_running_loop().create_task(built.run(), name=host.name)
        self.workers[host.name] = Worker(service, host, built, task)
        task.add_done_callback(lambda _: self._ended(host.name, task))

    def kill(self, name: str, after_calls: int = 0) -> None:
        """Nothing that it does from then on has an effect."""
        host = self.workers[name].host
        if after_calls:
            host.die_after(after_calls)
        else:
            host.die()

    def pause(self, name: str) -> None:
        self.workers[name].host.pause()
        self._fall_silent(self.workers[name].host)

    def resume(self, name: str) -> None:
        host = self.workers[name].host
        if host.paused:
            host.resume()
            for group in self.log.groups.values():
                group.back(host)

    def stop(self, name: str) -> None:
        """End cleanly, as a release does."""
        worker = self.workers[name]
        worker.ends = True
        worker.service.stop()

    def _died(self, host: FaultyHost) -> None:
        worker = self.workers[host.name]
        worker.ends = True
        worker.task.cancel()
        self._fall_silent(host)

    def _fall_silent(self, host: FaultyHost) -> None:
        for group in self.log.groups.values():
            group.silent(host)

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        """A process that ends by itself would be restarted in the world; here it is an error to be looked at."""
        worker = next((w for w in self.workers.values() if w.task is task), None)
        if worker is None or task.cancelled():
            return
        error = task.exception()
        if error is not None and worker.host.alive:
            self.problems.append(f"{name} ended by itself: {type(error).__name__}: {error}")

    def _service(self, name: str, worker: str, backend: MemoryBackend, host: FaultyHost) -> Service:
        with patch(f"siaga_{name}.app.Codec", lambda: self.codec):
            match name:
                case "intake":
                    return intake_service(_settings(IntakeSettings, worker), backend)
                case "classifier":
                    settings = _settings(ClassifierSettings, worker)
                    built = classifier_service(settings, backend, gazetteer())
                    decider = cast(ClassifierDecider, built.deciders[0].decider)
                    decider._judge = _judge_once(decider._judge)
                    return built
                case "router":
                    return router_service(_settings(RouterSettings, worker), backend, rules())
                case "notifier":
                    notifier = _settings(NotifierSettings, worker)
                    built = notifier_service(notifier, backend, self._perform(host))
                    self._watch_barrier(built.deciders[0])
                    return built
                case _:
                    raise ValueError(name)

    def _watch_barrier(self, worker: DeciderWorker[Any, Any]) -> None:
        """Note when the deadlines' barrier gave up: only then may an answer that waits be overtaken."""
        wait = worker._ports.barrier

        async def watched() -> None:
            began = self.time
            await wait()
            if self.time - began >= 2 * SESSION_SECONDS - 0.001:
                self.barrier_gave_up.append(self.time)

        worker._ports = replace(worker._ports, barrier=watched)

    def _perform(self, host: FaultyHost) -> Callable[[Attempt], Any]:
        async def perform(attempt: Attempt) -> Outcome:
            await host.travel()
            request: Request = attempt.effect.what
            self._check_owned(host, attempt.effect.call, request)
            way = self.rng.random()
            losses = self.provider
            if way < losses.request_lost:
                await host.travel()
                return Unknown("the request was lost")
            way -= losses.request_lost
            refused = way < losses.refused + losses.refused_for_good
            message_id = f"wamid.{len(self.requests)}"
            ends = tuple(self.log.end(TopicPartition("notifications", n)) for n in range(PARTITIONS))
            reached = ProviderRequest(self.time, host.name, request, message_id, not refused, ends)
            self.requests.append(reached)
            if refused:
                await host.travel()
                return Unsent("503" if way < losses.refused else "131026", again=way < losses.refused)
            self.on_request(reached)
            lost = way - losses.refused - losses.refused_for_good < losses.answer_lost
            await host.travel()
            return Unknown("the answer was lost") if lost else Accepted(message_id)

        return perform

    def _check_owned(self, host: FaultyHost, call: str, request: Request) -> None:
        """A request may only come from a loop that has rebuilt its state."""
        decider = self.workers[host.name].decider
        if decider is None or partition_of(call.encode(), PARTITIONS) not in decider.owned():
            self.problems.append(f"{host.name} sent {request.alarm_id} while it did not own call {call}")

    def publish(
        self, topic: str, source: str, data: EventData, identity: str, subject: str | None = None
    ) -> str:
        """What comes in from outside, at a door. The same identity again is the same event again; gives its id."""
        event = Event(derived_id("outside", identity), source, subject or "-", self.log.clock.now(), data)
        encoded = self.codec.encode(event)
        key = encoded.key if subject else identity.encode()
        self.publish_raw(OutRecord(topic, key, encoded.value, encoded.headers))
        return str(event.id)

    def publish_raw(self, record: OutRecord) -> None:
        self.log.write([record], transactional=False)

    def events(self, topic: str) -> list[Event[EventData]]:
        return [self.codec.decode(r.headers, r.value) for r in self.log.records(topic)]

    def written(self) -> int:
        """How many records the log holds, over all topics."""
        return sum(len(self.log.records(name)) for name in self.log.counts)

    async def end(self) -> None:
        for worker in self.workers.values():
            worker.ends = True
            worker.host.kill()
            worker.task.cancel()
        await asyncio.gather(*(w.task for w in self.workers.values()), return_exceptions=True)


@cache
def _settings(kind: type[C], worker: str) -> C:
    return kind.model_validate({"partitions": PARTITIONS, "worker_id": worker})


@cache
def _judge_once(judge: Judge) -> Judge:
    """Words are judged once in a process."""
    return lru_cache(maxsize=None)(judge)
