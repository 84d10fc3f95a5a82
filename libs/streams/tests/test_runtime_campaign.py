"""The runtime under kills and pauses, and the same campaign against runtimes with a planted bug: each must be caught."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import count

import pytest
from siaga_streams.backend import Appender, OutRecord, Record, TopicPartition
from siaga_streams.batch import Batch
from siaga_streams.decider import Deadline, Effect, NoViews
from siaga_streams.memory import Host, MemoryBackend, MemoryLog
from siaga_streams.partition import PartitionLoop
from streams_testbed.campaign import Runtime, simulate
from streams_testbed.sample import Notes

SEEDS = 300
SEEDS_TO_CATCH = 300


def test_the_runtime_keeps_its_promises() -> None:
    assert {seed: wrong for seed in range(SEEDS) if (wrong := simulate(seed, Runtime()))} == {}


def test_a_seed_replays_exactly() -> None:
    assert simulate(7, NO_FENCE) == simulate(7, NO_FENCE)


class _CommitsFirst(PartitionLoop[Notes, NoViews]):
    async def _step(self, records: Sequence[Record]) -> None:
        for record in records:
            self.processed[record.at] = record.offset + 1
        await self._member.commit(self.processed)
        await super()._step(records)


class _IgnoresTheGate(PartitionLoop[Notes, NoViews]):
    async def _passed_deadlines(self, now: datetime) -> list[Deadline]:
        return [d for todo in self._todo.values() for d in todo.deadlines if d.due <= now]


class _RepeatsAfterRestart(PartitionLoop[Notes, NoViews]):
    def _launch(self, effect: Effect, appended_at: float | None) -> None:
        super()._launch(effect, appended_at or asyncio.get_running_loop().time())


class _SendsLate(PartitionLoop[Notes, NoViews]):
    async def _perform(self, effect: Effect, appended_at: float) -> None:
        await super()._perform(effect, asyncio.get_running_loop().time())


class _RequestsBeforeTheAppend(PartitionLoop[Notes, NoViews]):
    async def _append(self, batch: Batch[Notes, NoViews]) -> None:
        for call in batch.touched:
            for effect in batch.todo(call).effects:
                if effect.started and effect.id not in self._launched:
                    self._launch(effect, asyncio.get_running_loop().time())
        await super()._append(batch)


class _WithoutFence(MemoryBackend):
    def __init__(self, log: MemoryLog, host: Host) -> None:
        super().__init__(log, host)
        self._numbers = count()

    async def fence(self, transactional_id: str, log: TopicPartition) -> Appender:
        mine = f"{transactional_id} {self._host.name} {id(self)} {next(self._numbers)}"
        return await super().fence(mine, log)


class _FencesLate(MemoryBackend):
    """The fence is raised by the first append, long after the log was folded."""

    async def fence(self, transactional_id: str, log: TopicPartition) -> Appender:
        return _LateAppender(super(), transactional_id, log)


class _LateAppender:
    def __init__(self, backend: object, transactional_id: str, log: TopicPartition) -> None:
        self._backend = backend
        self._id = transactional_id
        self._log = log
        self._appender: Appender | None = None

    async def append(self, records: Sequence[OutRecord]) -> list[int]:
        if self._appender is None:
            self._appender = await self._backend.fence(self._id, self._log)  # type: ignore[attr-defined]
        return await self._appender.append(records)

    async def close(self) -> None:
        return


class _OneByOne(MemoryBackend):
    """Each event is a transaction of its own."""

    async def fence(self, transactional_id: str, log: TopicPartition) -> Appender:
        return _SingleAppender(await super().fence(transactional_id, log))


class _SingleAppender:
    def __init__(self, appender: Appender) -> None:
        self._appender = appender

    async def append(self, records: Sequence[OutRecord]) -> list[int]:
        return [offset for record in records for offset in await self._appender.append([record])]

    async def close(self) -> None:
        return


def _decide_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Batch, "is_done", lambda *_: False)


NO_FENCE = Runtime(connect=_WithoutFence)


@pytest.mark.parametrize(
    ("runtime", "promise"),
    [
        pytest.param(Runtime(loop=_CommitsFirst), "an input was lost", id="commits before it appends"),
        pytest.param(NO_FENCE, "an event is in the log twice", id="no fence"),
        pytest.param(
            Runtime(connect=_FencesLate), "an event is in the log twice", id="fences after it folded"
        ),
        pytest.param(Runtime(connect=_OneByOne), "a decision was torn", id="appends one by one"),
        pytest.param(
            Runtime(loop=_IgnoresTheGate),
            "a deadline was decided before an answer that had come",
            id="decides deadlines before waiting inputs",
        ),
        pytest.param(
            Runtime(patch=_decide_again), "an event is in the log twice", id="decides again what comes again"
        ),
        pytest.param(
            Runtime(loop=_RepeatsAfterRestart), "an attempt went out twice", id="repeats what was out"
        ),
        pytest.param(
            Runtime(loop=_SendsLate),
            "a request went out so late that its partition may have another owner",
            id="sends late",
        ),
        pytest.param(
            Runtime(loop=_RequestsBeforeTheAppend),
            "a request went out before its start was in the log",
            id="requests before it appends",
        ),
    ],
)
def test_a_planted_bug_is_caught(runtime: Runtime, promise: str) -> None:
    assert any(promise in simulate(seed, runtime) for seed in range(SEEDS_TO_CATCH))
