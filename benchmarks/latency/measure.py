"""The latency part: rounds of the one and the other way in turn, so that both meet the same disturbances."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
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


async def _rounds(
    bootstrap: str, ways: list[Way], http: httpx.AsyncClient, sizes: Sizes, say: Callable[[str], None]
) -> Part:
    rng = random.Random(112)
    number = 0
    taken: dict[str, list[float]] = {way.name: [] for way in ways}
    medians: dict[str, list[float]] = {way.name: [] for way in ways}
    sent: dict[str, dict[str, datetime]] = {way.name: {} for way in ways}
    for way in ways:
        say(f"latency: warming up {way.name}, {sizes.warm_up_seconds:g} s")
        count = int(sizes.warm_up_seconds * sizes.calls_per_second)
        await _round(way, http, number, count, sizes.calls_per_second, rng)
        number += count
    count = int(sizes.latency_seconds * sizes.calls_per_second)
    for done in range(sizes.latency_rounds):
        for way in ways:
            say(f"latency: round {done + 1} of {sizes.latency_rounds}, {way.name}, {count} calls")
            times = await _round(way, http, number, count, sizes.calls_per_second, rng)
            number += count
            arrived = await way.arrived(http)
            milliseconds = [(arrived[c] - t).total_seconds() * 1000 for c, t in times.items()]
            taken[way.name] += milliseconds
            medians[way.name].append(percentile(milliseconds, 0.5))
            sent[way.name].update(times)
            await asyncio.sleep(PAUSE_SECONDS)
    stages = {way.name: await _stages(bootstrap, way, sent[way.name]) for way in ways}
    return _part(ways, taken, medians, stages, sizes)


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


async def _stages(bootstrap: str, way: Way, sent: dict[str, datetime]) -> dict[str, float]:
    """Median milliseconds from the report to the first record of the call in each topic of the way."""
    found: dict[str, float] = {}
    for name in way.topics:
        first: dict[str, float] = {}
        for record in await read_all(bootstrap, name):
            trace = record.key.decode().replace("-", "")
            if trace in sent:
                after = record.timestamp - sent[trace].timestamp() * 1000
                first[trace] = min(after, first.get(trace, after))
        found[name] = percentile(list(first.values()), 0.5)
    return found


def _part(
    ways: list[Way],
    taken: dict[str, list[float]],
    medians: dict[str, list[float]],
    stages: dict[str, dict[str, float]],
    sizes: Sizes,
) -> Part:
    line, bare = ways
    figures = []
    for share in (0.5, 0.99):
        yardstick = percentile(taken[bare.name], share)
        for way in ways:
            value = percentile(taken[way.name], share)
            note = " -> ".join(f"{v:.0f}" for v in stages[way.name].values()) if share == 0.5 else ""
            figures.append(
                Figure(
                    f"{way.name}, p{share * 100:.0f}",
                    value,
                    "ms",
                    value / yardstick,
                    f"after the report in each topic: {note}" if note else "",
                )
            )
    p50 = percentile(taken[line.name], 0.5) / percentile(taken[bare.name], 0.5)
    return Part(
        f"Latency: from the report to the request at the provider, {sizes.calls_per_second:g} calls a second",
        figures,
        [Goal("p50 of the line against bare hops", p50, GOAL_P50, at_most=True)],
        {
            "calls": {name: len(values) for name, values in taken.items()},
            "requests": {way.name: way.requests for way in ways},
            "median_ms_by_round": medians,
            "median_ms_after_the_report_by_topic": stages,
        },
    )
