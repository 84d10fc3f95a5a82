"""The HTTP door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from siaga_events import Codec
from siaga_events.types import CallReported
from siaga_intake.api import gateway_door
from siaga_streams.backend import OutRecord, Unavailable

TOKENS = {"secret": "//pbx/1"}
GOOD = {"reference": "r1", "started_at": "2026-11-24T12:00:00+07:00", "narrative": "kebakaran"}


class Log:
    """Takes records, or can't be reached."""

    def __init__(self) -> None:
        self.records: list[OutRecord] = []
        self.reachable = True

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

    async def publish(self, records: Sequence[OutRecord]) -> None:
        if not self.reachable:
            raise Unavailable("no broker")
        self.records.extend(records)

    async def close(self) -> None: ...


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def door(log: Log) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(gateway_door(TOKENS, log, log, Codec()))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(
        transport=transport, base_url="http://door", headers={"Authorization": "Bearer secret"}
    )


async def test_a_call_is_taken_when_the_broker_has_it(door: httpx.AsyncClient, log: Log) -> None:
    answer = await door.post("/v1/calls", json=GOOD)
    assert answer.status_code == 202
    (record,) = log.records
    event = Codec().decode(tuple(record.headers), record.value)
    assert isinstance(event.data, CallReported)
    assert (event.source, event.subject) == ("//pbx/1", answer.json()["call_id"])


async def test_the_same_call_twice_has_the_same_id(door: httpx.AsyncClient) -> None:
    first, second = await door.post("/v1/calls", json=GOOD), await door.post("/v1/calls", json=GOOD)
    assert first.json() == second.json()


async def test_without_a_broker_nothing_is_taken_and_the_gateway_must_try_again(
    door: httpx.AsyncClient, log: Log
) -> None:
    log.reachable = False
    answer = await door.post("/v1/calls", json=GOOD)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic secret", "Bearer"])
async def test_who_is_not_known_is_refused(door: httpx.AsyncClient, log: Log, authorization: str) -> None:
    answer = await door.post("/v1/calls", json=GOOD, headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert log.records == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reference"),
        ({**GOOD, "started_at": "2026-11-24T12:00:00"}, "started_at"),
        ({**GOOD, "lat": -5.0}, "value"),
        ({**GOOD, "lat": 95, "lon": 104}, "lat"),
        ({**GOOD, "narrative": 7}, "narrative"),
        ({**GOOD, "narrative": "x" * 20_001}, "narrative"),
        ([], "value"),
    ],
)
async def test_a_bad_envelope_is_refused_with_field_and_reason(
    door: httpx.AsyncClient, log: Log, body: object, field: str
) -> None:
    answer = await door.post("/v1/calls", json=body)
    assert answer.status_code == 422
    assert field in [entry["field"] for entry in answer.json()["detail"]]
    assert log.records == []


async def test_malformed_json_is_refused(door: httpx.AsyncClient) -> None:
    assert (await door.post("/v1/calls", content=b'{"reference": ')).status_code == 422


async def test_a_body_over_the_limit_is_refused_before_it_is_read_whole(door: httpx.AsyncClient) -> None:
    assert (await door.post("/v1/calls", content=b"x" * 1_100_000)).status_code == 413


@pytest.mark.parametrize(
    "body", [{**GOOD, "narrative": None}, {**GOOD, "caller": None}, {**GOOD, "caller": "hidden"}]
)
async def test_a_call_without_number_or_words_is_a_call(
    door: httpx.AsyncClient, body: dict[str, object]
) -> None:
    assert (await door.post("/v1/calls", json=body)).status_code == 202


async def test_words_and_end_have_doors_of_their_own(door: httpx.AsyncClient) -> None:
    words = {"reference": "r1", "started_at": GOOD["started_at"], "narrative": "ada korban"}
    ended = {
        "reference": "r1",
        "started_at": GOOD["started_at"],
        "ended_at": GOOD["started_at"],
        "how": "hung_up",
    }
    answers = [await door.post("/v1/calls/words", json=words), await door.post("/v1/calls/ended", json=ended)]
    assert [a.status_code for a in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
