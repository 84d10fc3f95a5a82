"""Folding a log: rebuilding a partition's states, and the fingerprint by which two folds are compared."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
from pydantic import BaseModel
from siaga_events import Codec
from siaga_events.types import CauseFailed

from siaga_streams.backend import Backend, Record, TopicPartition
from siaga_streams.collection import collector_paused
from siaga_streams.decider import Decider, Fold, S, V
from siaga_streams.tracing import names_other_trace

__all__ = ["canonical_state", "fold_record", "rebuild", "state_fingerprint"]

FETCH_RECORDS = 5000
FETCH_SECONDS = 0.05
"""Short: what follows a live fold may be a marker alone, which ends no fetch."""


def fold_record(decider: Decider[S, V], fold: Fold[S], codec: Codec, record: Record) -> None:
    """Take one record of the own log. Raises DecodeError: an own log that can't be read ends the process."""
    event = codec.decode(record.headers, record.value)
    state = fold.states.get(event.subject)
    if state is None:
        state = decider.initial(event.subject)
    fold.states[event.subject] = decider.evolve(state, event)
    fold.offset = record.offset + 1
    if event.cause is not None and event.cause.offset > fold.done.get(event.cause.topic, -1):
        fold.done[event.cause.topic] = event.cause.offset
    elif event.cause is None and event.causation_id is not None and isinstance(event.data, CauseFailed):
        fold.failed.add(event.causation_id)
    if event.traceparent is not None and names_other_trace(event.traceparent, event.subject):
        fold.traces[event.subject] = event.traceparent


async def rebuild(
    decider: Decider[S, V], fold: Fold[S], codec: Codec, backend: Backend, partition: int
) -> int:
    """Fold the own log from `fold.offset` to its present end; gives the number of events read.

    Call it behind the fence: only then can nobody else append what this fold would miss.
    """
    at = TopicPartition(decider.log, partition)
    reader = await backend.reader({at: fold.offset})
    count = 0
    try:
        with collector_paused():
            while (await reader.positions())[at] < (await reader.ends())[at]:
                for record in await reader.fetch(FETCH_RECORDS, FETCH_SECONDS):
                    fold_record(decider, fold, codec, record)
                    count += 1
    finally:
        await reader.close()
    return count


def canonical_state(value: Any) -> bytes:
    """A state as canonical JSON: keys sorted, sets sorted, times in UTC, durations in seconds."""
    return orjson.dumps(
        value, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    )


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"a state holds a {type(value).__name__}, which has no canonical form")


def state_fingerprint(fold: Fold[S]) -> str:
    """SHA-256 over all calls' states and the inputs that are done. Live and rebuilt must agree."""
    digest = sha256(canonical_state(fold.done))
    for call in sorted(fold.states):
        digest.update(call.encode())
        digest.update(canonical_state(fold.states[call]))
    return digest.hexdigest()
