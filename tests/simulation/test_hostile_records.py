"""Anybody may write anything at a door: no process ends by it, and the next call goes through."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from siaga_events import CATALOGUE, TopicKind, golden
from siaga_events.registry import TYPES_BY_TOPIC
from siaga_events.types import CallReported, PostRegistered
from siaga_streams.backend import OutRecord
from siaga_streams.memory import EPOCH
from siaga_streams.testing import run_virtually

from .world import DATA, SERVICES, World, cheaply

ROOT = Path(__file__).parents[2]
GATEWAY = "//pbx.sim/1"
DOORS = [
    t.name for t in CATALOGUE.values() if t.kind in (TopicKind.DOOR, TopicKind.DIRECTORY, TopicKind.VIEW)
]
SECONDS = 20.0
"""Of virtual time, for a call to reach its posts."""

GOLDEN = golden.load_all(golden.folder(ROOT))
NAMES = {cls.__name__: topic for topic, classes in TYPES_BY_TOPIC.items() for cls in classes}


def _own(example: golden.Golden) -> str:
    """The topic that an event of this type belongs to."""
    return NAMES[example.path.name.split(".")[0]]


def _record(
    door: str, like: golden.Golden, replaced: dict[str, bytes] | None = None, **fields: Any
) -> OutRecord:
    head = like.record()[0]
    value = json.dumps({**like.value, **fields}).encode()  # orjson would refuse what is to be refused by us
    merged = {**dict(head), **(replaced or {})}
    return OutRecord(door, merged.get("ce_subject", b"-"), value, tuple(merged.items()))


def _named(name: str) -> golden.Golden:
    return next(g for g in GOLDEN if g.path.name == f"{name}.v1.json")


async def _play(hostile: Sequence[OutRecord]) -> World:
    world = World.create(112)
    for post in orjson.loads((DATA / "posts" / "lampung-barat.json").read_bytes()):
        world.publish("posts", "cli", PostRegistered.model_validate(post), post["post_id"], post["post_id"])
    for service in SERVICES:
        world.start(service, "1")
    await asyncio.sleep(SECONDS)
    for record in hostile:
        world.publish_raw(record)
    await asyncio.sleep(SECONDS)
    said = CallReported(
        reference="sesudahnya",
        started_at=EPOCH,
        caller="+6281200000001",
        narrative="rumah terbakar di pasar Liwa, api besar, ada orang terjebak",
        lat=-5.0216,
        lon=104.0779,
    )
    world.publish("gateway.calls", GATEWAY, said, "sesudahnya")
    await asyncio.sleep(SECONDS)
    problems = list(world.problems)
    await world.end()
    assert problems == []
    return world


def _goes_on(*hostile: OutRecord) -> World:
    """Nobody ended, and a call reported afterwards reached a post. Gives the world as it was left."""
    with cheaply():
        world = run_virtually(_play(hostile))
    received = [e for e in world.events("calls") if getattr(e.data, "reference", None) == "sesudahnya"]
    call = received[-1].subject
    decided = [type(e.data).__name__ for e in world.events("routings") if e.subject == call]
    assert decided[:1] in (["CallRouted"], ["CallHeld"]), decided
    return world


def _reasons(world: World) -> list[str]:
    return [getattr(e.data, "why", "") for e in world.events("dead-letters")]


UUID_OF_A_CALL = b"3a0f0f5c-7a0a-5c6b-9d6e-000000000001"
CASES: dict[str, tuple[OutRecord, str | None]] = {
    "a subject in another spelling of a UUID": (
        _record("operator.commands", _named("ConfirmCall"), {"ce_subject": UUID_OF_A_CALL.upper()}),
        "ce_subject",
    ),
    "a subject that is none": (
        _record("operator.commands", _named("HoldCall"), {"ce_subject": b"panggilan-1"}),
        "ce_subject",
    ),
    "an integer beyond 64 bit": (
        _record("gateway.calls", _named("CallReported"), sequence=2**63),
        "sequence",
    ),
    "an integer beyond what JSON readers take": (
        _record("gateway.calls", _named("CallReported"), sequence=10**40),
        "sequence",
    ),
    "an empty message id": (
        _record("gateway.receipts", _named("StatusReported"), message_id=""),
        "message_id",
    ),
    "a message id of 100 kB": (
        _record("gateway.receipts", _named("ReplyReported"), message_id="w" * 100_000),
        "message_id",
    ),
    "header names full of NUL": (
        OutRecord("gateway.calls", b"k", b"{}", tuple((f"\0{n}" * 40_000, b"\0") for n in range(3))),
        "ce_",
    ),
    "a source of 700 kB": (
        _record("gateway.calls", _named("CallReported"), {"ce_source": b"s" * 700_000}),
        "ce_source",
    ),
    "a time at the end of the calendar": (
        _record("operator.commands", _named("HoldCall"), {"ce_time": b"9999-12-31T23:59:59-12:00"}),
        "ce_time",
    ),
    "a time within the calendar by its offset alone": (
        _record("gateway.calls", _named("CallEnded"), ended_at="2199-12-31T23:59:59-12:00"),
        "ended_at",
    ),
    "a removed post that nobody knows": (OutRecord("posts", b"post-1", None, ()), None),
    "a foreign event among the posts": (_record("posts", _named("CallRouted")), None),
    "a caller's history that is none": (OutRecord("pulse.callers", b"+62", b"17", ()), None),
    "a dead letter of another house": (OutRecord("dead-letters", b"k", b"?", (("x", b"\xff"),)), None),
    "a retry of what never was": (
        _record(
            "retries", _named("CauseRetried"), {"ce_subject": UUID_OF_A_CALL}, value="%", headers=[["a", "%"]]
        ),
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_known_attacks_are_refused_with_a_reason(case: str) -> None:
    record, reason = CASES[case]
    world = _goes_on(record)
    if reason is not None:
        assert any(reason in why for why in _reasons(world)), _reasons(world)


names = st.text(max_size=12) | st.sampled_from(sorted({n for g in GOLDEN for n in g.headers}))
raw = st.builds(
    OutRecord,
    st.sampled_from(DOORS),
    st.none() | st.binary(max_size=40),
    st.none() | st.binary(max_size=200),
    st.lists(st.tuples(names, st.binary(max_size=40)), max_size=8).map(tuple),
)
odd = (
    st.none()
    | st.booleans()
    | st.sampled_from([-1, 0, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 1e308, ""])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.sampled_from(["2000-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00"])
    | st.sampled_from([[], {}, [[]], [{}], "\0", "a" * 5000, str(EPOCH), UUID_OF_A_CALL.decode()])
)


@st.composite
def bent(draw: st.DrawFn) -> OutRecord:
    """An event of any type at any door, with some of its parts replaced. What a newer release writes is left out."""
    example = draw(st.sampled_from(GOLDEN))
    topic = draw(st.sampled_from([_own(example)] * 3 + DOORS))
    if topic not in DOORS:
        topic = draw(st.sampled_from(DOORS))
    fields: dict[str, Any] = draw(
        st.dictionaries(st.sampled_from(sorted(example.value.keys()) or ["x"]), odd, max_size=2)
    )
    headers = draw(
        st.dictionaries(
            st.sampled_from(
                ["ce_id", "ce_source", "ce_subject", "ce_time", "ce_causationid", "ce_traceparent"]
            ),
            st.binary(max_size=60)
            | st.just(UUID_OF_A_CALL)
            | st.text(max_size=40).map(lambda t: t.encode("utf-8", "replace")),
            max_size=2,
        )
    )
    return _record(topic, example, headers, **fields)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(raw | bent() | bent(), min_size=1, max_size=25))
def test_whatever_is_written_at_a_door_ends_no_process(records: list[OutRecord]) -> None:
    _goes_on(*records)
