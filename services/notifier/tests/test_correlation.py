"""Which alarm an answer belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import (
    AlarmDeclined,
    AlarmRaised,
    AlarmsClosed,
    AttemptSucceeded,
    MessageProgressed,
    MessageText,
    PostRef,
    Role,
)
from siaga_notifier.domain.correlation import Correlation, fold_correlation

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
PHONE = "+6284000112001"


def folded(*events: tuple[str, EventData]) -> Correlation:
    view = Correlation()
    for number, (call, data) in enumerate(events):
        view = fold_correlation(view, Event(derived_id(number), "notifier", call, NOON, data), number)
    return view


def alarm(alarm_id: str, number: str, phone: str = PHONE, role: Role = "duty") -> AlarmRaised:
    return AlarmRaised(
        alarm_id=alarm_id,
        number=number,
        role=role,
        priority=1,
        post=PostRef(post_id="damkar", kind="fire_station", name="Damkar", lat=-5, lon=104),
        to=phone,
        message=MessageText(template="t", parameters=()),
        routing_id="r",
    )


SENT = AttemptSucceeded(alarm_id="a1", channel="whatsapp", message="alarm", attempt=1, message_id="w1")
TWO = folded(("c1", alarm("a1", "4821")), ("c2", alarm("a2", "5177")), ("c1", SENT))


@pytest.mark.parametrize(
    ("payload", "reply_to", "expected"),
    [
        ("TERIMA:a2", None, "a2"),
        (None, "w1", "a1"),
        ("SESUATU:a2", None, None),
        (None, "w9", None),
        (None, None, None),
    ],
)
def test_named_by_button_or_by_quoted_message(
    payload: str | None, reply_to: str | None, expected: str | None
) -> None:
    found = TWO.named(payload, reply_to)
    assert (found.alarm_id if found else None) == expected


def test_a_status_names_the_message_whose_acceptance_was_lost() -> None:
    lost = MessageProgressed(alarm_id="a2", channel="whatsapp", status="delivered", at=NOON, message_id="w2")
    view = folded(("c1", alarm("a1", "4821")), ("c2", alarm("a2", "5177")), ("c2", lost))
    found = view.named(None, "w2")
    assert found is not None
    assert found.alarm_id == "a2"


@pytest.mark.parametrize(
    ("text", "expected"), [("OK 5177", "a2"), ("OK", None), ("OK 9999", None), (None, None)]
)
def test_free_text_means_the_one_open_alarm_or_gives_its_number(
    text: str | None, expected: str | None
) -> None:
    found = TWO.answered(PHONE, text, NOON)
    assert (found.alarm_id if found else None) == expected


def test_one_open_alarm_needs_no_number() -> None:
    declined = AlarmDeclined(alarm_id="a2", post_id="damkar", role="duty")
    view = folded(("c1", alarm("a1", "4821")), ("c2", alarm("a2", "5177")), ("c2", declined))
    found = view.answered(PHONE, "OK", NOON)
    assert found is not None
    assert (found.alarm_id, found.call) == ("a1", "c1")


def test_a_number_that_is_no_alarms_is_a_plate_or_a_clock() -> None:
    one = folded(("c1", alarm("a1", "4821")))
    for text in ("OK BE 1234 berangkat", "ok, tiba jam 1430", "tolak, unit 1204 rusak"):
        found = one.answered(PHONE, text, NOON)
        assert found is not None, text
        assert found.alarm_id == "a1"


def test_the_number_of_an_alarm_that_is_over_is_not_taken_for_another() -> None:
    declined = AlarmDeclined(alarm_id="a1", post_id="damkar", role="duty")
    view = folded(("c1", alarm("a1", "4821")), ("c1", declined), ("c2", alarm("a2", "5177")))
    assert view.answered(PHONE, "OK 4821", NOON) is None


def test_nothing_is_meant_of_a_call_that_is_closed() -> None:
    """Who supports, gets a copy or supervises owes no answer: only the call's end closes those alarms."""
    first = alarm("a1", "4821", role="support")
    view = folded(("c1", first), ("c1", AlarmsClosed()), ("c2", alarm("a2", "5177")))
    found = view.answered(PHONE, "OK", NOON)
    assert found is not None
    assert found.alarm_id == "a2"


def test_a_duty_is_meant_before_what_only_tells() -> None:
    view = folded(("c1", alarm("a1", "4821", role="support")), ("c2", alarm("a2", "5177")))
    found = view.answered(PHONE, "OK", NOON)
    assert found is not None
    assert found.alarm_id == "a2"


def test_an_answer_means_what_was_open_when_it_was_given_however_late_it_is_read() -> None:
    def at(minute: int, call: str, data: EventData) -> Event[EventData]:
        return Event(derived_id(minute), "notifier", call, NOON + timedelta(minutes=minute), data)

    story = [
        at(0, "c1", alarm("a1", "4821")),
        at(10, "c1", AlarmDeclined(alarm_id="a1", post_id="damkar", role="duty")),
        at(10, "c2", alarm("a2", "5177")),
    ]
    view = Correlation()
    for number, event in enumerate(story):
        view = fold_correlation(view, event, number)
        early, late = (view.answered(PHONE, "OK", NOON + timedelta(minutes=m)) for m in (5, 15))
        assert early is not None
        assert early.alarm_id == "a1"
    assert late is not None
    assert late.alarm_id == "a2"


def test_a_provider_gives_whole_seconds() -> None:
    view = folded(("c1", alarm("a1", "4821")))
    assert view.answered(PHONE, "OK", NOON - timedelta(seconds=0.9)) is not None
    assert view.answered(PHONE, "OK", NOON - timedelta(seconds=1)) is None


def test_another_phone_is_no_post() -> None:
    assert TWO.answered("+628111", "OK 4821", NOON) is None
    assert not TWO.calls("+628111")
    assert TWO.calls(PHONE)


def test_a_status_is_found_by_our_id_or_by_the_providers() -> None:
    by_ours, by_theirs = TWO.alarm("a2", None), TWO.alarm(None, "w1")
    assert by_ours is not None
    assert by_ours.call == "c2"
    assert by_theirs is not None
    assert by_theirs.call == "c1"
    assert TWO.alarm("x", "y") is None
