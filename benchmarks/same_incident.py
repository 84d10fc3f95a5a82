"""How sure is sure enough to take two calls for one incident: `python -m benchmarks.same_incident`.

Plays months of ordinary days and hours after a quake through the router's and pulse's own rules, in memory, with the real
gazetteer and posts, and counts: further reports that were linked, incidents of their own that were taken for another one,
and messages to posts. There are no records of who reported the same incident; that callers scatter as the rules assume is an
assumption here too, so each world is also played with other rates than the rules believe. Seeded.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from siaga_events import EventData
from siaga_events.ids import derived_id
from siaga_events.types import (
    CallClassified,
    CallHeld,
    CallLinked,
    CallRouted,
    Category,
    PostRegistered,
    Report,
)
from siaga_pulse.domain.counts import HeardCalls, Listed, counted_surge, heard, listed, noted
from siaga_pulse.domain.facts import CallSeen, IncidentFact, LinkFact, SurgeFact, facts, seen
from siaga_router.adapters import load_deadlines, load_plan
from siaga_router.domain.decider import RouterDecider, RouterViews
from siaga_router.domain.directory import Directory
from siaga_router.domain.plan import ResponsePlan
from siaga_router.domain.routing import Router
from siaga_router.domain.same import Pulse
from siaga_streams.testing import given

from benchmarks.programs import ROOT

__all__ = ["main"]

DATA = ROOT / "data"
START = datetime(2026, 11, 24, tzinfo=UTC)
LAG = timedelta(seconds=2)
"""Pulse is that far behind."""
KEEP = timedelta(hours=6)
WINDOW = timedelta(minutes=10)
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
LEVELS = (("point", 0.15), ("landmark", 0.15), ("settlement", 0.35), ("pekon", 0.35))
QUAKE_KECAMATAN = ("Suoh", "Bandar Negeri Suoh", "Batu Brak")
QUAKE_CALLS = 200
QUAKE_INCIDENTS = 80
QUAKE_SHARES: tuple[tuple[Category, float], ...] = (
    ("disaster", 0.5), ("medical", 0.2), ("fire", 0.15), ("accident", 0.15),
)  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """A settlement, and the point by which its pekon is known."""

    name: str
    kecamatan: str
    kode: str
    lat: float
    lon: float
    pekon_lat: float
    pekon_lon: float


@dataclass(frozen=True)
class Said:
    """A report, and which incident it really tells of."""

    call: str
    truth: int
    report: Report


@dataclass
class Counted:
    linked_right: int = 0
    linked_wrong: int = 0
    further: int = 0
    own: int = 0
    duty_messages: int = 0
    messages: int = 0


@dataclass
class World:
    """Pulse as the router sees it, a moment late."""

    calls: dict[str, CallSeen] = field(default_factory=lambda: defaultdict(CallSeen))
    tables: dict[str, Listed] = field(default_factory=lambda: defaultdict(Listed))
    heard: dict[str, HeardCalls] = field(default_factory=lambda: defaultdict(HeardCalls))
    waiting: deque[tuple[datetime, str, EventData]] = field(default_factory=deque)

    def take(self, at: datetime, call: str, data: EventData) -> None:
        self.waiting.append((at, call, data))

    def pulse(self, now: datetime) -> Pulse:
        while self.waiting and self.waiting[0][0] + LAG <= now:
            at, call, data = self.waiting.popleft()
            before = self.calls[call]
            after = self.calls[call] = seen(call, before, data, at)
            for fact in facts(call, before, after):
                if isinstance(fact, IncidentFact | LinkFact):
                    self.tables[fact.kecamatan] = noted(self.tables[fact.kecamatan], fact, KEEP)
                elif isinstance(fact, SurgeFact):
                    self.heard[fact.kecamatan] = heard(self.heard[fact.kecamatan], fact, WINDOW)
        surges = {k: counted_surge(k, known, WINDOW) for k, known in self.heard.items()}
        return Pulse({k: listed(k, table) for k, table in self.tables.items()}, surges)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_incident", description=__doc__)
    parser.add_argument("--days", type=int, default=120, help="ordinary days (default: 120)")
    parser.add_argument("--quakes", type=int, default=5, help="hours after a quake (default: 5)")
    asked = parser.parse_args()
    plan = load_plan(DATA / "plan/response-plan.json")
    spots = _spots()
    print(
        "| world | link at | further reports linked | own incidents taken for another | duty messages | all messages |"
    )
    print("|---|---|---|---|---|---|")
    worlds = [
        ("ordinary days", list(_days(plan, spots, asked.days, 1.0, 1.0))),
        (
            "ordinary, thrice the incidents, a third of the further reports",
            list(_days(plan, spots, asked.days, 3.0, 1 / 3)),
        ),
        ("hours after a quake", None),
    ]
    for name, said in worlds:
        for threshold in (None, *THRESHOLDS):
            if said is not None:
                counted = _play(plan, said, threshold)
            else:
                counted = _sum(_play(plan, list(_quake(spots, n)), threshold) for n in range(asked.quakes))
            shown = "never" if threshold is None else f"{threshold:g}"
            print(
                f"| {name} | {shown} | {counted.linked_right} of {counted.further} | {counted.linked_wrong} of {counted.own} "
                f"| {counted.duty_messages} | {counted.messages} |",
                flush=True,
            )
    return 0


def _play(plan: ResponsePlan, said: list[Said], threshold: float | None) -> Counted:
    assert plan.same_incident is not None
    rules = None if threshold is None else plan.same_incident.model_copy(update={"link_at": threshold})
    router = Router(
        plan.model_copy(update={"same_incident": rules}), load_deadlines(DATA / "plan/deadlines.json")
    )
    decider, directory, world, counted = RouterDecider(router), _directory(), World(), Counted()
    truth: dict[str, int] = {}
    told: set[int] = set()
    for each in said:
        now = each.report.reported_at
        event = CallClassified(report=each.report, classifier_version="b", places_version="b")
        step = given(decider, RouterViews(directory, world.pulse(now)), now=now).when(event)
        world.take(now, each.call, event)
        truth[each.call] = each.truth
        counted.further += each.truth in told
        counted.own += each.truth not in told
        for data in step.decided:
            world.take(now, each.call, data)
            match data:
                case CallLinked(same=same, slots=slots):
                    if truth[same.call] == each.truth:
                        counted.linked_right += 1
                    else:
                        counted.linked_wrong += each.truth not in told
                    counted.messages += len(slots)
                case CallRouted(slots=slots):
                    asked = {s.post.post_id: s.role for s in reversed(slots) if s.post is not None}
                    counted.messages += len(asked)
                    counted.duty_messages += sum(role == "duty" for role in asked.values())
                case CallHeld():
                    raise AssertionError("every report of this benchmark can be sent")
                case _:
                    pass
        told.add(each.truth)
    return counted


def _days(plan: ResponsePlan, spots: list[Spot], days: int, more: float, further: float) -> Iterator[Said]:
    """Incidents at any time anywhere, each with its further reports."""
    rules, rng = plan.same_incident, random.Random(112)
    assert rules is not None
    found: list[tuple[float, int, Category, Spot, tuple[float, float]]] = []
    number = 0
    for category, a_day in rules.incidents_a_day.items():
        at = 0.0
        while (at := at + rng.expovariate(a_day * more / 86_400)) < days * 86_400:
            number += 1
            spot = rng.choice(spots)
            where = _scatter(rng, spot.lat, spot.lon, 300)
            found.append((at, number, category, spot, where))
            mean = rules.further_reports[category] * further
            while rng.random() < mean / (1 + mean):
                found.append((at + rng.expovariate(1 / rules.within_seconds), number, category, spot, where))
    yield from _reports(rng, found)


def _quake(spots: list[Spot], seed: int) -> Iterator[Said]:
    """An hour, three kecamatan, far more incidents than usual, and several reports of many."""
    rng = random.Random(seed)
    near = [s for s in spots if s.kecamatan in QUAKE_KECAMATAN]
    incidents = []
    for number in range(QUAKE_INCIDENTS):
        (category,) = rng.choices([c for c, _ in QUAKE_SHARES], [w for _, w in QUAKE_SHARES])
        spot = rng.choice(near)
        incidents.append(
            (number, category, spot, _scatter(rng, spot.lat, spot.lon, 300), rng.uniform(0, 3000))
        )
    found = [(at, number, category, spot, where) for number, category, spot, where, at in incidents]
    weights = [rng.paretovariate(1.2) for _ in incidents]
    while len(found) < QUAKE_CALLS:
        ((number, category, spot, where, at),) = rng.choices(incidents, weights)
        found.append((at + rng.expovariate(1 / 1200), number, category, spot, where))
    yield from _reports(rng, found)


def _reports(
    rng: random.Random, found: list[tuple[float, int, Category, Spot, tuple[float, float]]]
) -> Iterator[Said]:
    for count, (seconds, number, category, spot, where) in enumerate(sorted(found, key=lambda f: f[:2])):
        (level,) = rng.choices([name for name, _ in LEVELS], [w for _, w in LEVELS])
        lat, lon = {
            "point": _scatter(rng, *where, 30),
            "landmark": _scatter(rng, *where, 200),
            "settlement": (spot.lat, spot.lon),
            "pekon": (spot.pekon_lat, spot.pekon_lon),
        }[level]
        place = {"kode": spot.kode, "level": level, "name": spot.name, "kecamatan": spot.kecamatan}
        at = START + timedelta(seconds=seconds)
        report = Report.model_validate(
            {
                "revision": 1,
                "category": category,
                "priority": 1,
                "prank": False,
                "prank_score": 0.0,
                "disposition": "dispatch",
                "words": "-",
                "started_at": at,
                "reported_at": at,
                "place": {**place, "lat": lat, "lon": lon, "confidence": 0.95},
            }
        )
        yield Said(str(derived_id("same-incident", count)), number, report)


def _scatter(rng: random.Random, lat: float, lon: float, metres: float) -> tuple[float, float]:
    degree = 111_195.0
    return lat + rng.gauss(0, metres) / degree, lon + rng.gauss(0, metres) / degree


def _sum(parts: Iterable[Counted]) -> Counted:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(vars(part))
    return Counted(**total)


def _directory() -> Directory:
    entries = orjson.loads((DATA / "posts/lampung-barat.json").read_bytes())
    return Directory({e["post_id"]: PostRegistered.model_validate(e) for e in entries}, {}, version=1)


def _spots() -> list[Spot]:
    folder = DATA / "gazetteer"
    with (folder / "lampung_barat_gazetteer.csv").open(encoding="utf-8") as lines:
        pekon = {
            (row["nama_kecamatan"], row["nama"]): row
            for row in csv.DictReader(lines)
            if row["level"] == "pekon"
        }
    with (folder / "settlements.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if (row["kecamatan"], row["pekon"]) in pekon]
    return [
        Spot(
            row["name"],
            row["kecamatan"],
            pekon[row["kecamatan"], row["pekon"]]["kode"],
            float(row["lat"]),
            float(row["lon"]),
            float(pekon[row["kecamatan"], row["pekon"]]["inside_lat"]),
            float(pekon[row["kecamatan"], row["pekon"]]["inside_lon"]),
        )
        for row in rows
    ]


if __name__ == "__main__":
    raise SystemExit(main())
