"""The control API and the pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from siaga_ops.sandbox import SandboxSettings, create_app
from siaga_ops.sandbox.app import provider_of
from siaga_ops.sandbox.testing import running_sandbox

MESSAGES = "/v23.0/112000000000001/messages"
PHONE = "6284000000001"
NOTE = {
    "messaging_product": "whatsapp",
    "to": PHONE,
    "type": "template",
    "template": {"name": "batal", "language": {"code": "id"}},
    "biz_opaque_callback_data": "alarm-7",
}


async def switch(sandbox: httpx.AsyncClient, mode: str | None) -> None:
    body: dict[str, Any] = {"on": mode is not None} | ({"mode": mode} if mode else {})
    assert (await sandbox.post("/_sandbox/outage", json=body)).json() == {"mode": mode}


async def entries(sandbox: httpx.AsyncClient, since: int = 0) -> list[dict[str, Any]]:
    response = await sandbox.get("/_sandbox/messages", params={"since": since})
    found: list[dict[str, Any]] = response.json()["messages"]
    return found


async def test_every_request_is_listed(sandbox: httpx.AsyncClient, clock: Any) -> None:
    await sandbox.post(MESSAGES, json=NOTE, headers={"traceparent": "00-aa-bb-01"})
    await sandbox.post(MESSAGES, json=NOTE | {"to": ""})
    first, second = await entries(sandbox)
    assert first["at"] == "2026-03-01T05:00:00.000+00:00"
    assert (first["seq"], first["number"], first["text"], first["http_status"]) == (1, PHONE, "Batal.", 200)
    assert (first["biz_opaque_callback_data"], first["traceparent"]) == ("alarm-7", "00-aa-bb-01")
    assert (second["seq"], second["wamid"], second["http_status"], second["error_code"]) == (
        2,
        None,
        400,
        100,
    )
    assert await entries(sandbox, since=1) == [second]
    assert await entries(sandbox, since=2) == []


@pytest.mark.parametrize(("mode", "status", "code"), [("500", 500, 131000), ("429", 429, 130429)])
async def test_an_outage_refuses(sandbox: httpx.AsyncClient, mode: str, status: int, code: int) -> None:
    await switch(sandbox, mode)
    response = await sandbox.post(MESSAGES, json=NOTE)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    await switch(sandbox, None)
    assert (await sandbox.post(MESSAGES, json=NOTE)).status_code == 200
    assert [entry["wamid"] is None for entry in await entries(sandbox)] == [True, False]


async def test_an_outage_may_take_the_message_and_refuse(sandbox: httpx.AsyncClient) -> None:
    await switch(sandbox, "refuse after accept")
    assert (await sandbox.post(MESSAGES, json=NOTE)).status_code == 500
    [entry] = await entries(sandbox)
    assert entry["wamid"] is not None
    phone = (await sandbox.get(f"/_sandbox/phones/{PHONE}")).json()
    assert [message["wamid"] for message in phone["messages"]] == [entry["wamid"]]


async def test_an_outage_may_take_the_message_and_break_off(sandbox: httpx.AsyncClient) -> None:
    await switch(sandbox, "break after accept")
    with pytest.raises(httpx.RemoteProtocolError):
        await sandbox.post(MESSAGES, json=NOTE)
    [entry] = await entries(sandbox)
    assert entry["wamid"] is not None
    assert entry["http_status"] is None


async def test_an_outage_may_hang(sandbox: httpx.AsyncClient) -> None:
    await switch(sandbox, "hang")
    request = asyncio.create_task(sandbox.post(MESSAGES, json=NOTE))
    async with asyncio.timeout(20):
        while not (listed := await entries(sandbox)):
            await asyncio.sleep(0.01)
    assert not request.done()
    await switch(sandbox, None)
    with pytest.raises(httpx.RemoteProtocolError):
        await request
    assert [entry["wamid"] for entry in listed] == [None]


async def test_a_sender_may_give_up_while_it_hangs(sandbox: httpx.AsyncClient) -> None:
    await switch(sandbox, "hang")
    with pytest.raises(httpx.ReadTimeout):
        await sandbox.post(MESSAGES, json=NOTE, timeout=0.05)
    await switch(sandbox, None)
    assert (await sandbox.post(MESSAGES, json=NOTE)).status_code == 200


async def test_the_stream_tells_at_once_and_from_the_start(sandbox: httpx.AsyncClient) -> None:
    await sandbox.post(MESSAGES, json=NOTE | {"biz_opaque_callback_data": "satu"})
    seen: list[str] = []
    async with asyncio.timeout(20), sandbox.stream("GET", "/_sandbox/stream") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line.removeprefix("data: "))["biz_opaque_callback_data"])
                if len(seen) == 2:
                    break
                await sandbox.post(MESSAGES, json=NOTE | {"biz_opaque_callback_data": "dua"})
    assert seen == ["satu", "dua"]


async def test_a_stop_ends_streams_and_hanging_requests(settings: Callable[..., SandboxSettings]) -> None:
    async with httpx.AsyncClient(timeout=None) as client:
        async with running_sandbox(create_app(settings())) as url:
            headers = {"Authorization": "Bearer sandbox-token"}
            await client.post(f"{url}/_sandbox/outage", json={"on": True, "mode": "hang"})
            hanging = asyncio.create_task(client.post(f"{url}{MESSAGES}", json=NOTE, headers=headers))
            stream = asyncio.create_task(client.get(f"{url}/_sandbox/stream"))
            async with asyncio.timeout(20):
                while not (await client.get(f"{url}/_sandbox/health")).json()["last"]:
                    await asyncio.sleep(0.01)
        assert (await stream).status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await hanging


async def test_the_last_messages_are_kept(settings: Callable[..., SandboxSettings]) -> None:
    app = create_app(settings(keep_messages=3))
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": "Bearer sandbox-token"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers) as client:
        await client.post(MESSAGES, json=NOTE | {"to": "6284000000002"})
        for _ in range(4):
            await client.post(MESSAGES, json=NOTE)
        assert [entry["seq"] for entry in await entries(client)] == [3, 4, 5]
    phones = provider_of(app).phones
    assert (len(phones), phones.message_count, len(phones.messages(PHONE))) == (1, 3, 3)


@pytest.mark.parametrize("body", [{}, {"text": "a", "button": "b"}, {"text": ""}, {"teks": "a"}])
async def test_a_reply_is_a_text_or_a_button(sandbox: httpx.AsyncClient, body: dict[str, str]) -> None:
    assert (await sandbox.post(f"/_sandbox/phones/{PHONE}/reply", json=body)).status_code == 422


async def test_the_list_counts_what_is_unread(sandbox: httpx.AsyncClient) -> None:
    await sandbox.post(MESSAGES, json=NOTE)
    await sandbox.post(MESSAGES, json=NOTE)
    async with asyncio.timeout(20):
        while "2 belum dibaca" not in (page := (await sandbox.get("/")).text):
            await asyncio.sleep(0.01)
    assert f"+{PHONE}" in page
    await sandbox.get(f"/phones/{PHONE}")
    assert "belum dibaca" not in (await sandbox.get("/")).text


async def test_the_page_answers_by_form(sandbox: httpx.AsyncClient) -> None:
    sent = await sandbox.post(MESSAGES, json=NOTE)
    wamid = sent.json()["messages"][0]["id"]
    form = {"text": "<b>OK</b> & berangkat", "message_id": wamid}
    response = await sandbox.post(f"/phones/{PHONE}/reply", data=form)
    assert (response.status_code, response.headers["Location"]) == (303, f"/phones/{PHONE}")
    page = (await sandbox.get(f"/phones/{PHONE}")).text
    assert "&lt;b&gt;OK&lt;/b&gt; &amp; berangkat" in page
    assert "<b>OK</b>" not in page
    phone = (await sandbox.get(f"/_sandbox/phones/{PHONE}")).json()
    assert phone["messages"][-1]["quoted"] == wamid
