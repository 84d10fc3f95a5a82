"""Three brokers, one of them killed for good in the middle: nothing is lost, and readiness tells the truth."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from siaga_localkafka import LocalKafka
from siaga_ops.local_line import local_line

from .campaign import Gateway, at_a_steady_rate, at_the_end
from .made_calls import make_calls
from .system import DATA, GATEWAY, LONG, PARTITIONS, QUICK_PROVIDER, TOKEN, prepare, started

pytestmark = [
    pytest.mark.asyncio(loop_scope="function"),
    pytest.mark.timeout(3600),
    pytest.mark.own_line,
]

CALLS = int(os.environ.get("SIAGA_E2E_CALLS", "100"))
RATE = 8.0
PATIENCE_SECONDS = 600.0


async def test_a_broker_that_is_gone_for_good_takes_nothing_with_it(tmp_path: Path) -> None:
    kafka = LocalKafka(tmp_path / "kafka", brokers=3)
    await asyncio.to_thread(kafka.start)
    try:
        await prepare(kafka.bootstrap, replication=3)
        line = local_line(
            kafka.bootstrap,
            tmp_path / "logs",
            DATA,
            partitions=PARTITIONS,
            deadline_scale=LONG,
            gateway_tokens={TOKEN: GATEWAY},
            workers=2,
            sandbox_env=QUICK_PROVIDER,
        )
        async with started(kafka, line) as system, AsyncExitStack() as stack:
            gateway = Gateway(kafka.bootstrap, stack)
            calls = make_calls(CALLS, 3)
            saying = asyncio.create_task(at_a_steady_rate(gateway, calls, RATE))
            await asyncio.sleep(CALLS / RATE / 2)
            await asyncio.to_thread(kafka.kill, 3)
            await saying
            await line.ready(PATIENCE_SECONDS)
            _, wrong = await at_the_end(system, system.client, calls)
            assert wrong[:20] == []
            assert len(kafka.pids) == 2
    finally:
        await asyncio.to_thread(kafka.close)
