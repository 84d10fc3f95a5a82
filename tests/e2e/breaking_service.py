"""`python -m breaking_service`: the real service named by SIAGA_TEST_SERVICE, whose `decide` breaks on a certain word.

What a release with a bug looks like from outside. Started in place of the service, then the mended one again.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from siaga_events import Event, EventData
from siaga_streams.decider import Cause, Decider, Input, Known, Todo
from siaga_streams.process import run_process
from siaga_streams.service import Service
from siaga_streams.settings import ServiceSettings

__all__ = ["WORD", "Breaking", "main"]

WORD = "zirkonium"


class Breaking:
    """The real decider, except for one word."""

    def __init__(self, real: Decider[Any, Any]) -> None:
        self._real = real
        self.service, self.inputs, self.log = real.service, real.inputs, real.log
        self.patient = real.patient

    def initial(self, call: str) -> Any:
        return self._real.initial(call)

    def evolve(self, state: Any, event: Event[EventData]) -> Any:
        return self._real.evolve(state, event)

    def decide(self, state: Any, cause: Cause, known: Known[Any]) -> Sequence[EventData]:
        if isinstance(cause, Input) and WORD in cause.event.data.model_dump_json():
            raise ZeroDivisionError("a planted bug")
        return self._real.decide(state, cause, known)

    def todo(self, state: Any) -> Todo:
        return self._real.todo(state)


async def build(settings: ServiceSettings) -> tuple[Service, FastAPI]:
    app = importlib.import_module(f"siaga_{os.environ['SIAGA_TEST_SERVICE']}.app")
    built: tuple[Service, FastAPI] = await app.build(settings)
    for worker in built[0].deciders:
        worker.decider = Breaking(worker.decider)
    return built


def main() -> int:
    name = os.environ["SIAGA_TEST_SERVICE"]
    settings = importlib.import_module(f"siaga_{name}.settings")
    kind: type[ServiceSettings] = getattr(settings, f"{name.capitalize()}Settings")
    return run_process(name, kind, build)


if __name__ == "__main__":
    sys.exit(main())
