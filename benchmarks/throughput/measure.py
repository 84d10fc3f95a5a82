"""The throughput part: the same inputs wait, one process works them off, the broker's clock says how fast."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from aiokafka import AIOKafkaProducer

from benchmarks.cluster import MadeTopics, read_all, wait_until_still
from benchmarks.peers.environments import environment
from benchmarks.programs import program
from benchmarks.report import Figure, Goal, Part
from benchmarks.sizes import Sizes
from benchmarks.throughput.contenders import CONTENDERS, Contender
from benchmarks.throughput.job import inputs

__all__ = ["measure_throughput"]

MANY, FEW = "calls", "calls.few"
OUR_LOGS = ("routings", "notifications")
"""Our runtime appends to topics of the catalogue alone: another one for each round."""
RUN_SECONDS = 300.0
GOAL_PEERS = 1.0
GOAL_BARE = 0.5


async def measure_throughput(bootstrap: str, folder: Path, sizes: Sizes, say: Callable[[str], None]) -> Part:
    """Raises AssertionError if a contender loses an input, ProgramFailed if one does not start."""
    topics = MadeTopics(bootstrap)
    await topics.create((MANY, FEW, "retries", "dead-letters", *OUR_LOGS))
    say(f"throughput: writing {sizes.inputs} inputs")
    await _fill(bootstrap, MANY, sizes.inputs)
    await _fill(bootstrap, FEW, sizes.slow_inputs)
    best: dict[str, float] = {}
    rounds: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    for number in range(sizes.throughput_rounds):
        for contender in CONTENDERS:
            if (contender.slow and number > 0) or (contender.peer is not None and not sizes.peers):
                continue
            used = _cpu_seconds()
            rate = await _run(contender, number, bootstrap, topics, folder, sizes, say)
            count = sizes.slow_inputs if contender.slow else sizes.inputs
            cpu.setdefault(contender.name, []).append((_cpu_seconds() - used) * 1e6 / count)
            rounds.setdefault(contender.name, []).append(rate)
            best[contender.name] = max(rounds[contender.name])
    return _part(best, rounds, cpu, sizes)


async def _fill(bootstrap: str, topic: str, count: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=256 * 1024)
    await producer.start()
    try:
        for _, encoded in inputs(count):
            await producer.send(topic, encoded.value, key=encoded.key, headers=encoded.headers)
        await producer.flush()
    finally:
        await producer.stop()


async def _run(
    contender: Contender,
    number: int,
    bootstrap: str,
    topics: MadeTopics,
    folder: Path,
    sizes: Sizes,
    say: Callable[[str], None],
) -> float:
    source, count = (FEW, sizes.slow_inputs) if contender.slow else (MANY, sizes.inputs)
    group = f"{contender.program[1].rpartition('.')[2]}-{'-'.join(contender.style[:1])}{number}"
    target = OUR_LOGS[number] if contender.name == "our runtime" else f"out.{group}"
    if target not in OUR_LOGS:
        await topics.create([target])
    say(f"throughput: round {number + 1}, {contender.name}, {count} inputs")
    python = None if contender.peer is None else await environment(contender.peer)
    arguments = [*contender.program, bootstrap, source, target, group, *contender.style]
    async with program(group, arguments, folder, python):
        await wait_until_still(bootstrap, target, count, RUN_SECONDS)
    records = await read_all(bootstrap, target)
    calls = {record.key for record in records}
    assert len(calls) == count, f"{contender.name} answered {len(calls)} of {count} inputs"
    return _rate(Counter(record.timestamp for record in records))


def _cpu_seconds() -> float:
    """What programs that have ended took of the processors; their start-up is in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _rate(stamps: Counter[int]) -> float:
    """Records a second between the first and the last batch that the broker stamped."""
    first, last = min(stamps), max(stamps)
    return (stamps.total() - stamps[first]) * 1000 / max(1, last - first)


def _part(
    best: dict[str, float], rounds: dict[str, list[float]], cpu: dict[str, list[float]], sizes: Sizes
) -> Part:
    bare, ours = best["bare aiokafka"], best["our runtime"]
    figures = [
        Figure(
            c.name,
            best[c.name],
            "events/s",
            best[c.name] / bare,
            f"{min(cpu[c.name]):.0f} us of CPU an event; {c.note}",
        )
        for c in CONTENDERS
        if c.name in best
    ]
    peers = [best[c.name] for c in CONTENDERS if c.peer is not None and c.name in best]
    return Part(
        f"Throughput of one process, 12 partitions, {sizes.inputs:,} inputs of 500 bytes",
        figures,
        [
            Goal("our runtime against bare aiokafka", ours / bare, GOAL_BARE, at_most=False),
            Goal(
                "our runtime against the fastest peer framework",
                ours / max(peers) if peers else None,
                GOAL_PEERS,
                at_most=False,
            ),
        ],
        {
            "rounds": rounds,
            "cpu_microseconds_per_event": cpu,
            "inputs": sizes.inputs,
            "slow_inputs": sizes.slow_inputs,
        },
    )
