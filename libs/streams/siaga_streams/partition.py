"""The loop of one partition: fence, rebuild, then take what has come, decide, append, go on.

Everything a partition does happens in this one task, so nothing in it needs a lock. Effects run beside it and
come back as causes. See docs/adr/0001 for why it is made so.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeAlias
from uuid import UUID

import structlog
from siaga_events import Codec, DecodeError, TopicKind, topic

from siaga_streams import metrics
from siaga_streams.backend import Appender, Backend, Member, Record, TopicPartition
from siaga_streams.batch import Batch
from siaga_streams.decider import (
    NOTHING,
    Cause,
    Deadline,
    DeadlineReached,
    Decider,
    Effect,
    EffectDone,
    EffectDue,
    EffectLost,
    Fold,
    Known,
    S,
    Todo,
    V,
    still_open,
)
from siaga_streams.folding import rebuild
from siaga_streams.inputs import read_input
from siaga_streams.partitioning import partition_of
from siaga_streams.tracing import trace_parent

__all__ = ["Attempt", "PartitionLoop", "Perform", "Ports"]

log = structlog.get_logger()

MAX_RECORDS = 500
"""Records of one batch: bounds the size of a transaction."""
FETCH_SECONDS = 5.0
GATE_POLL_SECONDS = 0.02
GATE_PATIENCE = timedelta(seconds=10)
PATIENCE_SECONDS = 0.1
"""How long outcomes and patient inputs may wait for company. A transaction costs some ten milliseconds of two machines'
time, whatever it holds: without this the news of messages on their way would hold up the next call.
"""
DRAIN_SECONDS = 5.0
"""How long a clean stop waits for the requests that are out."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An effect that may go out now, and the trace context for the request."""

    effect: Effect
    traceparent: str


Perform: TypeAlias = Callable[[Attempt], Awaitable[Any]]
"""Does an effect in the world and gives its outcome. Expected failures are outcomes, not exceptions."""


@dataclass(frozen=True, slots=True)
class Ports(Generic[V]):
    """What a partition's loop is wired to.

    `look` gives the views as they stand. `barrier` returns when what came in before it was called can be seen in the
    inputs (deadlines wait for it). `effects_at_once` bounds the requests that are out, over all partitions.
    """

    backend: Backend
    codec: Codec
    look: Callable[[], V]
    perform: Perform
    barrier: Callable[[], Awaitable[None]]
    effects_at_once: asyncio.Semaphore


@dataclass(frozen=True, slots=True)
class _Gate:
    """Deadlines due up to `at` may be decided once the inputs are read to `ends`."""

    at: datetime
    ends: dict[TopicPartition, int]


@dataclass(order=True, slots=True)
class _Timer:
    due: datetime
    order: int
    call: str = field(compare=False)
    identity: UUID = field(compare=False)


class PartitionLoop(Generic[S, V]):
    """One partition of one decider, from its fence to its end."""

    def __init__(
        self,
        decider: Decider[S, V],
        number: int,
        partitions: int,
        inputs: Sequence[str],
        member: Member,
        ports: Ports[V],
        fold: Fold[S],
    ) -> None:
        self.number = number
        self.fold = fold
        self.ready = False
        self.processed: dict[TopicPartition, int] = {}
        """Next offsets that may be committed: everything before them is decided and appended."""
        self._decider = decider
        self._partitions = partitions
        self._member = member
        self._ports = ports
        self._inputs = [TopicPartition(name, number) for name in inputs]
        self._appender: Appender | None = None
        self._todo: dict[str, Todo] = {}
        self._timers: list[_Timer] = []
        self._timed: set[tuple[UUID, datetime]] = set()
        self._timer_order = 0
        self._launched: set[UUID] = set()
        self._performing: set[asyncio.Task[None]] = set()
        self._reached: set[UUID] = set()
        self._outcomes: deque[tuple[str, Cause]] = deque()
        self._wake = asyncio.Event()
        self._fetching: asyncio.Task[list[Record]] | None = None
        self._pending: list[Record] = []
        """Fetched and not decided yet."""
        self._gate: _Gate | None = None
        self._gate_task: asyncio.Task[_Gate] | None = None
        self._overdue = False
        """Whether a deadline may be due: all of them are looked through only then."""
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`. Raises Fenced when another owner has taken the partition."""
        started = asyncio.get_running_loop().time()
        service = self._decider.service
        try:
            log_partition = TopicPartition(self._decider.log, self.number)
            self._appender = await self._ports.backend.fence(f"{service}-{self.number}", log_partition)
            count = await rebuild(
                self._decider, self.fold, self._ports.codec, self._ports.backend, self.number
            )
            seconds = asyncio.get_running_loop().time() - started
            metrics.REBUILD_SECONDS.labels(service).observe(seconds)
            log.info(
                "partition ready",
                partition=self.number,
                events=count,
                offset=self.fold.offset,
                seconds=round(seconds, 3),
            )
            for call in self.fold.states:
                self._plan(call, appended_at=None)
            self.ready = True
            while not self._stopping:
                await self._step(await self._wait_for_work())
            await self._drain()
        finally:
            self.ready = False
            await self._end_tasks()
            if self._appender is not None:
                await self._appender.close()

    def stop(self) -> None:
        """End after the batch in hand; requests that are out get a moment to come back."""
        self._stopping = True
        self._wake.set()

    @property
    def stopping(self) -> bool:
        return self._stopping

    async def _wait_for_work(self) -> list[Record]:
        """Until records, an outcome, a timer or the stop has come, and is urgent or has waited long enough."""
        loop = asyncio.get_running_loop()
        patient_until: float | None = None
        while True:
            waiting = len(self._pending) + len(self._outcomes)
            await self._wait(None if patient_until is None else patient_until - loop.time())
            self._pending += self._taken_records()
            gained = len(self._pending) + len(self._outcomes) - waiting
            if self._is_urgent() or not (self._pending or self._outcomes):
                break
            if patient_until is None:
                patient_until = loop.time() + PATIENCE_SECONDS
            elif not gained or loop.time() >= patient_until:
                break
        records, self._pending = self._pending, []
        return records

    def _is_urgent(self) -> bool:
        return (
            self._stopping
            or self._gate is not None
            or self._gate_task is not None
            or len(self._pending) >= MAX_RECORDS
            or any(record.topic not in self._decider.patient for record in self._pending)
            or self._seconds_to_timer() == 0
        )

    async def _wait(self, at_most: float | None) -> None:
        """Until something has come: `at_most` bounds it, in seconds, and what is there already then waits for more."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(
                self._member.fetch(self._inputs, MAX_RECORDS, FETCH_SECONDS), name=f"fetch-{self.number}"
            )
        ready = bool(self._outcomes) and at_most is None
        if not (ready or self._stopping or self._wake.is_set()):
            waiting = asyncio.create_task(self._wake.wait(), name=f"wake-{self.number}")
            limits = [s for s in (at_most, self._seconds_to_timer()) if s is not None]
            try:
                await asyncio.wait(
                    [self._fetching, waiting],
                    timeout=max(0.0, min(limits)) if limits else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                waiting.cancel()
        self._wake.clear()

    def _taken_records(self) -> list[Record]:
        if self._fetching is None or not self._fetching.done():
            return []
        fetching, self._fetching = self._fetching, None
        return fetching.result()

    def _seconds_to_timer(self) -> float | None:
        if self._gate is not None:
            return GATE_POLL_SECONDS
        if self._gate_task is not None or not self._timers:
            return None
        return max(0.0, (self._timers[0].due - self._ports.backend.clock.now()).total_seconds())

    async def _step(self, records: Sequence[Record]) -> None:
        """One batch: inputs, then outcomes, then deadlines whose gate is passed, then effects that may start."""
        batch = Batch(self._decider, self.fold, self.number, self._ports.codec)
        known = Known(self._ports.backend.clock.now(), self._ports.look())
        for record in records:
            self._take(record, batch, known)
        while self._outcomes:
            call, cause = self._outcomes.popleft()
            batch.decide(call, cause, known)
        due = self._due_calls(known.now)
        reached = []
        for deadline in await self._passed_deadlines(known.now):
            if deadline not in batch.todo(deadline.call).deadlines:
                continue  # something in this very batch closed or moved it
            batch.decide(deadline.call, DeadlineReached(deadline), known)
            reached.append(deadline)
            metrics.DEADLINE_LATENESS_SECONDS.labels(self._decider.service).observe(
                max(0.0, (known.now - deadline.due).total_seconds())
            )
        self._start_effects(batch, due, known)
        appended_at = asyncio.get_running_loop().time()
        await self._append(batch)
        for record in records:
            self.processed[record.at] = record.offset + 1
        self._reached.update(d.id for d in reached if d in batch.todo(d.call).deadlines)
        for call in dict.fromkeys([*batch.touched, *(d.call for d in reached)]):
            self._plan(call, appended_at)

    def _take(self, record: Record, batch: Batch[S, V], known: Known[V]) -> None:
        if batch.is_done(record):
            return
        door = topic(record.topic).kind is TopicKind.DOOR
        try:
            cause = read_input(self._ports.codec, self._decider.service, record)
        except DecodeError as error:
            if not door:
                raise
            batch.refuse(record, str(error), known.now)
            return
        if cause is None:
            return
        call = cause.event.subject
        if door and not _names_a_call(call):
            batch.refuse(record, "ce_subject: must be the id of a call", known.now)
            return
        if door and partition_of(call.encode(), self._partitions) != self.number:
            batch.refuse(record, "key: this partition does not hold the call named by ce_subject", known.now)
            return
        batch.decide(call, cause, known, record)

    def _due_calls(self, now: datetime) -> list[str]:
        """Calls whose timers have run out; starts the gate if a deadline is among them."""
        calls: list[str] = []
        while self._timers and self._timers[0].due <= now:
            timer = heapq.heappop(self._timers)
            self._timed.discard((timer.identity, timer.due))
            if timer.call not in calls:
                calls.append(timer.call)
        self._overdue = self._overdue or bool(calls)
        if not self._overdue or self._gate is not None or self._gate_task is not None:
            return calls
        self._overdue = any(d.due <= now for t in self._todo.values() for d in t.deadlines)
        if self._overdue:
            self._gate_task = asyncio.create_task(self._find_gate(), name=f"gate-{self.number}")
            self._gate_task.add_done_callback(lambda _: self._wake.set())
        return calls

    async def _find_gate(self) -> _Gate:
        at = self._ports.backend.clock.now()
        await self._ports.barrier()
        return _Gate(at, await self._member.ends(self._inputs))

    async def _passed_deadlines(self, now: datetime) -> list[Deadline]:
        """Deadlines that may be decided: everything that had come by their time is decided before them."""
        if self._gate_task is not None and self._gate_task.done():
            task, self._gate_task = self._gate_task, None
            self._gate = task.result()
        if self._gate is None:
            return []
        positions = await self._member.positions(self._inputs)
        if self._fetching is not None and self._fetching.done():
            self._wake.set()  # records came meanwhile: they are decided first
            return []
        if any(positions.get(at, 0) < end for at, end in self._gate.ends.items()):
            if now - self._gate.at > GATE_PATIENCE:
                self._gate = None  # an end may have been told that is never reached: ask again
                self._overdue = True
                self._wake.set()
            return []
        gate, self._gate = self._gate, None
        self._wake.set()  # what fell due after the gate was set needs one of its own
        return sorted(
            (d for t in self._todo.values() for d in t.deadlines if d.due <= gate.at),
            key=lambda d: (d.due, str(d.id)),
        )

    def _start_effects(self, batch: Batch[S, V], due: Sequence[str], known: Known[V]) -> None:
        for call in dict.fromkeys([*due, *batch.touched]):
            for effect in batch.todo(call).effects:
                if not effect.started and effect.due <= known.now:
                    batch.decide(call, EffectDue(effect), known)

    async def _append(self, batch: Batch[S, V]) -> None:
        if not batch.records:
            return
        assert self._appender is not None
        with metrics.APPEND_SECONDS.labels(self._decider.service).time():
            offsets = await self._appender.append(batch.records)
        own = [o for o, r in zip(offsets, batch.records, strict=True) if r.topic == self._decider.log]
        batch.merge(own[-1] if own else None)

    def _plan(self, call: str, appended_at: float | None) -> None:
        """Read off a call's state what is open. `appended_at` None: the log was folded, nothing was started here."""
        todo = still_open(self._decider.todo(self.fold.states[call]), self.fold.failed | self._reached)
        before = self._todo.pop(call, NOTHING)
        self._launched -= {e.id for e in before.effects} - {e.id for e in todo.effects}
        if not (todo.effects or todo.deadlines):
            return
        self._todo[call] = todo
        for effect in todo.effects:
            if not effect.started:
                self._set_timer(effect.due, call, effect.id)
            elif effect.id not in self._launched:
                self._launch(effect, appended_at)
        for deadline in todo.deadlines:
            self._set_timer(deadline.due, call, deadline.id)

    def _set_timer(self, due: datetime, call: str, identity: UUID) -> None:
        if (identity, due) not in self._timed:
            self._timed.add((identity, due))
            self._timer_order += 1
            heapq.heappush(self._timers, _Timer(due, self._timer_order, call, identity))

    def _launch(self, effect: Effect, appended_at: float | None) -> None:
        self._launched.add(effect.id)  # until the state closes it: one owner never sends an attempt twice
        if appended_at is None:
            self._outcomes.append(
                (effect.call, EffectLost(effect, "its worker ended before the outcome was known"))
            )
            self._wake.set()
            return
        performing = asyncio.create_task(self._perform(effect, appended_at), name=f"effect-{effect.id}")
        self._performing.add(performing)
        performing.add_done_callback(self._performing.discard)

    async def _perform(self, effect: Effect, appended_at: float) -> None:
        """Send, unless so much time has passed since the append that another worker may own the partition."""
        loop = asyncio.get_running_loop()
        cause: Cause
        try:
            async with self._ports.effects_at_once:
                if loop.time() - appended_at > self._ports.backend.session_timeout_seconds / 2:
                    cause = EffectLost(effect, "not sent: too long since its start was logged", tried=False)
                else:
                    context = trace_parent(effect.id, self.fold.traces.get(effect.call), effect.call)
                    cause = EffectDone(effect, await self._ports.perform(Attempt(effect, context)))
        except Exception as error:
            log.exception("effect failed", call=effect.call, effect=str(effect.id))
            cause = EffectLost(effect, f"error in the adapter: {type(error).__name__}")
        metrics.EFFECTS.labels(self._decider.service, type(cause).__name__).inc()
        self._outcomes.append((effect.call, cause))
        self._wake.set()

    async def _drain(self) -> None:
        """Log the outcomes of the requests that are out, as far as they come in time."""
        if self._performing:
            await asyncio.wait(
                self._performing, timeout=min(DRAIN_SECONDS, self._ports.backend.session_timeout_seconds / 2)
            )
        batch = Batch(self._decider, self.fold, self.number, self._ports.codec)
        known = Known(self._ports.backend.clock.now(), self._ports.look())
        while self._outcomes:
            call, cause = self._outcomes.popleft()
            batch.decide(call, cause, known)
        await self._append(batch)

    async def _end_tasks(self) -> None:
        tasks = [t for t in (self._fetching, self._gate_task, *self._performing) if t is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _names_a_call(subject: str) -> bool:
    """Whether it is a UUID in its one spelling, as every call's id is."""
    try:
        return str(UUID(subject)) == subject
    except ValueError:
        return False
