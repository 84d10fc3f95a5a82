"""One campaign: a seeded scenario is played with faults, then the faults stop and the world runs on until it is quiet."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from random import Random
from typing import assert_never

import orjson
from siaga_events import EventData
from siaga_events.ids import call_id
from siaga_events.types import (
    AnswerCall,
    CallEnded,
    CallerHistoryCounted,
    CallReported,
    CallRouted,
    CloseCall,
    ConfirmCall,
    CorrectCall,
    CorrectedPlace,
    DismissCall,
    HoldCall,
    IncidentsListed,
    LinkCall,
    PostRegistered,
    PostStateChanged,
    RecallCall,
    ReplyReported,
    RoadTimesMeasured,
    TransferCall,
    UnlinkCall,
    WordsAdded,
)
from siaga_pulse.domain.facts import CallSeen, seen
from siaga_streams.backend import OutRecord, Record
from siaga_streams.folding import state_fingerprint
from siaga_streams.memory import EPOCH
from siaga_streams.testing import run_virtually

from . import scenario as s
from .posts import Posts
from .world import DATA, PARTITIONS, SERVICES, ProviderRequest, World, cheaply

__all__ = ["Outcome", "campaign", "played"]

GATEWAY = "//pbx.sim/1"
LOOK_EVERY_SECONDS = 3.0
LONGEST_SECONDS = 400.0
"""Of virtual time; the last deadline of a quiet call passes long before."""
DECIDERS = ("classifier", "router", "notifier")


@dataclass(frozen=True)
class Outcome:
    """What a campaign left: the logs, the requests, the folds of the live workers, what went wrong on the way.

    `folds`: (service, partition) -> fingerprints of all who claim to own it. `deadline_pending`: open ends at rest.
    """

    seed: int
    records: dict[str, list[Record]]
    requests: tuple[ProviderRequest, ...]
    folds: dict[tuple[str, int], tuple[str, ...]]
    problems: tuple[str, ...]
    barrier_gave_up: tuple[float, ...]
    quiet: bool
    seconds: float

    def trace(self) -> str:
        """One name for everything that was written and sent, and when."""
        digest = sha256()
        for name in sorted(self.records):
            for r in self.records[name]:
                line = [
                    r.topic,
                    r.partition,
                    r.offset,
                    r.timestamp_ms,
                    [[k, v.decode()] for k, v in r.headers],
                ]
                digest.update(orjson.dumps(line) + (r.value or b""))
        for reached in self.requests:
            digest.update(orjson.dumps([reached.at, reached.worker, reached.request, reached.taken]))
        return digest.hexdigest()


def campaign(seed: int) -> Outcome:
    """The whole story of one seed. The same seed gives the same outcome, in any process."""
    return played(s.scenario(seed))


def played(scenario: s.Scenario) -> Outcome:
    running = _Campaign(scenario)
    with cheaply():
        run_virtually(running.run())
    return running.outcome


@cache
def _posts() -> tuple[PostRegistered, ...]:
    return tuple(
        PostRegistered.model_validate(post)
        for name in ("lampung-barat.json", "supervisor.json")
        for post in orjson.loads((DATA / "posts" / name).read_bytes())
    )


@cache
def _kodes() -> tuple[str, ...]:
    """Of pekon and kecamatan."""
    with (DATA / "gazetteer/lampung_barat_gazetteer.csv").open() as rows:
        return tuple(row["kode"] for row in csv.DictReader(rows))


class _Campaign:
    def __init__(self, scenario: s.Scenario) -> None:
        self._scenario = scenario
        self._rng = Random(f"campaign-{scenario.seed}")
        self._count = 0
        self.outcome: Outcome

    async def run(self) -> None:
        scenario = self._scenario
        self._world = world = World.create(scenario.seed, scenario.provider)
        world.on_request = Posts(world, scenario.habits, scenario.seed).receive
        for post in _posts():
            if post.kind != "supervisor" or scenario.with_supervisor:
                world.publish("posts", "cli", post, f"post-{post.post_id}", post.post_id)
        for service in SERVICES:
            for worker in ("1", "2"):
                world.start(service, worker)
        for step in scenario.steps:
            await asyncio.sleep(max(0.0, step.at - world.time))
            self._act(step.act)
        self._heal()
        quiet = await self._until_quiet()
        self.outcome = Outcome(
            seed=scenario.seed,
            records={name: world.log.records(name) for name in world.log.counts},
            requests=tuple(world.requests),
            folds=self._folds(),
            problems=tuple(world.problems),
            barrier_gave_up=tuple(world.barrier_gave_up),
            quiet=quiet,
            seconds=world.time,
        )
        await world.end()

    def _heal(self) -> None:
        """Faults stop: everything runs, the provider takes what it gets."""
        world = self._world
        for name, worker in list(world.workers.items()):
            worker.host.never_mind()
            if not worker.running:
                world.start(*name.split("-"))
            else:
                world.resume(name)

    async def _until_quiet(self) -> bool:
        """Until nothing is open and nothing was written for a while, and every partition has one owner."""
        world, before, still = self._world, -1, 0
        while world.time < LONGEST_SECONDS:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            written = world.written()
            still = still + 1 if written == before and not self._is_open() else 0
            before = written
            if still == 2:
                return True
        return False

    def _is_open(self) -> bool:
        owned: list[tuple[str, int]] = []
        for worker in self._world.workers.values():
            if not worker.running or not worker.service.ready:
                return True
            decider = worker.decider
            if decider is not None:
                owned += [(worker.name, number) for number in decider.owned()]
                for number in decider.owned():
                    for state in decider.fold(number).states.values():
                        todo = decider.decider.todo(state)
                        if todo.effects or todo.deadlines:
                            return True
        return sorted(owned) != sorted((name, n) for name in DECIDERS for n in range(PARTITIONS))

    def _folds(self) -> dict[tuple[str, int], tuple[str, ...]]:
        folds: dict[tuple[str, int], tuple[str, ...]] = {}
        for worker in self._world.workers.values():
            if worker.running and worker.decider is not None:
                for number in worker.decider.owned():
                    print_ = state_fingerprint(worker.decider.fold(number))
                    folds[worker.name, number] = (*folds.get((worker.name, number), ()), print_)
        return folds

    def _act(self, act: s.Act) -> None:
        world = self._world
        match act:
            case s.Report():
                self._report(act)
            case s.Words():
                data = WordsAdded(**_named(act.call), narrative=act.text)
                self._gateway(data, f"words-{act.call.number}-{act.text}-{act.copy}")
            case s.End():
                data_end = CallEnded(
                    **_named(act.call), ended_at=EPOCH + timedelta(seconds=round(world.time, 3))
                )
                self._gateway(data_end, f"end-{act.call.number}")
            case s.Command():
                self._command(act)
            case s.PostState():
                post = _posts()[act.post]
                changed = PostStateChanged(post_id=post.post_id, state=act.state, by="operator")
                world.publish("posts", "cli", changed, self._fresh("post"), post.post_id)
            case s.Roads():
                rng = Random(act.seed)
                for post in _posts():
                    times = {
                        kode: rng.choice((None, rng.randint(60, 7200)))
                        for kode in _kodes()
                        if rng.random() < 0.99
                    }
                    measured = RoadTimesMeasured(
                        post_id=post.post_id, lat=post.lat, lon=post.lon, seconds=times, source="osrm driving",
                        by="operator",
                    )  # fmt: skip
                    world.publish("posts", "cli", measured, self._fresh("roads"), post.post_id)
            case s.Pulse():
                counted = CallerHistoryCounted(
                    caller=act.caller, calls=act.calls, pranks=act.pranks, last_at=world.log.clock.now()
                )
                world.publish("pulse.callers", "pulse", counted, self._fresh("pulse"), act.caller)
                if act.incidents:
                    self._incidents(late=act.late)
            case s.Garbage():
                world.publish_raw(OutRecord(act.topic, b"key", b"{not json", (("ce_id", b"x"),)))
            case s.Stranger():
                self._stranger(act)
            case s.Kill():
                world.kill(act.worker, act.calls)
            case s.Pause():
                world.pause(act.worker)
            case s.Resume():
                world.resume(act.worker)
            case s.Stop():
                world.stop(act.worker)
            case s.Restart():
                if world.workers[act.worker].running:
                    world.kill(act.worker)  # the port call at which it was to die never came
                world.start(*act.worker.split("-"))
            case _:
                assert_never(act)

    def _report(self, act: s.Report) -> None:
        call = act.call
        lat, lon = call.point or (None, None)
        data = CallReported(
            **_named(call), caller=call.caller, narrative=act.other or call.narrative, lat=lat, lon=lon
        )
        self._gateway(data, f"report-{call.number}-{act.copy}-{act.other}")

    def _gateway(self, data: EventData, identity: str) -> None:
        self._world.publish("gateway.calls", GATEWAY, data, identity)

    def _stranger(self, act: s.Stranger) -> None:
        said = ReplyReported(
            provider="whatsapp",
            message_id=f"wamid.stranger.{act.number}",
            at=self._world.log.clock.now(),
            number=f"+62813000000{act.number}",
            text=act.text,
        )
        self._world.publish("gateway.receipts", "//whatsapp", said, self._fresh("stranger"))

    def _incidents(self, *, late: bool) -> None:
        """What pulse would list by now, in one kecamatan: an advisory view may say it anywhere, and be late."""
        calls: dict[str, CallSeen] = {}
        for event in self._world.events("routings"):
            calls[event.subject] = seen(
                event.subject, calls.get(event.subject, CallSeen()), event.data, event.time
            )
        incidents = [c.incident for c in calls.values() if c.incident is not None][: -1 if late else None]
        listed = IncidentsListed(kecamatan="Suoh", incidents=tuple(incidents))
        self._world.publish("pulse.incidents", "pulse", listed, self._fresh("incidents"), "Suoh")

    def _command(self, act: s.Command) -> None:
        call = _id(act.call)
        said = {"by": "operator", "on": self._seen(call, act)}
        data: EventData
        match act.asks:
            case "confirm":
                data = ConfirmCall(**said)
            case "dismiss":
                data = DismissCall(**said)
            case "correct_category":
                category = self._rng.choice(("fire", "medical", "accident", "public_order", "information"))
                data = CorrectCall.model_validate({**said, "category": category})
            case "correct_priority":
                data = CorrectCall.model_validate({**said, "priority": self._rng.choice((1, 2, 3))})
            case "correct_place":
                place = CorrectedPlace(
                    kode="18.04.04.1001",
                    name="Pasar Liwa",
                    kecamatan="Balik Bukit",
                    lat=-5.0216,
                    lon=104.0779,
                )
                data = CorrectCall(**said, place=place)
            case "hold":
                data = HoldCall(**said)
            case "answer":
                data = AnswerCall(**said)
            case "transfer":
                data = TransferCall(**said, to="PLN 123")
            case "link":
                routed = [e.subject for e in self._world.events("routings") if isinstance(e.data, CallRouted)]
                data = LinkCall(**said, to=self._rng.choice(routed or ["none"]))
            case "unlink":
                data = UnlinkCall(**said)
            case "recall":
                data = RecallCall(**said)
            case "close":
                data = CloseCall(**said, outcome="emergency")
            case _:
                assert_never(act.asks)
        identity = self._fresh("command")
        for _ in range(2 if act.twice else 1):
            self._world.publish("operator.commands", "cli", data, identity, call)

    def _seen(self, call: str, act: s.Command) -> str | None:
        """The id of the decision that the operator had on the screen."""
        mine = [str(e.id) for e in self._world.events("routings") if e.subject == call]
        others = [str(e.id) for e in self._world.events("routings") if e.subject != call]
        match act.sees:
            case "latest":
                return mine[-1] if mine else None
            case "first":
                return mine[0] if mine else None
            case "nothing":
                return None
            case "another call's":
                return others[-1] if others else None

    def _fresh(self, what: str) -> str:
        self._count += 1
        return f"{what}-{self._count}"


def _named(call: s.CallPlan) -> dict[str, object]:
    return {"reference": f"r{call.number}", "started_at": EPOCH + timedelta(seconds=call.started)}


def _id(call: s.CallPlan) -> str:
    return str(call_id(GATEWAY, f"r{call.number}", EPOCH + timedelta(seconds=call.started)))
