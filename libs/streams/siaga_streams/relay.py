"""A relay re-keys a door's records without a state of its own: at least once, each time with the same ids."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog
from siaga_events import Codec, DecodeError, Event, EventData, topic

from siaga_streams import metrics
from siaga_streams.backend import (
    Backend,
    Group,
    Member,
    OutRecord,
    Publisher,
    Record,
    TopicPartition,
    Unavailable,
)
from siaga_streams.deadletters import dead_letter

__all__ = ["Refused", "Relay", "RelayWorker"]

log = structlog.get_logger()

MAX_RECORDS = 500
IDLE_SECONDS = 5.0
COMMIT_SECONDS = 0.2
"""Deadlines elsewhere wait until a relay has committed what came in: it must be soon."""


class Refused(Exception):
    """The record can't be re-keyed: it becomes a dead letter with this reason."""


class Relay(Protocol):
    """`name` is its consumer group and the source of its events. `inputs` are topics of the catalogue."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    async def rekey(self, event: Event[EventData]) -> Sequence[tuple[str, Event[EventData]]]:
        """The topic and event for each thing that the record says. Raises Refused. Ids must be derived."""


class RelayWorker:
    """Fetch, re-key, publish, and only then commit: a crash in between does it again."""

    def __init__(self, relay: Relay, backend: Backend, codec: Codec, worker_id: str) -> None:
        self._relay = relay
        self._backend = backend
        self._codec = codec
        self._group = Group(relay.name, worker_id, relay.inputs)
        self._done: dict[TopicPartition, int] = {}
        self._assigned: frozenset[TopicPartition] = frozenset()
        self._committed_at = 0.0
        self._stopping = False
        self._wake = asyncio.Event()
        self.ready = False

    @property
    def topics(self) -> tuple[str, ...]:
        return (*self._relay.inputs, *self._relay.outputs, "dead-letters")

    async def run(self) -> None:
        """Until `stop`."""
        publisher = await self._backend.publisher()
        try:
            member = await self._backend.join(self._group, self._on_revoked, self._on_assigned)
            try:
                self.ready = True
                while not self._stopping:
                    await self._step(member, publisher)
                await member.commit(self._done)
            finally:
                self.ready = False
                await member.leave()
        finally:
            await publisher.close()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def _on_assigned(self, partitions: frozenset[TopicPartition]) -> None:
        self._assigned = partitions
        self._wake.set()

    async def _on_revoked(self, partitions: frozenset[TopicPartition]) -> None:
        self._assigned = frozenset()
        self._done.clear()
        self._wake.set()

    async def _step(self, member: Member, publisher: Publisher) -> None:
        records = await self._fetched(member)
        out = [o for record in records for o in await self._rekeyed(record)]
        if out:
            await publisher.publish(out)
        for record in records:
            if record.at in self._assigned:
                self._done[record.at] = record.offset + 1
        metrics.RELAYED.labels(self._relay.name).inc(len(records))
        now = asyncio.get_running_loop().time()
        if self._done and (not records or now - self._committed_at > COMMIT_SECONDS):
            await member.commit(self._done)
            self._done.clear()
            self._committed_at = now

    async def _fetched(self, member: Member) -> list[Record]:
        """What has come, or nothing when a commit waits, the assignment changed or the worker stops."""
        self._wake.clear()
        if not self._assigned:
            await self._wake.wait()
            return []
        timeout = COMMIT_SECONDS if self._done else IDLE_SECONDS
        fetching = asyncio.create_task(member.fetch(sorted(self._assigned), MAX_RECORDS, timeout))
        waking = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait([fetching, waking], return_when=asyncio.FIRST_COMPLETED)
            return fetching.result() if fetching.done() else []
        finally:
            fetching.cancel()
            waking.cancel()

    async def _rekeyed(self, record: Record) -> list[OutRecord]:
        try:
            out = []
            for name, event in await self._relay.rekey(self._codec.decode(record.headers, record.value)):
                encoded = self._codec.encode(event, topic(name))
                out.append(OutRecord(name, encoded.key, encoded.value, encoded.headers))
            return out
        except (DecodeError, Refused) as error:
            return [self._refused(record, str(error))]
        except Unavailable:
            raise
        except Exception as error:
            log.exception("record broke the relay", topic=record.topic, offset=record.offset)
            return [self._refused(record, f"{type(error).__name__} in {self._relay.name}")]

    def _refused(self, record: Record, why: str) -> OutRecord:
        metrics.DEAD_LETTERS.labels(self._relay.name, record.topic).inc()
        log.warning("record refused", topic=record.topic, offset=record.offset, why=why)
        return dead_letter(self._codec, self._relay.name, record, why, self._backend.clock.now())[1]
