"""Our runtime: `python -m benchmarks.throughput.ours BOOTSTRAP INPUT LOG GROUP`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop
from siaga_events import Codec, Event, EventData
from siaga_streams.collection import collect_seldom
from siaga_streams.decider import NOTHING, Cause, Decider, Input, Known, NoViews, Todo
from siaga_streams.kafka import KafkaBackend
from siaga_streams.logs import configure_logs
from siaga_streams.worker import DeciderWorker

from benchmarks.sizes import PARTITIONS
from benchmarks.throughput.job import classify

__all__ = ["LightDecider"]


@dataclass(slots=True)
class LightDecider:
    """The job as a decider. A call's state is whether its report was heard."""

    service: str
    inputs: tuple[str, ...]
    log: str
    patient: tuple[str, ...] = ()

    def initial(self, call: str) -> bool:
        return False

    def evolve(self, state: bool, event: Event[EventData]) -> bool:
        return True

    def decide(self, state: bool, cause: Cause, known: Known[NoViews]) -> Sequence[EventData]:
        assert isinstance(cause, Input)
        decided = classify(state, cause.event)
        return [] if decided is None else [decided]

    def todo(self, state: bool) -> Todo:
        return NOTHING


async def main() -> None:
    bootstrap, source, target, group = sys.argv[1:]
    collect_seldom()
    configure_logs("benchmark", "1", "WARNING")
    backend = KafkaBackend(bootstrap)
    decider: Decider[bool, NoViews] = LightDecider(group, (source,), target)
    worker = DeciderWorker(decider, backend, Codec(), f"{group}-1", PARTITIONS, NoViews)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    print("ready", flush=True)
    try:
        await worker.run()
    finally:
        await backend.close()


if __name__ == "__main__":
    uvloop.run(main())
