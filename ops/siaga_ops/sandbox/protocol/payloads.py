"""Webhook payloads (object `whatsapp_business_account`, field `messages`), their signature, and message ids."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from siaga_ops.sandbox.protocol.errors import Failure

__all__ = ["Business", "Price", "Status", "encoded", "inbound", "signature", "status", "wamid"]

Status = Literal["accepted", "sent", "delivered", "read", "failed"]
CONVERSATION = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Business:
    """Whose webhooks these are. `number` is digits alone, as Meta shows it."""

    account_id: str
    phone_number_id: str
    number: str


@dataclass(frozen=True, slots=True)
class Price:
    """How the message is charged. `free`: a service message, or a utility template inside the open window."""

    category: str
    free: bool

    def body(self) -> dict[str, object]:
        kind = "free_customer_service" if self.free else "regular"
        return {"billable": not self.free, "pricing_model": "PMP", "category": self.category, "type": kind}


def status(
    business: Business,
    *,
    message_id: str,
    recipient: str,
    state: Status,
    at: datetime,
    callback_data: str | None = None,
    price: Price | None = None,
    conversation_id: str | None = None,
    failure: Failure | None = None,
) -> dict[str, object]:
    """A status webhook. `price` and `conversation_id` belong to sent and delivered; the latter ends with version 24.0."""
    item: dict[str, object] = {
        "id": message_id,
        "status": state,
        "timestamp": _seconds(at),
        "recipient_id": recipient,
    }
    if callback_data is not None:
        item["biz_opaque_callback_data"] = callback_data
    if price is not None and conversation_id is not None:
        item["conversation"] = _conversation(conversation_id, state, at, price)
    if price is not None:
        item["pricing"] = price.body()
    if failure is not None:
        item["errors"] = [failure.body()]
    return _webhook(business, {"statuses": [item]})


def inbound(
    business: Business,
    *,
    message_id: str,
    sender: str,
    name: str,
    at: datetime,
    content: dict[str, object],
    quoted: str | None = None,
) -> dict[str, object]:
    """A phone's message. `content` is its type and the object of that name; `quoted` the wamid it answers."""
    item: dict[str, object] = {"from": sender, "id": message_id, "timestamp": _seconds(at), **content}
    if quoted is not None:
        item = {"context": {"from": business.number, "id": quoted}, **item}
    contact = {"profile": {"name": name}, "wa_id": sender}
    return _webhook(business, {"contacts": [contact], "messages": [item]})


def encoded(payload: dict[str, object]) -> bytes:
    """The raw body. Meta escapes what is not ASCII, so a receiver must sign the bytes, not what it parsed."""
    return json.dumps(payload, separators=(",", ":")).encode()


def signature(body: bytes, app_secret: str) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(app_secret.encode(), body, sha256).hexdigest()


def wamid(number: str, nonce: str, *, outgoing: bool) -> str:
    """A message id of Meta's form: it holds the phone's number, the direction and 18 hexadecimal digits."""
    tail = b"\x11\x18\x12" if outgoing else b"\x12\x18\x12"
    raw = (
        b"\x1c\x18"
        + bytes([len(number)])
        + number.encode()
        + b"\x15\x02\x00"
        + tail
        + nonce.encode()
        + b"\x00"
    )
    return "wamid." + base64.b64encode(raw).decode()


def _conversation(conversation_id: str, state: Status, at: datetime, price: Price) -> dict[str, object]:
    body: dict[str, object] = {"id": conversation_id, "origin": {"type": price.category}}
    if state == "sent":
        body["expiration_timestamp"] = _seconds(at + CONVERSATION)
    return body


def _webhook(business: Business, items: dict[str, object]) -> dict[str, object]:
    metadata = {"display_phone_number": business.number, "phone_number_id": business.phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **items}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": business.account_id, "changes": [{"value": value, "field": "messages"}]}],
    }


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))
