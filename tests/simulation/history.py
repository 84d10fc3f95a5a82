"""A campaign's logs, decoded once, and the folds that invariants look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from siaga_classifier.app import decider as classifier
from siaga_events import Codec, Event, EventData
from siaga_notifier.domain.decider import NotifierDecider
from siaga_router.domain.decider import RouterDecider
from siaga_streams.backend import Record
from siaga_streams.decider import Decider, Fold
from siaga_streams.folding import fold_record

from .campaign import Outcome
from .world import PARTITIONS, gazetteer, rules

__all__ = ["LOGS", "Entry", "History", "deciders"]

LOGS = ("classifications", "routings", "notifications")
UNREADABLE = "{not json"


def deciders() -> tuple[Decider[Any, Any], ...]:
    return classifier(gazetteer()), RouterDecider(rules()), NotifierDecider()


@dataclass(frozen=True, slots=True)
class Entry:
    """An event where it stands."""

    record: Record
    event: Event[EventData]

    @property
    def data(self) -> EventData:
        return self.event.data

    @property
    def call(self) -> str:
        return self.event.subject

    @property
    def written_at(self) -> datetime:
        """To the millisecond, cut."""
        return datetime.fromtimestamp(self.record.timestamp_ms / 1000, self.event.time.tzinfo)


class History:
    """What stands in the topics. Order within a partition is the log's; partitions follow one another."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.seed = outcome.seed
        self._codec = Codec()
        self._topics: dict[str, list[Entry]] = {}

    def topic(self, name: str) -> list[Entry]:
        """Garbage that was put at a door on purpose is left out."""
        if name not in self._topics:
            self._topics[name] = [
                Entry(r, self._codec.decode(r.headers, r.value))
                for r in self.outcome.records[name]
                if r.value is None or not r.value.startswith(UNREADABLE.encode())
            ]
        return self._topics[name]

    @cached_property
    def by_call(self) -> dict[str, dict[str, list[Entry]]]:
        """The own logs' entries: call -> topic -> in order."""
        calls: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: {name: [] for name in LOGS})
        for name in LOGS:
            for entry in self.topic(name):
                calls[entry.call][name].append(entry)
        return calls

    def of(self, call: str, topic: str) -> list[Entry]:
        return self.by_call[call][topic] if call in self.by_call else []

    @cached_property
    def caused(self) -> dict[str, dict[str, list[Entry]]]:
        """Own log -> id of the cause -> its events."""
        found: dict[str, dict[str, list[Entry]]] = {name: defaultdict(list) for name in LOGS}
        for name in LOGS:
            for entry in self.topic(name):
                found[name][str(entry.event.causation_id)].append(entry)
        return found

    @cached_property
    def rebuilt(self) -> dict[tuple[str, int], Fold[Any]]:
        """A fresh fold of each partition of each own log: (service, partition)."""
        folds: dict[tuple[str, int], Fold[Any]] = {}
        for decider in deciders():
            for number in range(PARTITIONS):
                folds[decider.service, number] = Fold()
            for record in self.outcome.records[decider.log]:
                fold_record(decider, folds[decider.service, record.partition], self._codec, record)
        return folds

    def state(self, service: str, call: str) -> Any:
        for (name, _), fold in self.rebuilt.items():
            if name == service and call in fold.states:
                return fold.states[call]
        return None

    def steps(self, decider: Decider[Any, Any]) -> Iterator[tuple[Entry, Any]]:
        """Each event of an own log with the state of its call before it."""
        states: dict[str, Any] = {}
        for entry in self.topic(decider.log):
            before = states.get(entry.call, decider.initial(entry.call))
            yield entry, before
            states[entry.call] = decider.evolve(before, entry.event)
