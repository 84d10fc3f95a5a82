"""What happens in one campaign, drawn from its seed: calls, operators, posts' habits, the provider, faults."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from .reports import ADDED_WORDS, POINTS, REPORTS
from .world import SERVICES, SESSION_SECONDS, Provider

__all__ = [
    "Act",
    "CallPlan",
    "Command",
    "End",
    "Garbage",
    "Habits",
    "Kill",
    "Pause",
    "PostState",
    "Pulse",
    "Report",
    "Restart",
    "Resume",
    "Roads",
    "Scenario",
    "Step",
    "Stop",
    "Stranger",
    "Words",
    "scenario",
]

FIRST_CALL_SECONDS = 1.0
LAST_CALL_SECONDS = 8.0
FAULTS_END_SECONDS = 22.0
CALLERS = ("+6281200000001", "0812-0000-0002", "081200000003", "bukan nomor", None)


@dataclass(frozen=True, slots=True)
class CallPlan:
    """A call as the telephone exchange knows it. `started`: seconds since the world's beginning."""

    number: int
    started: float
    caller: str | None
    narrative: str | None
    point: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Report:
    """A call reaches a door. `copy`: the same content as another event; `other`: the same call, more content."""

    call: CallPlan
    copy: int = 0
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    call: CallPlan
    text: str
    copy: int = 0


@dataclass(frozen=True, slots=True)
class End:
    call: CallPlan


Asked: TypeAlias = Literal[
    "confirm", "dismiss", "correct_category", "correct_place", "correct_priority", "hold", "answer", "transfer",
    "recall", "close", "link", "unlink",
]  # fmt: skip

ASKED: tuple[Asked, ...] = (
    "confirm", "confirm", "dismiss", "dismiss", "correct_category", "correct_place", "correct_priority", "hold", "hold",
    "answer", "transfer", "recall", "close", "link", "link", "unlink", "unlink",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """`sees`: which of the call's decisions the operator had on the screen."""

    call: CallPlan
    asks: Asked
    sees: Literal["latest", "first", "nothing", "another call's"]
    twice: bool = False


@dataclass(frozen=True, slots=True)
class PostState:
    post: int
    state: Literal["ready", "out", "road_cut"]


@dataclass(frozen=True, slots=True)
class Roads:
    """Road times of most posts to most pekon, of this seed."""

    seed: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """A caller's history; with it, if `incidents`, what the log so far says of the incidents: `late` leaves the last out."""

    caller: str
    calls: int
    pranks: int
    incidents: bool = True
    late: bool = False


@dataclass(frozen=True, slots=True)
class Garbage:
    """A record that no codec reads, at the gateways' door or at the operators'."""

    topic: str


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who is no post writes to our number."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Kill:
    """`calls`: port calls from now at which the power fails; 0 is at once."""

    worker: str
    calls: int


@dataclass(frozen=True, slots=True)
class Restart:
    worker: str


@dataclass(frozen=True, slots=True)
class Pause:
    worker: str


@dataclass(frozen=True, slots=True)
class Resume:
    worker: str


@dataclass(frozen=True, slots=True)
class Stop:
    worker: str


Act: TypeAlias = (
    Report
    | Words
    | End
    | Command
    | PostState
    | Roads
    | Pulse
    | Garbage
    | Stranger
    | Kill
    | Restart
    | Pause
    | Resume
    | Stop
)


@dataclass(frozen=True, slots=True)
class Step:
    """`at`: seconds since the world's beginning."""

    at: float
    act: Act


@dataclass(frozen=True, slots=True)
class Habits:
    """How posts answer in this campaign: shares of the alarms, the rest stays silent."""

    accept: float
    decline: float
    read_only: float
    slow: float
    status_failed: float


@dataclass(frozen=True, slots=True)
class Scenario:
    seed: int
    calls: tuple[CallPlan, ...]
    steps: tuple[Step, ...]
    habits: Habits
    provider: Provider
    with_supervisor: bool


def scenario(seed: int) -> Scenario:
    rng = Random(f"scenario-{seed}")
    calls = tuple(_call(rng, number) for number in range(rng.randint(3, 6)))
    steps = [step for call in calls for step in _of_call(rng, call)]
    steps += [Step(rng.uniform(0.5, 15), act) for act in _around(rng)]
    steps += [step for worker in _workers() for step in _faults(rng, worker)]
    steps.sort(key=lambda step: step.at)
    accept = rng.choice((0.0, 0.3, 0.6, 0.9))
    habits = Habits(
        accept, rng.uniform(0, 0.9 - accept), 0.05, rng.choice((0.1, 0.4)), rng.choice((0, 0, 0.1))
    )
    lost, late, refused = (rng.choice((0.0, 0.0, 0.1, 0.3)) for _ in range(3))
    provider = Provider(lost, late, refused, rng.choice((0.0, 0.0, 0.1)))
    return Scenario(seed, calls, tuple(steps), habits, provider, rng.random() < 0.9)


def _workers() -> list[str]:
    return [f"{service}-{n}" for service in SERVICES for n in (1, 2)]


def _call(rng: Random, number: int) -> CallPlan:
    return CallPlan(
        number=number,
        started=round(rng.uniform(FIRST_CALL_SECONDS, LAST_CALL_SECONDS), 3),
        caller=rng.choice(CALLERS),
        narrative=rng.choice(REPORTS),
        point=rng.choice(POINTS) if rng.random() < 0.15 else None,
    )


def _of_call(rng: Random, call: CallPlan) -> list[Step]:
    at = call.started
    steps = [Step(at, Report(call))]
    if rng.random() < 0.35:
        steps.append(Step(at + rng.choice((0, 0.002, rng.uniform(0, 6))), Report(call, copy=1)))
    if rng.random() < 0.15:
        steps.append(Step(at + rng.uniform(0, 6), Report(call, other=rng.choice(ADDED_WORDS))))
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        words = rng.choice(ADDED_WORDS)
        when = at + (rng.uniform(-0.8, 0) if rng.random() < 0.35 else rng.uniform(0, 8))
        steps.append(Step(when, Words(call, words)))
        if rng.random() < 0.3:
            steps.append(Step(when + rng.uniform(0, 3), Words(call, words, copy=1)))
    if rng.random() < 0.6:
        steps.append(Step(at + rng.uniform(-0.2, 4), End(call)))
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        asks = rng.choice(ASKED)
        sees: Literal["latest", "first", "nothing", "another call's"] = rng.choice(
            ("latest", "latest", "latest", "first", "nothing", "another call's")
        )
        when = at + (rng.uniform(-0.5, 0.3) if rng.random() < 0.2 else rng.uniform(0, 10))
        steps.append(Step(max(0.3, when), Command(call, asks, sees, twice=rng.random() < 0.15)))
    return steps


def _around(rng: Random) -> list[Act]:
    acts: list[Act] = []
    for _ in range(rng.choice((0, 1, 3))):
        acts.append(PostState(rng.randrange(28), rng.choice(("ready", "out", "road_cut"))))
    for _ in range(rng.choice((0, 1, 2, 4))):
        pranks = rng.randint(0, 4)
        acts.append(
            Pulse(
                rng.choice(("+6281200000001", "+6281200000002")),
                pranks + rng.randint(0, 3),
                pranks,
                incidents=rng.random() < 0.8,
                late=rng.random() < 0.3,
            )
        )
    if rng.random() < 0.2:
        acts.append(Garbage(rng.choice(("gateway.calls", "operator.commands", "gateway.receipts"))))
    if rng.random() < 0.2:
        acts.append(Stranger(rng.randrange(3), rng.choice(REPORTS) or "halo"))
    if rng.random() < 0.4:
        acts.append(Roads(rng.randrange(1000)))
    return acts


def _faults(rng: Random, worker: str) -> list[Step]:
    """A worker's faults, one after the other; most workers have none or one."""
    steps: list[Step] = []
    at = rng.uniform(0.0, 10.0)
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        lasts = rng.choice((rng.uniform(0.05, 1.0), rng.uniform(1.0, 3.5), rng.uniform(3.5, 9.0)))
        until = min(at + lasts, FAULTS_END_SECONDS)
        kind = rng.random()
        if kind < 0.5:
            steps += [
                Step(at, Kill(worker, rng.choice((0, rng.randint(1, 12), rng.randint(1, 40))))),
                Step(until, Restart(worker)),
            ]
        elif kind < 0.85:
            steps += [Step(at, Pause(worker)), Step(until, Resume(worker))]
        else:
            steps += [Step(at, Stop(worker)), Step(max(until, at + SESSION_SECONDS / 10), Restart(worker))]
        at = until + rng.uniform(0.1, 5.0)
        if at >= FAULTS_END_SECONDS:
            break
    return steps
