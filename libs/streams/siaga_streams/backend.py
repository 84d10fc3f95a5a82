"""What the runtime needs of a log, as a port. `kafka` and `memory` are its two backends.

One contract suite (`libs/streams/tests/contract`) holds both to it:

- what was appended in one `append` is read whole or not at all, and in its order within a partition;
- after `fence`, no older appender of the same id appends anything;
- readers and members see committed records only;
- offsets may have gaps (transaction markers): an end is reached when the position is at or past it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

__all__ = [
    "Appender", "Backend", "Fenced", "Group", "Member", "OutRecord", "Publisher", "Reader", "Record", "TopicPartition",
    "Unavailable",
]  # fmt: skip


class Fenced(Exception):
    """A newer owner of the same transactional id exists; nothing of this append stands."""


class Unavailable(Exception):
    """The log can't be reached, or an append's end is not known. The process must end: the log alone says what was."""


@dataclass(frozen=True, slots=True, order=True)
class TopicPartition:
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read. `timestamp_ms` is the writer's, since 1970 in UTC."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def at(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class OutRecord:
    """A record to write. `partition` None: by the key, as Java and aiokafka do (murmur2)."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = field(default=())
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group's member. `member_id` is static: back within the session timeout, it keeps its partitions."""

    name: str
    member_id: str
    topics: tuple[str, ...]


class Appender(Protocol):
    """Writes transactions behind a fence."""

    async def append(self, records: Sequence[OutRecord]) -> list[int]:
        """Write all or none; gives each record's offset. Raises Fenced or Unavailable."""

    async def close(self) -> None: ...


class Publisher(Protocol):
    """Writes without a fence; returns when the broker has it. A retry after an error may write twice."""

    async def publish(self, records: Sequence[OutRecord]) -> None:
        """Raises Unavailable."""

    async def close(self) -> None: ...


class Reader(Protocol):
    """Reads fixed partitions, outside any group."""

    async def fetch(self, max_records: int, timeout_seconds: float) -> list[Record]: ...

    async def positions(self) -> dict[TopicPartition, int]:
        """The next offset to be read, per partition."""

    async def ends(self) -> dict[TopicPartition, int]:
        """Where the partitions end now, open transactions included: a position gets there when they are over."""

    async def close(self) -> None: ...


class Member(Protocol):
    """A group member's side of its assigned partitions."""

    async def fetch(
        self, partitions: Sequence[TopicPartition], max_records: int, timeout_seconds: float
    ) -> list[Record]:
        """What has come in these partitions; waits up to the time-out for the first record. May be cancelled.

        A position moves past records in the same step in which the fetch ends with them.
        """

    async def positions(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The next offset to be read, of those partitions that are assigned now."""

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Where they end now, open transactions included."""

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Next offsets to read after a restart. A commit that comes too late (a moved partition) is dropped."""

    async def rewind(self, partitions: Iterable[TopicPartition]) -> None:
        """Read these again from their committed offsets: their last reader ended without deciding what it had."""

    async def leave(self) -> None:
        """Stop; the partitions go to others."""


AssignmentCallback: TypeAlias = Callable[[frozenset[TopicPartition]], Awaitable[None]]


class Clock(Protocol):
    def now(self) -> datetime:
        """UTC."""


class Backend(Protocol):
    """A log. `session_timeout_seconds`: how long a silent member keeps its partitions."""

    @property
    def clock(self) -> Clock: ...

    @property
    def session_timeout_seconds(self) -> float: ...

    async def partition_counts(self) -> dict[str, int]:
        """Every topic that exists, with its number of partitions."""

    async def join(
        self, group: Group, on_revoked: AssignmentCallback, on_assigned: AssignmentCallback
    ) -> Member: ...

    async def fence(self, transactional_id: str, log: TopicPartition) -> Appender:
        """Shut out every older owner of this id.

        Returns when nothing of theirs can be appended any more, and nothing of theirs is left open in `log`.
        """

    async def publisher(self) -> Publisher: ...

    async def reader(self, start: Mapping[TopicPartition, int]) -> Reader: ...

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        """A group's committed offsets of a topic, per partition; those without one are missing."""

    async def topic_ends(self, topic: str) -> dict[int, int]:
        """Where each partition ends now, open transactions included."""

    async def close(self) -> None: ...
