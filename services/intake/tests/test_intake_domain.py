"""From a gateway's words to a call's event."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import (
    CallClosed,
    CallEnded,
    CallEndReceived,
    CallReceived,
    CallReported,
    WordsAdded,
    WordsReceived,
)
from siaga_intake.adapters import e164
from siaga_intake.domain import NotAGatewayEvent, received

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def event(data: EventData, source: str = "//pbx/1", at: datetime = NOON) -> Event[EventData]:
    return Event(derived_id("test", at.isoformat()), source, "-", at, data)


def said(**changes: object) -> CallReported:
    base = {"reference": "r1", "started_at": NOON, "caller": "0812 3456 7890", "narrative": " kebakaran "}
    return CallReported.model_validate({**base, **changes})


def test_the_number_becomes_e164_and_the_words_are_trimmed() -> None:
    data = received(event(said()), e164).data
    assert isinstance(data, CallReceived)
    assert (data.caller, data.narrative, data.caller_as_given) == ("+6281234567890", "kebakaran", None)


@pytest.mark.parametrize("number", ["anonymous", "112", "12", "+", "abc 08"])
def test_an_unusable_number_is_kept_as_it_was_given(number: str) -> None:
    data = received(event(said(caller=number)), e164).data
    assert isinstance(data, CallReceived)
    assert (data.caller, data.caller_as_given) == (None, number)


@pytest.mark.parametrize("caller", [None, "", "  "])
def test_no_number_is_no_number(caller: str | None) -> None:
    data = received(event(said(caller=caller)), e164).data
    assert isinstance(data, CallReceived)
    assert (data.caller, data.caller_as_given) == (None, None)


def test_equal_content_is_the_same_event_whenever_and_however_it_comes() -> None:
    one = received(event(said()), e164)
    other = received(event(said(caller="+62 812-3456-7890"), at=NOON + timedelta(seconds=9)), e164)
    assert one.id == other.id
    assert one.subject == other.subject


def test_the_same_start_in_another_zone_is_the_same_call() -> None:
    local = NOON.astimezone(timezone(timedelta(hours=7)))
    assert received(event(said(started_at=local)), e164).id == received(event(said()), e164).id


@pytest.mark.parametrize("changes", [{"narrative": "lain"}, {"sequence": 2}, {"lat": -5.0, "lon": 104.0}])
def test_other_content_of_the_same_call_is_another_event(changes: dict[str, object]) -> None:
    one, other = received(event(said()), e164), received(event(said(**changes)), e164)
    assert one.id != other.id
    assert one.subject == other.subject


def test_the_same_reference_on_another_day_or_of_another_gateway_is_another_call() -> None:
    one = received(event(said()), e164)
    assert received(event(said(started_at=NOON + timedelta(days=1))), e164).subject != one.subject
    assert received(event(said(), source="//pbx/2"), e164).subject != one.subject


def test_follow_ups_belong_to_their_call() -> None:
    one = received(event(said()), e164)
    words = received(event(WordsAdded(reference="r1", started_at=NOON, narrative="x")), e164)
    ended = received(event(CallEnded(reference="r1", started_at=NOON, ended_at=NOON)), e164)
    assert {one.subject} == {words.subject, ended.subject}
    assert isinstance(words.data, WordsReceived)
    assert isinstance(ended.data, CallEndReceived)


def test_what_caused_it_and_its_trace_go_on() -> None:
    came = replace(event(said()), traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    one = received(came, e164)
    assert (one.causation_id, one.traceparent) == (came.id, came.traceparent)


def test_other_events_have_no_business_at_this_door() -> None:
    with pytest.raises(NotAGatewayEvent, match="CallClosed"):
        received(event(CallClosed(outcome="x")), e164)
