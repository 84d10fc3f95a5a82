"""What the codec takes, and how it says what is wrong with the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from siaga_events import (
    CausePosition,
    Codec,
    DecodeError,
    Event,
    TooLarge,
    Topic,
    UnknownType,
    UnknownVersion,
    topic,
)
from siaga_events.codec import header
from siaga_events.golden import folder, load
from siaga_events.types import CallEnded, CallReported, DeadLettered

GOLDEN = load(folder(Path(__file__).parents[3]) / "CallReported.v1.json")
SECRET = "+6200001129999 Siti hamil"
"""A personal value in a wrong place. No reason may repeat any of its words."""


def decode(headers: dict[str, str | None] | None = None, value: Any = None) -> Event[Any]:
    """Decodes the golden CallReported with other headers (None: without it) or another value."""
    merged = {**GOLDEN.headers, **(headers or {})}
    raw = value if isinstance(value, bytes) else orjson.dumps(GOLDEN.value if value is None else value)
    return Codec().decode([(name, text.encode()) for name, text in merged.items() if text is not None], raw)


def reason(headers: dict[str, str | None] | None = None, value: Any = None) -> str:
    with pytest.raises(DecodeError) as caught:
        decode(headers, value)
    return str(caught.value)


def changed(**fields: Any) -> dict[str, Any]:
    return {**GOLDEN.value, **fields}


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source", "ce_type"])
@pytest.mark.parametrize("given", [None, ""])
def test_a_needed_header_is_named(name: str, given: str | None) -> None:
    assert reason({name: given}) == f"headers: {name} missing (CloudEvents 1.0, binary mode)"


def test_all_missing_headers_are_named_at_once() -> None:
    assert reason(dict.fromkeys(GOLDEN.headers)).startswith(
        "headers: ce_specversion, ce_id, ce_source, ce_type missing"
    )


def test_ce_time_is_needed() -> None:
    assert reason({"ce_time": None}) == "attribute: ce_time: missing"


@pytest.mark.parametrize("version", ["0.3", "1", "1.1", "2.0"])
def test_another_specversion_is_refused(version: str) -> None:
    assert reason({"ce_specversion": version}) == "ce_specversion: must be 1.0"


def test_an_unknown_type() -> None:
    with pytest.raises(UnknownType, match=r"siaga112\.CallTeleported\.v1.* is not a type of this system"):
        decode({"ce_type": "siaga112.CallTeleported.v1"})


@pytest.mark.parametrize("name", ["CallReported", "siaga112.CallReported", "com.example.CallReported.v1"])
def test_a_type_of_somebody_else_is_unknown(name: str) -> None:
    with pytest.raises(UnknownType):
        decode({"ce_type": name})


def test_a_future_version_is_told_from_an_unknown_type() -> None:
    with pytest.raises(UnknownVersion, match=r"siaga112\.CallReported\.v99.* is a version"):
        decode({"ce_type": "siaga112.CallReported.v99"})


def test_a_long_unknown_type_is_cut_off() -> None:
    assert len(reason({"ce_type": "x" * 5000})) < 300


@pytest.mark.parametrize("raw", [b"", b"{", b'{"reference": ', b"not json", b"\xff\xfe{}", b"{} {}"])
def test_malformed_json(raw: bytes) -> None:
    assert reason(value=raw).startswith("value: Invalid JSON")


@pytest.mark.parametrize("raw", [b"null", b"[]", b'"text"', b"7"])
def test_json_that_is_no_object(raw: bytes) -> None:
    assert reason(value=raw) == "value: Input should be an object"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reference": 7}, "reference: Input should be a valid string"),
        ({"reference": None}, "reference: Input should be a valid string"),
        ({"reference": ""}, "reference: String should have at least 1 character"),
        ({"reference": "x" * 201}, "reference: String should have at most 200 characters"),
        ({"sequence": 1.5}, "sequence: Input should be a valid integer"),
        ({"sequence": "one"}, "sequence: Input should be a valid integer"),
        ({"caller": 620}, "caller: Input should be a valid string"),
        ({"narrative": ["a"]}, "narrative: Input should be a valid string"),
        ({"narrative": "x" * 20_001}, "narrative: String should have at most 20000 characters"),
        ({"lat": 90.1}, "lat: Input should be less than or equal to 90"),
        ({"lon": -181}, "lon: Input should be greater than or equal to -180"),
        ({"channel": "pigeon"}, "channel: Input should be 'voice', 'whatsapp', 'radio' or 'walk_in'"),
        ({"started_at": "2021-06-01T02:14:07"}, "started_at: Value error, must carry an offset"),
        ({"started_at": "yesterday"}, "started_at: Value error, must be RFC 3339 text"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_wrong(fields: dict[str, Any], expected: str) -> None:
    assert reason(value=changed(**fields)).startswith(expected)


def test_every_wrong_field_is_named() -> None:
    told = reason(value={"sequence": "x", "lat": 100})
    assert [part.partition(":")[0] for part in told.split("; ")] == [
        "reference",
        "started_at",
        "sequence",
        "lat",
    ]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_a_number_that_is_none_is_refused(number: bytes) -> None:
    raw = orjson.dumps(changed(lat=1.25)).replace(b"1.25", number)
    assert reason(value=raw).startswith("lat: Input should be")


def test_a_naive_ce_time_is_refused() -> None:
    naive = "2021-06-01T02:14:38"
    assert reason({"ce_time": naive}) == "attribute: ce_time: must carry an offset, such as Z"


def test_a_date_is_no_ce_time() -> None:
    assert reason({"ce_time": "2021-06-01"}).startswith("attribute: ce_time: must be RFC 3339 text")


def test_ce_time_is_kept_in_utc() -> None:
    event = decode({"ce_time": "2021-06-01T09:14:38.5+07:00"})
    assert event.time == datetime(2021, 6, 1, 2, 14, 38, 500_000, UTC)
    assert event.time.utcoffset() == timedelta(0)


def test_times_in_the_data_are_kept_in_utc() -> None:
    event = decode(value=changed(started_at="2021-06-01T09:14:07+07:00"))
    assert event.data.started_at.utcoffset() == timedelta(0)
    assert event.data == decode().data


def test_a_local_time_is_written_in_utc() -> None:
    local = replace(decode(), time=datetime(2021, 6, 1, 9, tzinfo=timezone(timedelta(hours=7))))
    assert header(Codec().encode(local).headers, "ce_time") == "2021-06-01T02:00:00Z"


def test_a_tombstone() -> None:
    headers = [(name, text.encode()) for name, text in GOLDEN.headers.items()]
    with pytest.raises(DecodeError, match="tombstone"):
        Codec().decode(headers, None)


def test_structured_mode_is_told_what_to_do() -> None:
    headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    with pytest.raises(DecodeError, match="structured mode is not read; send binary mode"):
        Codec().decode(headers, b"{}")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", None])
def test_json_is_taken(content_type: str | None) -> None:
    assert decode({"content-type": content_type}) == decode()


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/avro"])
def test_anything_but_json_is_refused(content_type: str) -> None:
    assert reason({"content-type": content_type}) == "content-type: must be application/json"


def test_header_names_are_read_in_any_case() -> None:
    upper = [(name.upper(), text.encode()) for name, text in GOLDEN.headers.items()]
    assert Codec().decode(upper, orjson.dumps(GOLDEN.value)) == decode()


def test_headers_that_are_no_text() -> None:
    headers = [*((name, text.encode()) for name, text in GOLDEN.headers.items()), ("ce_subject", b"\xff")]
    with pytest.raises(DecodeError, match="not UTF-8"):
        Codec().decode(headers, b"{}")


def test_unknown_fields_and_headers_are_ignored() -> None:
    event = decode(
        {"ce_floor": "3", "x-forwarded": "yes"}, changed(altitude_m=812, caller_mood={"calm": False})
    )
    assert event == decode()


def test_a_foreign_id_gets_one_that_never_changes() -> None:
    assert decode({"ce_id": "1622513647.42-1"}).id == decode({"ce_id": "1622513647.42-1"}).id
    assert decode({"ce_id": "1622513647.42-1"}).id != decode({"ce_id": "1622513647.42-2"}).id


def test_attributes_that_may_be_missing() -> None:
    gone = ("ce_subject", "ce_causationid", "ce_correlationid", "ce_traceparent", "ce_causetopic")
    event = decode(dict.fromkeys(gone))
    assert (event.subject, event.causation_id, event.correlation_id, event.traceparent, event.cause) == (
        "",
        None,
        None,
        None,
        None,
    )


def test_a_record_is_written_as_cloudevents_asks() -> None:
    event = Event(
        id=UUID(int=1),
        source="pbx",
        subject="call-1",
        time=datetime(2021, 6, 1, tzinfo=UTC),
        data=CallEnded.model_validate(
            {"reference": "42", "started_at": "2021-06-01T00:00:00Z", "ended_at": "2021-06-01T00:01:00Z"}
        ),
        causation_id=UUID(int=2),
        correlation_id="call-1",
        traceparent="00-1-2-01",
        cause=CausePosition("calls", 3, 17),
    )
    encoded = Codec().encode(event)
    assert encoded.key == b"call-1"
    assert dict(encoded.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"00000000-0000-0000-0000-000000000001",
        "ce_source": b"pbx",
        "ce_type": b"siaga112.CallEnded.v1",
        "ce_subject": b"call-1",
        "ce_time": b"2021-06-01T00:00:00Z",
        "content-type": b"application/json",
        "ce_causationid": b"00000000-0000-0000-0000-000000000002",
        "ce_correlationid": b"call-1",
        "ce_traceparent": b"00-1-2-01",
        "ce_causetopic": b"calls",
        "ce_causepartition": b"3",
        "ce_causeoffset": b"17",
    }
    assert Codec().decode(encoded.headers, encoded.value) == event


def sized(limit: int) -> tuple[Event[DeadLettered], Topic]:
    """A dead letter whose data is `limit` bytes, and its topic."""
    letters = topic("dead-letters")
    golden = load(folder(Path(__file__).parents[3]) / "DeadLettered.v1.json")
    data = DeadLettered.model_validate({**golden.value, "value": ""})
    empty = len(Codec().encode(replace(decode(), data=data)).value)
    filled = data.model_copy(update={"value": "A" * (limit - empty)})
    return replace(decode(), data=filled), letters


def test_an_event_of_just_the_limit_is_written() -> None:
    event, letters = sized(4 * 1024 * 1024)
    assert len(Codec().encode(event, letters).value) == letters.max_bytes


def test_a_larger_event_is_not_written() -> None:
    event, letters = sized(4 * 1024 * 1024 + 1)
    with pytest.raises(TooLarge, match=r"DeadLettered\.v1 of 4194305 bytes; dead-letters takes 4194304"):
        Codec().encode(event, letters)


@pytest.mark.parametrize(
    "fields",
    [
        {"reference": [SECRET]},
        {"started_at": SECRET},
        {"sequence": SECRET},
        {"caller": {"number": SECRET}},
        {"caller": SECRET * 10},
        {"narrative": [SECRET]},
        {"lat": SECRET},
        {"lon": SECRET},
        {"channel": SECRET},
        {"recording_id": SECRET * 100},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_reason_holds_no_personal_value(fields: dict[str, Any]) -> None:
    told = reason(value=changed(**fields))
    assert told.startswith(next(iter(fields)))
    assert not [word for word in SECRET.split() if word in told]


@pytest.mark.parametrize(
    "raw", [f'{{"caller": "{SECRET}", ', SECRET, f'{{"caller": {SECRET}}}', f'"{SECRET}"']
)
def test_a_reason_for_malformed_json_holds_no_personal_value(raw: str) -> None:
    assert not [word for word in SECRET.split() if word in reason(value=raw.encode())]


def test_reported_calls_need_no_more_than_name_and_start() -> None:
    data = decode(value={"reference": "42", "started_at": "2021-06-01T02:14:07Z"}).data
    assert data == CallReported(reference="42", started_at=datetime(2021, 6, 1, 2, 14, 7, tzinfo=UTC))


def test_a_header_of_a_record_that_cannot_be_decoded() -> None:
    assert header([("ce_type", b"\xff"), ("ce_id", b"1")], "ce_id") == "1"
    assert header([("ce_type", b"\xff")], "ce_type") == "\ufffd"
    assert header([], "ce_id") is None
