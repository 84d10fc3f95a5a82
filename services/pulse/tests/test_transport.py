"""A flush of pulse's producer waits for all, cancels nothing, and forgets no failure; a seek goes where there is a place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from faust.types import TP
from siaga_pulse.settings import PulseSettings
from siaga_pulse.stream import made_app
from siaga_streams.backend import Unavailable

pytestmark = pytest.mark.asyncio


@pytest.fixture
async def producer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Not started: what it was given stands still until the test says how it went."""
    app = made_app(PulseSettings(), lambda: datetime.now(UTC))
    made = cast(Any, app.transport.create_producer())

    async def send(self: Any, topic: str, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    monkeypatch.setattr("faust.transport.drivers.aiokafka.Producer.send", send)
    return made


async def sending(producer: Any) -> asyncio.Future[Any]:
    return cast("asyncio.Future[Any]", await producer.send("t", b"k", b"v", 0, None, None))


async def test_a_flush_waits_for_what_was_given(producer: Any) -> None:
    one, two = await sending(producer), await sending(producer)
    flush = asyncio.create_task(producer.flush())
    one.set_result(None)
    await asyncio.sleep(0.05)
    assert not flush.done()
    two.set_result(None)
    await flush


async def test_a_flush_that_is_cancelled_cancels_no_delivery(producer: Any) -> None:
    sent = await sending(producer)
    first, second = (asyncio.create_task(producer.flush()) for _ in range(2))
    await asyncio.sleep(0.05)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not sent.done()
    sent.set_result(None)
    await second


async def test_a_failure_before_the_flush_is_told_by_it_and_by_the_next(producer: Any) -> None:
    sent = await sending(producer)
    sent.set_exception(OSError("the broker went away"))
    await asyncio.sleep(0)
    for _ in range(2):
        with pytest.raises(Unavailable, match="the broker went away"):
            await producer.flush()


async def test_a_failure_ends_the_wait_for_the_others(producer: Any) -> None:
    sent, _never = await sending(producer), await sending(producer)
    flush = asyncio.create_task(producer.flush())
    await asyncio.sleep(0.05)
    sent.set_exception(OSError("the broker went away"))
    with pytest.raises(Unavailable):
        await asyncio.wait_for(flush, 10)


async def test_a_seek_leaves_out_what_has_no_offset_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust asks for it when a member joins in mid-recovery; what it raised there ended the process."""
    sought: list[dict[TP, int]] = []

    async def seek_wait(self: Any, partitions: dict[TP, int]) -> None:
        sought.append(partitions)

    monkeypatch.setattr("faust.transport.drivers.aiokafka.Consumer.seek_wait", seek_wait)
    app = made_app(PulseSettings(), lambda: datetime.now(UTC))
    never = cast(Any, print)
    consumer = cast(
        Any,
        app.transport.create_consumer(
            never,
            on_partitions_revoked=never,
            on_partitions_assigned=never,
        ),
    )
    await consumer.seek_wait({TP("calls", 0): None, TP("calls", 1): -2, TP("calls", 2): 7})
    assert sought == [{TP("calls", 1): 0, TP("calls", 2): 7}]
