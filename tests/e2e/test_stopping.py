"""A clean stop ends with status 0; a worker that is back soon has its partitions again, and nobody else had them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from siaga_events.types import CallRouted
from siaga_ops.processes import SERVICES, Child, free_port

from .reports import FIRE, published, report
from .system import System, ended, until
from .warm_router import WARM

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.own_line]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
@pytest.mark.parametrize("service", SERVICES)
async def test_a_stopped_service_ends_with_status_0_and_goes_on_when_started(
    system: System, service: str, number: signal.Signals
) -> None:
    (child,) = system.line.of(service)
    child.wanted = False
    child.signal(number)
    status = await ended(child)
    waiting = await published(system.client, report(FIRE))
    child.start()
    assert status == 0, child.last_lines()
    assert '"stopped"' in child.last_lines(3)
    await system.seen.first(CallRouted, waiting)
    await until(child.is_ready, f"{service} is ready again")


async def test_a_worker_that_is_back_soon_keeps_its_partitions(system: System) -> None:
    """Two workers share the partitions; one is killed, and another process takes its name before anybody misses it."""
    (first,) = system.line.of("router")
    folder = first.log.parent
    port = free_port()
    env = {**first.env, "SIAGA_WORKER_ID": "2", "SIAGA_HTTP_PORT": str(port)}
    second = Child("router-2", first.module, env, port, folder / "router-2.log")
    env = {**first.env, "PYTHONPATH": str(Path(__file__).parent)}
    back = Child("router-1", "warm_router", env, first.port, folder / "router-1-again.log")

    async def is_warm() -> bool:
        return WARM in back.last_lines()

    async def shared() -> list[str] | None:
        """What the first worker has, once every partition is at work at one of the two."""
        mine, theirs = await owned(first), await owned(second)
        return mine if mine and theirs and sorted(mine + theirs) == everything else None

    everything = await until(lambda: owned(first, more_than=11), "one worker has all partitions")
    second.start()
    back.start()
    try:
        await until(is_warm, "the process that waits to take over")
        before = await until(shared, "the partitions are shared")
        given = len(assignments(second))
        first.wanted = False
        first.signal(signal.SIGKILL)
        await ended(first)
        back.signal(signal.SIGUSR1)
        await until(back.is_ready, "the worker is back")
        assert await owned(back) == before
        assert len(assignments(second)) == given
    finally:
        await second.stop()
        await back.stop()
        first.start()
    await until(lambda: owned(first, more_than=11), "one worker has all partitions again")


async def owned(child: Child, more_than: int = 0) -> list[str] | None:
    shown = await child.get("/state")
    if shown is None:
        return None
    state = shown["router"]
    assert isinstance(state, dict)
    return sorted(state) if len(state) > more_than else None


def assignments(child: Child) -> list[str]:
    """What the group gave the worker, each time that it did."""
    return [line for line in child.log.read_text().splitlines() if "partitions assigned" in line]
