"""All logs after a run, read whole, and what must be true of them whatever happened to the processes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from siaga_events import Event, EventData
from siaga_events.types import (
    AlarmRaised,
    AttemptStarted,
    AttemptSucceeded,
    CallClassified,
    CallReceived,
    CallRouted,
    MessageProgressed,
    WordsReceived,
)
from siaga_notifier.domain.alarm import attempt_id
from siaga_ops.client import Client, Found
from siaga_streams.tracing import trace_parent

__all__ = ["Logs", "broken_promises", "read_logs"]

REKEYED = ("calls", "receipts")
OWN_LOGS = ("classifications", "routings", "notifications")
REPEAT = "ULANGAN "


@dataclass(frozen=True, slots=True)
class Logs:
    """The topics' events in the order of their offsets, and the provider's requests."""

    topics: dict[str, list[Found]]
    requests: list[dict[str, Any]]

    def events(self, topic: str) -> list[Event[EventData]]:
        return [event for _, event in self.topics[topic]]

    def of(self, topic: str, kind: type[EventData]) -> list[Event[EventData]]:
        return [event for event in self.events(topic) if isinstance(event.data, kind)]


async def read_logs(client: Client, requests: list[dict[str, Any]]) -> Logs:
    topics: dict[str, list[Found]] = {}
    for name in (*REKEYED, *OWN_LOGS, "dead-letters"):
        records = await client.records(name)
        topics[name] = [(r, client.codec.decode(r.headers, r.value)) for r in records]
    return Logs(topics, requests)


def broken_promises(logs: Logs, said: Iterable[tuple[str, int]]) -> list[str]:
    """In words what is wrong. `said`: each call, and how many reports it consists of."""
    return [
        *_dead_letters(logs),
        *_doubled(logs),
        *_lost(logs, dict(said)),
        *_out_of_order(logs),
        *_provider(logs),
    ]


def _dead_letters(logs: Logs) -> list[str]:
    return [f"dead letter: {getattr(e.data, 'why', '')}" for e in logs.events("dead-letters")]


def _doubled(logs: Logs) -> list[str]:
    """No log holds an event twice; a re-keyed topic may, but then the same one."""
    wrong = [
        f"{topic} holds an event {times} times: {identity}"
        for topic in OWN_LOGS
        for identity, times in Counter(e.id for e in logs.events(topic)).items()
        if times > 1
    ]
    for topic in REKEYED:
        values: dict[object, set[bytes | None]] = defaultdict(set)
        for record, event in logs.topics[topic]:
            values[event.id].add(record.value)
        wrong += [f"{topic}: one id, other content: {i}" for i, found in values.items() if len(found) > 1]
    return wrong


def _lost(logs: Logs, said: dict[str, int]) -> list[str]:
    wrong = []
    received: dict[str, set[str]] = defaultdict(set)
    for event in (*logs.of("calls", CallReceived), *logs.of("calls", WordsReceived)):
        received[event.subject].add(str(event.id))
    heard: dict[str, set[str]] = defaultdict(set)
    classified = logs.of("classifications", CallClassified)
    for event in classified:
        assert isinstance(event.data, CallClassified)
        heard[event.subject].update(event.data.heard)
    decided = {event.causation_id for event in logs.events("routings")}
    for call, reports in said.items():
        if len(received[call]) != reports:
            wrong.append(f"call {call}: {reports} reports, intake made {len(received[call])}")
        if heard[call] != received[call]:
            wrong.append(f"call {call}: not every report was classified")
    wrong += [
        f"call {e.subject}: a classification without decision" for e in classified if e.id not in decided
    ]
    raised = {(e.subject, e.data.post.post_id) for e in logs.of("notifications", AlarmRaised)}  # type: ignore[attr-defined]
    for event in logs.of("routings", CallRouted):
        assert isinstance(event.data, CallRouted)
        for slot in event.data.slots:
            if slot.post is not None and (event.subject, slot.post.post_id) not in raised:
                wrong.append(f"call {event.subject}: {slot.post.post_id} was never asked")
    return wrong


def _out_of_order(logs: Logs) -> list[str]:
    """A log holds what its inputs caused in the inputs' order, and a call's classifications count up."""
    wrong = []
    for topic in OWN_LOGS:
        causes: dict[tuple[int, str], list[int]] = defaultdict(list)
        for record, event in logs.topics[topic]:
            if event.cause is not None:
                causes[record.partition, event.cause.topic].append(event.cause.offset)
        wrong += [f"{topic}: inputs out of order at {at}" for at, o in causes.items() if o != sorted(o)]
    revisions: dict[str, list[int]] = defaultdict(list)
    for event in logs.of("classifications", CallClassified):
        revisions[event.subject].append(event.data.report.revision)  # type: ignore[attr-defined]
    wrong += [
        f"call {call}: revisions {found}"
        for call, found in revisions.items()
        if found != list(range(1, len(found) + 1))
    ]
    return wrong


def _provider(logs: Logs) -> list[str]:
    """Every alarm's message is there; every request has its own start in the log; a repeat says that it is one."""
    wrong = []
    requests: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for request in logs.requests:
        requests[request["biz_opaque_callback_data"]].append(request)
    spans: dict[str, Counter[str]] = {a: Counter(_span(r) for r in found) for a, found in requests.items()}
    starts: dict[str, set[str]] = defaultdict(set)
    for event in logs.of("notifications", AttemptStarted):
        assert isinstance(event.data, AttemptStarted)
        started = event.data
        attempt = attempt_id(started.alarm_id, started.message, started.attempt)
        starts[started.alarm_id].add(trace_parent(attempt, None, event.subject))
    succeeded = Counter(_alarm(e) for e in logs.of("notifications", AttemptSucceeded))
    delivered = {
        _alarm(e)
        for e in logs.of("notifications", MessageProgressed)
        if e.data.status == "delivered"  # type: ignore[attr-defined]
    }
    for event in logs.of("notifications", AlarmRaised):
        alarm = _alarm(event)
        sent = requests[alarm]
        if not any(r["wamid"] for r in sent):
            wrong.append(f"call {event.subject}: alarm {alarm} is not at the provider")
        if succeeded[alarm] != 1:
            wrong.append(f"alarm {alarm}: {succeeded[alarm]} successes in the log")
        if alarm not in delivered:
            wrong.append(f"alarm {alarm}: the log does not know that it was delivered")
    for alarm in spans:
        sent = requests[alarm]
        wrong += [f"alarm {alarm}: a request went out {n} times" for n in spans[alarm].values() if n > 1]
        if not spans[alarm].keys() <= starts[alarm]:
            wrong.append(f"alarm {alarm}: a request without a start in the log")
        first = [r for r in sent if not r["parameters"][0].startswith(REPEAT)]
        if len(first) > 1:
            wrong.append(f"alarm {alarm}: {len(first)} of {len(sent)} requests do not say that they repeat")
    return wrong


def _span(request: dict[str, Any]) -> str:
    return str(request["traceparent"])


def _alarm(event: Event[EventData]) -> str:
    return str(event.data.alarm_id)  # type: ignore[attr-defined]
