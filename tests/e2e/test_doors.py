"""The same call by every door is one call; what only looks the same is not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer
from siaga_events import Codec, topic
from siaga_events.types import (
    AlarmRaised,
    AttemptStarted,
    AttemptSucceeded,
    CallClassified,
    CallReceived,
    CallReported,
    CallRouted,
)
from siaga_ops.reporting import gateway_event

from .reports import FIRE, call_of, published, report
from .system import GATEWAY, System

pytestmark = pytest.mark.asyncio(loop_scope="session")


def wire_form(said: CallReported) -> tuple[bytes | None, bytes, list[tuple[str, bytes]]]:
    encoded = Codec().encode(gateway_event(said, GATEWAY), topic("gateway.calls"))
    return encoded.key, encoded.value, list(encoded.headers)


async def by_http(system: System, said: CallReported) -> None:
    response = await system.post_call(said.model_dump_json().encode())
    assert response.status_code == 202, response.text
    assert call_of(said) in response.text


async def by_aiokafka(system: System, said: CallReported) -> None:
    key, value, headers = wire_form(said)
    async with AIOKafkaProducer(bootstrap_servers=system.kafka.bootstrap) as producer:
        await producer.send_and_wait("gateway.calls", key=key, value=value, headers=headers)


async def by_librdkafka(system: System, said: CallReported) -> None:
    """Its default partitioner is another one, so the copies may lie in two partitions."""
    key, value, headers = wire_form(said)
    failed: list[Any] = []

    def send() -> None:
        producer = Producer({"bootstrap.servers": system.kafka.bootstrap})
        producer.produce(
            "gateway.calls",
            key=key,
            value=value,
            headers=[*headers],
            on_delivery=lambda error, _: failed.append(error) if error else None,
        )
        assert producer.flush(60) == 0

    await asyncio.to_thread(send)
    assert failed == []


async def test_the_same_call_by_three_doors_twice_each_is_one_call(system: System) -> None:
    said = report(FIRE)
    for send in (by_http, by_aiokafka, by_librdkafka, by_librdkafka, by_aiokafka, by_http):
        await send(system, said)
    call = call_of(said)
    received = await system.seen.count(6, CallReceived, call)
    assert len({event.id for event in received}) == 1
    await system.has_passed("classifier", "calls")
    routed = await system.seen.first(CallRouted, call)
    posts = {slot.post.post_id for slot in routed.data.slots if slot.post is not None}
    await system.seen.count(len(posts), AttemptSucceeded, call)
    assert len(system.seen.all(CallClassified, call)) == 1
    assert len(system.seen.all(CallRouted, call)) == 1
    alarms = system.seen.all(AlarmRaised, call)
    assert sorted(alarm.data.post.post_id for alarm in alarms) == sorted(posts)
    assert len(system.seen.all(AttemptStarted, call)) == len(posts)
    asked = [m["biz_opaque_callback_data"] for m in await system.messages()]
    assert [asked.count(alarm.data.alarm_id) for alarm in alarms] == [1] * len(posts)


async def test_librdkafka_places_some_keys_in_other_partitions(system: System) -> None:
    """Else the test above would not show what it means to show."""
    said = [report("halo") for _ in range(6)]
    for one in said:
        await by_aiokafka(system, one)
        await by_librdkafka(system, one)
    calls = {call_of(one) for one in said}
    for call in calls:
        await system.seen.count(2, CallReported, call)
    places = {(e.subject, r.partition) for r, e in system.seen.found if r.topic == "gateway.calls"}
    assert len([place for place in places if place[0] in calls]) > len(calls)


async def test_other_words_under_the_same_reference_are_a_follow_up(system: System) -> None:
    first = report("kebakaran rumah di pasar liwa")
    call = await published(system.client, first)
    await system.seen.first(CallClassified, call)
    again = first.model_copy(update={"narrative": "ada yang terjebak di dalam"})
    assert await published(system.client, again) == call
    second = (await system.seen.count(2, CallClassified, call))[1]
    assert second.data.report.revision == 2
    assert second.data.report.words == "kebakaran rumah di pasar liwa\nada yang terjebak di dalam"
    assert "trapped" in second.data.report.marks


async def test_the_same_reference_on_another_day_is_another_call(system: System) -> None:
    """Telephone exchanges count from the beginning after a restart."""
    today = report(FIRE)
    before = today.model_copy(update={"started_at": today.started_at - timedelta(days=1)})
    calls = [await published(system.client, said) for said in (today, before)]
    assert calls[0] != calls[1]
    for call in calls:
        assert (await system.seen.first(CallClassified, call)).data.report.revision == 1
        await system.seen.first(CallRouted, call)
