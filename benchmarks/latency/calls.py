"""The calls that are reported, and the pace."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from siaga_events import Event, EventData
from siaga_events.types import CallReported
from siaga_ops.reporting import gateway_event

__all__ = ["paced", "report"]

GATEWAY = "//pbx.benchmark/1"
NARRATIVES = (
    "tolong pak kebakaran di pasar liwa, api sudah besar, ada orang di dalam",
    "kecelakaan motor di sekincau, dua orang luka berat, tolong ambulan cepat",
    "ada pohon tumbang dan longsor di sumber jaya, rumah tertimbun",
    "ibu saya tidak sadar di pekon kerang, sesak napas, minta ambulan",
)


def report(number: int) -> Event[EventData]:
    """A call that the machine sends out by itself: an emergency at a place that it knows."""
    return gateway_event(
        CallReported(
            reference=f"B-{number}",
            started_at=datetime.now(UTC),
            caller=f"+628400{number:07d}",
            narrative=NARRATIVES[number % len(NARRATIVES)],
        ),
        GATEWAY,
    )


async def paced(count: int, per_second: float, rng: random.Random) -> AsyncIterator[int]:
    """`count` moments as calls come: at random, `per_second` on average."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    for number in range(count):
        due += rng.expovariate(per_second)
        await asyncio.sleep(max(0.0, due - loop.time()))
        yield number
