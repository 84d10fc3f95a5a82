"""A release that reads one input topic more: the full stop of docs/containers.md under load loses nothing, doubles nothing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from siaga_streams.kafka import SESSION_TIMEOUT_SECONDS

from .campaign import Gateway, at_a_steady_rate, at_the_end
from .made_calls import make_calls
from .system import System, ended, running_system, until

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.own_line]

CALLS, RATE = 120, 6.0


async def test_the_workers_of_a_service_are_stopped_and_the_new_ones_go_on(tmp_path: Path) -> None:
    async with running_system(tmp_path, workers=2) as system, AsyncExitStack() as stack:
        calls = make_calls(CALLS, 11)
        gateway = Gateway(system.kafka.bootstrap, stack)
        saying = asyncio.create_task(at_a_steady_rate(gateway, calls, RATE))
        await asyncio.sleep(3)
        await one_after_the_other_is_refused(system)
        old = system.line.of("router")
        await asyncio.gather(*(worker.stop() for worker in old))
        await asyncio.sleep(
            SESSION_TIMEOUT_SECONDS + 2
        )  # till then the group remembers them, and what they read
        for worker in old:
            widen(system, worker.name)
        await saying
        await system.line.ready(300)
        _, wrong = await at_the_end(system, system.client, calls)
        assert wrong[:20] == []


def widen(system: System, name: str) -> None:
    """The worker of this name from now on is one of the new release."""
    worker = system.line.children[name]
    env = {**worker.env, "PYTHONPATH": str(Path(__file__).parent)}
    system.line.children[name] = replace(worker, module="widened_service", env=env, process=None)
    system.line.children[name].start()


async def one_after_the_other_is_refused(system: System) -> None:
    """Beside an old worker the new one ends, and says why."""
    second = system.line.of("router")[1]
    await second.stop()
    env = {**second.env, "PYTHONPATH": str(Path(__file__).parent)}
    new = replace(second, module="widened_service", env=env, process=None)
    new.start()
    assert await ended(new) == 1
    assert "Members of this group subscribe to different topics" in new.log.read_text()
    second.start()
    await until(second.is_ready, "the old worker is back")
