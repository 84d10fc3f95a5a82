"""An operator's command is about a call that somebody made."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import pytest
from siaga_events.types import CallClosed, CloseCall
from siaga_ops.cli import operator
from siaga_ops.errors import OpsError
from siaga_ops.operator.commands import find_call
from siaga_ops.testing import memory_client

from .made import CALL, CLASSIFIED, RECEIVED, events


@pytest.mark.parametrize("identity", [CALL, CALL[:8], "R-1"])
async def test_a_call_is_found(identity: str) -> None:
    client = memory_client()
    await client.publish("calls", events(RECEIVED))
    assert (await find_call(client, identity)).id == CALL


@pytest.mark.parametrize("identity", ["ffffffff-0000", "", "R-2"])
async def test_a_call_that_no_log_knows_is_unknown(identity: str) -> None:
    client = memory_client()
    await client.publish("calls", events(RECEIVED))
    with pytest.raises(OpsError, match="tidak dikenal"):
        await find_call(client, identity)


async def test_a_call_of_which_only_a_command_tells_is_unknown() -> None:
    client = memory_client()
    await client.publish("routings", events(CallClosed(outcome="test")))
    with pytest.raises(OpsError, match="tidak dikenal"):
        await find_call(client, CALL)


async def test_of_two_calls_a_longer_id_is_asked_for() -> None:
    client = memory_client()
    await client.publish("classifications", events(CLASSIFIED))
    await client.publish("classifications", events(CLASSIFIED, call=CALL[:-1] + "2"))
    with pytest.raises(OpsError, match="2 panggilan cocok"):
        await find_call(client, CALL[:8])


def test_nothing_is_published_for_a_call_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    client = memory_client()

    @asynccontextmanager
    async def connected(_: str) -> Any:
        yield client

    async def published(*_: object) -> None:
        pytest.fail("a command was published")

    monkeypatch.setattr(operator, "connected", connected)
    monkeypatch.setattr(client, "publish", published)
    with pytest.raises(OpsError, match="tidak dikenal"):
        operator._give("ffffffff-0000", CloseCall(by="ani", outcome="test"), "nowhere")
