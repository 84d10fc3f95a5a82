"""Which alarm an answer belongs to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import AlarmDeclined, AlarmRaised, AttemptSucceeded, MessageText, PostRef
from siaga_notifier.domain.correlation import Correlation, fold_correlation

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
PHONE = "+6284000112001"


def folded(*events: tuple[str, EventData]) -> Correlation:
    view = Correlation()
    for number, (call, data) in enumerate(events):
        view = fold_correlation(view, Event(derived_id(number), "notifier", call, NOON, data), number)
    return view


def alarm(alarm_id: str, number: str, phone: str = PHONE) -> AlarmRaised:
    return AlarmRaised(
        alarm_id=alarm_id,
        number=number,
        role="duty",
        priority=1,
        post=PostRef(post_id="damkar", kind="fire_station", name="Damkar", lat=-5, lon=104),
        to=phone,
        message=MessageText(template="t", parameters=()),
        routing_id="r",
    )


SENT = AttemptSucceeded(alarm_id="a1", channel="whatsapp", message="alarm", attempt=1, message_id="w1")
TWO = folded(("c1", alarm("a1", "4821")), ("c2", alarm("a2", "5177")), ("c1", SENT))


@pytest.mark.parametrize(
    ("text", "payload", "reply_to", "expected"),
    [
        (None, "TERIMA:a2", None, "a2"),
        ("OK", None, "w1", "a1"),
        ("OK 5177", None, None, "a2"),
        ("OK", None, None, None),
        ("OK 9999", None, None, None),
        ("OK", "SESUATU:a2", None, None),
    ],
)
def test_by_button_by_quoted_message_by_number(
    text: str | None, payload: str | None, reply_to: str | None, expected: str | None
) -> None:
    found = TWO.answered(PHONE, text, payload, reply_to)
    assert (found.alarm_id if found else None) == expected


def test_one_open_alarm_needs_no_number() -> None:
    declined = AlarmDeclined(alarm_id="a2", post_id="damkar", role="duty")
    view = folded(("c1", alarm("a1", "4821")), ("c2", alarm("a2", "5177")), ("c2", declined))
    found = view.answered(PHONE, "OK", None, None)
    assert found is not None
    assert (found.alarm_id, found.call) == ("a1", "c1")


def test_another_phone_is_no_post() -> None:
    assert TWO.answered("+628111", "OK 4821", None, None) is None
    assert "+628111" not in TWO.phones


def test_a_status_is_found_by_our_id_or_by_the_providers() -> None:
    by_ours, by_theirs = TWO.alarm("a2", None), TWO.alarm(None, "w1")
    assert by_ours is not None
    assert by_ours.call == "c2"
    assert by_theirs is not None
    assert by_theirs.call == "c1"
    assert TWO.alarm("x", "y") is None
