"""The webhooks' JSON and their signature."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from siaga_ops.sandbox.protocol.errors import WINDOW_CLOSED
from siaga_ops.sandbox.protocol.payloads import Business, Price, encoded, inbound, signature, status, wamid

BUSINESS = Business("1120", "1121", "628400000112")
AT = datetime(2026, 3, 1, 5, 0, 0, 900_000, tzinfo=UTC)
METADATA = {"display_phone_number": "628400000112", "phone_number_id": "1121"}


def envelope(**items: object) -> dict[str, object]:
    value = {"messaging_product": "whatsapp", "metadata": METADATA, **items}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1120", "changes": [{"value": value, "field": "messages"}]}],
    }


def test_a_sent_status_says_what_it_costs() -> None:
    payload = status(
        BUSINESS,
        message_id="wamid.a",
        recipient="6284000000001",
        state="sent",
        at=AT,
        callback_data="alarm-7",
        price=Price("utility", free=False),
        conversation_id="c0",
    )
    item = {
        "id": "wamid.a",
        "status": "sent",
        "timestamp": "1772341200",
        "recipient_id": "6284000000001",
        "biz_opaque_callback_data": "alarm-7",
        "conversation": {"id": "c0", "origin": {"type": "utility"}, "expiration_timestamp": "1772427600"},
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility", "type": "regular"},
    }
    assert payload == envelope(statuses=[item])


def test_a_failed_status_says_why() -> None:
    payload = status(
        BUSINESS, message_id="wamid.a", recipient="62", state="failed", at=AT, failure=WINDOW_CLOSED
    )
    error = {
        "code": 131047,
        "title": "Re-engagement message",
        "message": "Re-engagement message",
        "error_data": {
            "details": "Message failed to send because more than 24 hours have passed since the customer last replied "
            "to this number."
        },
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
    item = {
        "id": "wamid.a",
        "status": "failed",
        "timestamp": "1772341200",
        "recipient_id": "62",
        "errors": [error],
    }
    assert payload == envelope(statuses=[item])


def test_an_answer_has_its_context() -> None:
    payload = inbound(
        BUSINESS,
        message_id="wamid.b",
        sender="6284000000001",
        name="Pos 0001",
        at=AT,
        content={"type": "button", "button": {"payload": "TERIMA:7", "text": "TERIMA"}},
        quoted="wamid.a",
    )
    contact = {"profile": {"name": "Pos 0001"}, "wa_id": "6284000000001"}
    message = {
        "context": {"from": "628400000112", "id": "wamid.a"},
        "from": "6284000000001",
        "id": "wamid.b",
        "timestamp": "1772341200",
        "type": "button",
        "button": {"payload": "TERIMA:7", "text": "TERIMA"},
    }
    assert payload == envelope(contacts=[contact], messages=[message])


def test_the_signature_is_hmac_sha256_of_the_raw_body() -> None:
    # RFC 4231, test case 2
    assert signature(b"what do ya want for nothing?", "Jefe") == (
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_the_body_is_ascii() -> None:
    assert encoded({"text": "é"}) == b'{"text":"\\u00e9"}'


def test_a_wamid_holds_the_number() -> None:
    outgoing = wamid("6284000000001", "0123456789ABCDEF01", outgoing=True)
    assert outgoing.startswith("wamid.HBgN")
    assert b"6284000000001" in base64.b64decode(outgoing.removeprefix("wamid."))
    assert outgoing != wamid("6284000000001", "0123456789ABCDEF01", outgoing=False)
