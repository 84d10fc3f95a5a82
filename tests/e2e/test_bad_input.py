"""Bad input at both doors: each is refused with a reason or kept as a dead letter, and the line goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from siaga_events import Codec, topic
from siaga_events.types import (
    AlarmRaised,
    CallClassified,
    CallDismissed,
    CallHeld,
    CallReceived,
    CallReported,
    CallRouted,
    DeadLettered,
)
from siaga_ops.reporting import gateway_event

from .reports import call_of, published, report
from .system import GATEWAY, System

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOOR = "gateway.calls"
LANE = 0
"""The partition of what is sent there by hand."""


@dataclass(frozen=True)
class Raw:
    """A record as it goes over the wire."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    def with_fields(self, **fields: object) -> Raw:
        return replace(self, value=orjson.dumps({**orjson.loads(self.value or b"{}"), **fields}))

    def without_field(self, name: str) -> Raw:
        fields = orjson.loads(self.value or b"{}")
        del fields[name]
        return replace(self, value=orjson.dumps(fields))

    def with_header(self, name: str, value: bytes) -> Raw:
        return replace(self, headers=(*((n, v) for n, v in self.headers if n != name), (name, value)))


def raw(said: CallReported) -> Raw:
    encoded = Codec().encode(gateway_event(said, GATEWAY), topic(DOOR))
    return Raw(encoded.key, encoded.value, tuple(encoded.headers))


def bad_records() -> dict[str, tuple[Raw, str]]:
    """What is wrong -> the record, and a word of the reason."""
    good = raw(report())
    return {
        "malformed JSON": (replace(good, value=b'{"reference": "X'), "JSON"),
        "no JSON object": (replace(good, value=b"[1, 2]"), "object"),
        "empty value": (replace(good, value=b""), "JSON"),
        "no value": (replace(good, value=None), "tombstone"),
        "not UTF-8": (replace(good, value=b'{"reference": "\xff\xfe"}'), "JSON"),
        "missing field": (good.without_field("reference"), "reference"),
        "wrong type": (good.with_fields(narrative={"text": "api"}), "narrative"),
        "start as a number": (good.with_fields(started_at=1_600_000_000), "started_at"),
        "single coordinate": (good.with_fields(lat=-5.0), "pairs"),
        "coordinate off the globe": (good.with_fields(lat=-95.0, lon=104.0), "lat"),
        "text of 1 MB": (good.with_fields(narrative="a" * 1_000_000), "narrative"),
        "unknown type": (good.with_header("ce_type", b"siaga112.CallPainted.v1"), "CallPainted"),
        "future version": (good.with_header("ce_type", b"siaga112.CallReported.v9"), "v9"),
        "event of the inside": (
            good.with_header("ce_type", b"siaga112.CallEndNoted.v1").with_fields(
                ended_at="2026-03-02T01:00:00Z"
            ),
            "not what a gateway says",
        ),
        "no headers": (replace(good, headers=()), "ce_"),
        "time that is none": (good.with_header("ce_time", b"kemarin"), "ce_time"),
    }


@pytest.mark.parametrize("name", bad_records())
async def test_a_bad_record_is_kept_with_its_reason_and_the_next_goes_through(
    system: System, name: str
) -> None:
    bad, reason = bad_records()[name]
    good = report()
    fine = raw(good)
    async with AIOKafkaProducer(
        bootstrap_servers=system.kafka.bootstrap, max_request_size=2 * 1024 * 1024
    ) as producer:
        at = await producer.send_and_wait(
            DOOR, key=bad.key, value=bad.value, headers=list(bad.headers), partition=LANE
        )
        await producer.send_and_wait(
            DOOR, key=fine.key, value=fine.value, headers=list(fine.headers), partition=LANE
        )
    await system.seen.first(CallRouted, call_of(good))
    letter = await system.seen.first(
        DeadLettered, where=lambda d: (d.topic, d.partition, d.offset) == (DOOR, LANE, at.offset)
    )
    assert reason in letter.data.why
    assert letter.data.service == "intake"


async def test_a_gateway_may_number_its_events_as_it_likes(system: System) -> None:
    said = report()
    numbered = raw(said).with_header("ce_id", b"17")
    async with AIOKafkaProducer(bootstrap_servers=system.kafka.bootstrap) as producer:
        await producer.send_and_wait(
            DOOR, key=numbered.key, value=numbered.value, headers=list(numbered.headers)
        )
    await system.seen.first(CallRouted, call_of(said))


async def test_what_is_larger_than_the_topic_allows_is_refused_to_the_gateway(system: System) -> None:
    said = raw(report()).with_fields(recording_id="a" * (2 * 1024 * 1024))
    async with AIOKafkaProducer(
        bootstrap_servers=system.kafka.bootstrap, max_request_size=8 * 1024 * 1024
    ) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(DOOR, value=said.value, headers=list(said.headers))


def bad_bodies() -> dict[str, tuple[bytes, int, str]]:
    """What is wrong -> the body, the status and a word of the reason."""
    good = Raw(None, report().model_dump_json().encode(), ())
    return {
        "malformed JSON": (b'{"reference": "X', 422, "JSON"),
        "no JSON object": (b"[1, 2]", 422, "object"),
        "empty body": (b"", 422, "JSON"),
        "missing field": (good.without_field("started_at").value or b"", 422, "started_at"),
        "wrong type": (good.with_fields(narrative=17).value or b"", 422, "narrative"),
        "no time zone": (
            good.with_fields(started_at="2026-03-02T08:00:00").value or b"",
            422,
            "started_at",
        ),
        "single coordinate": (good.with_fields(lon=104.0).value or b"", 422, "pairs"),
        "text of 1 MB": (good.with_fields(narrative="a" * 1_000_000).value or b"", 422, "narrative"),
        "too large": (good.with_fields(narrative="a" * 2_000_000).value or b"", 413, "1048576"),
    }


@pytest.mark.parametrize("name", bad_bodies())
async def test_a_bad_request_is_refused_with_its_reason(system: System, name: str) -> None:
    body, status, reason = bad_bodies()[name]
    response = await system.post_call(body)
    assert response.status_code == status
    assert reason in response.text
    good = report()
    assert (await system.post_call(good.model_dump_json().encode())).status_code == 202
    await system.seen.first(CallRouted, call_of(good))


async def test_a_wrong_token_reports_nothing(system: System) -> None:
    said = report()
    response = await system.post_call(said.model_dump_json().encode(), token="guessed")
    assert response.status_code == 401
    assert "token" in response.text
    assert (await system.http.post(f"{system.intake_url}/v1/calls", content=b"{}")).status_code == 401
    good = report()
    assert (await system.post_call(good.model_dump_json().encode())).status_code == 202
    await system.seen.first(CallRouted, call_of(good))
    assert system.seen.all(CallReceived, call_of(said)) == []


async def test_calls_without_number_or_with_an_unusable_one_are_dispatched(system: System) -> None:
    without = await published(system.client, report(caller=None))
    unusable = await published(system.client, report(caller="nomor disembunyikan"))
    for call, given in ((without, None), (unusable, "nomor disembunyikan")):
        received = (await system.seen.first(CallReceived, call)).data
        assert (received.caller, received.caller_as_given) == (None, given)
        assert (await system.seen.first(CallRouted, call)).data.report.caller is None
        await system.seen.first(AlarmRaised, call)


async def test_a_call_without_words_reaches_a_human_or_is_dismissed_by_rule(system: System) -> None:
    for words in (None, "   "):
        call = await published(system.client, report(words))
        assert (await system.seen.first(CallClassified, call)).data.report.words is None
        held = await system.seen.first(CallHeld, call)
        assert held.data.reason == "silent"
        assert system.seen.all(CallDismissed, call) == []


async def test_dead_letters_are_listed_shown_settled_and_fed_again(system: System) -> None:
    bad, _ = bad_records()["missing field"]
    async with AIOKafkaProducer(bootstrap_servers=system.kafka.bootstrap) as producer:
        at = await producer.send_and_wait(DOOR, value=bad.value, headers=list(bad.headers), partition=LANE)
    letter = await system.seen.first(
        DeadLettered, where=lambda d: (d.partition, d.offset) == (LANE, at.offset) and d.topic == DOOR
    )
    identity = str(letter.id)
    listed = await system.siaga("deadletters", "list")
    assert listed.status == 0
    assert f"{DOOR}/{LANE}/{at.offset}" in listed.output
    shown = await system.siaga("deadletters", "show", identity)
    assert "reference" in shown.output
    assert "kebakaran rumah di pasar liwa" in shown.output
    fed = await system.siaga("deadletters", "retry", identity)
    assert fed.status == 0, fed.output
    assert f"sent to {DOOR}" in fed.output
    again = await system.seen.first(
        DeadLettered,
        where=lambda d: d.value == letter.data.value and (d.partition, d.offset) != (LANE, at.offset),
    )
    settled = await system.siaga("deadletters", "resolve", str(again.id), "--note", "gateway diperbaiki")
    assert settled.status == 0, settled.output
    states = (await system.siaga("deadletters", "list", "--all")).output.splitlines()
    assert any(identity[:8] in row and "retried" in row for row in states)
    assert any(str(again.id)[:8] in row and "resolved" in row for row in states)
    unknown = await system.siaga("deadletters", "show", "ffffffff-none")
    assert unknown.status == 1
    assert "deadletters list" in unknown.output
