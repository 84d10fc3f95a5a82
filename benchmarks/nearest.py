"""The part of the nearest post: one slot filled among all health facilities of the country, by the router's own rules."""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from siaga_events.types import Contact, PostRegistered, PostStateChanged
from siaga_router.domain.directory import WEEKDAYS, Directory
from siaga_router.domain.nearest import Scene, fill_slot
from siaga_router.domain.plan import Filler, SlotSpec

from benchmarks.programs import ROOT
from benchmarks.report import Figure, Goal, Part, percentile
from benchmarks.sizes import Sizes

__all__ = ["measure_nearest"]

GOAL_MICROSECONDS = 100.0
NIGHT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
"""03:00 in the regency: who has opening hours is closed."""
DAY_HOURS = dict.fromkeys(WEEKDAYS, "07:30-14:00")
SLOT = SlotSpec(role="duty", name="ambulance", fill=(Filler(kinds=("puskesmas", "hospital")),))
AROUND_DEGREES = 0.05
"""Incidents are where people are: some kilometres around a facility."""


async def measure_nearest(bootstrap: str, folder: Path, sizes: Sizes, say: Callable[[str], None]) -> Part:
    """Every tenth facility is closed at night, every twentieth is out. The broker has no part in it."""
    directory = _directory()
    say(f"nearest: {sizes.scenes} incidents, {len(directory.posts)} posts")
    rng = random.Random(112)
    posts = list(directory.posts.values())
    scenes = [
        Scene(p.lat + rng.gauss(0, AROUND_DEGREES), p.lon + rng.gauss(0, AROUND_DEGREES), None)
        for p in rng.choices(posts, k=sizes.scenes)
    ]
    cold = _microseconds(scenes[0], directory)
    warm = [_microseconds(scene, directory) for scene in scenes]
    looked_at = _all_looked_at(scenes[: sizes.scenes // 100 + 1], posts)
    p50 = percentile(warm, 0.5)
    return Part(
        f"Nearest post for one slot among {len(posts):,} facilities",
        [
            Figure(
                "filled, p50",
                p50,
                "us",
                1.0,
                "the nearest that is open and free, ten candidates, what was nearer",
            ),
            Figure("filled, p99", percentile(warm, 0.99), "us", percentile(warm, 0.99) / p50),
            Figure(
                "each facility looked at, p50", looked_at, "us", looked_at / p50, "distance to all, the least"
            ),
            Figure("the first time", cold, "us", cold / p50, "the tree is made of the directory"),
        ],
        [Goal("microseconds to fill a slot, p50", p50, GOAL_MICROSECONDS, at_most=True)],
    )


def _microseconds(scene: Scene, directory: Directory) -> float:
    started = time.perf_counter()
    slot = fill_slot(SLOT, scene, directory, NIGHT, ())
    took = time.perf_counter() - started
    assert slot.post is not None
    return took * 1e6


def _all_looked_at(scenes: list[Scene], posts: list[PostRegistered]) -> float:
    """Microseconds: the plain way without an index, and without hours or candidates."""
    times = []
    for scene in scenes:
        assert scene.lat is not None
        assert scene.lon is not None
        lat, lon = scene.lat, scene.lon
        started = time.perf_counter()
        min((p.lat - lat) ** 2 + (p.lon - lon) ** 2 for p in posts)
        times.append((time.perf_counter() - started) * 1e6)
    return percentile(times, 0.5)


def _directory() -> Directory:
    """Source: the Ministry of Health's register of health facilities as of 2019 (facts: code, kind, point)."""
    contact = Contact(channel="whatsapp", number="+6284000112001", sample=True)
    posts, states = {}, {}
    with (ROOT / "benchmarks/data/health-facilities-2019.csv").open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            posts[row["code"]] = PostRegistered(
                post_id=row["code"],
                kind=row["kind"],
                name=row["code"],
                lat=row["lat"],
                lon=row["lon"],
                hours=DAY_HOURS if number % 10 == 0 else None,
                contacts=(contact,),
            )
            if number % 20 == 1:
                states[row["code"]] = PostStateChanged(post_id=row["code"], state="out", by="benchmark")
    return Directory(posts, states, version=len(posts) - 1)
