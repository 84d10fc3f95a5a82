"""Any interleaving that keeps each topic's own order ends in the same state, for what gateways and corrections say.

Two orders may differ in who was asked on the way (nobody who was sent is recalled by the machine), never in what is known
of the call, in whether posts were asked or a human waits, and in that everybody who is needed was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from itertools import islice
from random import Random
from typing import Any

import orjson
import pytest
from siaga_classifier.app import decider as classifier
from siaga_classifier.domain.decider import CallHeard, ClassifierViews
from siaga_events import CausePosition, Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import (
    CallEndReceived,
    CallReceived,
    CorrectCall,
    CorrectedPlace,
    PostRegistered,
    Slot,
    WordsReceived,
)
from siaga_router.domain.call import Call
from siaga_router.domain.decider import RouterDecider, RouterViews
from siaga_router.domain.directory import EMPTY, fold_directory
from siaga_streams.decider import Input
from siaga_streams.testing import Given, given
from siaga_streams.testing.given import CALL, NOON

from .reports import ADDED_WORDS, REPORTS
from .world import DATA, gazetteer, rules

CASES = 120
MOST_ORDERS = 60
Lanes = Sequence[Sequence[Event[EventData]]]


def _event(topic: str, number: int, data: EventData) -> Event[EventData]:
    return Event(derived_id("interleaving", topic, number), topic, CALL, NOON, data, correlation_id=CALL)


def _orders(lanes: Lanes, rng: Random) -> Iterator[list[Event[EventData]]]:
    """All interleavings if they are few, else a sample; each lane keeps its order."""
    whole = list(islice(_merges([list(lane) for lane in lanes]), MOST_ORDERS + 1))
    if len(whole) <= MOST_ORDERS:
        yield from whole
        return
    for _ in range(MOST_ORDERS):
        rest = [list(lane) for lane in lanes]
        order = []
        while any(rest):
            order.append(rng.choice([lane for lane in rest if lane]).pop(0))
        yield order


def _merges(lanes: list[list[Event[EventData]]]) -> Iterator[list[Event[EventData]]]:
    if not any(lanes):
        yield []
    for number, lane in enumerate(lanes):
        if lane:
            rest = [other[1:] if n == number else other for n, other in enumerate(lanes)]
            for tail in _merges(rest):
                yield [lane[0], *tail]


def _play(start: Given[Any, Any], order: Sequence[Event[EventData]]) -> Given[Any, Any]:
    for offset, event in enumerate(order):
        start = start.when(Input(event, CausePosition(event.source, 0, offset)))
    return start


def _report(text: str | None) -> CallReceived:
    return CallReceived(
        gateway="pbx",
        reference="r",
        started_at=NOON,
        reported_at=NOON,
        caller="+6281200000001",
        narrative=text,
    )


@cache
def _views() -> RouterViews:
    directory = EMPTY
    for offset, post in enumerate(orjson.loads((DATA / "posts/lampung-barat.json").read_bytes())):
        registered = PostRegistered.model_validate(post)
        event = Event(derived_id("post", offset), "cli", registered.post_id, NOON, registered)
        directory = fold_directory(directory, event, offset)
    return RouterViews(directory)


def _heard(state: CallHeard) -> dict[str, object]:
    """What the classifier knows in the end. How often it classified depends on the order, and is left out."""
    assert state.last is not None
    report = state.last.report.model_dump(exclude={"revision"})
    return {"report": report, "heard": state.heard, "ended": state.ended, "early": state.early}


def _known(state: Call) -> dict[str, object]:
    return {
        "known": state.known,
        "correction": state.correction,
        "ended_at": state.ended_at,
        "phase": state.phase,
        "confirmed_by": state.confirmed_by,
        "waits": state.hold is not None,
    }


@pytest.mark.parametrize("case", range(CASES))
def test_the_classifier_ends_in_the_same_state(case: int) -> None:
    """Two doors: one has report and words, the other a double of the report and the end of the call."""
    rng = Random(f"classifier-{case}")
    report = _event("calls", 0, _report(rng.choice(REPORTS)))
    words = [
        _event("calls", n + 1, WordsReceived(narrative=text))
        for n, text in enumerate(rng.sample(ADDED_WORDS, rng.randint(1, 2)))
    ]
    end = _event("calls", 9, CallEndReceived(ended_at=NOON + timedelta(seconds=30), how="completed"))
    lanes = ([report], words, [report, end])
    start = given(classifier(gazetteer()), ClassifierViews({}))
    ends = [_heard(_play(start, order).state) for order in _orders(lanes, rng)]
    assert all(found == ends[0] for found in ends)


@pytest.mark.parametrize("case", range(CASES))
def test_the_router_ends_in_the_same_state(case: int) -> None:
    """`classifications` in its order, `operator.commands` in its order, and whatever comes between."""
    rng = Random(f"router-{case}")
    heard = given(classifier(gazetteer()), ClassifierViews({})).when(_report(rng.choice(REPORTS)))
    for text in rng.sample(ADDED_WORDS, rng.randint(0, 2)):
        heard = heard.when(WordsReceived(narrative=text))
    if rng.random() < 0.5:
        heard = heard.when(CallEndReceived(ended_at=NOON + timedelta(seconds=30), how="completed"))
    corrections = [_event("operator.commands", n, _correction(rng)) for n in range(rng.randint(1, 2))]
    start = given(RouterDecider(rules()), _views())
    ends: list[tuple[list[Event[EventData]], Call]] = []
    for order in _orders((heard.log, corrections), rng):
        ends.append((order, _play(start, order).state))
    first_order, first = ends[0]
    for order, state in ends:
        told = f"{_names(first_order)} and {_names(order)} end differently"
        assert _known(state) == _known(first), told
        if state.phase == "routed":
            assert _left_out(state) == [], f"{_names(order)} leaves a role empty"


def _correction(rng: Random) -> CorrectCall:
    match rng.randrange(3):
        case 0:
            category = rng.choice(("fire", "medical", "accident", "public_order"))
            return CorrectCall.model_validate({"by": "operator", "category": category})
        case 1:
            return CorrectCall.model_validate({"by": "operator", "priority": rng.choice((1, 2, 3))})
        case _:
            place = CorrectedPlace(
                kode="18.04.04.1001", name="Pasar Liwa", kecamatan="Balik Bukit", lat=-5.0216, lon=104.0779
            )
            return CorrectCall(by="operator", place=place)


def _left_out(state: Call) -> list[str]:
    """Roles of the plan for what is known now that somebody could fill, and nobody was asked to."""
    report = state.known
    assert report is not None
    slots = rules().slots(report, _views().directory, NOON)
    return [slot.name for slot in slots if slot.post is not None and not _is_asked(state, slot)]


def _is_asked(state: Call, slot: Slot) -> bool:
    return any(
        (a.slot == slot.name or (slot.post is not None and a.post_id == slot.post.post_id))
        and (slot.role != "duty" or a.role == "duty")
        for a in state.asked
    )


def _names(order: Sequence[Event[EventData]]) -> list[str]:
    return [type(event.data).__name__ for event in order]
