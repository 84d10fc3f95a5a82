"""What the classifier makes of a call's reports, in whatever order they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from siaga_classifier.app import decider
from siaga_classifier.domain.decider import CallHeard, ClassifierViews
from siaga_classifier.domain.places import Places
from siaga_events.types import (
    CallClassified,
    CallEndNoted,
    CallEndReceived,
    CallerHistoryCounted,
    CallerHistoryUsed,
    CallReceived,
    EarlyWordsNoted,
    WordsReceived,
)
from siaga_streams.testing import Given, given

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
DECIDER = decider(Places.load(Path(__file__).parents[3] / "data/gazetteer"))
FIRE = "kebakaran rumah di pekon turgak, tolong cepat"


def received(words: str | None = FIRE, **changes: Any) -> CallReceived:
    base: dict[str, Any] = {
        "gateway": "//pbx/1", "reference": "r1", "started_at": NOON, "reported_at": NOON, "caller": "+628400070001",
        "narrative": words,
    }  # fmt: skip
    return CallReceived.model_validate({**base, **changes})


def call(callers: dict[str, CallerHistoryCounted] | None = None) -> Given[CallHeard, ClassifierViews]:
    return given(DECIDER, ClassifierViews(callers or {}), now=NOON)


def classified(step: Given[CallHeard, ClassifierViews]) -> CallClassified:
    (decided,) = step.decided
    assert isinstance(decided, CallClassified)
    return decided


def test_a_report_is_understood_with_its_evidence() -> None:
    decided = classified(call().when(received()))
    assert (decided.report.category, decided.report.priority) == ("fire", 1)
    assert decided.report.place is not None
    assert decided.report.place.kode == "18.04.06.2004"
    evidence = decided.evidence[0]
    assert FIRE[evidence.start : evidence.end] == evidence.words


def test_the_same_report_twice_is_heard_once() -> None:
    call().when(received(), as_id="a").when(received(), as_id="a").then_nothing()


def test_the_same_call_with_other_words_is_a_follow_up() -> None:
    decided = classified(
        call().when(received("kebakaran rumah")).when(received("di pekon turgak, ada orang di dalam"))
    )
    assert decided.report.revision == 2
    assert decided.report.words == "kebakaran rumah\ndi pekon turgak, ada orang di dalam"
    assert decided.report.place is not None


def test_words_that_overtake_their_report_are_kept() -> None:
    step = call().when(WordsReceived(narrative="di pekon turgak")).then_types(EarlyWordsNoted)
    decided = classified(step.when(received("kebakaran rumah")))
    assert decided.report.words == "kebakaran rumah\ndi pekon turgak"
    assert len(decided.heard) == 2


def test_words_that_were_early_are_not_heard_again() -> None:
    step = call().when(WordsReceived(narrative="di turgak"), as_id="w").when(received("kebakaran"))
    step.when(WordsReceived(narrative="di turgak"), as_id="w").then_nothing()


def test_a_later_report_may_bring_the_number_and_the_point_that_the_first_lacked() -> None:
    step = call().when(received("kebakaran", caller=None))
    decided = classified(step.when(received("kebakaran", lat=-5.02, lon=104.08)))
    assert decided.report.caller == "+628400070001"
    assert decided.report.place is not None
    assert decided.report.place.level == "point"


def test_coordinates_are_kept_when_more_words_come() -> None:
    step = call().when(received("kebakaran", lat=-5.02, lon=104.08))
    decided = classified(step.when(WordsReceived(narrative="cepat pak")))
    assert decided.report.place is not None
    assert decided.report.place.level == "point"


def test_the_end_of_a_call_is_passed_on_once() -> None:
    ended = CallEndReceived(ended_at=NOON + timedelta(seconds=40), how="hung_up")
    step = call().when(ended).then(CallEndNoted(ended_at=NOON + timedelta(seconds=40)))
    step.when(ended).then_nothing()


def test_an_incident_elsewhere_is_its_neighbours_business() -> None:
    decided = classified(call().when(received("kebakaran rumah di Krui, tolong")))
    assert decided.report.place is not None
    assert (decided.report.disposition, decided.report.place.level) == ("transfer", "outside")


@pytest.mark.parametrize("words", [None])
def test_a_silent_call_is_a_call(words: None) -> None:
    decided = classified(call().when(received(words, caller=None)))
    assert (decided.report.category, decided.report.priority, decided.report.disposition) == (
        "none",
        2,
        "confirm",
    )


def earlier(last_at: datetime) -> dict[str, CallerHistoryCounted]:
    number = "+628400070001"
    return {number: CallerHistoryCounted(caller=number, calls=9, pranks=7, last_at=last_at)}


def test_what_the_view_said_of_the_caller_stands_in_the_decision() -> None:
    decided = classified(call(earlier(NOON - timedelta(days=179))).when(received()))
    assert decided.caller_history == CallerHistoryUsed(calls=9, pranks=7)
    assert decided.report.disposition in ("dispatch", "confirm")


def test_a_caller_who_was_long_silent_is_a_new_one() -> None:
    assert classified(call(earlier(NOON - timedelta(days=181))).when(received())).caller_history is None


def test_a_view_that_is_not_there_is_no_obstacle() -> None:
    assert classified(call().when(received())).caller_history is None
