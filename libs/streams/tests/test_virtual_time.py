"""Virtual time: hours pass in no time, in the right order, and a standstill is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from siaga_streams.memory import EPOCH, LoopClock
from siaga_streams.testing import Deadlock, run_virtually


def test_time_jumps_to_the_next_timer() -> None:
    async def wait() -> float:
        await asyncio.sleep(7 * 24 * 3600)
        return asyncio.get_running_loop().time()

    assert run_virtually(wait()) == pytest.approx(7 * 24 * 3600)


def test_tasks_wake_in_the_order_of_their_times() -> None:
    woken: list[float] = []

    async def sleeper(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append(seconds)

    async def scenario() -> None:
        await asyncio.gather(*(sleeper(s) for s in (30, 0.001, 3600, 0.5)))

    run_virtually(scenario())
    assert woken == [0.001, 0.5, 30, 3600]


def test_time_stands_while_anything_can_run() -> None:
    async def scenario() -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert run_virtually(scenario()) == 0


def test_a_time_out_runs_out_in_virtual_time() -> None:
    async def scenario() -> None:
        async with asyncio.timeout(3600):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run_virtually(scenario())


def test_a_standstill_is_told() -> None:
    async def scenario() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run_virtually(scenario())


def test_what_is_left_running_is_cancelled() -> None:
    ended: list[str] = []

    async def straggler() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("cancelled")

    async def scenario() -> asyncio.Task[None]:
        task = asyncio.create_task(straggler())
        await asyncio.sleep(1)
        return task

    run_virtually(scenario())
    assert ended == ["cancelled"]


def test_the_clock_follows_virtual_time() -> None:
    async def scenario() -> None:
        assert LoopClock().now() == EPOCH
        await asyncio.sleep(90)
        assert LoopClock().now() == EPOCH + timedelta(seconds=90)

    run_virtually(scenario())
