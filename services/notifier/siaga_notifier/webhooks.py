"""What the provider's webhooks say, one item a record. Pure: the signature, and the payload's reading.

Protocol: WhatsApp Cloud API webhooks, object `whatsapp_business_account`, field `messages`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from siaga_events import Event, EventData
from siaga_events.codec import reasons
from siaga_events.ids import derived_id
from siaga_events.types import ReplyReported, StatusReported

__all__ = ["SOURCE", "Payload", "Unreadable", "is_signed", "items"]

SOURCE = "whatsapp"


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Error(_Model):
    code: int = 0
    title: str = ""


class _Status(_Model):
    id: str
    status: str
    timestamp: str
    recipient_id: str | None = None
    biz_opaque_callback_data: str | None = None
    errors: tuple[_Error, ...] = ()


class _Text(_Model):
    body: str


class _Button(_Model):
    payload: str | None = None
    text: str | None = None


class _ButtonReply(_Model):
    id: str
    title: str | None = None


class _Interactive(_Model):
    type: str
    button_reply: _ButtonReply | None = None


class _Context(_Model):
    id: str | None = None


class _Message(_Model):
    id: str
    sender: str = Field(alias="from")
    timestamp: str
    type: str
    text: _Text | None = None
    button: _Button | None = None
    interactive: _Interactive | None = None
    context: _Context | None = None


class _Value(_Model):
    statuses: tuple[dict[str, Any], ...] = ()
    messages: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item of a signed webhook that can't be read; the others of its webhook can."""

    item: dict[str, Any]
    why: str


class _Change(_Model):
    field: str
    value: dict[str, Any]


class _Entry(_Model):
    changes: tuple[_Change, ...]


class Payload(_Model):
    """A webhook's body. Raises pydantic's ValidationError for what is none."""

    object: Literal["whatsapp_business_account"]
    entry: tuple[_Entry, ...]


def is_signed(body: bytes, header: str | None, app_secret: str) -> bool:
    """`X-Hub-Signature-256: sha256=<hex>`, over the raw body, in constant time."""
    expected = "sha256=" + hmac.new(app_secret.encode(), body, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), (header or "").encode())


def items(payload: Payload, now: datetime) -> Iterator[Event[EventData] | Unreadable]:
    """One event for each status and each message. A webhook that comes twice gives the same ids.

    Raises ValidationError for a change whose value is none of field `messages`.
    """
    for entry in payload.entry:
        for change in entry.changes:
            if change.field != "messages":
                continue
            value = _Value.model_validate(change.value)
            for raw in value.statuses:
                if raw.get("status") in ("sent", "delivered", "read", "failed"):
                    yield _read(raw, _status_event, now)
            for raw in value.messages:
                yield _read(raw, _message_event, now)


def _read(
    raw: dict[str, Any], read: Callable[[dict[str, Any], datetime], Event[EventData]], now: datetime
) -> Event[EventData] | Unreadable:
    try:
        return read(raw, now)
    except ValidationError as error:
        return Unreadable(raw, "; ".join(reasons(error)))
    except (ValueError, OverflowError, OSError) as error:
        return Unreadable(raw, type(error).__name__)


def _status_event(raw: dict[str, Any], now: datetime) -> Event[EventData]:
    status = _Status.model_validate(raw)
    return _event(f"{status.id} {status.status}", status.id, _status(status), now)


def _message_event(raw: dict[str, Any], now: datetime) -> Event[EventData]:
    message = _Message.model_validate(raw)
    return _event(message.id, message.id, _reply(message), now)


def _event(identity: str, subject: str, data: EventData, now: datetime) -> Event[EventData]:
    return Event(derived_id("webhook", SOURCE, identity), SOURCE, subject, now, data)


def _status(status: _Status) -> StatusReported:
    return StatusReported.model_validate(
        {
            "provider": "whatsapp",
            "message_id": status.id,
            "status": status.status,
            "at": _moment(status.timestamp),
            "recipient": _number(status.recipient_id),
            "alarm": status.biz_opaque_callback_data,
            "errors": tuple(f"{e.code} {e.title}".strip() for e in status.errors),
        }
    )


def _reply(message: _Message) -> ReplyReported:
    text, payload = None, None
    if message.text is not None:
        text = message.text.body
    elif message.button is not None:
        text, payload = message.button.text, message.button.payload
    elif message.interactive is not None and message.interactive.button_reply is not None:
        text, payload = message.interactive.button_reply.title, message.interactive.button_reply.id
    else:
        text = f"[{message.type}]"
    return ReplyReported(
        provider="whatsapp",
        message_id=message.id,
        at=_moment(message.timestamp),
        number=_number(message.sender) or "+",
        text=text,
        payload=payload,
        reply_to=message.context.id if message.context else None,
    )


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _number(wa_id: str | None) -> str | None:
    return None if not wa_id else f"+{wa_id.removeprefix('+')}"
