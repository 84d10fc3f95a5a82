"""The HTTP door for gateways that can't publish to Kafka. 202 only when the broker has the event."""

from __future__ import annotations

import hmac
from typing import Annotated, TypeVar

from fastapi import APIRouter, Header, HTTPException, Request
from pydantic import ValidationError
from siaga_events import Codec, Event, topic
from siaga_events.codec import reasons
from siaga_events.ids import report_id
from siaga_events.types import CallEnded, CallReported, WordsAdded
from siaga_streams.backend import Clock, OutRecord, Publisher, Unavailable

from siaga_intake.domain import GatewayEvent, call_of

__all__ = ["gateway_door"]

T = TypeVar("T", CallReported, WordsAdded, CallEnded)
DOOR = topic("gateway.calls")
Authorization = Annotated[str | None, Header()]


def gateway_door(tokens: dict[str, str], publisher: Publisher, clock: Clock, codec: Codec) -> APIRouter:
    """`tokens` name the gateway (`ce_source`) that may use each of them."""
    router = APIRouter(prefix="/v1/calls")

    async def accept(request: Request, authorization: str | None, kind: type[T]) -> dict[str, str]:
        source = _gateway(tokens, authorization)
        data = _parsed(kind, await _body(request))
        call = call_of(source, data)
        event = Event(
            id=report_id(call, f"http {kind.__name__}", data.model_dump(mode="json")),
            source=source,
            subject=str(call),
            time=clock.now(),
            data=data,
            correlation_id=str(call),
            traceparent=request.headers.get("traceparent"),
        )
        encoded = codec.encode(event, DOOR)
        try:
            await publisher.publish([OutRecord(DOOR.name, encoded.key, encoded.value, encoded.headers)])
        except Unavailable:
            raise HTTPException(
                503, "the log can't be reached; nothing was taken, try again", {"Retry-After": "1"}
            ) from None
        return {"call_id": str(call)}

    @router.post("", status_code=202)
    async def report_call(request: Request, authorization: Authorization = None) -> dict[str, str]:
        """A call was reported (`CallReported`)."""
        return await accept(request, authorization, CallReported)

    @router.post("/words", status_code=202)
    async def add_words(request: Request, authorization: Authorization = None) -> dict[str, str]:
        """More was said (`WordsAdded`)."""
        return await accept(request, authorization, WordsAdded)

    @router.post("/ended", status_code=202)
    async def end_call(request: Request, authorization: Authorization = None) -> dict[str, str]:
        """The line is closed (`CallEnded`)."""
        return await accept(request, authorization, CallEnded)

    return router


def _gateway(tokens: dict[str, str], authorization: str | None) -> str:
    scheme, _, given = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        for token, source in tokens.items():
            if hmac.compare_digest(token.encode(), given.strip().encode()):
                return source
    raise HTTPException(401, "a bearer token of a known gateway is needed", {"WWW-Authenticate": "Bearer"})


async def _body(request: Request) -> bytes:
    """The whole body, 413 as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > DOOR.max_bytes:
            raise HTTPException(
                413, f"a report may have {DOOR.max_bytes} bytes; send long words in parts (/v1/calls/words)"
            )
    return bytes(body)


def _parsed(kind: type[T], body: bytes) -> T:
    try:
        parsed: GatewayEvent = kind.model_validate_json(body)
    except ValidationError as error:
        found = [dict(zip(("field", "reason"), r.split(": ", 1), strict=True)) for r in reasons(error)]
        raise HTTPException(422, found) from None
    assert isinstance(parsed, kind)
    return parsed
