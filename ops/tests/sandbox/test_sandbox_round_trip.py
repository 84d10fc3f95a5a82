"""The sandbox and a receiver over real sockets: messages out, webhooks in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import httpx
import pytest
from siaga_ops.sandbox import SandboxSettings, create_app
from siaga_ops.sandbox.testing import Receiver, running_receiver, running_sandbox

MESSAGES = "/v23.0/112000000000001/messages"
PHONE = "6284000000001"
FAILING = "6284000000009"


class Hand(Protocol):
    def pass_hours(self, hours: float) -> None: ...


def text(to: str = PHONE, words: str = "Halo", **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": words}, **more}


def alarm(to: str = PHONE, alarm_id: str = "alarm-7") -> dict[str, Any]:
    parameters = [{"type": "text", "text": value} for value in ("KEBAKARAN", "Jl. Merdeka 1")]
    components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}]
    for index, word in enumerate(("TERIMA", "TOLAK")):
        payload = [{"type": "payload", "payload": f"{word}:{alarm_id}"}]
        components.append(
            {"type": "button", "sub_type": "quick_reply", "index": str(index), "parameters": payload}
        )
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "template",
        "template": {"name": "alarm", "language": {"code": "id"}, "components": components},
        "biz_opaque_callback_data": alarm_id,
    }


async def accepted(sandbox: httpx.AsyncClient, body: dict[str, Any], **more: Any) -> str:
    response = await sandbox.post(MESSAGES, json=body, **more)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["messaging_product"] == "whatsapp"
    assert answer["messages"][0]["message_status"] == "accepted"
    return str(answer["messages"][0]["id"])


async def answers(sandbox: httpx.AsyncClient, to: str = PHONE, **what: str) -> str:
    response = await sandbox.post(f"/_sandbox/phones/{to}/reply", json=what)
    assert response.status_code == 200, response.text
    return str(response.json()["wamid"])


def states(receiver: Receiver, message_id: str) -> list[str]:
    return [item["status"] for item in receiver.statuses(message_id)]


async def test_a_template_is_sent_delivered_and_read(sandbox: httpx.AsyncClient, receiver: Receiver) -> None:
    wamid = await accepted(sandbox, alarm("+62 840-0000-0001"))
    await receiver.until(lambda: states(receiver, wamid) == ["sent", "delivered"])
    page = await sandbox.get(f"/phones/{PHONE}")
    assert "Jl. Merdeka 1" in page.text
    await receiver.until(lambda: states(receiver, wamid) == ["sent", "delivered", "read"])

    sent, delivered, read = receiver.statuses(wamid)
    assert {item["biz_opaque_callback_data"] for item in (sent, delivered, read)} == {"alarm-7"}
    assert {item["recipient_id"] for item in (sent, delivered, read)} == {PHONE}
    assert sent["pricing"]["category"] == "utility"
    assert "expiration_timestamp" in sent["conversation"]
    assert "pricing" not in read


async def test_from_version_24_on_a_status_has_no_conversation(
    sandbox: httpx.AsyncClient, receiver: Receiver
) -> None:
    response = await sandbox.post(MESSAGES.replace("v23.0", "v24.0"), json=alarm())
    wamid = response.json()["messages"][0]["id"]
    await receiver.until(lambda: states(receiver, wamid) == ["sent", "delivered"])
    assert all("conversation" not in item and "pricing" in item for item in receiver.statuses(wamid))


async def test_a_pressed_button_comes_back_with_payload_and_context(
    sandbox: httpx.AsyncClient, receiver: Receiver
) -> None:
    first = await accepted(sandbox, alarm(alarm_id="alarm-1"))
    await accepted(sandbox, alarm(alarm_id="alarm-2"))
    reply = await answers(sandbox, button="TERIMA:alarm-1")
    await receiver.until(lambda: bool(receiver.messages()))
    [message] = receiver.messages()
    assert message["type"] == "button"
    assert message["button"] == {"payload": "TERIMA:alarm-1", "text": "TERIMA"}
    assert message["context"] == {"from": "628400000112", "id": first}
    assert (message["id"], message["from"]) == (reply, PHONE)


async def test_an_interactive_button_comes_back_as_button_reply(
    sandbox: httpx.AsyncClient, receiver: Receiver
) -> None:
    await answers(sandbox, text="Kami di jalan")
    asked = {
        "type": "button",
        "body": {"text": "Sudah sampai?"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "ya", "title": "Sudah"}}]},
    }
    wamid = await accepted(
        sandbox, {"messaging_product": "whatsapp", "to": PHONE, "type": "interactive", "interactive": asked}
    )
    await answers(sandbox, button="ya")
    await receiver.until(lambda: len(receiver.messages()) == 2)
    message = receiver.messages()[1]
    assert message["type"] == "interactive"
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "ya", "title": "Sudah"}}
    assert message["context"]["id"] == wamid


async def test_a_text_may_quote_a_message(sandbox: httpx.AsyncClient, receiver: Receiver) -> None:
    wamid = await accepted(sandbox, alarm())
    await answers(sandbox, text="OK 4821")
    await answers(sandbox, text="OK", message_id=wamid)
    await receiver.until(lambda: len(receiver.messages()) == 2)
    plain, quoting = receiver.messages()
    assert plain["text"] == {"body": "OK 4821"}
    assert "context" not in plain
    assert quoting["context"]["id"] == wamid


async def test_an_answer_reads_what_was_delivered(sandbox: httpx.AsyncClient, receiver: Receiver) -> None:
    wamid = await accepted(sandbox, alarm())
    await receiver.until(lambda: states(receiver, wamid) == ["sent", "delivered"])
    await answers(sandbox, button="TOLAK:alarm-7")
    await receiver.until(lambda: bool(receiver.messages()))
    assert states(receiver, wamid) == ["sent", "delivered", "read"]


@pytest.mark.parametrize("what", [{"button": "TERIMA:lain"}, {"text": "OK", "message_id": "wamid.lain"}])
async def test_a_phone_answers_only_what_it_has(sandbox: httpx.AsyncClient, what: dict[str, str]) -> None:
    await accepted(sandbox, alarm())
    response = await sandbox.post(f"/_sandbox/phones/{PHONE}/reply", json=what)
    assert response.status_code == 404


async def test_free_text_needs_the_window(
    sandbox: httpx.AsyncClient, receiver: Receiver, clock: Hand
) -> None:
    before = await accepted(sandbox, text())
    await receiver.until(lambda: states(receiver, before) == ["failed"])
    [failed] = receiver.statuses(before)
    assert failed["errors"][0]["code"] == 131047

    await answers(sandbox, text="Halo 112")
    clock.pass_hours(23.9)
    inside = await accepted(sandbox, text())
    await receiver.until(lambda: states(receiver, inside) == ["sent", "delivered"])
    assert receiver.statuses(inside)[0]["pricing"]["type"] == "free_customer_service"

    clock.pass_hours(0.2)
    after = await accepted(sandbox, text())
    await receiver.until(lambda: states(receiver, after) == ["failed"])
    template = await accepted(sandbox, alarm())
    await receiver.until(lambda: states(receiver, template) == ["sent", "delivered"])


async def test_a_number_that_is_not_on_whatsapp(sandbox: httpx.AsyncClient, receiver: Receiver) -> None:
    wamid = await accepted(sandbox, alarm(FAILING))
    await receiver.until(lambda: states(receiver, wamid) == ["failed"])
    [failed] = receiver.statuses(wamid)
    assert (failed["errors"][0]["code"], failed["biz_opaque_callback_data"]) == (131026, "alarm-7")


async def test_the_business_marks_a_phones_message_as_read(sandbox: httpx.AsyncClient) -> None:
    first = await answers(sandbox, text="satu")
    second = await answers(sandbox, text="dua")
    third = await answers(sandbox, text="tiga")
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": second}
    response = await sandbox.post(MESSAGES, json=read)
    assert response.json() == {"success": True}
    phone = (await sandbox.get(f"/_sandbox/phones/{PHONE}")).json()
    status = {message["wamid"]: message["status"] for message in phone["messages"]}
    assert status == {first: "read", second: "read", third: "delivered"}
    response = await sandbox.post(MESSAGES, json=read | {"message_id": "wamid.lain"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (MESSAGES, {"Authorization": "Bearer lain"}, 401, 190),
        (MESSAGES, {"Authorization": "Basic sandbox-token"}, 401, 190),
        (MESSAGES, {"Authorization": ""}, 401, 0),
        ("/v23.0/999/messages", {}, 400, 100),
        ("/versi/112000000000001/messages", {}, 400, 2500),
    ],
)
async def test_who_may_send(
    sandbox: httpx.AsyncClient, path: str, headers: dict[str, str], status: int, code: int
) -> None:
    response = await sandbox.post(path, json=alarm(), headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert (await sandbox.get("/_sandbox/messages")).json()["messages"] == []


async def test_webhooks_are_repeated_in_order(sandbox: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.answers.extend([500, 503, 302, 404])
    wamids = [await accepted(sandbox, alarm()) for _ in range(3)]
    await receiver.until(lambda: len(receiver.taken) == 6)
    order = [(item["id"], item["status"]) for item in receiver.statuses()]
    for wamid in wamids:
        assert [state for id_, state in order if id_ == wamid] == ["sent", "delivered"]
    assert [id_ for id_, state in order if state == "sent"] == wamids
    assert receiver.attempts[0] == receiver.attempts[1] == receiver.attempts[4] == receiver.taken[0]
    health = (await sandbox.get("/_sandbox/health")).json()["webhook"]
    assert (health["repeated"], health["dropped"]) == (4, 0)


async def test_another_phone_does_not_wait(
    settings: Callable[..., SandboxSettings], receiver: Receiver, callback: str
) -> None:
    patient = settings(
        callback_url=callback, webhook_retry_first_seconds=3600, webhook_retry_max_seconds=3600
    )
    receiver.answers.append(500)
    async with running_sandbox(create_app(patient)) as url, client_of(url) as sandbox:
        stuck = await accepted(sandbox, alarm())
        await receiver.until(lambda: len(receiver.attempts) == 1)
        other = await accepted(sandbox, alarm("6284000000002"))
        await receiver.until(lambda: states(receiver, other) == ["sent", "delivered"])
        assert states(receiver, stuck) == []


async def test_a_full_queue_drops_and_says_so(settings: Callable[..., SandboxSettings]) -> None:
    narrow = settings(callback_url="http://127.0.0.1:9/hook", webhook_queue_max=3)
    async with running_sandbox(create_app(narrow)) as url, client_of(url) as sandbox:
        for _ in range(5):
            await answers(sandbox, text="Halo")
        health = (await sandbox.get("/_sandbox/health")).json()["webhook"]
    assert (health["state"], health["waiting"], health["dropped"]) == ("waiting", 3, 2)


async def test_every_nth_webhook_comes_twice(
    settings: Callable[..., SandboxSettings], receiver: Receiver, callback: str
) -> None:
    async with (
        running_sandbox(create_app(settings(callback_url=callback, duplicate_every=2))) as url,
        client_of(url) as sandbox,
    ):
        for words in ("satu", "dua", "tiga", "empat"):
            await answers(sandbox, text=words)
        await receiver.until(lambda: len(receiver.taken) == 6)
    assert [m["text"]["body"] for m in receiver.messages()] == [
        "satu",
        "dua",
        "dua",
        "tiga",
        "empat",
        "empat",
    ]


async def test_webhooks_wait_until_the_callback_is_verified(settings: Callable[..., SandboxSettings]) -> None:
    receiver = Receiver(verify_token="lain")
    async with running_receiver(receiver) as hook:
        built = create_app(settings(callback_url=f"{hook}/hook"))
        async with running_sandbox(built) as url, client_of(url) as sandbox:
            await answers(sandbox, text="Halo")
            await until_health(sandbox, "failed")
            assert "Webhook ditolak" in (await sandbox.get("/")).text
            assert receiver.attempts == []
            receiver.verify_token = "sandbox-verify"
            await receiver.until(lambda: bool(receiver.taken))
            await until_health(sandbox, "verified")
            assert receiver.handshakes == 1


async def test_a_callback_that_starts_later_is_found(settings: Callable[..., SandboxSettings]) -> None:
    receiver = Receiver()
    async with running_receiver(receiver) as hook:
        port = int(hook.rsplit(":", 1)[1])
    async with (
        running_sandbox(create_app(settings(callback_url=f"{hook}/hook"))) as url,
        client_of(url) as sandbox,
    ):
        wamid = await accepted(sandbox, alarm())
        await until_health(sandbox, "waiting")
        async with running_receiver(receiver, port):
            await receiver.until(lambda: states(receiver, wamid) == ["sent", "delivered"])


def client_of(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers={"Authorization": "Bearer sandbox-token"})


async def until_health(sandbox: httpx.AsyncClient, state: str) -> None:
    async with asyncio.timeout(20):
        while (await sandbox.get("/_sandbox/health")).json()["webhook"]["state"] != state:
            await asyncio.sleep(0.01)
