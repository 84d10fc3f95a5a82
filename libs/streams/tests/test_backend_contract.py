"""What the runtime may rely on, whichever backend it runs on: the port's promises, one by one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pytest
from siaga_streams.backend import (
    Backend,
    Fenced,
    Group,
    Member,
    OutRecord,
    Reader,
    Record,
    TopicPartition,
)
from siaga_streams.deadletters import LARGEST_VALUE, dead_letter
from siaga_streams.partitioning import partition_of
from streams_testbed.clusters import CODEC, LONG_AGO, PARTITIONS, Cluster, until
from streams_testbed.stages import on_each_backend

pytest_plugins = ("streams_testbed.fixtures",)


def _out(topic: str, value: str, partition: int | None = 0) -> OutRecord:
    return OutRecord(topic, b"key", value.encode(), [("h", b"1")], partition)


def _at(cluster: Cluster) -> TopicPartition:
    return TopicPartition(cluster.topics.log, 0)


def _values(records: list[Record]) -> list[str]:
    return [(r.value or b"").decode() for r in records]


async def _read_to_end(reader: Reader) -> list[Record]:
    ends = await reader.ends()
    found: list[Record] = []
    while any(position < ends[at] for at, position in (await reader.positions()).items()):
        found += await reader.fetch(100, 0.1)
    return found


async def _fetch_some(member: Member, places: list[TopicPartition], count: int) -> list[Record]:
    found: list[Record] = []

    while len(found) < count:
        found += await member.fetch(places, 100, 5.0)
    return found


@dataclass
class Joined:
    """A member of a group, and what the group gave it."""

    assigned: frozenset[TopicPartition] = frozenset()
    revocations: int = 0

    async def on_revoked(self, partitions: frozenset[TopicPartition]) -> None:
        if partitions:
            self.revocations += 1
        self.assigned = frozenset()

    async def on_assigned(self, partitions: frozenset[TopicPartition]) -> None:
        self.assigned = partitions

    async def join(self, backend: Backend, group: str, name: str, topics: tuple[str, ...]) -> Member:
        return await backend.join(Group(group, name, topics), self.on_revoked, self.on_assigned)

    def numbers(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for at in self.assigned:
            found[at.topic].add(at.partition)
        return dict(found)


@on_each_backend
async def test_an_append_over_two_topics_is_read_whole_and_in_order(cluster: Cluster) -> None:
    log, door = cluster.topics.log, cluster.topics.door
    appender = await cluster.process("a").fence(cluster.service, _at(cluster))
    offsets = await appender.append([_out(log, "1"), _out(door, "x"), _out(log, "2"), _out(log, "3")])

    records = await cluster.read(log)
    assert _values(records) == ["1", "2", "3"]
    assert [r.offset for r in records] == [offsets[0], offsets[2], offsets[3]]
    assert _values(await cluster.read(door)) == ["x"]
    assert records[0].key == b"key"
    assert records[0].headers == (("h", b"1"),)
    await appender.close()


@on_each_backend
async def test_an_older_appender_is_shut_out_by_a_newer_one(cluster: Cluster) -> None:
    older = await cluster.process("a").fence(cluster.service, _at(cluster))
    await older.append([_out(cluster.topics.log, "before")])
    newer = await cluster.process("b").fence(cluster.service, _at(cluster))

    with pytest.raises(Fenced):
        await older.append([_out(cluster.topics.log, "zombie")])
    await newer.append([_out(cluster.topics.log, "after")])

    assert _values(await cluster.read(cluster.topics.log)) == ["before", "after"]
    await older.close()
    await newer.close()


@on_each_backend
async def test_a_fence_of_another_id_shuts_nobody_out(cluster: Cluster) -> None:
    mine = await cluster.process("a").fence(f"{cluster.service}-0", _at(cluster))
    other = await cluster.process("b").fence(f"{cluster.service}-1", _at(cluster))
    await mine.append([_out(cluster.topics.log, "mine")])

    assert _values(await cluster.read(cluster.topics.log)) == ["mine"]
    await mine.close()
    await other.close()


@on_each_backend
async def test_offsets_have_gaps_and_the_end_is_reached_all_the_same(cluster: Cluster) -> None:
    appender = await cluster.process("a").fence(cluster.service, _at(cluster))
    first, _ = await appender.append([_out(cluster.topics.log, "1"), _out(cluster.topics.door, "x")])
    second, _ = await appender.append([_out(cluster.topics.log, "2"), _out(cluster.topics.door, "y")])
    at = TopicPartition(cluster.topics.log, 0)
    reader = await cluster.process("b").reader({at: 0})

    found = await _read_to_end(reader)

    assert second > first + 1, "a marker takes an offset"
    assert _values(found) == ["1", "2"]
    assert (await reader.ends())[at] > second + 1
    await reader.close()
    await appender.close()


@on_each_backend
async def test_a_reader_begins_at_the_offset_that_it_is_given(cluster: Cluster) -> None:
    await cluster.write(*(_out(cluster.topics.door, str(n)) for n in range(5)))
    at = TopicPartition(cluster.topics.door, 0)
    reader = await cluster.process("a").reader({at: 3})

    assert (await reader.positions())[at] == 3
    assert _values(await _read_to_end(reader)) == ["3", "4"]
    assert (await reader.positions())[at] == (await reader.ends())[at] == 5
    await reader.close()


@on_each_backend
async def test_a_fetch_takes_no_more_than_it_was_asked_for(cluster: Cluster) -> None:
    await cluster.write(*(_out(cluster.topics.door, str(n)) for n in range(5)))
    at = TopicPartition(cluster.topics.door, 0)
    reader = await cluster.process("a").reader({at: 0})

    first = await reader.fetch(2, 5.0)

    assert _values(first) == ["0", "1"]
    assert (await reader.positions())[at] == 2
    assert _values(await _read_to_end(reader)) == ["2", "3", "4"]
    await reader.close()


@on_each_backend
async def test_a_fetch_without_records_ends_empty(cluster: Cluster) -> None:
    reader = await cluster.process("a").reader({TopicPartition(cluster.topics.door, 0): 0})
    assert await reader.fetch(10, 0.1) == []
    await reader.close()


@on_each_backend
async def test_a_publisher_places_records_by_their_key(cluster: Cluster) -> None:
    keys = [f"call-{n}".encode() for n in range(20)]
    await cluster.write(*(OutRecord(cluster.topics.door, key, b"v") for key in keys))

    records = await cluster.read(cluster.topics.door)

    assert {r.key for r in records} == set(keys)
    assert {r.partition for r in records} == set(range(PARTITIONS))
    assert all(r.partition == partition_of(r.key or b"", PARTITIONS) for r in records)


@on_each_backend
async def test_an_appended_record_without_a_partition_is_placed_by_its_key(cluster: Cluster) -> None:
    keys = [f"letter-{n}".encode() for n in range(8)]
    appender = await cluster.process("a").fence(cluster.service, _at(cluster))
    await appender.append([OutRecord(cluster.topics.door, key, b"v") for key in keys])

    records = await cluster.read(cluster.topics.door)

    assert len(records) == len(keys)
    assert all(r.partition == partition_of(r.key or b"", PARTITIONS) for r in records)
    await appender.close()


@on_each_backend
async def test_the_largest_dead_letter_is_kept(cluster: Cluster) -> None:
    """Base64 of its 3 MB fills what a dead letter may hold."""
    refused = Record(cluster.topics.door, 0, 7, 0, None, b"x" * LARGEST_VALUE, ())
    _, letter = dead_letter(CODEC, cluster.service, refused, "too long to read", LONG_AGO)
    assert len(letter.value or b"") >= LARGEST_VALUE * 4 // 3
    appender = await cluster.process("a").fence(cluster.service, _at(cluster))

    await appender.append([letter])

    (record,) = [r for r in await cluster.read("dead-letters") if r.key == letter.key]
    assert record.value == letter.value
    await appender.close()


@on_each_backend
async def test_topic_ends_follow_what_is_written(cluster: Cluster) -> None:
    backend = cluster.process("a")
    door = cluster.topics.door
    before = await backend.topic_ends(door)
    await cluster.write(_out(door, "1", 1), _out(door, "2", 1))

    assert before == {0: 0, 1: 0}
    assert await backend.topic_ends(door) == {0: 0, 1: 2}


@on_each_backend
async def test_partition_counts_name_every_topic(cluster: Cluster) -> None:
    counts = await cluster.process("a").partition_counts()
    assert {name: counts.get(name) for name in cluster.topics.all} == dict.fromkeys(
        cluster.topics.all, PARTITIONS
    )


@on_each_backend
async def test_members_share_the_same_numbers_of_every_topic_and_a_leaver_s_go_to_who_stays(
    cluster: Cluster,
) -> None:
    topics = (cluster.topics.inner, cluster.topics.door)
    one, two = Joined(), Joined()
    first = await one.join(cluster.process("a"), cluster.service, "a", topics)
    await until(lambda: len(one.assigned) == len(topics) * PARTITIONS, "the whole assignment")

    second = await two.join(cluster.process("b"), cluster.service, "b", topics)
    await until(lambda: bool(one.assigned) and bool(two.assigned), "a half for each")
    for member in (one, two):
        inner, door = (member.numbers()[name] for name in topics)
        assert inner == door
        assert len(inner) == PARTITIONS // 2
    assert one.assigned.isdisjoint(two.assigned)
    assert one.revocations == 1

    await second.leave()
    await until(lambda: len(one.assigned) == len(topics) * PARTITIONS, "the leaver's partitions")
    await first.leave()


@on_each_backend
async def test_a_static_member_that_is_soon_back_keeps_its_partitions_and_disturbs_nobody(
    cluster: Cluster,
) -> None:
    one, two, again = Joined(), Joined(), Joined()
    topics = (cluster.topics.inner,)
    stays = await one.join(cluster.process("a"), cluster.service, "a", topics)
    goes = await two.join(cluster.process("b"), cluster.service, "b", topics)
    await until(lambda: bool(one.assigned) and bool(two.assigned), "a half for each")
    had, revoked = two.assigned, one.revocations

    await cluster.vanish(goes, "b")
    back = await again.join(cluster.process("b"), cluster.service, "b", topics)
    await until(lambda: bool(again.assigned), "its partitions")

    assert again.assigned == had
    assert one.revocations == revoked
    await back.leave()
    await stays.leave()


@on_each_backend
async def test_a_member_reads_on_from_what_was_committed(cluster: Cluster) -> None:
    inner = TopicPartition(cluster.topics.inner, 0)
    await cluster.write(*(_out(inner.topic, str(n)) for n in range(4)))
    joined, again = Joined(), Joined()
    backend = cluster.process("a")
    member = await joined.join(backend, cluster.service, "a", (inner.topic,))
    await until(lambda: bool(joined.assigned), "an assignment")
    assert await backend.committed(cluster.service, inner.topic) == {}

    assert _values(await _fetch_some(member, [inner], 4)) == ["0", "1", "2", "3"]
    assert await member.positions([inner]) == {inner: 4}
    await member.commit({inner: 2, TopicPartition("unassigned", 0): 7})
    assert await backend.committed(cluster.service, inner.topic) == {0: 2}

    await member.rewind([inner])
    assert _values(await _fetch_some(member, [inner], 2)) == ["2", "3"]

    await cluster.vanish(member, "a")
    back = await again.join(cluster.process("a"), cluster.service, "a", (inner.topic,))
    await until(lambda: bool(again.assigned), "an assignment")
    assert _values(await _fetch_some(back, [inner], 2)) == ["2", "3"]
    await back.leave()


@on_each_backend
async def test_a_rewind_without_a_commit_goes_to_the_beginning(cluster: Cluster) -> None:
    inner = TopicPartition(cluster.topics.inner, 0)
    await cluster.write(_out(inner.topic, "0"), _out(inner.topic, "1"))
    joined = Joined()
    member = await joined.join(cluster.process("a"), cluster.service, "a", (inner.topic,))
    await until(lambda: bool(joined.assigned), "an assignment")
    await _fetch_some(member, [inner], 2)

    await member.rewind([inner])

    assert _values(await _fetch_some(member, [inner], 2)) == ["0", "1"]
    await member.leave()


@on_each_backend
async def test_a_fetch_leaves_other_partitions_alone(cluster: Cluster) -> None:
    zero, one = (TopicPartition(cluster.topics.inner, n) for n in range(2))
    await cluster.write(_out(zero.topic, "zero", 0), _out(one.topic, "one", 1))
    joined = Joined()
    member = await joined.join(cluster.process("a"), cluster.service, "a", (zero.topic,))
    await until(lambda: bool(joined.assigned), "an assignment")

    assert _values(await _fetch_some(member, [one], 1)) == ["one"]
    assert await member.fetch([one], 10, 0.1) == []
    assert (await member.positions([zero, one])) == {zero: 0, one: 1}
    assert (await member.ends([zero])) == {zero: 1}
    assert _values(await _fetch_some(member, [zero], 1)) == ["zero"]
    await member.leave()


@on_each_backend
async def test_a_group_without_offsets_has_none(cluster: Cluster) -> None:
    assert await cluster.process("a").committed("nobody", cluster.topics.inner) == {}
