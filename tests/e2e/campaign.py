"""A run of many calls through two workers of each service, disturbed or not, up to the moment when all is quiet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

from siaga_ops.client import Client, connected
from siaga_ops.errors import OpsError
from siaga_ops.processes import SERVICES
from siaga_streams.backend import Unavailable

from .disturbing import Disturbance, Trouble
from .logs import OWN_LOGS, REKEYED, Logs, broken_promises, read_logs
from .made_calls import MadeCall
from .rebuilding import differences_from_rebuilt
from .reports import call_of, published
from .system import System, running_system, until

__all__ = ["Gateway", "Run", "at_a_steady_rate", "at_the_end", "run_campaign", "said_by", "until_quiet"]

QUIET_SECONDS = 12.0
"""Longer than a session timeout: what a worker that came back might still do, it has done."""
PATIENCE_SECONDS = 600.0
RETRY_SECONDS = 0.5


class Gateway:
    """Says everything again until the broker has it."""

    def __init__(self, bootstrap: str, stack: AsyncExitStack) -> None:
        self._bootstrap = bootstrap
        self._stack = stack
        self._client: Client | None = None
        self.repeats = 0

    async def say(self, call: MadeCall) -> None:
        await self._until_taken(call, words=False)
        if call.more is not None:
            await self._until_taken(call, words=True)

    async def _until_taken(self, call: MadeCall, *, words: bool) -> None:
        said = call.more if words and call.more is not None else call.report
        while True:
            client = self._client
            try:
                if client is None:
                    client = await self._stack.enter_async_context(connected(self._bootstrap))
                    self._client = self._client or client
                await published(client, said, call.said_at)
                return
            except (Unavailable, OpsError):
                self.repeats += 1
                if self._client is client:
                    self._client = None
                await asyncio.sleep(RETRY_SECONDS)


class Run:
    """What is left of a run when its processes have ended."""

    def __init__(
        self, logs: Logs, wrong: list[str], done: dict[str, int], starts: dict[str, int], repeats: int
    ) -> None:
        self.logs = logs
        self.wrong = wrong
        self.done = done
        self.starts = starts
        self.repeats = repeats

    def figures(self) -> dict[str, Any]:
        """For a report."""
        return {
            "events": {name: len(found) for name, found in self.logs.topics.items()},
            "provider_requests": len(self.logs.requests),
            "provider_requests_marked_as_repeats": sum(
                (r["parameters"] or [""])[0].startswith("ULANGAN ") for r in self.logs.requests
            ),
            "disturbances": self.done,
            "process_starts": self.starts,
            "gateway_said_again": self.repeats,
            "broken_promises": len(self.wrong),
        }


def said_by(calls: Sequence[MadeCall]) -> list[tuple[str, int]]:
    """Each call's id, and of how many reports it consists."""
    return [(call_of(call.report), 2 if call.more else 1) for call in calls]


async def run_campaign(
    folder: Path,
    calls: Sequence[MadeCall],
    rate: float,
    moments: list[tuple[float, Trouble]],
    seed: int,
) -> Run:
    """`rate` is in calls a second."""
    async with running_system(folder, workers=2) as system:
        disturbance = Disturbance(system, Random(seed))
        async with AsyncExitStack() as stack:
            gateway = Gateway(system.kafka.bootstrap, stack)
            async with asyncio.TaskGroup() as group:
                group.create_task(disturbance.play(moments))
                group.create_task(at_a_steady_rate(gateway, calls, rate))
        await system.line.ready(PATIENCE_SECONDS)
        async with connected(system.kafka.bootstrap) as client:
            logs, wrong = await at_the_end(system, client, calls)
        starts = {child.name: child.starts for child in system.line.children.values()}
    return Run(logs, wrong, dict(disturbance.done), starts, gateway.repeats)


async def at_the_end(system: System, client: Client, calls: Sequence[MadeCall]) -> tuple[Logs, list[str]]:
    """What the logs hold once all is quiet, and what is wrong with it: promises broken, states unlike a rebuild's."""
    await until_quiet(system, client)
    logs = await read_logs(client, await system.messages())
    return logs, [*broken_promises(logs, said_by(calls)), *await differences_from_rebuilt(system)]


async def at_a_steady_rate(gateway: Gateway, calls: Sequence[MadeCall], rate: float) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for number, call in enumerate(calls):
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            group.create_task(gateway.say(call))


async def until_quiet(system: System, client: Client) -> None:
    """All workers ready, and for a while nothing new in any log nor at the provider."""
    loop = asyncio.get_running_loop()
    last, since = "", loop.time()

    async def look() -> bool:
        nonlocal last, since
        health = await system.sandbox.get("/_sandbox/health")
        assert health is not None
        webhook = health["webhook"]
        assert isinstance(webhook, dict)
        ends = {name: await client.backend.topic_ends(name) for name in (*REKEYED, *OWN_LOGS)}
        now = json.dumps([health["last"], webhook["waiting"], webhook["delivered"], list(ends.values())])
        workers = [worker for service in SERVICES for worker in system.line.of(service)]
        if now != last or not all([await worker.is_ready() for worker in workers]):
            last, since = now, loop.time()
        return loop.time() - since > QUIET_SECONDS

    await until(look, "the line is quiet", PATIENCE_SECONDS)
