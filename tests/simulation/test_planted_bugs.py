"""A simulation is worth what it catches: each bug here is planted on purpose, and some seed must find it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from siaga_classifier.domain.decider import ClassifierDecider
from siaga_events import EventData
from siaga_events.types import CorrectCall, WordsReceived
from siaga_notifier.domain.decider import NotifierDecider
from siaga_router.domain.decider import RouterDecider
from siaga_streams.backend import Fenced, Member, OutRecord, Record
from siaga_streams.batch import Batch
from siaga_streams.decider import Cause, Deadline, Effect, Input, Known
from siaga_streams.memory import _MemoryAppender
from siaga_streams.partition import PartitionLoop
from siaga_streams.relay import RelayWorker

from .campaign import campaign
from .invariants import breaches

MOST_SEEDS = 200


def caught_by() -> set[str]:
    """The invariants that the first seed which finds the bug sees broken."""
    for seed in range(1, MOST_SEEDS + 1):
        if found := breaches(campaign(seed)):
            return {name for name, _ in found}
    pytest.fail(f"the planted bug survived {MOST_SEEDS} seeds")


def test_acknowledging_before_appending(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offsets are committed first: a power failure before the append loses what they stood for."""
    step = PartitionLoop._step

    async def hasty(self: PartitionLoop[Any, Any], records: Sequence[Record]) -> None:
        if records:
            await self._member.commit({record.at: record.offset + 1 for record in records})
        await step(self, records)

    monkeypatch.setattr(PartitionLoop, "_step", hasty)
    assert caught_by() & {
        "every_report_is_heard", "every_command_has_one_outcome", "every_classification_is_judged",
        "every_asked_post_has_an_alarm",
    }  # fmt: skip


def test_no_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was paused past its session appends what its successor has long decided."""

    async def unfenced(self: _MemoryAppender, records: Sequence[OutRecord]) -> list[int]:
        await self._host.travel()
        offsets = self._log.write(records, transactional=True)
        await self._host.travel()
        return offsets

    monkeypatch.setattr(_MemoryAppender, "append", unfenced)
    assert caught_by() & {"nothing_stands_twice", "inputs_are_taken_in_order", "decisions_are_whole"}


def test_half_of_a_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction: the power may fail between the events of one decision."""

    async def piecemeal(self: _MemoryAppender, records: Sequence[OutRecord]) -> list[int]:
        await self._host.travel()
        offsets: list[int] = []
        for record in records:
            if self._log.epochs[self._id] != self._epoch:
                raise Fenced(self._id)
            offsets += self._log.write([record], transactional=False)
            await self._host.travel()
        return offsets

    monkeypatch.setattr(_MemoryAppender, "append", piecemeal)
    assert caught_by() & {
        "every_asked_post_has_an_alarm", "every_classification_is_judged", "every_alarm_is_tried", "comes_to_rest",
        "no_call_is_stuck", "live_and_rebuilt_states_are_equal", "nothing_stands_twice",
    }  # fmt: skip


def test_a_deadline_before_the_inputs_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an outage the deadlines go first, and the answers that came meanwhile are too late."""

    async def impatient(self: PartitionLoop[Any, Any], now: Any) -> list[Deadline]:
        self._gate = self._gate_task = None
        due = [d for todo in self._todo.values() for d in todo.deadlines if d.due <= now]
        return sorted(due, key=lambda d: (d.due, str(d.id)))

    monkeypatch.setattr(PartitionLoop, "_passed_deadlines", impatient)
    assert caught_by() & {"waiting_inputs_go_before_a_deadline", "no_answer_waits_while_an_alarm_is_overdue"}


def test_a_deadline_before_the_answers_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines do not wait until the receipts are re-keyed."""

    async def at_once() -> None:
        return

    monkeypatch.setattr("siaga_notifier.app.receipts_are_rekeyed", lambda backend: at_once)
    assert "no_answer_waits_while_an_alarm_is_overdue" in caught_by()


def test_early_words_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    decide = ClassifierDecider.decide

    def forgetful(
        self: ClassifierDecider, state: Any, cause: Cause, known: Known[Any]
    ) -> Sequence[EventData]:
        early = (
            state.last is None and isinstance(cause, Input) and isinstance(cause.event.data, WordsReceived)
        )
        return [] if early else decide(self, state, cause, known)

    monkeypatch.setattr(ClassifierDecider, "decide", forgetful)
    assert "every_report_is_heard" in caught_by()


def test_early_correction_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    decide = RouterDecider.decide

    def forgetful(self: RouterDecider, state: Any, cause: Cause, known: Known[Any]) -> Sequence[EventData]:
        early = (
            state.phase == "new" and isinstance(cause, Input) and isinstance(cause.event.data, CorrectCall)
        )
        return [] if early else decide(self, state, cause, known)

    monkeypatch.setattr(RouterDecider, "decide", forgetful)
    assert "every_command_has_one_outcome" in caught_by()


def test_a_relay_that_commits_before_it_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = RelayWorker._fetched

    async def hasty(self: RelayWorker, member: Member) -> list[Record]:
        records = await fetched(self, member)
        await member.commit({record.at: record.offset + 1 for record in records})
        return records

    monkeypatch.setattr(RelayWorker, "_fetched", hasty)
    assert "every_report_is_heard" in caught_by()


def test_a_message_sent_before_its_start_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    append = PartitionLoop._append

    async def eager(self: PartitionLoop[Any, Any], batch: Batch[Any, Any]) -> None:
        for call in batch.touched:
            for effect in batch.todo(call).effects:
                if effect.started and effect.id not in self._launched:
                    self._launch(effect, self._ports.backend.clock.now().timestamp())
        await append(self, batch)

    monkeypatch.setattr(PartitionLoop, "_append", eager)
    assert "every_request_was_logged_before" in caught_by()


def test_a_repeat_that_does_not_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    todo = NotifierDecider.todo

    def silent(self: NotifierDecider, state: Any) -> Any:
        def honest(effect: Effect) -> Effect:
            return replace(effect, what=replace(effect.what, repeat=False))

        asked = todo(self, state)
        return replace(asked, effects=tuple(honest(e) for e in asked.effects))

    monkeypatch.setattr(NotifierDecider, "todo", silent)
    assert "one_message_is_no_repeat" in caught_by()


def test_forgetting_the_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The router asks who is near by air, whatever it knows of the roads."""
    monkeypatch.setattr("siaga_router.domain.nearest._by_road", lambda found, *_: found)
    assert caught_by() == {"who_is_asked_is_the_first_of_the_directory_that_was_known"}
