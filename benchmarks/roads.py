"""The adapters of `siaga posts roads` against real engines, each started here on a small map made for it.

    .venv/bin/uv pip install osmium            # writes the map; nothing else needs it
    .venv/bin/python -m benchmarks.roads --osrm DIR --profile car.lua
    .venv/bin/python -m benchmarks.roads --valhalla DIR

DIR holds the engine: of OSRM the programs osrm-extract, osrm-contract and osrm-routed (Debian's osrm-backend, which brings
car.lua too), of Valhalla the folder `valhalla` of a wheel of pyvalhalla, from 3.6 on, taken apart with `unzip`.

Each pekon and kecamatan of the gazetteer is a crossing, joined by straight roads to its four nearest. They are not the
regency's roads, but on such a map the shortest way is known: each answer is held against Dijkstra's. OSRM's car drives at
four fifths of the limit. One place stands on an island, where an engine must say that no road leads.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import importlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from siaga_classifier.domain.gazetteer import load_gazetteer
from siaga_ops.processes import free_port
from siaga_ops.roads import AT_ONCE, OsrmTable, Point, RoadService, ValhallaMatrix
from siaga_router.domain.nearby import Located, Nearby, great_circle_m

ROOT = Path(__file__).parents[1]
JOINED = 4
KM_H = 40
ISLAND = (Point(-6.5, 104.3), Point(-6.5, 104.31))
START_SECONDS = 60.0
ASKED = 12
"""Posts: spread over the crossings."""

Neighbours = dict[int, dict[int, float]]
"""Of each crossing the crossings it is joined to, and how far they are in metres."""


def crossings() -> list[Point]:
    areas = load_gazetteer(ROOT / "data/gazetteer").by_kode.values()
    return [
        Point(a.lat, a.lon)
        for a in sorted(areas, key=lambda a: a.kode or "")
        if a.level in ("pekon", "kecamatan") and a.lat is not None and a.lon is not None
    ]


def joined(points: Sequence[Point]) -> Neighbours:
    """Each to its nearest, both ways. The last two are the island's."""
    roads: Neighbours = {n: {} for n in range(len(points))}
    main = len(points) - len(ISLAND)
    nearby = Nearby(Located(p.lat, p.lon, str(n), n) for n, p in enumerate(points[:main]))
    pairs = [
        (n, to) for n in range(main) for _, to in islice(nearby(points[n].lat, points[n].lon), 1, JOINED + 1)
    ]
    for one, other in [*pairs, (main, main + 1)]:
        here, there = points[one], points[other]
        roads[one][other] = roads[other][one] = great_circle_m(here.lat, here.lon, there.lat, there.lon)
    return roads


def shortest(roads: Neighbours, start: int) -> dict[int, float]:
    """Seconds to every crossing that a road leads to (Dijkstra)."""
    known: dict[int, float] = {}
    waiting = [(0.0, start)]
    while waiting:
        metres, at = heapq.heappop(waiting)
        if at not in known:
            known[at] = metres
            for to, more in roads[at].items():
                heapq.heappush(waiting, (metres + more, to))
    return {n: metres * 3.6 / KM_H for n, metres in known.items()}


def write_map(file: Path, points: Sequence[Point], roads: Neighbours) -> None:
    try:
        osmium: Any = importlib.import_module("osmium")
    except ImportError:
        raise SystemExit("the map is written by osmium: .venv/bin/uv pip install osmium") from None
    with osmium.SimpleWriter(str(file)) as writer:
        for n, p in enumerate(points, 1):
            writer.add_node(osmium.osm.mutable.Node(id=n, version=1, location=(p.lon, p.lat)))
        ways = sorted({(min(a, b), max(a, b)) for a, to in roads.items() for b in to})
        for n, (a, b) in enumerate(ways, 1):
            tags = {"highway": "secondary", "maxspeed": str(KM_H)}
            writer.add_way(osmium.osm.mutable.Way(id=n, version=1, nodes=[a + 1, b + 1], tags=tags))


@contextmanager
def osrm(programs: Path, profile: Path, map_file: Path) -> Iterator[str]:
    base = map_file.with_name("map.osrm")
    _made([programs / "osrm-extract", "-p", profile, map_file])
    _made([programs / "osrm-contract", base])
    port = free_port()
    with _serving([programs / "osrm-routed", "-i", "127.0.0.1", "-p", port, "-a", "CH", base], port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def valhalla(folder: Path, map_file: Path) -> Iterator[str]:
    port, file = free_port(), map_file.with_name("valhalla.json")
    places = {
        "mjolnir-tile-dir": map_file.with_name("tiles"),
        "httpd-service-listen": f"tcp://127.0.0.1:{port}",
        **{
            f"{name}-service-proxy": f"ipc://{map_file.with_name(name)}"
            for name in ("loki", "thor", "odin", "meili")
        },
        **{
            f"httpd-service-{name}": f"ipc://{map_file.with_name(name)}" for name in ("loopback", "interrupt")
        },
        **{f"httpd-service-{name}-seconds": 1 for name in ("drain", "shutdown")},
    }
    said = [word for name, value in places.items() for word in (f"--{name}", value)]
    file.write_text(_made([sys.executable, folder / "valhalla_build_config.py", *said]))
    _made([folder / "bin/valhalla_build_tiles", "-c", file, map_file])
    with _serving([folder / "bin/valhalla_service", file, 1], port):
        yield f"http://127.0.0.1:{port}"


def _made(command: Sequence[object]) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"{command[0]} failed ({done.returncode}):\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


@contextmanager
def _serving(command: Sequence[object], port: int) -> Iterator[None]:
    engine = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + START_SECONDS
        while not _is_open(port):
            if engine.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{command[0]} does not listen")
            time.sleep(0.1)
        yield
    finally:
        engine.terminate()
        engine.wait(START_SECONDS)


def _is_open(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


async def compared(service: RoadService, points: Sequence[Point], roads: Neighbours) -> list[float]:
    """Each answered time over Dijkstra's. Raises SystemExit where one of them knows a road and the other none."""
    ratios = []
    main = len(points) - len(ISLAND)
    for start in (*range(0, main, main // ASKED), main):
        known = shortest(roads, start)
        ends = [n for n in range(len(points)) if n != start]
        for first in range(0, len(ends), AT_ONCE):
            asked = ends[first : first + AT_ONCE]
            times = await service.seconds(points[start], [points[n] for n in asked])
            for end, seconds in zip(asked, times, strict=True):
                if (seconds is None) != (end not in known):
                    raise SystemExit(
                        f"from {points[start]} to {points[end]}: {seconds} s, but {known.get(end)} s"
                    )
                if seconds is not None:
                    ratios.append(seconds / known[end])
    return ratios


async def main(arguments: argparse.Namespace, folder: Path) -> None:
    points = [*crossings(), *ISLAND]
    roads = joined(points)
    map_file = folder / "map.osm.pbf"
    write_map(map_file, points, roads)
    engine = (
        osrm(arguments.osrm, arguments.profile, map_file)
        if arguments.osrm
        else valhalla(arguments.valhalla, map_file)
    )
    with engine as url:
        async with httpx.AsyncClient(timeout=60) as http:
            service: RoadService = OsrmTable(http, url) if arguments.osrm else ValhallaMatrix(http, url)
            ratios = await compared(service, points, roads)
    low, *_, high = statistics.quantiles(ratios, n=20)
    print(
        f"{service.source}: {len(ratios)} times, over the shortest way's: median {statistics.median(ratios):.2f}, "
        f"5 % below {low:.2f}, 5 % above {high:.2f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.roads", description=__doc__.split("\n")[0])
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--osrm", type=Path, metavar="DIR")
    which.add_argument("--valhalla", type=Path, metavar="DIR")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="OSRM's car.lua")
    said = parser.parse_args()
    if said.osrm and not said.profile:
        parser.error("--osrm needs --profile: car.lua of the same OSRM")
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(main(said, Path(made)))
