"""Pulse on a real broker: what crosses calls is counted, once each, whatever is killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import (
    CallClassified,
    CallClosed,
    CallDismissed,
    CallerHistoryCounted,
    CallLinked,
    CallRouted,
    IncidentsListed,
    Place,
    PostRef,
    Report,
    SameIncident,
    Slot,
    SurgeCounted,
)
from siaga_localkafka import LocalKafka
from siaga_ops.client import Client, connected
from siaga_ops.processes import Child, free_port
from siaga_ops.topics import create_topics

from .system import PARTITIONS, ended, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.own_line]

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
CALLS = 1_500
WINDOW_SECONDS = 600
OUTPUTS = ("pulse.callers", "pulse.incidents", "pulse.surges")
PATIENCE_SECONDS = 300.0
STARTS_AT_MOST = 5
CALLERS = [f"+62812000{n:05}" for n in range(150)]
PLACES = ["Balik Bukit", "Sumber Jaya", "Way Tenong", "Suoh", "Sekincau"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalKafka]:
    broker = LocalKafka(tmp_path_factory.mktemp("pulse"))
    await asyncio.to_thread(broker.start)
    try:
        await create_topics(broker.bootstrap, PARTITIONS, 1)
        yield broker
    finally:
        await asyncio.to_thread(broker.kill)


def event(call: str, number: int, data: EventData) -> Event[EventData]:
    return Event(derived_id(call, number), "test", call, NOON + timedelta(seconds=number), data)


def report(number: int, caller: str | None = None, kecamatan: str = "Suoh") -> Report:
    return Report(
        revision=1,
        category="fire",
        priority=1,
        prank=False,
        prank_score=0.1,
        disposition="dispatch",
        words="rumah terbakar",
        caller=caller,
        place=Place(
            kode="18.04.05.2001",
            level="point",
            name="Suoh",
            kecamatan=kecamatan,
            lat=-5.2,
            lon=104.3,
            confidence=1,
        ),
        started_at=NOON + timedelta(seconds=number),
        reported_at=NOON + timedelta(seconds=number),
    )


def classified(call: str, number: int, about: Report) -> Event[EventData]:
    return event(call, number, CallClassified(report=about, classifier_version="t", places_version="t"))


def routed(call: str, number: int, about: Report, post: str = "damkar") -> Event[EventData]:
    chosen = PostRef(post_id=post, kind="fire_station", name="Damkar", lat=-5, lon=104)
    return event(
        call,
        number,
        CallRouted(
            reason="classified",
            report=about,
            slots=(Slot(role="duty", name="fire", post=chosen, distance_m=900),),
            directory_version=1,
            plan_version="t",
        ),
    )


def pulse(kafka: LocalKafka, folder: Path, worker: str = "1", **settings: str) -> Child:
    port = free_port()
    env = {
        "SIAGA_BOOTSTRAP": kafka.bootstrap,
        "SIAGA_PARTITIONS": str(PARTITIONS),
        "SIAGA_HTTP_PORT": str(port),
        "SIAGA_WORKER_ID": worker,
        **settings,
    }
    return Child(f"pulse-{worker}", "siaga_pulse", env, port, folder / f"pulse-{worker}.log")


@asynccontextmanager
async def results(client: Client) -> AsyncIterator[dict[tuple[str, str], EventData]]:
    """The last word of each topic and key, as a reader of compacted topics has it; kept up to date."""
    known: dict[tuple[str, str], EventData] = {}

    async def follow() -> None:
        async with client.following(OUTPUTS, from_start=True) as events:
            async for record, event in events:
                known[record.topic, event.subject] = event.data

    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow())
        yield known
        following.cancel()


def known_calls(known: dict[tuple[str, str], EventData], caller: str) -> tuple[int, int]:
    """A caller's calls and pranks."""
    counted = known.get(("pulse.callers", caller))
    return (counted.calls, counted.pranks) if isinstance(counted, CallerHistoryCounted) else (0, 0)


def known_surge(known: dict[tuple[str, str], EventData], kecamatan: str) -> int:
    counted = known.get(("pulse.surges", kecamatan))
    return counted.calls if isinstance(counted, SurgeCounted) else 0


async def ready(child: Child) -> None:
    """Faust gives up now and then when a member comes while another one recovers: who runs it starts it again."""

    async def is_ready() -> bool | None:
        if not child.alive:
            assert child.starts < STARTS_AT_MOST, child.last_lines(30)
            child.start()
        return await child.is_ready() or None

    await until(is_ready, "pulse is ready")


async def test_counts_are_the_truth_after_kills(kafka: LocalKafka, tmp_path: Path) -> None:
    child = pulse(kafka, tmp_path)
    child.start()
    truth: Counter[str] = Counter()
    pranks: Counter[str] = Counter()
    in_window = Counter(PLACES[n % 5] for n in range(CALLS - WINDOW_SECONDS, CALLS))  # a second apart
    async with connected(kafka.bootstrap) as client, results(client) as known:
        try:
            await ready(child)
            for start in range(0, CALLS, 250):
                heard, ended_calls = [], []
                for n in range(start, start + 250):
                    call, caller = str(derived_id("counted", n)), CALLERS[n % len(CALLERS)]
                    truth[caller] += 1
                    heard.append(classified(call, n, report(n, caller, PLACES[n % 5])))
                    if n % 3 == 0:
                        pranks[caller] += 1
                        ended_calls.append(event(call, n + 1, CallDismissed(by="ani", as_type="prank")))
                await client.publish("classifications", heard)
                await client.publish("routings", ended_calls)
                if start in (250, 750):
                    assert child.process is not None
                    os.kill(child.process.pid, signal.SIGKILL)
                    await ended(child)
                    await ready(child)

            async def counted() -> bool:
                calls, found = (sum(known_calls(known, c)[n] for c in CALLERS) for n in (0, 1))
                heard = sum(known_surge(known, place) for place in PLACES)
                return calls >= CALLS and found >= pranks.total() and heard >= in_window.total()

            await until(counted, "every call and prank is counted", seconds=PATIENCE_SECONDS)
            assert {c: known_calls(known, c) for c in CALLERS} == {c: (truth[c], pranks[c]) for c in CALLERS}
            assert {place: known_surge(known, place) for place in PLACES} == dict(in_window)
        finally:
            await child.stop()


async def test_incidents_are_listed_until_they_are_over_and_count_their_reports(
    kafka: LocalKafka, tmp_path: Path
) -> None:
    child = pulse(kafka, tmp_path)
    child.start()
    fire, second, moved = (str(derived_id("incident", n)) for n in range(3))
    same = SameIncident(
        call=fire,
        kecamatan="Lumbok",
        score=0.99,
        distance_m=50,
        seconds_apart=60,
        number=2,
        posts=("damkar",),
    )
    link = CallLinked(same=same, report=report(60, kecamatan="Lumbok"), directory_version=1)
    async with connected(kafka.bootstrap) as client, results(client) as known:

        async def listing(kecamatan: str, *expected: tuple[str, int]) -> None:
            async def found() -> bool | None:
                data = known.get(("pulse.incidents", kecamatan))
                now = (
                    {(i.call, i.reports) for i in data.incidents}
                    if isinstance(data, IncidentsListed)
                    else set()
                )
                return now == set(expected) or None

            await until(found, f"{kecamatan} lists {expected}", seconds=PATIENCE_SECONDS)

        try:
            await client.publish(
                "routings", [routed(fire, 0, report(0, kecamatan="Lumbok")), event(second, 60, link)]
            )
            await client.publish("routings", [routed(moved, 5, report(5, kecamatan="Lumbok"))])
            await listing("Lumbok", (fire, 2), (moved, 1))
            await client.publish(
                "routings", [routed(moved, 9, report(5, kecamatan="Ratu Ngaras"), "damkar-2")]
            )
            await listing("Lumbok", (fire, 2))
            await listing("Ratu Ngaras", (moved, 1))
            await client.publish("routings", [event(fire, 90, CallClosed(outcome="finished"))])
            await listing("Lumbok")
        finally:
            await child.stop()


async def test_a_caller_who_no_longer_calls_is_forgotten(kafka: LocalKafka, tmp_path: Path) -> None:
    """In the topic by a tombstone, in the table too: who calls again after a restart is a new caller."""
    child = pulse(kafka, tmp_path, SIAGA_SWEEP_MINUTES="0.02")
    child.start()
    old, recent = "+628120077777", "+628120088888"
    now = int((datetime.now(UTC) - NOON).total_seconds())
    long_ago = now - int(timedelta(days=200).total_seconds())

    def call(name: str, number: int, caller: str) -> Event[EventData]:
        return classified(str(derived_id("forgotten", name)), number, report(number, caller))

    async with connected(kafka.bootstrap) as client, results(client) as known:

        async def last_of(caller: str) -> bytes | None:
            found = [r.value for r in await client.records("pulse.callers") if r.key == caller.encode()]
            return found[-1] if found else b""

        async def is_forgotten() -> bool:
            return await last_of(old) is None

        async def is_new() -> bool:
            return await last_of(old) is not None and known_calls(known, old) == (1, 0)

        try:
            calls = [call("old", long_ago, old), call("older", long_ago - 9, old), call("new", now, recent)]
            await client.publish("classifications", calls)
            await until(is_forgotten, "the caller is forgotten", seconds=PATIENCE_SECONDS)
            assert known_calls(known, recent) == (1, 0)
            assert await last_of(recent)
            assert child.process is not None
            os.kill(child.process.pid, signal.SIGKILL)
            await ended(child)
            await ready(child)
            await client.publish("classifications", [call("again", now, old)])
            await until(is_new, "the caller is new", seconds=PATIENCE_SECONDS)
        finally:
            await child.stop()


async def test_two_workers_share_the_work_and_one_takes_over(kafka: LocalKafka, tmp_path: Path) -> None:
    workers = [pulse(kafka, tmp_path, n) for n in ("1", "2")]
    for worker in workers:
        worker.start()
    caller = "+628120099999"
    async with connected(kafka.bootstrap) as client, results(client) as known:

        async def counted(calls: int) -> None:
            async def found() -> bool | None:
                data = known.get(("pulse.callers", caller))
                return (isinstance(data, CallerHistoryCounted) and data.calls == calls) or None

            await until(found, f"{calls} calls of one caller", seconds=PATIENCE_SECONDS)

        try:
            for worker in (*workers, workers[0]):  # the first may have given up when the second came
                await ready(worker)
            await client.publish(
                "classifications",
                [classified(str(derived_id("shared", n)), n, report(n, caller)) for n in range(40)],
            )
            await counted(40)
            assert workers[0].process is not None
            os.kill(workers[0].process.pid, signal.SIGKILL)
            await ended(workers[0])
            await ready(workers[1])
            await client.publish(
                "classifications",
                [classified(str(derived_id("shared", n)), n, report(n, caller)) for n in range(40, 60)],
            )
            await counted(60)
        finally:
            for worker in workers:
                await worker.stop()


async def test_a_missing_topic_is_named_and_a_stop_is_clean(kafka: LocalKafka, tmp_path: Path) -> None:
    child = pulse(kafka, tmp_path)
    child.start()
    await ready(child)
    child.signal(signal.SIGTERM)
    assert await ended(child) == 0
    assert "Traceback" not in child.log.read_text()
    wrong = Child(
        "pulse-9", "siaga_pulse", {**child.env, "SIAGA_PARTITIONS": "6"}, child.port, tmp_path / "pulse-9.log"
    )
    wrong.start()
    assert await ended(wrong) == 1
    assert "pulse.by-caller has 12 partitions and must have 6" in wrong.log.read_text()
