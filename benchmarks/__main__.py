"""`python -m benchmarks`: everything in one run, with a real broker of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import siaga_localkafka as localkafka
from rich.console import Console

from benchmarks.decide import measure_decide
from benchmarks.latency.measure import measure_latency
from benchmarks.nearest import measure_nearest
from benchmarks.rebuild import measure_rebuild
from benchmarks.report import Part, print_part, to_json
from benchmarks.sizes import FULL, QUICK, Sizes
from benchmarks.throughput.measure import measure_throughput

Measure = Callable[[str, Path, Sizes, Callable[[str], None]], Awaitable[Part]]
PARTS: dict[str, Measure] = {
    "latency": measure_latency,
    "throughput": measure_throughput,
    "rebuild": measure_rebuild,
    "decide": measure_decide,
    "nearest": measure_nearest,
}
BROKERS = (("latency",), ("throughput", "rebuild", "decide", "nearest"))
"""Parts that share a broker. They find it empty, or with nothing that matters to them."""


def main() -> int:
    arguments = _arguments()
    out = Console(soft_wrap=True)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {text}", file=sys.stderr, flush=True)

    sizes = QUICK if arguments.quick else FULL
    parts: list[Part] = []

    def done(part: Part) -> None:
        parts.append(part)
        print_part(out, part)
        if arguments.json is not None:
            told = json.dumps(to_json(parts, _about(sizes)), indent=1)
            arguments.json.write_text(told + "\n", encoding="utf-8")

    for names in BROKERS:
        if wanted := [name for name in names if name in arguments.part]:
            asyncio.run(_measure(wanted, sizes, say, done))
    if arguments.quick:
        out.print("\nquick: it runs. Sizes this small, on a broker just started, say nothing about speed.")
    return 0


async def _measure(
    names: Sequence[str], sizes: Sizes, say: Callable[[str], None], done: Callable[[Part], None]
) -> None:
    with tempfile.TemporaryDirectory(prefix="siaga-bench-") as folder:
        say(f"{', '.join(names)}: starting Kafka")
        kafka = await asyncio.to_thread(localkafka.LocalKafka(Path(folder) / "kafka").start)
        try:
            for name in names:
                before = os.getloadavg()[0]
                part = await PARTS[name](kafka.bootstrap, Path(folder), sizes, say)
                part.details["load_average"] = [before, os.getloadavg()[0]]
                done(part)
        finally:
            await asyncio.to_thread(kafka.kill)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that it runs, measures little"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write figures, goals and details there, too"
    )
    parser.add_argument(
        "--part", action="append", choices=list(PARTS), help="only this part (may be repeated); default: all"
    )
    arguments = parser.parse_args()
    arguments.part = arguments.part or list(PARTS)
    return arguments


def _about(sizes: Sizes) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "kafka": localkafka.KAFKA_VERSION,
        "sizes": {name: getattr(sizes, name) for name in sizes.__slots__},
    }


if __name__ == "__main__":
    sys.exit(main())
