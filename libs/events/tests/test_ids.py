"""Derived ids. The literals are for ever: a changed one means that replays give events a second identity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from siaga_events import ids

STARTED = datetime(2021, 6, 1, 2, 14, 7, tzinfo=UTC)
CALL = UUID("473f0ae3-9012-5117-bff1-0587c06d4232")
CAUSE = UUID("905b785b-c3b7-5fca-bb1b-381d44863458")


def test_values_never_change() -> None:
    assert UUID("8e4f0f5c-7a0a-5c6b-9d6e-112112112112") == ids.NAMESPACE
    assert ids.derived_id("a", 1, None, {"b": [True]}) == UUID("f5b3b9a6-d6d9-5d85-bb4b-c8318b622d13")
    assert ids.call_id("pbx.lampungbarat", "1622513647.42", STARTED) == CALL
    assert ids.report_id(CALL, "CallReported", {"narrative": "kebakaran", "sequence": 1}) == UUID(
        "a2f0230e-24af-5758-b714-b51c7c61192f"
    )
    assert ids.event_id("router", CAUSE, 0) == UUID("a97409b5-66a9-52bc-954f-f57262bfcce0")
    assert ids.deadline_id(CALL, "hold", CAUSE) == UUID("c71c8c52-98ec-5bce-a371-438bcece257d")


def test_ids_are_version_5() -> None:
    assert ids.derived_id("a").version == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "bc"), ("ab", "c")),
        (("a", "b"), ("a,b",)),
        (("a", "b"), ('a","b',)),
        (("a",), ("a", "")),
        (("a",), ("a", None)),
        (("1",), (1,)),
        ((["a"], "b"), (["a", "b"],)),
        ((), ("",)),
    ],
)
def test_different_parts_never_meet(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    assert ids.derived_id(*one) != ids.derived_id(*other)


def test_the_order_of_fields_does_not_matter() -> None:
    one = ids.report_id(CALL, "WordsAdded", {"narrative": "api", "sequence": 2})
    assert one == ids.report_id(CALL, "WordsAdded", {"sequence": 2, "narrative": "api"})


def test_other_content_is_another_report() -> None:
    one = ids.report_id(CALL, "WordsAdded", {"narrative": "api", "sequence": 2})
    assert one != ids.report_id(CALL, "WordsAdded", {"narrative": "api", "sequence": 3})
    assert one != ids.report_id(CALL, "CallReported", {"narrative": "api", "sequence": 2})
    assert one != ids.report_id(CAUSE, "WordsAdded", {"narrative": "api", "sequence": 2})


def test_a_counter_that_began_anew_is_another_call() -> None:
    later = STARTED + timedelta(milliseconds=1)
    assert ids.call_id("pbx", "42", STARTED) != ids.call_id("pbx", "42", later)


def test_the_same_moment_in_another_zone_is_the_same_call() -> None:
    local = STARTED.astimezone(timezone(timedelta(hours=7)))
    assert ids.call_id("pbx", "42", STARTED) == ids.call_id("pbx", "42", local)


def test_another_gateway_or_reference_is_another_call() -> None:
    found = {ids.call_id(source, ref, STARTED) for source in ("pbx-1", "pbx-2") for ref in ("1", "2")}
    assert len(found) == 4


def test_events_of_one_cause_differ_by_service_and_ordinal() -> None:
    found = {ids.event_id(service, CAUSE, n) for service in ("router", "notifier") for n in range(3)}
    assert len(found) == 6


def test_events_deadlines_and_reports_never_meet() -> None:
    assert ids.event_id(str(CALL), CAUSE, 0) != ids.deadline_id(CALL, str(CAUSE), CAUSE)
    assert ids.deadline_id(CALL, "hold", CAUSE) != ids.deadline_id(CALL, "overdue", CAUSE)


def test_canonical_json_is_one_spelling() -> None:
    spelled = ids.canonical_json({"b": "é", "a": [1, None, STARTED]})
    assert spelled == '{"a":[1,null,"2021-06-01T02:14:07Z"],"b":"é"}'.encode()


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError):
        ids.derived_id(object())
