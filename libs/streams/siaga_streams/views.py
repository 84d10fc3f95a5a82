"""Views: read-only folds of whole topics, a moment behind. They cross calls, which a decider's state never does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import structlog
from siaga_events import Codec, DecodeError, Event, EventData, TopicKind, UnknownVersion, topic
from siaga_events.registry import TYPES_BY_TOPIC

from siaga_streams import metrics
from siaga_streams.backend import Backend, Reader, Record, TopicPartition

__all__ = ["View"]

T = TypeVar("T")
log = structlog.get_logger()

FETCH_RECORDS = 2000
FETCH_SECONDS = 5.0
POLL_SECONDS = 0.05


class View(Generic[T]):
    """`value` is what `fold` made of everything read so far.

    `fold(value, event, offset)` gives the next value; whether it makes a new one or changes the old is its own affair,
    but what deciders get to see must be frozen. A required view gates readiness; a log's record that
    it can't read ends the process. What does not belong into a directory is skipped, and said.
    `forget(value, key)` is what a compacted topic's tombstone makes of it.
    """

    def __init__(
        self,
        name: str,
        topics: tuple[str, ...],
        initial: T,
        fold: Callable[[T, Event[EventData], int], T],
        *,
        required: bool,
        forget: Callable[[T, str], T] | None = None,
    ) -> None:
        self.name = name
        self.topics = topics
        self.value = initial
        self.required = required
        self.caught_up = asyncio.Event()
        self._fold = fold
        self._forget = forget
        self._reader: Reader | None = None
        self._moved = asyncio.Event()

    async def run(self, backend: Backend, codec: Codec, partitions: Mapping[str, int]) -> None:
        """Fold for ever."""
        start = {TopicPartition(t, n): 0 for t in self.topics for n in range(partitions[t])}
        reader = await backend.reader(start)
        self._reader = reader
        try:
            while not await self._is_past(ends := await reader.ends()):
                await self._read(reader, codec, POLL_SECONDS)
            log.info("view caught up", view=self.name, offsets=sum(ends.values()))
            self.caught_up.set()
            while True:
                await self._read(reader, codec, FETCH_SECONDS)
        finally:
            self._reader = None
            await reader.close()

    async def wait_past(self, ends: Mapping[TopicPartition, int]) -> None:
        """Until everything before `ends` is folded. Ends may stand behind transaction markers, so it asks again."""
        while not await self._is_past(ends):
            self._moved.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._moved.wait()
            except TimeoutError:
                continue

    async def _is_past(self, ends: Mapping[TopicPartition, int]) -> bool:
        """A position moves in the same step in which what stands before it is folded."""
        if self._reader is None:
            return False
        positions = await self._reader.positions()
        return all(positions.get(p, 0) >= end for p, end in ends.items())

    async def _read(self, reader: Reader, codec: Codec, timeout_seconds: float) -> None:
        records = await reader.fetch(FETCH_RECORDS, timeout_seconds)
        for record in records:
            if self._forget is not None and record.value is None and record.key is not None:
                self.value = self._forget(self.value, record.key.decode(errors="replace"))
                continue
            event = self._decoded(codec, record)
            if event is None:
                continue
            self.value = self._fold(self.value, event, record.offset)
        self._moved.set()
        metrics.VIEW_RECORDS.labels(self.name).inc(len(records))

    def _decoded(self, codec: Codec, record: Record) -> Event[EventData] | None:
        """None for what is no event of this topic: at a door anybody may have written it, and it must stop nobody.

        Raises DecodeError for a log's record, and for a version that only a newer release can read.
        """
        try:
            event = codec.decode(record.headers, record.value)
            if type(event.data) in TYPES_BY_TOPIC.get(record.topic, (type(event.data),)):
                return event
            why = f"{event.type} does not belong here"
        except DecodeError as error:
            if self.required and (isinstance(error, UnknownVersion) or _is_ours(record)):
                raise
            why = str(error)
        log.error("view skips a record", view=self.name, topic=record.topic, offset=record.offset, why=why)
        metrics.VIEW_SKIPPED.labels(self.name).inc()
        return None


def _is_ours(record: Record) -> bool:
    """Whether only services of ours write to its topic."""
    return topic(record.topic).kind in (TopicKind.LOG, TopicKind.REKEYED)
