"""One batch of decisions: decided one after the other, with the states evolving as it goes, appended as one."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Generic
from uuid import UUID

import structlog
from siaga_events import Codec, Event, EventData, topic
from siaga_events.ids import canonical_json, event_id
from siaga_events.types import CauseFailed

from siaga_streams import metrics
from siaga_streams.backend import OutRecord, Record
from siaga_streams.deadletters import dead_letter
from siaga_streams.decider import Cause, Decider, Fold, Input, Known, S, Todo, V, still_open
from siaga_streams.tracing import names_other_trace, trace_parent

__all__ = ["Batch"]

log = structlog.get_logger()


class Batch(Generic[S, V]):
    """Decisions over a fold that changes only when `merge` is called, after the append."""

    def __init__(self, decider: Decider[S, V], fold: Fold[S], partition: int, codec: Codec) -> None:
        self._decider = decider
        self._fold = fold
        self._partition = partition
        self._codec = codec
        self._log = topic(decider.log)
        self._states: dict[str, S] = {}
        self._done: dict[str, int] = {}
        self._traces: dict[str, str] = {}
        self._failed: set[UUID] = set()
        self.records: list[OutRecord] = []
        self.log_events = 0

    @property
    def touched(self) -> list[str]:
        """Calls whose state changed, in the order of their first change."""
        return list(self._states)

    def todo(self, call: str) -> Todo:
        return still_open(self._decider.todo(self._state(call)), self._fold.failed | self._failed)

    def is_done(self, record: Record) -> bool:
        """Whether the log already holds what this input caused (it is read again after a restart)."""
        return record.offset <= max(self._fold.done.get(record.topic, -1), self._done.get(record.topic, -1))

    def decide(self, call: str, cause: Cause, known: Known[V], record: Record | None = None) -> None:
        """Decide one cause. An error of the pure code becomes `CauseFailed` and a dead letter, together."""
        metrics.CAUSES.labels(self._decider.service, type(cause).__name__).inc()
        try:
            decided = self._decider.decide(self._state(call), cause, known)
            self._add(call, cause, decided, known.now)
        except Exception as error:  # noqa: BLE001 - whatever the pure code raises, the line goes on
            why = f"{type(error).__name__} in decide: {''.join(traceback.format_tb(error.__traceback__)[-1:]).strip()}"
            log.error("decision failed", call=call, cause=str(cause.id), why=why)
            self._fail(call, cause, why, known.now, record)

    def refuse(self, record: Record, why: str, now: datetime) -> None:
        """Keep a record that can't be read as a dead letter; nothing of it enters the log."""
        metrics.DEAD_LETTERS.labels(self._decider.service, record.topic).inc()
        self.records.append(dead_letter(self._codec, self._decider.service, record, why, now)[1])

    def merge(self, last_offset: int | None) -> None:
        """The append stands: take the new states over. `last_offset` is that of the last own event."""
        self._fold.states.update(self._states)
        self._fold.done.update(self._done)
        self._fold.traces.update(self._traces)
        self._fold.failed.update(self._failed)
        if last_offset is not None:
            self._fold.offset = last_offset + 1

    def _state(self, call: str) -> S:
        if call in self._states:
            return self._states[call]
        state = self._fold.states.get(call)
        return self._decider.initial(call) if state is None else state

    def _add(self, call: str, cause: Cause, decided: Sequence[EventData], now: datetime) -> None:
        position = cause.position if isinstance(cause, Input) else None
        came_with = cause.event.traceparent if isinstance(cause, Input) else None
        came_with = came_with or self._traces.get(call) or self._fold.traces.get(call)
        state = self._state(call)
        events, records = [], []
        for ordinal, data in enumerate(decided):
            identity = event_id(self._decider.service, cause.id, ordinal)
            event = Event(
                id=identity,
                source=self._decider.service,
                subject=call,
                time=now,
                data=data,
                causation_id=cause.id,
                correlation_id=call,
                traceparent=trace_parent(identity, came_with, call),
                cause=position,
            )
            state = self._decider.evolve(state, event)
            encoded = self._codec.encode(event, self._log)
            events.append(event)
            records.append(
                OutRecord(self._log.name, encoded.key, encoded.value, encoded.headers, self._partition)
            )
        if not events:
            return
        self._states[call] = state
        self.records.extend(records)
        self.log_events += len(records)
        if position is not None:
            self._done[position.topic] = position.offset
        if came_with is not None and names_other_trace(came_with, call):
            self._traces[call] = came_with
        for event in events:
            metrics.EVENTS.labels(self._decider.service, type(event.data).__name__).inc()

    def _fail(self, call: str, cause: Cause, why: str, now: datetime, record: Record | None) -> None:
        letter_id, letter = dead_letter(
            self._codec, self._decider.service, record or self._record_of(call, cause), why, now
        )
        cause_type = cause.event.type if isinstance(cause, Input) else type(cause).__name__
        failed = CauseFailed(
            service=self._decider.service, cause_type=cause_type, why=why, dead_letter=letter_id
        )
        metrics.DEAD_LETTERS.labels(self._decider.service, record.topic if record else self._log.name).inc()
        self._add(call, cause, [failed], now)
        if not isinstance(cause, Input):
            self._failed.add(cause.id)
        self.records.append(letter)

    def _record_of(self, call: str, cause: Cause) -> Record:
        """A record to keep for a cause that is none (a deadline, an outcome): its name is its own id."""
        description = {"cause": type(cause).__name__, "id": str(cause.id), "call": call}
        return Record(
            topic=f"{self._log.name}#{cause.id}",
            partition=self._partition,
            offset=-1,
            timestamp_ms=0,
            key=call.encode(),
            value=canonical_json(description),
            headers=(),
        )
