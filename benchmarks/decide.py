"""The part of `siaga decide`: reports decided by the domain code alone, one process, no broker."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path

from siaga_ops.decide import Decisions, decide_lines

from benchmarks.programs import ROOT
from benchmarks.report import Figure, Part
from benchmarks.sizes import Sizes

__all__ = ["measure_decide"]


async def measure_decide(bootstrap: str, folder: Path, sizes: Sizes, say: Callable[[str], None]) -> Part:
    """Over the example reports, again and again. The broker has no part in it."""
    say(f"decide: {sizes.reports} reports")
    decisions = Decisions.load(ROOT / "data")
    examples = (ROOT / "data/reports/narrative-examples.jsonl").read_bytes().splitlines()
    lines = list(itertools.islice(itertools.cycle(examples), sizes.reports))
    times = []
    started = before = time.perf_counter()
    for decided in decide_lines(decisions, lines):
        assert "error" not in json.loads(decided)
        now = time.perf_counter()
        times.append((now - before) * 1000)
        before = now
    seconds = time.perf_counter() - started
    return Part(
        f"`siaga decide`, {sizes.reports:,} reports",
        [
            Figure("classifier and router", len(times) / seconds, "reports/s"),
            Figure("the slowest report", max(times), "ms"),
        ],
    )
