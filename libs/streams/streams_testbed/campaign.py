"""A small campaign against one decider: workers are killed, paused and restarted at seeded moments.

`simulate` gives what went wrong, in words; nothing, if the runtime kept what it promises. A seed replays exactly.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from siaga_events import Event, EventData
from siaga_events.ids import deadline_id, event_id
from siaga_events.types import EarlyWordsNoted
from siaga_streams.backend import Record
from siaga_streams.decider import Fold
from siaga_streams.folding import rebuild, state_fingerprint
from siaga_streams.memory import EPOCH, MemoryBackend
from siaga_streams.partition import Attempt, PartitionLoop
from siaga_streams.testing import run_virtually

from streams_testbed.clusters import CODEC, PARTITIONS, Connect, MemoryCluster, call, said
from streams_testbed.running import Running, sample
from streams_testbed.sample import Notes
from streams_testbed.stages import played

__all__ = ["Runtime", "simulate"]

CALLS = tuple(call(n) for n in range(6))
WORKERS = ("1", "2")
ROUNDS = 14
QUIET_SECONDS = 30.0
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts that a planted bug replaces."""

    loop: type[PartitionLoop[Any, Any]] = PartitionLoop
    connect: Connect = MemoryBackend
    patch: Callable[[pytest.MonkeyPatch], None] = lambda patch: None

    @contextmanager
    def installed(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("siaga_streams.worker.PartitionLoop", self.loop)
            self.patch(patch)
            yield


def simulate(seed: int, runtime: Runtime) -> list[str]:
    """Play one seed to its end; gives every broken promise."""
    wrong: list[str] = []

    async def scenario(cluster: MemoryCluster) -> None:
        wrong.extend(await Campaign(cluster, Random(seed)).played())

    with runtime.installed():
        run_virtually(played(MemoryCluster(seed, connect=runtime.connect), scenario))
    return wrong


@dataclass
class Campaign:
    """Two workers, six calls, and trouble soon after each round of words."""

    cluster: MemoryCluster
    rng: Random
    running: dict[str, Running] = field(default_factory=dict)
    said: list[Event[EventData]] = field(default_factory=list)
    requests: Counter[UUID] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    troubled: set[str] = field(default_factory=set)
    going: list[asyncio.Task[None]] = field(default_factory=list)

    async def played(self) -> list[str]:
        for name in WORKERS:
            self._start(name)
        for n in range(ROUNDS):
            await asyncio.sleep(self.rng.choice((0.01, 0.5, 3.0)) * self.rng.random())
            await self._say(n)
            if self.rng.random() < 0.5:
                await asyncio.sleep(self.rng.choice((0.004, 0.03)) * self.rng.random())
                self._trouble()
        await asyncio.gather(*self.going)
        await self._settle()
        await self._compare_with_rebuilt()
        for running in self.running.values():
            await running.stop()
        self._check()
        return self.wrong

    def _start(self, name: str) -> None:
        self.running[name] = Running(self.cluster, name, perform=self._perform)

    async def _say(self, n: int) -> None:
        """A few words; a question is answered in time, in the last moment, late or never."""
        for k in range(self.rng.randint(1, 3)):
            of = self.rng.choice(CALLS)
            words = self.rng.choice(("note", "note", "alarm", "ask"))
            if words == "ask":
                seconds = self.rng.choice((1, 3, 8))
                await self._tell(f"ask {seconds}", of, f"{n}.{k}")
                self._go(self._answer(of, f"{n}.{k}.answer", seconds * self.rng.uniform(0.3, 1.2)))
            else:
                await self._tell(f"{words} {n}.{k}", of, f"{n}.{k}")

    async def _answer(self, of: str, identity: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.rng.random() < 0.8:
            await self._tell("answer", of, identity)

    async def _tell(self, words: str, of: str, identity: str) -> None:
        event = said(words, of, identity)
        self.said.append(event)
        await self.cluster.say(self.cluster.topics.inner, event)

    def _go(self, coroutine: Any) -> None:
        self.going.append(asyncio.create_task(coroutine))

    def _trouble(self) -> None:
        well = [name for name in WORKERS if name not in self.troubled]
        if well:
            name = self.rng.choice(well)
            self.troubled.add(name)
            self._go(self._kill(name) if self.rng.random() < 0.5 else self._pause(name))

    async def _kill(self, name: str) -> None:
        await self.running[name].crash()
        await asyncio.sleep(self.rng.choice((0.05, 3.0, 20.0)) * self.rng.random())
        self._start(name)
        self.troubled.discard(name)

    async def _pause(self, name: str) -> None:
        """For a moment, for a while, or until its partitions are just about to be another's."""
        evicted = self.cluster.log.session_timeout_seconds
        self.cluster.pause(name)
        least, most = self.rng.choice(((0, 0.05), (0, 7), (0, 3 * evicted), (evicted, evicted + 0.05)))
        await asyncio.sleep(self.rng.uniform(least, most))
        self.cluster.resume(name)
        self.troubled.discard(name)

    async def _perform(self, attempt: Attempt) -> str:
        """The provider: notes what comes when it must not."""
        effect = attempt.effect
        self.requests[effect.id] += 1
        starts = [r for r in self._records() if _report(r) == (str(effect.id), "started")]
        if not starts:
            self.wrong.append("a request went out before its start was in the log")
        elif self._seconds() - starts[0].timestamp_ms / 1000 > self.cluster.log.session_timeout_seconds / 2:
            self.wrong.append("a request went out so late that its partition may have another owner")
        await asyncio.sleep(self.rng.random() * 2)
        return "taken"

    def _seconds(self) -> float:
        return self.cluster.log.clock.now().timestamp()

    def _records(self) -> list[Record]:
        return self.cluster.log.records(self.cluster.topics.log)

    async def _settle(self) -> None:
        """Until nothing has been appended for a while; by then each worker must be whole."""
        loop = asyncio.get_running_loop()
        end, still, seen = loop.time() + PATIENCE_SECONDS, loop.time(), -1
        while loop.time() - still < QUIET_SECONDS:
            if len(self._records()) != seen:
                seen, still = len(self._records()), loop.time()
            if loop.time() > end:
                self.wrong.append("the log never came to rest")
                return
            await asyncio.sleep(1.0)
        for running in self.running.values():
            if running.task.done():
                self.wrong.append(f"a worker ended: {running.task.exception()!r}")
        if sorted(n for r in self.running.values() for n in r.worker.owned()) != list(range(PARTITIONS)):
            self.wrong.append("a partition has no owner, or two")

    async def _compare_with_rebuilt(self) -> None:
        decider = sample(self.cluster)
        for running in self.running.values():
            for number, shown in running.worker.state().items():
                fresh: Fold[Notes] = Fold()
                await rebuild(decider, fresh, CODEC, self.cluster.process("fresh"), number)
                if shown["sha256"] != state_fingerprint(fresh) or shown["offset"] != fresh.offset:
                    self.wrong.append("a live state differs from its rebuild")
                if any(notes.asked or notes.alarm for notes in fresh.states.values()):
                    self.wrong.append("something stayed open")

    def _check(self) -> None:
        log = [(r, CODEC.decode(r.headers, r.value)) for r in self._records()]
        self._check_once_and_whole(Counter(e.id for _, e in log))
        self._check_order(log)
        self._check_deadlines(log)
        if any(count > 1 for count in self.requests.values()):
            self.wrong.append("an attempt went out twice")

    def _check_once_and_whole(self, times: Counter[UUID]) -> None:
        for event in self.said:
            first, second = (times[event_id(self.cluster.service, event.id, n)] for n in range(2))
            if first == second == 0:
                self.wrong.append("an input was lost")
            elif first != second:
                self.wrong.append("a decision was torn")
        if any(count > 1 for count in times.values()):
            self.wrong.append("an event is in the log twice")

    def _check_order(self, log: list[tuple[Record, Event[EventData]]]) -> None:
        for number in range(PARTITIONS):
            offsets = [e.cause.offset for r, e in log if r.partition == number and e.cause]
            if offsets != sorted(offsets):
                self.wrong.append("inputs were decided out of order")

    def _check_deadlines(self, log: list[tuple[Record, Event[EventData]]]) -> None:
        """No deadline where the answer was in the input before its time; the answer that closes it is the first."""
        overdue = {
            e.data.report_id
            for _, e in log
            if isinstance(e.data, EarlyWordsNoted) and e.data.words == "overdue"
        }
        inputs = [
            (r, CODEC.decode(r.headers, r.value)) for r in self.cluster.log.records(self.cluster.topics.inner)
        ]
        for _, event in log:
            if not (isinstance(event.data, EarlyWordsNoted) and event.data.words.startswith("ask ")):
                continue
            assert event.cause is not None
            due = event.time + timedelta(seconds=float(event.data.words.removeprefix("ask ")))
            answered = any(
                i.subject == event.subject
                and getattr(i.data, "narrative", None) == "answer"
                and r.offset > event.cause.offset
                and _written_at(r) < due
                for r, i in inputs
            )
            if answered and str(deadline_id(UUID(event.subject), "answer", event.id)) in overdue:
                self.wrong.append("a deadline was decided before an answer that had come")


def _report(record: Record) -> tuple[str, str] | None:
    event = CODEC.decode(record.headers, record.value)
    return (event.data.report_id, event.data.words) if isinstance(event.data, EarlyWordsNoted) else None


def _written_at(record: Record) -> datetime:
    return datetime.fromtimestamp(record.timestamp_ms / 1000, EPOCH.tzinfo)
