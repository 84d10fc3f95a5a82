"""The latency part: rounds of the one and the other way in turn, so that both meet the same disturbances."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from siaga_ops.client import connected
from siaga_ops.posts import import_posts, read_posts
from siaga_ops.topics import create_topics

from benchmarks.cluster import read_all
from benchmarks.latency.calls import paced, report
from benchmarks.latency.ways import Way, bare_way, line_way
from benchmarks.programs import ROOT
from benchmarks.report import Figure, Goal, Part, percentile
from benchmarks.sizes import PARTITIONS, Sizes

__all__ = ["measure_latency"]

ARRIVE_SECONDS = 120.0
PAUSE_SECONDS = 1.5
"""Between rounds: the line's receipts of one round must not slow the next."""
GOAL_P50 = 2.0


async def measure_latency(bootstrap: str, folder: Path, sizes: Sizes, say: Callable[[str], None]) -> Part:
    """Needs an empty broker. Raises TimeoutError if a call does not arrive."""
    folder.mkdir(parents=True, exist_ok=True)
    await create_topics(bootstrap, PARTITIONS, 1)
    say("latency: starting the line and the bare hops")
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(connected(bootstrap))
        posts = [
            p for n in ("lampung-barat", "supervisor") for p in read_posts(ROOT / f"data/posts/{n}.json")
        ]
        await import_posts(client, posts)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10, trust_env=False))
        ways = [
            await stack.enter_async_context(line_way(client, bootstrap, folder)),
            await stack.enter_async_context(bare_way(bootstrap, folder)),
        ]
        return await _rounds(bootstrap, ways, http, sizes, say)


@dataclass
class _Taken:
    """What one way took at one rate."""

    way: Way
    per_second: float
    sent: dict[str, datetime] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    median_by_round: list[float] = field(default_factory=list)
    median_by_topic: dict[str, float] = field(default_factory=dict)

    def add(self, sent: dict[str, datetime], arrived: dict[str, datetime]) -> None:
        took = [(arrived[call] - at).total_seconds() * 1000 for call, at in sent.items()]
        self.sent.update(sent)
        self.milliseconds += took
        self.median_by_round.append(percentile(took, 0.5))


async def _rounds(
    bootstrap: str, ways: list[Way], http: httpx.AsyncClient, sizes: Sizes, say: Callable[[str], None]
) -> Part:
    rng = random.Random(112)
    number = 0
    found: list[_Taken] = []
    busiest = max(sizes.calls_per_second)
    for way in ways:
        say(f"latency: warming up {way.name}, {sizes.warm_up_seconds:g} s")
        count = int(sizes.warm_up_seconds * busiest)
        await _round(way, http, number, count, busiest, rng)
        number += count
    for per_second in sizes.calls_per_second:
        count = int(sizes.latency_seconds * per_second)
        both = [_Taken(way, per_second) for way in ways]
        found += both
        for done in range(sizes.latency_rounds):
            for taken in both:
                say(f"latency: {per_second:g} a second, round {done + 1}, {taken.way.name}, {count} calls")
                sent = await _round(taken.way, http, number, count, per_second, rng)
                number += count
                taken.add(sent, await taken.way.arrived(http))
                await asyncio.sleep(PAUSE_SECONDS)
    say("latency: reading the topics back")
    for way in ways:
        await _find_stages(bootstrap, way, [taken for taken in found if taken.way is way])
    return _part(found)


async def _round(
    way: Way, http: httpx.AsyncClient, first: int, count: int, per_second: float, rng: random.Random
) -> dict[str, datetime]:
    """Report `count` calls and wait until the provider has them; gives when each was reported, by trace."""
    times: dict[str, datetime] = {}
    async with asyncio.TaskGroup() as group:
        async for n in paced(count, per_second, rng):
            event = report(first + n)
            times[event.subject.replace("-", "")] = datetime.now(UTC)
            group.create_task(way.send(event))
    async with asyncio.timeout(ARRIVE_SECONDS):
        while not times.keys() <= (await way.arrived(http)).keys():
            await asyncio.sleep(0.1)
    return times


async def _find_stages(bootstrap: str, way: Way, found: list[_Taken]) -> None:
    """Median milliseconds from the report to the first record of the call in each topic of the way."""
    for name in way.topics:
        first: dict[str, float] = {}
        for record in await read_all(bootstrap, name):
            trace = record.key.decode().replace("-", "")
            first[trace] = min(record.timestamp, first.get(trace, record.timestamp))
        for taken in found:
            after = [first[call] - at.timestamp() * 1000 for call, at in taken.sent.items()]
            taken.median_by_topic[name] = percentile(after, 0.5)


def _part(found: list[_Taken]) -> Part:
    figures, goals = [], []
    for line, bare in zip(found[::2], found[1::2], strict=True):
        for share in (0.5, 0.99):
            yardstick = percentile(bare.milliseconds, share)
            for taken in (line, bare):
                value = percentile(taken.milliseconds, share)
                name = f"{taken.per_second:g} a second: {taken.way.name}, p{share * 100:.0f}"
                stages = " -> ".join(f"{v:.0f}" for v in taken.median_by_topic.values())
                note = f"by topic: {stages}" if share == 0.5 else ""
                figures.append(Figure(name, value, "ms", value / yardstick, note))
        ratio = percentile(line.milliseconds, 0.5) / percentile(bare.milliseconds, 0.5)
        what = f"p50 of the line against bare hops, {line.per_second:g} calls a second"
        goals.append(Goal(what, ratio, GOAL_P50, at_most=True))
    details = [
        {
            "way": taken.way.name,
            "calls_per_second": taken.per_second,
            "calls": len(taken.milliseconds),
            "median_ms_by_round": taken.median_by_round,
            "median_ms_after_the_report_by_topic": taken.median_by_topic,
        }
        for taken in found
    ]
    requests = {taken.way.name: taken.way.requests for taken in found}
    title = "Latency: from the report to the first request at the provider"
    return Part(title, figures, goals, {"runs": details, "requests": requests})
