"""One cluster for one test, in memory or on a real broker, with topics of its own in the catalogue."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import TypeAlias

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from siaga_events import CATALOGUE, Codec, Event, EventData, Topic, TopicKind, topic
from siaga_events.ids import derived_id
from siaga_events.types import WordsReceived
from siaga_streams.backend import Backend, Member, OutRecord, Record, TopicPartition
from siaga_streams.kafka import KafkaBackend
from siaga_streams.memory import Host, MemoryBackend, MemoryLog

__all__ = [
    "CODEC",
    "LONG_AGO",
    "PARTITIONS",
    "Cluster",
    "KafkaCluster",
    "MemoryCluster",
    "Topics",
    "call",
    "said",
    "until",
    "written",
]

CODEC = Codec()
PARTITIONS = 2
PATIENCE_SECONDS = 30.0
Connect: TypeAlias = Callable[[MemoryLog, Host], Backend]
_numbers = count(1)
LONG_AGO = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Topics:
    """A test's own: a door, a re-keyed input, a log."""

    door: str
    inner: str
    log: str

    @property
    def all(self) -> tuple[str, ...]:
        return (self.door, self.inner, self.log, "retries", "dead-letters")


class Cluster(ABC):
    """Topics of a test, and the processes that it starts."""

    def __init__(self) -> None:
        self.number = next(_numbers)
        self.topics = Topics(f"door-{self.number}", f"inner-{self.number}", f"log-{self.number}")
        self.service = f"sample-{self.number}"
        self._backends: list[Backend] = []

    def enter_catalogue(self) -> None:
        for name, kind in (
            (self.topics.door, TopicKind.DOOR),
            (self.topics.inner, TopicKind.REKEYED),
            (self.topics.log, TopicKind.LOG),
        ):
            CATALOGUE[name] = Topic(name, kind, "call", self.service)

    def leave_catalogue(self) -> None:
        for name in (self.topics.door, self.topics.inner, self.topics.log):
            del CATALOGUE[name]

    @abstractmethod
    async def open(self) -> None:
        """Make the topics."""

    def process(self, name: str) -> Backend:
        """The log as a process sees it."""
        backend = self._connected(name)
        self._backends.append(backend)
        return backend

    @abstractmethod
    def _connected(self, name: str) -> Backend: ...

    @abstractmethod
    async def vanish(self, member: Member, name: str) -> None:
        """The process is gone without a word; its group does not know yet."""

    async def close(self) -> None:
        for backend in self._backends:
            await backend.close()

    async def write(self, *records: OutRecord) -> None:
        publisher = await self.process("writer").publisher()
        await publisher.publish(records)
        await publisher.close()

    async def say(self, name: str, *events: Event[EventData]) -> None:
        """Publish events to a topic, by their calls."""
        await self.write(*(written(name, event) for event in events))

    async def read(self, name: str) -> list[Record]:
        """Everything committed in a topic, by partition."""
        backend = self.process("looker")
        places = [TopicPartition(name, n) for n in (await backend.topic_ends(name))]
        reader = await backend.reader(dict.fromkeys(places, 0))
        ends = await reader.ends()
        found: list[Record] = []
        while any(position < ends[at] for at, position in (await reader.positions()).items()):
            found += await reader.fetch(1000, 0.1)
        await reader.close()
        return sorted(found, key=lambda r: (r.partition, r.offset))

    async def events(self, name: str) -> list[Event[EventData]]:
        return [CODEC.decode(r.headers, r.value) for r in await self.read(name)]


class MemoryCluster(Cluster):
    """`hosts` can be killed and paused."""

    def __init__(self, seed: int = 0, partitions: int = PARTITIONS, connect: Connect = MemoryBackend) -> None:
        super().__init__()
        self._connect = connect
        self._rng = Random(seed)
        self.log = MemoryLog(dict.fromkeys(self.topics.all, partitions), self._rng)
        self.hosts: dict[str, Host] = {}

    async def open(self) -> None:
        return

    def _connected(self, name: str) -> Backend:
        """A new process each time; `hosts` has the last of each name."""
        self.hosts[name] = Host(name, Random(self._rng.random()))
        return self._connect(self.log, self.hosts[name])

    async def vanish(self, member: Member, name: str) -> None:
        self.kill(name)

    def kill(self, name: str) -> None:
        self.hosts[name].kill()
        self._fall_silent(name)

    def pause(self, name: str) -> None:
        self.hosts[name].pause()
        self._fall_silent(name)

    def resume(self, name: str) -> None:
        self.hosts[name].resume()
        for group in self.log.groups.values():
            group.back(self.hosts[name])

    def _fall_silent(self, name: str) -> None:
        for group in self.log.groups.values():
            group.silent(self.hosts[name])


class KafkaCluster(Cluster):
    """Topics of one test on a broker that others use too."""

    def __init__(self, bootstrap: str, existing: set[str]) -> None:
        super().__init__()
        self._bootstrap = bootstrap
        self._existing = existing

    async def open(self) -> None:
        missing = [name for name in self.topics.all if name not in self._existing]
        await create_topics(self._bootstrap, missing)
        self._existing.update(missing)

    async def vanish(self, member: Member, name: str) -> None:
        await member.leave()  # a static member says nothing when it goes

    @property
    def bootstrap(self) -> str:
        return self._bootstrap

    def _connected(self, name: str) -> Backend:
        return KafkaBackend(self._bootstrap, client_id=name)


async def create_topics(bootstrap: str, names: Iterable[str], partitions: int = PARTITIONS) -> None:
    """As the catalogue says; back when the broker knows them: it hears of them a moment after it has answered."""
    names = list(names)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(n, partitions, 1, topic_configs=topic(n).config()) for n in names]
        )
        while not set(names) <= set(await admin.list_topics()):
            await asyncio.sleep(0.05)
    finally:
        await admin.close()


def call(number: int) -> str:
    """A call's id."""
    return str(derived_id("call", number))


def said(words: str, of: str, identity: str | None = None) -> Event[EventData]:
    """Words of a call; the same identity is the same event."""
    return Event(
        derived_id("said", of, identity or words), "test", of, LONG_AGO, WordsReceived(narrative=words)
    )


def written(name: str, event: Event[EventData]) -> OutRecord:
    encoded = CODEC.encode(event)
    return OutRecord(name, encoded.key, encoded.value, encoded.headers)


async def until(come: Callable[[], bool], what: str = "it") -> None:
    """Wait for a condition, in virtual time or in real time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_SECONDS
    while not come():
        assert loop.time() < end, f"{what} never came"
        await asyncio.sleep(0.02)
