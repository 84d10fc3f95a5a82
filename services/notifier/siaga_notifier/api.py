"""The provider's door. The signature is checked over the raw body before anything is read; 200 only when the broker has it."""

from __future__ import annotations

import hmac
import json

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import ValidationError
from siaga_events import Codec, Event, EventData, topic
from siaga_events.ids import canonical_json, derived_id
from siaga_streams.backend import Clock, OutRecord, Publisher, Record, Unavailable
from siaga_streams.deadletters import dead_letter

from siaga_notifier.settings import NotifierSettings
from siaga_notifier.webhooks import Payload, Unreadable, is_signed, items

__all__ = ["webhook_door"]

DOOR = topic("gateway.receipts")


def webhook_door(settings: NotifierSettings, publisher: Publisher, clock: Clock, codec: Codec) -> APIRouter:
    router = APIRouter(prefix="/webhooks/whatsapp")
    app_secret = settings.whatsapp_app_secret.get_secret_value()
    verify_token = settings.whatsapp_verify_token.get_secret_value()

    @router.get("")
    async def verify(
        mode: str = Query(default="", alias="hub.mode"),
        token: str = Query(default="", alias="hub.verify_token"),
        challenge: str = Query(default="", alias="hub.challenge"),
    ) -> Response:
        """The provider asks whether this is our door."""
        if mode != "subscribe" or not hmac.compare_digest(token.encode(), verify_token.encode()):
            raise HTTPException(403, "wrong verify token")
        return Response(challenge, media_type="text/plain")

    @router.post("")
    async def receive(request: Request) -> dict[str, int]:
        """Statuses and answers."""
        body = await _body(request)
        if not is_signed(body, request.headers.get("X-Hub-Signature-256"), app_secret):
            raise HTTPException(401, "the signature does not fit the body")
        try:
            found = list(items(Payload.model_validate_json(body), clock.now()))
        except ValidationError:
            raise HTTPException(422, "not a webhook of the WhatsApp Cloud API") from None
        try:
            await publisher.publish([_record(codec, item, clock) for item in found])
        except Unavailable:
            raise HTTPException(503, "the log can't be reached; send it again") from None
        return {"taken": len(found)}

    return router


def _record(codec: Codec, item: Event[EventData] | Unreadable, clock: Clock) -> OutRecord:
    """The item for the log; one that can't be read is a dead letter, and the rest of its webhook goes on."""
    if not isinstance(item, Unreadable):
        encoded = codec.encode(item, DOOR)
        return OutRecord(DOOR.name, encoded.key, encoded.value, encoded.headers)
    try:
        raw = canonical_json(item.item)
    except TypeError:  # numbers of more than 64 bits
        raw = json.dumps(item.item, sort_keys=True).encode()
    place = f"webhooks/whatsapp#{derived_id(raw.decode())}"  # the same item twice is one letter
    return dead_letter(codec, "notifier", Record(place, 0, -1, 0, None, raw, ()), item.why, clock.now())[1]


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > DOOR.max_bytes:
            raise HTTPException(413, f"a webhook may have {DOOR.max_bytes} bytes")
    return bytes(body)
