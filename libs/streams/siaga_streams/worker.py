"""A worker of a decider: joins the group, owns partitions as they come and go, commits lazily."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Generic

import structlog
from siaga_events import Codec

from siaga_streams import metrics
from siaga_streams.backend import Backend, Fenced, Group, Member, TopicPartition
from siaga_streams.checks import check_assignment
from siaga_streams.decider import Decider, Fold, S, V
from siaga_streams.folding import state_fingerprint
from siaga_streams.inputs import RETRIES
from siaga_streams.partition import Attempt, PartitionLoop, Perform, Ports
from siaga_streams.progress import Progress

__all__ = ["DeciderWorker", "no_barrier", "no_effects"]

log = structlog.get_logger()

COMMIT_SECONDS = 1.0
PROGRESS_SECONDS = 5.0
EFFECTS_AT_ONCE = 64
TAKEN_TOO_OFTEN = 5
TAKEN_SECONDS = 30.0
"""So many revocations within so short a time have one likely reason: a second process with the same worker id."""


async def no_barrier() -> None:
    """For deciders whose deadlines wait for nothing but their inputs."""


async def no_effects(attempt: Attempt) -> None:
    """For deciders that do nothing in the world."""
    raise AssertionError(f"this decider has no effects, but its todo asked for {attempt.effect}")


class DeciderWorker(Generic[S, V]):
    """`worker_id` is static: a worker that is back within the session timeout keeps its partitions."""

    def __init__(
        self,
        decider: Decider[S, V],
        backend: Backend,
        codec: Codec,
        worker_id: str,
        partitions: int,
        look: Callable[[], V],
        perform: Perform = no_effects,
        barrier: Callable[[], Awaitable[None]] = no_barrier,
    ) -> None:
        self.decider = decider
        self._inputs = (*decider.inputs, RETRIES)
        self._backend = backend
        self._group = Group(decider.service, worker_id, self._inputs)
        self._partitions = partitions
        self._ports = Ports(backend, codec, look, perform, barrier, asyncio.Semaphore(EFFECTS_AT_ONCE))
        self._folds: dict[int, Fold[S]] = {}
        self._loops: dict[int, PartitionLoop[S, V]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._member: Member | None = None
        self._joined = asyncio.Event()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stopping = asyncio.Event()
        self._assigned = False
        self._revocations: deque[float] = deque(maxlen=TAKEN_TOO_OFTEN)
        self.progress = Progress()

    @property
    def topics(self) -> tuple[str, ...]:
        return (*self._inputs, self.decider.log, "dead-letters")

    async def run(self) -> None:
        """Until `stop`. Raises what ends the process: Unavailable, AssignmentError, DecodeError of an own log."""
        self._member = await self._backend.join(self._group, self._on_revoked, self._on_assigned)
        self._joined.set()
        committing = asyncio.create_task(self._commit_lazily(self._member), name="commit")
        watching = asyncio.create_task(self._watch_progress(self._member), name="progress")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            waiting: list[asyncio.Future[Any]] = [self._failed, committing, watching, stopping]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for ended in (self._failed, committing, watching):
                if ended.done():
                    ended.result()
            await self._end_partitions(frozenset(self._tasks))
            if self._failed.done():
                self._failed.result()
            await self._member.commit(self._processed())
        finally:
            for task in (committing, watching, stopping):
                task.cancel()
            await self._cancel_partitions()
            self._assigned = False
            await self._member.leave()

    def stop(self) -> None:
        self._stopping.set()

    @property
    def ready(self) -> bool:
        """The group gave its partitions (maybe none); all of them are rebuilt and their fences held."""
        return self._assigned and self._tasks.keys() == set(self.owned())

    def owned(self) -> list[int]:
        return sorted(n for n, loop in self._loops.items() if loop.ready)

    def state(self) -> dict[int, dict[str, object]]:
        """Per owned partition: the offset after the last own event, the calls, the fingerprint of their states."""
        return {
            n: {
                "offset": self._folds[n].offset,
                "calls": len(self._folds[n].states),
                "sha256": state_fingerprint(self._folds[n]),
            }
            for n in self.owned()
        }

    def fold(self, number: int) -> Fold[S]:
        return self._folds[number]

    async def _on_assigned(self, assigned: frozenset[TopicPartition]) -> None:
        """Only starts tasks: a rebuild must never hold up the rebalance."""
        try:
            numbers = check_assignment(assigned, self._inputs)
        except Exception as error:  # noqa: BLE001 - handed to run(), which ends the process
            self._fail(error)
            return
        self._assigned = True
        log.info("partitions assigned", service=self.decider.service, partitions=sorted(numbers))
        for number in sorted(numbers - self._tasks.keys()):
            self._tasks[number] = asyncio.create_task(self._own(number), name=f"partition-{number}")

    async def _on_revoked(self, revoked: frozenset[TopicPartition]) -> None:
        self._assigned = False
        numbers = frozenset(p.partition for p in revoked) & self._tasks.keys()
        if not numbers:
            return
        self._note_revocation()
        await self._end_partitions(numbers)
        if self._member is not None:
            await self._member.commit(self._processed(numbers))
        for number in numbers:
            self._loops.pop(number, None)

    def _note_revocation(self) -> None:
        """The broker lets two members of one id take the group from each other for ever, and tells neither."""
        now = asyncio.get_running_loop().time()
        self._revocations.append(now)
        if len(self._revocations) == TAKEN_TOO_OFTEN and now - self._revocations[0] < TAKEN_SECONDS:
            log.error(
                "partitions are taken again and again: does another process run under this worker id?",
                service=self.decider.service,
                worker_id=self._group.member_id,
                mend="give each worker a SIAGA_WORKER_ID of its own",
            )

    async def _own(self, number: int) -> None:
        """Own a partition until it is revoked. A fence that is lost is taken back unless the group says otherwise."""
        try:
            await self._joined.wait()
            assert self._member is not None
            while True:
                fold = self._folds.setdefault(number, Fold())
                loop = PartitionLoop(
                    self.decider, number, self._partitions, self._inputs, self._member, self._ports, fold
                )
                self._loops[number] = loop
                try:
                    await loop.run()
                    return
                except Fenced as error:
                    metrics.FENCED.labels(self.decider.service).inc()
                    log.warning("partition fenced", partition=number, why=str(error))
                    if loop.stopping:
                        return  # its new owner must not be fenced in turn
                await asyncio.sleep(self._backend.session_timeout_seconds / 2)
                await self._member.rewind([TopicPartition(t, number) for t in self._inputs])
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - handed to run(), which ends the process
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)

    async def _end_partitions(self, numbers: frozenset[int]) -> None:
        """Let the batches in hand end; whoever waits (for a fence, for a rebuild) is cancelled."""
        for number in sorted(numbers):
            loop = self._loops.get(number)
            waits = loop is None or not loop.ready
            if loop is not None:
                loop.stop()
            if waits:
                self._tasks[number].cancel()
        tasks = [self._tasks.pop(number) for number in sorted(numbers)]
        if tasks:
            await asyncio.wait(tasks, timeout=self._backend.session_timeout_seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _cancel_partitions(self) -> None:
        for loop in self._loops.values():
            loop.stop()  # a cancellation alone may be lost: `wait_for` of Python 3.11 can swallow it
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _processed(self, numbers: frozenset[int] | None = None) -> dict[TopicPartition, int]:
        return {
            partition: offset
            for number, loop in self._loops.items()
            if numbers is None or number in numbers
            for partition, offset in loop.processed.items()
        }

    async def _watch_progress(self, member: Member) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            owned = [TopicPartition(name, n) for name in self._inputs for n in self.owned()]
            if not owned:
                continue
            ends, positions = await member.ends(owned), await member.positions(owned)
            self.progress.look(positions, ends, asyncio.get_running_loop().time())
            metrics.LAG.labels(self.decider.service).set(sum(self.progress.lag.values()))

    async def _commit_lazily(self, member: Member) -> None:
        committed: dict[TopicPartition, int] = {}
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            processed = self._processed()
            if fresh := {p: o for p, o in processed.items() if committed.get(p) != o}:
                await member.commit(fresh)
                committed.update(fresh)
            service = self.decider.service
            metrics.PARTITIONS.labels(service).set(len(self.owned()))
            metrics.OPEN_CALLS.labels(service).set(sum(len(f.states) for f in self._folds.values()))
