"""The phones as pages for a person: a list, and each phone as a chat. They work without scripts too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from siaga_ops.sandbox.provider import NotThere, Provider
from siaga_ops.sandbox.rendering import Row, chat_page, conversation, phone_list, phones_page
from siaga_ops.sandbox.streaming import event_stream, server_sent

__all__ = ["page_door"]

Number = Annotated[str, Path(pattern=r"^\d{3,15}$")]


def page_door(provider: Provider, names: Mapping[str, str]) -> APIRouter:
    """`names`: whose phone a number is, where that is known."""
    router = APIRouter(include_in_schema=False)
    phones = provider.phones

    @router.get("/")
    async def home() -> HTMLResponse:
        return HTMLResponse(
            phones_page(_rows(provider, names), provider.settings.business_name, provider.webhooks.handshake)
        )

    @router.get("/phones")
    async def rows() -> HTMLResponse:
        return HTMLResponse(phone_list(_rows(provider, names), provider.webhooks.handshake))

    @router.get("/phones/{number}")
    async def chat(number: Number, quote: str = "") -> HTMLResponse:
        """Opening the page reads what has been delivered."""
        provider.open(number)
        quoted = phones.message(quote)
        page = chat_page(
            number,
            names.get(number),
            phones.messages(number),
            business=provider.settings.business_name,
            handshake=provider.webhooks.handshake,
            window_open=provider.window_open(number),
            quoted=quoted if quoted is not None and quoted.number == number else None,
        )
        return HTMLResponse(page)

    @router.get("/phones/{number}/chat")
    async def newest(number: Number) -> HTMLResponse:
        provider.open(number)
        shown = phones.messages(number)
        return HTMLResponse(
            conversation(number, shown, provider.webhooks.handshake, provider.window_open(number))
        )

    @router.post("/phones/{number}/reply")
    async def reply(number: Number, request: Request) -> RedirectResponse:
        """The forms' fields: `text` or `button` (a payload), and `message_id`."""
        fields = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        try:
            if "button" in fields:
                provider.press(number, fields["button"], fields.get("message_id"))
            elif text := fields.get("text", "").strip():
                provider.write(number, text, fields.get("message_id"))
        except NotThere as error:
            raise HTTPException(404, str(error)) from None
        return RedirectResponse(f"/phones/{number}", 303)

    @router.get("/events")
    async def events(number: str = "") -> StreamingResponse:
        """`event: change` whenever that phone has changed, or any phone."""
        return event_stream(_changes(provider, number))

    return router


def _rows(provider: Provider, names: Mapping[str, str]) -> list[Row]:
    phones = provider.phones
    return [
        Row(p.number, names.get(p.number), next(phones.newest(p.number)), len(phones.unread(p.number)))
        for p in phones.all()
    ]


async def _changes(provider: Provider, number: str) -> AsyncIterator[str]:
    seen = _revision(provider, number)
    while not provider.bell.closed:
        waiter = provider.bell.waiter()
        if (revision := _revision(provider, number)) != seen:
            seen = revision
            yield server_sent("change", "")
        await waiter.wait()


def _revision(provider: Provider, number: str) -> tuple[object, ...]:
    shake = provider.webhooks.handshake
    if not number:
        return shake, sum(phone.revision for phone in provider.phones.all())
    phone = provider.phones.phone(number)
    return shake, phone.revision if phone else 0
