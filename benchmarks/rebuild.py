"""The rebuild part: folding a partition's log, as a worker does before it serves, beside a bare read of the same records."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import siaga_classifier.app
from aiokafka import AIOKafkaConsumer, TopicPartition
from siaga_classifier.domain.places import Places
from siaga_events import Codec, topic
from siaga_events.codec import Headers
from siaga_streams.backend import OutRecord
from siaga_streams.backend import TopicPartition as LogPartition
from siaga_streams.decider import Fold
from siaga_streams.folding import rebuild
from siaga_streams.kafka import KafkaBackend

from benchmarks.cluster import MadeTopics
from benchmarks.programs import ROOT
from benchmarks.report import Figure, Goal, Part
from benchmarks.sizes import Sizes
from benchmarks.throughput.job import answer, classify, inputs

__all__ = ["measure_rebuild"]

BATCH = 500
GOAL = 0.5
ROUNDS = 3


async def measure_rebuild(bootstrap: str, folder: Path, sizes: Sizes, say: Callable[[str], None]) -> Part:
    """The log is the classifier's: one event for a call, as the runtime appends them."""
    backend = KafkaBackend(bootstrap)
    decider = siaga_classifier.app.decider(Places.load(ROOT / "data/gazetteer"))
    await MadeTopics(bootstrap).create([decider.log])
    say(f"rebuild: writing a log of {sizes.log_events} events")
    try:
        await _write(backend, decider.log, sizes.log_events)
        rates: dict[str, list[float]] = {"bare": [], "decoded": [], "ours": []}
        for number in range(ROUNDS):
            say(f"rebuild: round {number + 1} of {ROUNDS}")
            for name, read in (("bare", None), ("decoded", Codec().decode)):
                rates[name].append(sizes.log_events / await _bare_read(bootstrap, decider.log, read))
            started = time.perf_counter()
            count = await rebuild(decider, Fold(), Codec(), backend, 0)
            rates["ours"].append(count / (time.perf_counter() - started))
            assert count == sizes.log_events
    finally:
        await backend.close()
    bare, decoded, ours = (max(rates[name]) for name in ("bare", "decoded", "ours"))
    return Part(
        f"Rebuild of one partition, {sizes.log_events:,} events",
        [
            Figure("bare aiokafka read", bare, "events/s", 1.0, "records are read and thrown away"),
            Figure(
                "the same, decoded", decoded, "events/s", decoded / bare, "to valid events, then thrown away"
            ),
            Figure("our rebuild", ours, "events/s", ours / bare, "decoded, validated, folded"),
        ],
        [Goal("our rebuild against a bare read", ours / bare, GOAL, at_most=False)],
        {"rounds": rates},
    )


async def _write(backend: KafkaBackend, log: str, count: int) -> None:
    codec, catalogued = Codec(), topic(log)
    appender = await backend.fence("benchmark-0", LogPartition(log, 0))
    batch: list[OutRecord] = []
    for number, (event, _) in enumerate(inputs(count)):
        decided = classify(False, event)
        assert decided is not None
        encoded = answer(codec, event, decided, "calls", 0, number)
        batch.append(OutRecord(catalogued.name, encoded.key, encoded.value, encoded.headers, 0))
        if len(batch) == BATCH or number == count - 1:
            await appender.append(batch)
            batch = []
    await appender.close()


async def _bare_read(
    bootstrap: str, log: str, read: Callable[[Headers, bytes | None], object] | None
) -> float:
    """Seconds from making the consumer to its last record; `read` is done with each record."""
    started = time.perf_counter()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        partition = TopicPartition(log, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        while await consumer.position(partition) < end:
            found = await consumer.getmany(timeout_ms=50, max_records=5000)
            if read is not None:
                for record in (r for records in found.values() for r in records):
                    read(record.headers, record.value)
        return time.perf_counter() - started
    finally:
        await consumer.stop()
