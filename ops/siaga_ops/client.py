"""The command line's side of the log: publish at doors, read topics, follow them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from siaga_events import Codec, DecodeError, Event, EventData, topic
from siaga_streams.backend import Backend, OutRecord, Publisher, Reader, Record, TopicPartition, Unavailable
from siaga_streams.kafka import KafkaBackend
from siaga_streams.partitioning import partition_of

from siaga_ops.errors import OpsError

__all__ = ["Client", "Following", "Found", "connected"]

FETCH_RECORDS = 2000
ID_LENGTH = 36
"""Of a call's id, a UUID. What is shorter is the beginning of one, which may be in any partition."""

Found = tuple[Record, Event[EventData]]


class Client:
    """Reads committed records only. Records that can't be decoded are left out, except in `records`."""

    def __init__(self, backend: Backend, counts: dict[str, int]) -> None:
        self.backend = backend
        self.codec = Codec()
        self.counts = counts
        self._publisher: Publisher | None = None

    async def publish(self, topic_name: str, events: Sequence[Event[EventData]]) -> None:
        """Returns when the broker has them."""
        self._need([topic_name])
        if self._publisher is None:
            self._publisher = await self.backend.publisher()
        encoded = [self.codec.encode(event, topic(topic_name)) for event in events]
        await self._publisher.publish([OutRecord(topic_name, e.key, e.value, e.headers) for e in encoded])

    async def records(self, topic_name: str) -> list[Record]:
        """Everything that stands in a topic now, partition by partition."""
        self._need([topic_name])
        start = {TopicPartition(topic_name, n): 0 for n in range(self.counts[topic_name])}
        reader = await self.backend.reader(start)
        try:
            ends = await reader.ends()
            found: list[Record] = []
            while not _reached(await reader.positions(), ends):
                found += await reader.fetch(FETCH_RECORDS, 0.2)
            return sorted(found, key=lambda r: (r.partition, r.offset))
        finally:
            await reader.close()

    async def read(self, topic_names: Iterable[str]) -> list[Found]:
        """Every readable event of these topics, in the order of their times."""
        found = [pair for name in topic_names for pair in self.decoded(await self.records(name))]
        return sorted(found, key=lambda pair: (pair[1].time, pair[0].topic, pair[0].offset))

    @asynccontextmanager
    async def following(
        self, topic_names: Sequence[str], call: str | None = None, *, from_start: bool = False
    ) -> AsyncIterator[Following]:
        """What comes from now on (or from the start), of one call if it is named by its id or the beginning of it.

        With a whole id only the call's partition is read.
        """
        self._need(topic_names)
        places = [p for name in topic_names for p in self._places(name, call)]
        start = dict.fromkeys(places, 0)
        reader = await self.backend.reader(start)
        try:
            ends = await reader.ends()
            if not from_start:
                await reader.close()
                start = ends
                reader = await self.backend.reader(start)
            yield Following(reader, self.decoded, call, start, ends)
        finally:
            await reader.close()

    def _places(self, name: str, call: str | None) -> list[TopicPartition]:
        count = self.counts[name]
        if call is None or len(call) < ID_LENGTH or topic(name).key != "call":
            return [TopicPartition(name, n) for n in range(count)]
        return [TopicPartition(name, partition_of(call.encode(), count))]

    def decoded(self, records: Iterable[Record]) -> list[Found]:
        found = []
        for record in records:
            try:
                found.append((record, self.codec.decode(record.headers, record.value)))
            except DecodeError:
                continue
        return found

    def _need(self, names: Iterable[str]) -> None:
        missing = [name for name in names if name not in self.counts]
        if missing:
            raise OpsError(f"topics are missing: {', '.join(missing)}. Run `siaga topics create` first.")


class Following:
    """Events as they come, and how far behind is what stood in the log at the start: `percent_read`, 100 if all is taken."""

    def __init__(
        self,
        reader: Reader,
        decoded: Callable[[Iterable[Record]], list[Found]],
        call: str | None,
        start: dict[TopicPartition, int],
        ends: dict[TopicPartition, int],
    ) -> None:
        self._reader = reader
        self._decoded = decoded
        self._call = call
        self._ends = ends
        self._total = sum(ends.values()) - sum(start.values())
        self.percent_read = 0 if self._total > 0 else 100

    async def __aiter__(self) -> AsyncIterator[Found]:
        while True:
            for pair in self._decoded(await self._reader.fetch(FETCH_RECORDS, 0.5)):
                if self._call is None or pair[1].subject.startswith(self._call):
                    yield pair
            if self.percent_read < 100:
                self.percent_read = await self._percent()
            await asyncio.sleep(0)

    async def _percent(self) -> int:
        positions = await self._reader.positions()
        left = sum(max(0, end - positions.get(at, 0)) for at, end in self._ends.items())
        return 100 if left == 0 else min(99, 100 - 100 * left // self._total)


def _reached(positions: dict[TopicPartition, int], ends: dict[TopicPartition, int]) -> bool:
    return all(positions.get(at, 0) >= end for at, end in ends.items())


@asynccontextmanager
async def connected(bootstrap: str) -> AsyncIterator[Client]:
    """Raises OpsError if no broker answers."""
    backend = KafkaBackend(bootstrap, client_id="siaga")
    try:
        try:
            counts = await backend.partition_counts()
        except Unavailable as error:
            raise OpsError(
                f"no Kafka answers at {bootstrap}. Start one with `siaga kafka up`, or say where it is: "
                "--bootstrap HOST:PORT or SIAGA_BOOTSTRAP."
            ) from error
        client = Client(backend, counts)
        yield client
    finally:
        await backend.close()
