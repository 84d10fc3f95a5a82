"""What happens to the processes during a campaign: kills, pauses past the session timeout, and the broker's death."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from siaga_ops.processes import SERVICES, Child

from .system import PARTITIONS, System, until

__all__ = ["Disturbance", "Trouble", "plan"]

Trouble: TypeAlias = Literal["kill", "pause", "broker"]
PAUSED_SERVICES = ("classifier", "router", "notifier")
TAKE_OVER_SECONDS = 300.0


def plan(seconds: float, kills: int, pauses: int, brokers: int) -> list[tuple[float, Trouble]]:
    """When what happens, spread evenly over the time in which calls come in."""
    kinds: dict[Trouble, int] = {"kill": kills, "pause": pauses, "broker": brokers}
    moments = [
        (seconds * (n + 0.5) / times, kind) for kind, times in kinds.items() for n in range(times) if times
    ]
    return sorted(moments)


@dataclass
class Disturbance:
    """The seed chooses who is hit. Who is paused is not killed meanwhile. `done` counts what happened."""

    system: System
    rng: Random
    done: Counter[str] = field(default_factory=Counter)
    paused: set[str] = field(default_factory=set)

    async def play(self, moments: list[tuple[float, Trouble]]) -> None:
        """Returns when the last one is over."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for due, kind in moments:
                await asyncio.sleep(max(0.0, began + due - loop.time()))
                if kind == "broker":
                    await self._kill_broker()
                elif kind == "kill":
                    self._kill_worker()
                else:
                    group.create_task(self._pause_worker())

    def _kill_worker(self) -> None:
        workers = [w for s in SERVICES for w in self.system.line.of(s) if w.name not in self.paused]
        worker = self.rng.choice(workers)
        worker.signal(signal.SIGKILL)
        self.done[f"kill {worker.name}"] += 1

    async def _kill_broker(self) -> None:
        await asyncio.to_thread(self.system.kafka.kill)
        await asyncio.to_thread(self.system.kafka.start)
        self.done["kill broker"] += 1

    async def _pause_worker(self) -> None:
        """Until its session has timed out and another worker owns all partitions; then it goes on, and must not harm."""
        service = self.rng.choice([s for s in PAUSED_SERVICES if not self._has_paused(s)])
        worker, *others = self.rng.sample(self.system.line.of(service), 2)
        self.paused.add(worker.name)
        await until(worker.is_ready, f"{worker.name} is there to be paused", TAKE_OVER_SECONDS)
        worker.signal(signal.SIGSTOP)
        try:
            await until(lambda: _owns_all(others[0]), f"{others[0].name} owns all", TAKE_OVER_SECONDS)
        finally:
            worker.signal(signal.SIGCONT)
            self.paused.discard(worker.name)
        self.done[f"pause {worker.name}"] += 1

    def _has_paused(self, service: str) -> bool:
        return any(name.startswith(service) for name in self.paused)


async def _owns_all(worker: Child) -> bool:
    shown = await worker.get("/state")
    return shown is not None and any(
        isinstance(state, dict) and len(state) == PARTITIONS for state in shown.values()
    )
