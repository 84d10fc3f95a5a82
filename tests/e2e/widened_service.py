"""`python -m widened_service`: the router in a release that reads one topic more (`receipts`, and learns nothing from it)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from siaga_events import EventData
from siaga_router.app import build as build_router
from siaga_router.settings import RouterSettings
from siaga_streams.backend import Group
from siaga_streams.decider import Cause, Input, Known
from siaga_streams.inputs import RETRIES
from siaga_streams.process import run_process
from siaga_streams.service import Service

__all__ = ["MORE", "main"]

MORE = "receipts"


async def build(settings: RouterSettings) -> tuple[Service, FastAPI]:
    built = await build_router(settings)
    for worker in built[0].deciders:
        decider: Any = worker.decider
        decide = decider.decide

        def widened(state: Any, cause: Cause, known: Known[Any], decide: Any = decide) -> Sequence[EventData]:
            if isinstance(cause, Input) and cause.position.topic == MORE:
                return []
            return decide(state, cause, known)  # type: ignore[no-any-return]

        decider.decide = widened
        decider.inputs = (*decider.inputs, MORE)
        worker._inputs = (*decider.inputs, RETRIES)
        worker._group = Group(decider.service, worker._group.member_id, worker._inputs)
    return built


def main() -> int:
    return run_process("router", RouterSettings, build)


if __name__ == "__main__":
    sys.exit(main())
