"""`siaga tail --call`: a whole id, or the beginning of it as tail itself prints it."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from siaga_ops.client import ID_LENGTH
from siaga_ops.testing import memory_client

from .made import RECEIVED, events

CALLS = [str(uuid.uuid5(uuid.NAMESPACE_OID, str(n))) for n in range(10)]


@pytest.mark.parametrize("length", [8, ID_LENGTH])
@pytest.mark.parametrize("call", CALLS)
async def test_a_call_is_followed_by_its_id_or_the_beginning_of_it(call: str, length: int) -> None:
    client = memory_client()
    await client.publish("calls", [e for other in CALLS for e in events(RECEIVED, call=other)])
    late = events(RECEIVED, RECEIVED, call=call)[1]
    found = []
    async with client.following(["calls"], call[:length], from_start=True) as following:
        await client.publish("calls", [late])
        async with asyncio.timeout(20):
            async for _, event in following:
                found.append(event)
                if event.id == late.id:
                    break
    assert [event.subject for event in found] == [call, call]


async def test_a_beginning_of_no_call_waits_for_one() -> None:
    client = memory_client()
    await client.publish("calls", events(RECEIVED, call=CALLS[0]))
    async with client.following(["calls"], CALLS[1][:8], from_start=True) as following:
        coming = asyncio.ensure_future(anext(aiter(following)))
        await asyncio.sleep(0.05)
        assert not coming.done()
        await client.publish("calls", events(RECEIVED, call=CALLS[1]))
        async with asyncio.timeout(20):
            _, event = await coming
    assert event.subject == CALLS[1]
