"""The Graph API's door: `POST /{version}/{phone_number_id}/messages`."""

from __future__ import annotations

import hmac
import re
import secrets

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from siaga_ops.sandbox.outage import BrokenOff
from siaga_ops.sandbox.protocol.errors import (
    GraphError,
    missing_token,
    rate_limited,
    something_wrong,
    unknown_object,
    wrong_token,
)
from siaga_ops.sandbox.protocol.message import MarkRead, Send
from siaga_ops.sandbox.protocol.requests import read_request
from siaga_ops.sandbox.provider import Provider

__all__ = ["graph_door", "refused"]


def graph_door(provider: Provider) -> APIRouter:
    router = APIRouter()

    @router.post("/{version}/{phone_number_id}/messages", response_model=None)
    async def messages(version: str, phone_number_id: str, request: Request) -> Response:
        """Raises GraphError, which the app answers with the error's JSON."""
        number = _version(version)
        _authorize(request.headers.get("Authorization"), provider.settings.access_token.get_secret_value())
        if phone_number_id != provider.settings.phone_number_id:
            raise unknown_object(phone_number_id)
        body = await request.body()
        try:
            asked = read_request(body, provider.templates)
        except GraphError as error:
            _note(provider, request, None, error=error)
            raise
        if isinstance(asked, MarkRead):
            provider.mark_read(asked)
            return JSONResponse({"success": True})
        return await _message(provider, request, asked, number)

    return router


async def _message(provider: Provider, request: Request, asked: Send, version: tuple[int, int]) -> Response:
    mode = provider.outage.mode
    if mode == "500" or mode == "429":
        error = something_wrong() if mode == "500" else rate_limited()
        _note(provider, request, asked, error=error)
        raise error
    if mode == "hang":
        _note(provider, request, asked)
        await provider.outage.hang(request.receive)
        return BrokenOff()
    wamid = provider.take(asked, version)
    if mode == "refuse after accept":
        late = something_wrong()
        _note(provider, request, asked, error=late, wamid=wamid)
        raise late
    if mode == "break after accept":
        _note(provider, request, asked, wamid=wamid)
        return BrokenOff()
    _note(provider, request, asked, status=200, wamid=wamid)
    return JSONResponse(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": asked.to, "wa_id": asked.number}],
            "messages": [{"id": wamid, "message_status": "accepted"}],
        }
    )


def refused(request: Request, error: Exception) -> Response:
    """A GraphError's answer, with the header that Meta sends besides."""
    assert isinstance(error, GraphError)
    trace_id = "A" + secrets.token_urlsafe(16)[:22]
    kind = "invalid_token" if error.status == 401 else "invalid_request"
    challenge = f'OAuth "Facebook Platform" "{kind}" "{error.message}"'
    headers = {"WWW-Authenticate": challenge} if error.status < 500 else {}
    return JSONResponse(error.body(trace_id), error.status, headers=headers)


def _version(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"v(\d{1,3})\.(\d{1,3})", text)
    if match is None:
        raise GraphError(400, 2500, f"Unknown path components: /{text}")
    return int(match[1]), int(match[2])


def _authorize(header: str | None, token: str) -> None:
    if not header:
        raise missing_token()
    if not hmac.compare_digest(header.encode(), f"Bearer {token}".encode()):
        raise wrong_token()


def _note(
    provider: Provider,
    request: Request,
    send: Send | None,
    *,
    status: int | None = None,
    error: GraphError | None = None,
    wamid: str | None = None,
) -> None:
    """Neither `status` nor `error`: the request gets no answer."""
    provider.journal.add(
        provider.now(),
        send,
        wamid=wamid,
        traceparent=request.headers.get("traceparent"),
        http_status=error.status if error else status,
        error_code=error.code if error else None,
    )
    provider.bell.ring()
