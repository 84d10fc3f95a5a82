"""The control API for tests and the demonstration. Nothing here belongs to Meta's protocol.

`GET  /_sandbox/health`
    `{"webhook": {"state", "detail", "waiting", "delivered", "repeated", "dropped"}, "outage", "messages", "phones", "last"}`.
    `state` is off, waiting, verified or failed; `last` the number of the newest request.
`GET  /_sandbox/messages?since=N`
    `{"messages": [...], "last"}`: every request to the messages endpoint after number N, refused ones too:
    `seq`, `at` (ISO, UTC, milliseconds), `number` (digits), `kind` (template, text, interactive), `template`, `text` as shown,
    `parameters`, `buttons` (`text`, `payload`), `biz_opaque_callback_data`, `quoted`, `traceparent`, `wamid` (null: not taken),
    `http_status` (null: no answer), `error_code`, and the message's present `status` and `status_code` (why it failed).
    All but `seq`, `at`, `traceparent`, `http_status`, `error_code` are null if the request could not be read.
`GET  /_sandbox/stream?since=N`
    The same as server-sent events: `event: message`, `id:` the number, `data:` the entry. Ends when the sandbox stops.
`GET  /_sandbox/phones/{number}`
    `{"number", "unread", "window_open", "messages": [...]}`: the phone as it is now, oldest first.
`POST /_sandbox/phones/{number}/reply`  `{"text"}` or `{"button": payload}`, and `"message_id"`
    The phone answers: `{"wamid"}`. With a text, `message_id` is the message it quotes; with a button, the message that has it
    (else the newest that does). 404: no such message or button.
`POST /_sandbox/phones/{number}/open`
    Someone reads the phone.
`POST /_sandbox/outage`  `{"on": bool, "mode"}`
    `mode`: 500, 429, hang, refuse after accept, break after accept (see `outage.py`).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from siaga_ops.sandbox.journal import Received
from siaga_ops.sandbox.outage import Mode
from siaga_ops.sandbox.phones import Message, digits
from siaga_ops.sandbox.protocol.message import Button
from siaga_ops.sandbox.provider import NotThere, Provider
from siaga_ops.sandbox.streaming import event_stream, server_sent

__all__ = ["control_door"]

Since = Annotated[int, Query(ge=0)]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | None = Field(default=None, min_length=1, max_length=4096)
    button: str | None = Field(default=None, min_length=1)
    message_id: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.text is None) == (self.button is None):
            raise ValueError("give either text or button")
        return self


class _Switch(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    on: bool
    mode: Mode = "500"


def control_door(provider: Provider) -> APIRouter:
    router = APIRouter(prefix="/_sandbox")

    @router.get("/health")
    async def health() -> dict[str, object]:
        hooks = provider.webhooks
        return {
            "webhook": {
                "state": hooks.handshake.state,
                "detail": hooks.handshake.detail,
                "waiting": hooks.waiting,
                "delivered": hooks.delivered,
                "repeated": hooks.repeated,
                "dropped": hooks.dropped,
            },
            "outage": provider.outage.mode,
            "messages": provider.phones.message_count,
            "phones": len(provider.phones),
            "last": provider.journal.last,
        }

    @router.get("/messages")
    async def messages(since: Since = 0) -> dict[str, object]:
        entries = [_entry(provider, received) for received in provider.journal.since(since)]
        return {"messages": entries, "last": provider.journal.last}

    @router.get("/stream")
    async def stream(since: Since = 0) -> StreamingResponse:
        return event_stream(_entries(provider, since))

    @router.get("/phones/{number}")
    async def phone(number: str) -> dict[str, object]:
        wa_id = _wa_id(number)
        return {
            "number": wa_id,
            "unread": len(provider.phones.unread(wa_id)),
            "window_open": provider.window_open(wa_id),
            "messages": [_message(message) for message in provider.phones.messages(wa_id)],
        }

    @router.post("/phones/{number}/reply")
    async def reply(number: str, asked: _Reply) -> dict[str, str]:
        wa_id = _wa_id(number)
        try:
            if asked.button is not None:
                return {"wamid": provider.press(wa_id, asked.button, asked.message_id)}
            return {"wamid": provider.write(wa_id, asked.text or "", asked.message_id)}
        except NotThere as error:
            raise HTTPException(404, str(error)) from None

    @router.post("/phones/{number}/open")
    async def look(number: str) -> dict[str, bool]:
        provider.open(_wa_id(number))
        return {"success": True}

    @router.post("/outage")
    async def outage(switch: _Switch) -> dict[str, object]:
        if switch.on:
            provider.outage.set(switch.mode)
        else:
            provider.outage.lift()
        provider.bell.ring()
        return {"mode": provider.outage.mode}

    return router


def _wa_id(number: str) -> str:
    if not (wa_id := digits(number)):
        raise HTTPException(422, "the number has no digit")
    return wa_id


async def _entries(provider: Provider, since: int) -> AsyncIterator[str]:
    while True:
        waiter = provider.bell.waiter()
        for received in provider.journal.since(since):
            since = received.seq
            yield server_sent("message", json.dumps(_entry(provider, received)), received.seq)
        if provider.bell.closed:
            return
        await waiter.wait()


def _entry(provider: Provider, received: Received) -> dict[str, object]:
    send = received.send
    message = provider.phones.message(received.wamid) if received.wamid else None
    return {
        "seq": received.seq,
        "at": received.at.isoformat(timespec="milliseconds"),
        "number": send.number if send else None,
        "kind": send.kind if send else None,
        "template": send.template if send else None,
        "text": send.text if send else None,
        "parameters": list(send.parameters) if send else None,
        "buttons": _buttons(send.buttons) if send else None,
        "biz_opaque_callback_data": send.callback_data if send else None,
        "quoted": send.quoted if send else None,
        "traceparent": received.traceparent,
        "wamid": received.wamid,
        "http_status": received.http_status,
        "error_code": received.error_code,
        "status": message.status if message else None,
        "status_code": message.failure.code if message and message.failure else None,
    }


def _message(message: Message) -> dict[str, object]:
    return {
        "wamid": message.wamid,
        "by": message.by,
        "kind": message.kind,
        "text": message.text,
        "buttons": _buttons(message.buttons),
        "quoted": message.quoted,
        "at": message.at.isoformat(timespec="milliseconds"),
        "status": message.status,
        "status_code": message.failure.code if message.failure else None,
    }


def _buttons(buttons: tuple[Button, ...]) -> list[dict[str, str]]:
    return [{"text": button.text, "payload": button.payload} for button in buttons]
