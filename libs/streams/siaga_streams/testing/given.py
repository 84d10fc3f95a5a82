"""`given(decider, events).when(cause).then(events)`: a decider's behaviour in the words of its domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Generic

from siaga_events import CausePosition, Event, EventData
from siaga_events.ids import derived_id, event_id

from siaga_streams.decider import Cause, Deadline, DeadlineReached, Decider, Effect, Input, Known, S, Todo, V

__all__ = ["Given", "given"]

CALL = "3a0f0f5c-7a0a-5c6b-9d6e-000000000001"
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Given(Generic[S, V]):
    """A call's history in one decider, and what was decided last."""

    decider: Decider[S, V]
    views: V
    now: datetime = NOON
    call: str = CALL
    log: tuple[Event[EventData], ...] = ()
    decided: tuple[EventData, ...] = ()
    count: int = field(default=0)

    @property
    def state(self) -> S:
        state = self.decider.initial(self.call)
        for event in self.log:
            state = self.decider.evolve(state, event)
        return state

    @property
    def todo(self) -> Todo:
        return self.decider.todo(self.state)

    def at(self, now: datetime) -> Given[S, V]:
        """The same, at another time."""
        return replace(self, now=now)

    def seeing(self, views: V) -> Given[S, V]:
        """The same, with other views."""
        return replace(self, views=views)

    def when(self, data: EventData | Cause, *, as_id: str | None = None) -> Given[S, V]:
        """Decide an input's data, or any cause. The same `as_id` twice is the same event twice."""
        if isinstance(data, EventData):
            identity = derived_id("given", as_id or f"input-{self.count}")
            event = Event(identity, "test", self.call, self.now, data, correlation_id=self.call)
            cause: Cause = Input(event, CausePosition("test", 0, self.count))
        else:
            cause = data
        decided = tuple(self.decider.decide(self.state, cause, Known(self.now, self.views)))
        events = tuple(
            Event(
                id=event_id(self.decider.service, cause.id, n),
                source=self.decider.service,
                subject=self.call,
                time=self.now,
                data=d,
                causation_id=cause.id,
                correlation_id=self.call,
            )
            for n, d in enumerate(decided)
        )
        return replace(self, log=(*self.log, *events), decided=decided, count=self.count + 1)

    def when_due(self, kind: str) -> Given[S, V]:
        """Let the open deadline of this kind fall due, at its time."""
        deadline = self.deadline(kind)
        return self.at(deadline.due).when(DeadlineReached(deadline))

    def deadline(self, kind: str) -> Deadline:
        found = [d for d in self.todo.deadlines if d.kind == kind]
        assert found, f"no deadline {kind!r} is open; open are {[d.kind for d in self.todo.deadlines]}"
        return found[0]

    def effect(self) -> Effect:
        found = self.todo.effects
        assert len(found) == 1, f"{len(found)} effects are open"
        return found[0]

    def then(self, *expected: EventData) -> Given[S, V]:
        """Exactly these were decided."""
        assert list(self.decided) == list(expected), (
            f"decided {list(self.decided)}, expected {list(expected)}"
        )
        return self

    def then_types(self, *expected: type[EventData]) -> Given[S, V]:
        """Events of exactly these types were decided, in this order."""
        names = [type(d).__name__ for d in self.decided]
        assert names == [t.__name__ for t in expected], f"decided {names}"
        return self

    def then_nothing(self) -> Given[S, V]:
        return self.then()


def given(
    decider: Decider[S, V], views: V, past: Sequence[EventData] = (), now: datetime = NOON
) -> Given[S, V]:
    """A call whose log in `decider` holds `past`."""
    log = tuple(
        Event(derived_id("past", n), decider.service, CALL, now, data, correlation_id=CALL)
        for n, data in enumerate(past)
    )
    return Given(decider, views, now=now, log=log)
