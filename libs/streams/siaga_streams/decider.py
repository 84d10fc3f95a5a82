"""A decider: what a service decides, as pure functions over one call.

`evolve` folds the service's own log, `decide` turns a cause into events, `todo` reads off the state what is
still open in the world. None of them does I/O or looks at a clock. After a restart the same log gives the same
state, and the same state gives the same answer to "what is to be done".
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

from siaga_events.event import CausePosition, Event, EventData
from siaga_events.ids import derived_id

__all__ = [
    "NOTHING",
    "Cause",
    "Deadline",
    "DeadlineReached",
    "Decider",
    "Effect",
    "EffectDone",
    "EffectDue",
    "EffectLost",
    "Fold",
    "Input",
    "Known",
    "NoViews",
    "S",
    "Todo",
    "V",
    "outcome_id",
    "still_open",
]  # fmt: skip

S = TypeVar("S")
"""A call's state in one service."""
V = TypeVar("V")
"""The views that a decider looks at: a frozen snapshot."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be done in the world for a call.

    `id` is the attempt's and must change with each attempt. `due` is the earliest time. `started` says that the
    log holds the attempt's start and no outcome of it. `what` is for the service's own performer.
    """

    id: UUID
    call: str
    due: datetime
    started: bool
    what: Any


def outcome_id(effect: Effect) -> UUID:
    """An attempt has one outcome, whatever it is: done or lost."""
    return derived_id("outcome", str(effect.id))


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment at which the service decides by itself if nothing came before."""

    id: UUID
    call: str
    kind: str
    due: datetime
    about: str = ""


@dataclass(frozen=True, slots=True)
class Todo:
    """What is still open in the world."""

    effects: tuple[Effect, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


NOTHING = Todo()


@dataclass(frozen=True, slots=True)
class Input:
    """An event of one of the input topics."""

    event: Event[EventData]
    position: CausePosition

    @property
    def id(self) -> UUID:
        return self.event.id


@dataclass(frozen=True, slots=True)
class EffectDue:
    """An effect may start now: decide its start (an event that makes it `started`), or nothing."""

    effect: Effect

    @property
    def id(self) -> UUID:
        return self.effect.id


@dataclass(frozen=True, slots=True)
class EffectDone:
    """An attempt's outcome, as the performer gave it."""

    effect: Effect
    outcome: Any

    @property
    def id(self) -> UUID:
        return outcome_id(self.effect)


@dataclass(frozen=True, slots=True)
class EffectLost:
    """An attempt was started and its outcome will never be known.

    `tried` False: its owner gave it up before the request, so that surely nothing went out.
    """

    effect: Effect
    why: str
    tried: bool = True

    @property
    def id(self) -> UUID:
        return outcome_id(self.effect)


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """A deadline fell due, and everything that had come by then was decided before."""

    deadline: Deadline

    @property
    def id(self) -> UUID:
        return self.deadline.id


Cause: TypeAlias = Input | EffectDue | EffectDone | EffectLost | DeadlineReached


@dataclass(frozen=True, slots=True)
class Known(Generic[V]):
    """What a decision may know beside its call's state: the time (UTC) and the views."""

    now: datetime
    views: V


class Decider(Protocol[S, V]):
    """`service` names the log's owner: group, transactional ids and event ids come from it.

    `inputs` and `log` are topics of the catalogue. `decide` may raise: the cause becomes a dead letter and a
    `CauseFailed` in the log, which `evolve` must take. `evolve` must not raise: an error there ends the process.
    The events of an outcome or a deadline must close it in `todo`: neither is decided twice by one owner.
    Records of `patient`, some of the inputs, may wait a moment, and share a transaction with what comes meanwhile.
    """

    service: str
    inputs: tuple[str, ...]
    patient: tuple[str, ...]
    log: str

    def initial(self, call: str) -> S: ...

    def evolve(self, state: S, event: Event[EventData]) -> S: ...

    def decide(self, state: S, cause: Cause, known: Known[V]) -> Sequence[EventData]: ...

    def todo(self, state: S) -> Todo: ...


@dataclass(frozen=True, slots=True)
class NoViews:
    """For deciders that look at nothing."""


@dataclass(slots=True)
class Fold(Generic[S]):
    """A partition's folded log: each call's state, the offset after the last event, the inputs that are done.

    `done` is the highest offset of each input topic that caused an event. `traces` holds the trace context that a
    gateway gave for a call, where it gave one. `failed` holds the ids of deadlines, starts and outcomes whose
    decision broke off.
    """

    states: dict[str, S] = field(default_factory=dict)
    offset: int = 0
    done: dict[str, int] = field(default_factory=dict)
    traces: dict[str, str] = field(default_factory=dict)
    failed: set[UUID] = field(default_factory=set)


def still_open(todo: Todo, failed: Set[UUID]) -> Todo:
    """Without what failed in `decide`: a human has it, and trying again would fail again, for ever."""
    if not failed:
        return todo
    return Todo(
        tuple(e for e in todo.effects if (outcome_id(e) if e.started else e.id) not in failed),
        tuple(d for d in todo.deadlines if d.id not in failed),
    )
