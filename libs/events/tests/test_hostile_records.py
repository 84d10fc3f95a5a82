"""A door takes anything: whatever comes in, the codec answers with an event or a DecodeError that tells nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from siaga_events import Codec, DecodeError, Event, EventData
from siaga_events.golden import folder, load
from siaga_events.ids import call_id
from siaga_events.registry import TypeRegistry
from siaga_events.types import Alternative

GOLDEN = load(folder(Path(__file__).parents[3]) / "CallReported.v1.json")


def decode(headers: dict[str, str], **fields: Any) -> Event[EventData]:
    merged = {**GOLDEN.headers, **headers}
    value = orjson.dumps({**GOLDEN.value, **fields})
    return Codec().decode([(name, text.encode()) for name, text in merged.items()], value)


def reason(headers: dict[str, str], **fields: Any) -> str:
    with pytest.raises(DecodeError) as caught:
        decode(headers, **fields)
    return str(caught.value)


@pytest.mark.parametrize(
    "cause", [{}, {"ce_causepartition": "1"}, {"ce_causepartition": "+x", "ce_causeoffset": "1"}]
)
def test_half_a_cause_is_refused(cause: dict[str, str]) -> None:
    told = reason({"ce_causetopic": "calls", **cause})
    assert told == "attribute: ce_causepartition, ce_causeoffset: must be whole numbers"


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-07:00"])
def test_a_time_that_utc_cannot_hold_is_refused(time: str) -> None:
    assert reason({"ce_time": time}) == "attribute: ce_time: must lie between 2000 and 2199"
    assert reason({}, started_at=time) == "started_at: Value error, must lie between 2000 and 2199"


def test_a_reason_does_not_repeat_ce_time() -> None:
    assert reason({"ce_time": "Siti +6200001129999"}).startswith("attribute: ce_time: must be RFC 3339")


@pytest.mark.parametrize("moment", [1622513647, 1622513647000, "1622513647"])
def test_a_number_is_no_time(moment: object) -> None:
    assert "must be RFC 3339 text" in reason({}, started_at=moment)


def test_equal_ids_of_two_gateways_are_two_events() -> None:
    assert decode({"ce_id": "1", "ce_source": "pbx-1"}).id != decode({"ce_id": "1", "ce_source": "pbx-2"}).id


def test_media_types_are_read_in_any_case() -> None:
    assert decode({"content-type": "Application/JSON; charset=UTF-8"}) == decode({})


def test_a_lower_case_z_is_a_z() -> None:
    assert decode({"ce_time": "2021-06-01t02:14:38.412z"}) == decode({})


@pytest.mark.parametrize("raw", [b"[]", b"7", b"{}", b'{"old": {}}'])
def test_an_old_version_that_its_upcaster_cannot_read(raw: bytes) -> None:
    def upcaster(data: dict[str, Any]) -> dict[str, Any]:
        return {"reference": data["old"] + ""}

    current = Codec().decode(*GOLDEN.record()).data
    codec = Codec(
        TypeRegistry({"siaga112.CallReported.v2": type(current)}, {"siaga112.CallReported.v1": upcaster})
    )
    headers, _ = GOLDEN.record()
    with pytest.raises(DecodeError, match=r"^value: "):
        codec.decode(headers, raw)


def test_a_naive_time_is_not_written() -> None:
    with pytest.raises(ValueError, match="must carry an offset"):
        Codec().encode(replace(decode({}), time=datetime(2021, 6, 1)))  # noqa: DTZ001


def test_a_naive_start_names_no_call() -> None:
    with pytest.raises(ValueError, match="must carry an offset"):
        call_id("pbx", "42", datetime(2021, 6, 1))  # noqa: DTZ001


def test_what_json_cannot_hold_is_not_written() -> None:
    with pytest.raises(ValidationError, match="finite"):
        Alternative(kode=None, name="x", level="pekon", lat=float("nan"))


@given(
    name=st.sampled_from([*GOLDEN.headers, "ce_causetopic", "ce_causepartition", "ce_causationid"]),
    text=st.binary(max_size=30),
    raw=st.binary(max_size=60) | st.just(orjson.dumps(GOLDEN.value)),
)
@settings(max_examples=300, deadline=None)
def test_nothing_but_a_decode_error_comes_out(name: str, text: bytes, raw: bytes) -> None:
    headers = [*((n, t.encode()) for n, t in GOLDEN.headers.items() if n != name), (name, text)]
    try:
        event = Codec().decode(headers, raw)
    except DecodeError:
        return
    assert event.time.tzinfo is not None
