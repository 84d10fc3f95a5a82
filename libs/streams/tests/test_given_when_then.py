"""`given(...).when(...).then(...)`: it tells the truth about a decider, and says so when a test expects otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from siaga_events.ids import derived_id, event_id
from siaga_events.types import CallEndNoted, EarlyWordsNoted, WordsReceived
from siaga_streams.decider import EffectDone, EffectDue, NoViews
from siaga_streams.testing import Given, given
from siaga_streams.testing.given import NOON
from streams_testbed.sample import Notes, SampleDecider

DECIDER = SampleDecider("sample", ("calls",), "classifications")


def _words(words: str) -> WordsReceived:
    return WordsReceived(narrative=words)


def _nothing_yet() -> Given[Notes, NoViews]:
    return given(DECIDER, NoViews())


def test_what_was_decided_is_folded() -> None:
    after = _nothing_yet().when(_words("note a"), as_id="a").when(_words("note b"))
    assert after.state.words == ("note a", "note b")
    assert after.state.seconds == 2


def test_then_takes_exactly_what_was_decided() -> None:
    noted = EarlyWordsNoted(report_id=str(derived_id("given", "a")), words="note a")
    after = _nothing_yet().when(_words("note a"), as_id="a")
    after.then(noted, CallEndNoted(ended_at=NOON))
    with pytest.raises(AssertionError):
        after.then(noted)
    with pytest.raises(AssertionError):
        after.then(CallEndNoted(ended_at=NOON), noted)
    with pytest.raises(AssertionError):
        after.then_nothing()


def test_then_types_tells_the_order() -> None:
    after = _nothing_yet().when(_words("note a"))
    after.then_types(EarlyWordsNoted, CallEndNoted)
    with pytest.raises(AssertionError, match="EarlyWordsNoted"):
        after.then_types(CallEndNoted, EarlyWordsNoted)


def test_the_past_is_folded_before() -> None:
    past = [EarlyWordsNoted(report_id="r", words="note a"), CallEndNoted(ended_at=NOON)]
    assert given(DECIDER, NoViews(), past).state.words == ("note a",)


def test_events_have_the_ids_that_the_runtime_gives_them() -> None:
    first, second = _nothing_yet().when(_words("note a"), as_id="a").log
    cause = derived_id("given", "a")
    assert (first.id, second.id) == (event_id("sample", cause, 0), event_id("sample", cause, 1))
    assert first.causation_id == cause


def test_inputs_without_a_name_are_different_inputs() -> None:
    first, _, second, _ = _nothing_yet().when(_words("note a")).when(_words("note a")).log
    assert first.id != second.id


def test_a_deadline_falls_due_at_its_time() -> None:
    asked = _nothing_yet().when(_words("ask 60"))
    assert asked.deadline("answer").due == NOON + timedelta(seconds=60)
    overdue = asked.when_due("answer")
    assert overdue.now == NOON + timedelta(seconds=60)
    assert overdue.state.words[-1] == "overdue"
    with pytest.raises(AssertionError, match="no deadline 'answer' is open"):
        overdue.deadline("answer")


def test_any_cause_can_be_decided() -> None:
    alarmed = _nothing_yet().when(_words("alarm fire"))
    started = alarmed.when(EffectDue(alarmed.effect()))
    assert started.effect().started
    ended = started.when(EffectDone(started.effect(), "taken"))
    assert ended.todo.effects == ()
    with pytest.raises(AssertionError, match="0 effects are open"):
        ended.effect()


def test_a_given_is_not_changed_by_what_follows() -> None:
    before = _nothing_yet()
    before.when(_words("note a"), as_id="a")
    assert before.log == ()
    assert before.at(NOON + timedelta(hours=1)).now == NOON + timedelta(hours=1)
