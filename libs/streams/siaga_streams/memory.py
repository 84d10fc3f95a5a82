"""The memory backend: a log, its groups and its fences in one process, with seeded faults and virtual time.

`MemoryLog` is the cluster. Each simulated process has a `Host`, which can be killed and paused, and a
`MemoryBackend` over it. Every call of the port takes a seeded time and is a place where the power may fail:
before it took effect, or after it and before its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from siaga_streams.backend import (
    Appender,
    AssignmentCallback,
    Fenced,
    Group,
    Member,
    OutRecord,
    Publisher,
    Reader,
    Record,
    TopicPartition,
)
from siaga_streams.partitioning import partition_of

__all__ = ["Host", "LoopClock", "MemoryBackend", "MemoryLog"]

EPOCH = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
REVOKE_SECONDS = 15.0


class LoopClock:
    """Wall clock that follows the event loop's time, which may be virtual."""

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


class Host:
    """A simulated process: every port call passes through it."""

    def __init__(self, name: str, rng: Random, slowest_seconds: float = 0.004) -> None:
        self.name = name
        self.alive = True
        self._rng = rng
        self._slowest = slowest_seconds
        self._running = asyncio.Event()
        self._running.set()

    def kill(self) -> None:
        """Nothing that the process does from now on has an effect. Its tasks must be cancelled by who made them."""
        self.alive = False
        self._running.set()

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    async def travel(self) -> None:
        """A message's way between this process and another: takes time, ends nowhere if the process is dead."""
        await self.run()
        if self._slowest:
            await asyncio.sleep(self._rng.random() * self._slowest)
            await self.run()

    async def run(self) -> None:
        """Go on when the process is running; never, if it is dead."""
        await self._running.wait()
        if not self.alive:
            raise asyncio.CancelledError(f"{self.name} was killed")


@dataclass(slots=True)
class _Partition:
    """`None` entries are transaction markers: they take an offset and are never read."""

    entries: list[Record | None] = field(default_factory=list)
    waiters: list[asyncio.Future[None]] = field(default_factory=list)

    def add(self, at: TopicPartition, record: OutRecord, now: datetime) -> int:
        offset = len(self.entries)
        stamp = int(now.timestamp() * 1000)
        headers = tuple(record.headers)
        self.entries.append(Record(at.topic, at.partition, offset, stamp, record.key, record.value, headers))
        return offset

    def wake(self) -> None:
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


class MemoryLog:
    """The cluster: topics, transactional epochs, groups. Shared by all backends of one simulation."""

    def __init__(self, topics: Mapping[str, int], rng: Random, session_timeout_seconds: float = 10.0) -> None:
        self.clock = LoopClock()
        self.rng = rng
        self.session_timeout_seconds = session_timeout_seconds
        self.counts = dict(topics)
        self.epochs: dict[str, int] = {}
        self.groups: dict[str, _Group] = {}
        self._partitions = {
            TopicPartition(name, n): _Partition() for name, count in topics.items() for n in range(count)
        }

    def write(self, records: Sequence[OutRecord], *, transactional: bool) -> list[int]:
        """Append at once; behind a transaction stands a marker in each partition that it touched."""
        now = self.clock.now()
        places = [TopicPartition(r.topic, self._partition(r)) for r in records]
        offsets = [self._partitions[at].add(at, r, now) for at, r in zip(places, records, strict=True)]
        for at in dict.fromkeys(places):
            if transactional:
                self._partitions[at].entries.append(None)
            self._partitions[at].wake()
        return offsets

    def records(self, topic: str) -> list[Record]:
        """Everything in a topic, by partition and offset."""
        return [
            r
            for n in range(self.counts[topic])
            for r in self._partitions[TopicPartition(topic, n)].entries
            if r
        ]

    def end(self, at: TopicPartition) -> int:
        return len(self._partitions[at].entries)

    def take(self, at: TopicPartition, start: int, most: int) -> tuple[list[Record], int]:
        """Records from an offset on, and the position after them (past markers that follow)."""
        entries = self._partitions[at].entries
        taken: list[Record] = []
        position = start
        while position < len(entries) and len(taken) < most:
            entry = entries[position]
            position += 1
            if entry is not None:
                taken.append(entry)
        while position < len(entries) and entries[position] is None:
            position += 1
        return taken, position

    async def changed(self, places: Sequence[TopicPartition], timeout_seconds: float) -> None:
        """Until something was written in one of them."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for at in places:
            self._partitions[at].waiters.append(waiter)
        try:
            async with asyncio.timeout(timeout_seconds):
                await waiter
        except TimeoutError:
            return
        finally:
            for at in places:
                if waiter in self._partitions[at].waiters:
                    self._partitions[at].waiters.remove(waiter)

    def _partition(self, record: OutRecord) -> int:
        if record.partition is not None:
            return record.partition
        return partition_of(record.key or b"", self.counts[record.topic])


class _MemoryAppender:
    def __init__(self, log: MemoryLog, host: Host, transactional_id: str, epoch: int) -> None:
        self._log = log
        self._host = host
        self._id = transactional_id
        self._epoch = epoch

    async def append(self, records: Sequence[OutRecord]) -> list[int]:
        await self._host.travel()
        if self._log.epochs[self._id] != self._epoch:
            raise Fenced(self._id)
        offsets = self._log.write(records, transactional=True)
        await self._host.travel()
        return offsets

    async def close(self) -> None:
        return


class _MemoryPublisher:
    def __init__(self, log: MemoryLog, host: Host) -> None:
        self._log = log
        self._host = host

    async def publish(self, records: Sequence[OutRecord]) -> None:
        await self._host.travel()
        self._log.write(records, transactional=False)
        await self._host.travel()

    async def close(self) -> None:
        return


class _Fetching:
    """Reading positions: what readers and members share."""

    def __init__(self, log: MemoryLog, host: Host, positions: dict[TopicPartition, int]) -> None:
        self._log = log
        self._host = host
        self._positions = positions

    async def _fetch(
        self, places: Sequence[TopicPartition], most: int, timeout_seconds: float
    ) -> list[Record]:
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_seconds
        while True:
            await self._host.travel()
            records: list[Record] = []
            for at in places:
                if at in self._positions and len(records) < most:
                    taken, self._positions[at] = self._log.take(at, self._positions[at], most - len(records))
                    records.extend(taken)
            left = until - loop.time()
            if records or left <= 0:
                return records
            await self._log.changed(places, left)


class _MemoryReader(_Fetching):
    async def fetch(self, max_records: int, timeout_seconds: float) -> list[Record]:
        return await self._fetch(list(self._positions), max_records, timeout_seconds)

    async def positions(self) -> dict[TopicPartition, int]:
        return dict(self._positions)

    async def ends(self) -> dict[TopicPartition, int]:
        await self._host.travel()
        return {at: self._log.end(at) for at in self._positions}

    async def close(self) -> None:
        return


class _MemoryMember(_Fetching):
    """A member. `generation` is that of its last assignment: an evicted one's commits are dropped."""

    def __init__(
        self,
        log: MemoryLog,
        host: Host,
        group: _Group,
        me: Group,
        revoked: AssignmentCallback,
        assigned: AssignmentCallback,
    ) -> None:
        super().__init__(log, host, {})
        self.host = host
        self.me = me
        self.group = group
        self.on_revoked = revoked
        self.on_assigned = assigned
        self.assigned: frozenset[TopicPartition] = frozenset()
        self.evicted = False
        self.left = False
        self.revoking: asyncio.Task[None] | None = None

    async def fetch(
        self, partitions: Sequence[TopicPartition], max_records: int, timeout_seconds: float
    ) -> list[Record]:
        return await self._fetch(partitions, max_records, timeout_seconds)

    async def positions(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {at: self._positions.get(at, 0) for at in partitions}

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        await self._host.travel()
        return {at: self._log.end(at) for at in partitions}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await self._host.travel()
        if not self.evicted:
            self.group.committed.update({at: o for at, o in offsets.items() if at in self.assigned})

    async def rewind(self, partitions: Iterable[TopicPartition]) -> None:
        await self._host.travel()
        for at in partitions:
            self._positions[at] = self.group.committed.get(at, 0)

    async def leave(self) -> None:
        self.left = True
        if self.host.alive and not self.evicted:
            self.group.remove(self)

    def give(self, partitions: frozenset[TopicPartition]) -> None:
        """Take an assignment: read on from what the group committed."""
        self.assigned = partitions
        for at in partitions:
            self._positions[at] = self.group.committed.get(at, 0)


class _Group:
    """Range assignment over the members; one rebalance at a time."""

    def __init__(self, log: MemoryLog) -> None:
        self.committed: dict[TopicPartition, int] = {}
        self._log = log
        self._members: dict[str, _MemoryMember] = {}
        self._lock = asyncio.Lock()
        self._evicted: list[_MemoryMember] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def add(self, member: _MemoryMember) -> None:
        """A static member that is back takes its predecessor's partitions over; a new one makes a rebalance."""
        before = self._members.get(member.me.member_id)
        self._members[member.me.member_id] = member
        if before is not None and not before.evicted and before.assigned:
            member.give(before.assigned)
            before.evicted = True
            await member.on_assigned(member.assigned)
            return
        await asyncio.shield(self._start_rebalance())  # it goes on though the newcomer may die

    def remove(self, member: _MemoryMember) -> None:
        if self._members.get(member.me.member_id) is member:
            del self._members[member.me.member_id]
            self._start_rebalance()

    def silent(self, host: Host) -> None:
        """A process stopped answering: its members are evicted unless it is back within the session timeout."""
        loop = asyncio.get_running_loop()
        for member in list(self._members.values()):
            if member.host is host:
                loop.call_later(self._log.session_timeout_seconds, self._evict_if_silent, member)

    def back(self, host: Host) -> None:
        """A paused process runs again: what it lost meanwhile it learns now, and joins anew."""
        for member in list(self._evicted):
            if member.host is host and not member.left:
                self._evicted.remove(member)
                self._tasks.append(asyncio.get_running_loop().create_task(self._rejoin(member)))

    def _evict_if_silent(self, member: _MemoryMember) -> None:
        silent = member.host.paused or not member.host.alive
        if silent and self._members.get(member.me.member_id) is member:
            member.evicted = True
            del self._members[member.me.member_id]
            if member.host.alive:
                self._evicted.append(member)
            self._start_rebalance()

    def _start_rebalance(self) -> asyncio.Task[None]:
        self._tasks.append(asyncio.get_running_loop().create_task(self._rebalance()))
        return self._tasks[-1]

    async def _rejoin(self, member: _MemoryMember) -> None:
        await member.host.run()
        if member.revoking is not None:
            await asyncio.wait([member.revoking])
        if member.assigned:
            await member.on_revoked(member.assigned)
            member.assigned = frozenset()
        member.evicted = False
        self._members[member.me.member_id] = member
        await self._rebalance()

    async def _rebalance(self) -> None:
        async with self._lock:
            for _, member in sorted(self._members.items()):
                await self._revoke(member)
            members = [self._members[name] for name in sorted(self._members)]
            for member, partitions in self._assignment(members):
                member.give(partitions)  # a dead one's too: who is back under its name takes them over
                if member.host.alive and not member.left:
                    await member.on_assigned(partitions)

    async def _revoke(self, member: _MemoryMember) -> None:
        if not member.host.alive or not member.assigned:
            return
        member.revoking = asyncio.get_running_loop().create_task(self._ask_to_revoke(member))
        done, _ = await asyncio.wait(
            [member.revoking], timeout=min(REVOKE_SECONDS, self._log.session_timeout_seconds * 1.5)
        )
        in_time = done and not member.revoking.cancelled()
        if not in_time and self._members.get(member.me.member_id) is member:
            member.evicted = True
            del self._members[member.me.member_id]
            if member.host.paused:
                self._evicted.append(member)
            elif member.host.alive:
                self._tasks.append(asyncio.get_running_loop().create_task(self._rejoin(member)))

    async def _ask_to_revoke(self, member: _MemoryMember) -> None:
        await member.host.run()
        await member.on_revoked(member.assigned)
        member.assigned = frozenset()

    def _assignment(
        self, members: list[_MemoryMember]
    ) -> list[tuple[_MemoryMember, frozenset[TopicPartition]]]:
        given: dict[str, set[TopicPartition]] = {m.me.member_id: set() for m in members}
        topics = sorted({t for m in members for t in m.me.topics})
        for name in topics:
            takers = [m for m in members if name in m.me.topics]
            count = self._log.counts[name]
            for n in range(count):
                taker = takers[n * len(takers) // count]
                given[taker.me.member_id].add(TopicPartition(name, n))
        return [(m, frozenset(given[m.me.member_id])) for m in members]


class MemoryBackend:
    """One simulated process's side of a `MemoryLog`."""

    def __init__(self, log: MemoryLog, host: Host) -> None:
        self.clock = log.clock
        self.session_timeout_seconds = log.session_timeout_seconds
        self._log = log
        self._host = host

    async def partition_counts(self) -> dict[str, int]:
        await self._host.travel()
        return dict(self._log.counts)

    async def join(
        self, group: Group, on_revoked: AssignmentCallback, on_assigned: AssignmentCallback
    ) -> Member:
        await self._host.travel()
        joined = self._log.groups.setdefault(group.name, _Group(self._log))
        member = _MemoryMember(self._log, self._host, joined, group, on_revoked, on_assigned)
        await joined.add(member)
        return member

    async def fence(self, transactional_id: str, log: TopicPartition) -> Appender:
        await self._host.travel()
        epoch = self._log.epochs.get(transactional_id, 0) + 1
        self._log.epochs[transactional_id] = epoch
        await self._host.travel()
        return _MemoryAppender(self._log, self._host, transactional_id, epoch)

    async def publisher(self) -> Publisher:
        await self._host.travel()
        return _MemoryPublisher(self._log, self._host)

    async def reader(self, start: Mapping[TopicPartition, int]) -> Reader:
        await self._host.travel()
        return _MemoryReader(self._log, self._host, dict(start))

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        await self._host.travel()
        found = self._log.groups.get(group)
        return (
            {}
            if found is None
            else {at.partition: o for at, o in found.committed.items() if at.topic == topic}
        )

    async def topic_ends(self, topic: str) -> dict[int, int]:
        await self._host.travel()
        return {n: self._log.end(TopicPartition(topic, n)) for n in range(self._log.counts[topic])}

    async def close(self) -> None:
        return
