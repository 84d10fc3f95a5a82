"""The notifier and the sandbox understand each other: what one writes, the other reads."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from siaga_events import Event
from siaga_events.types import ReplyReported, StatusReported
from siaga_notifier.adapters import message_body
from siaga_notifier.domain.delivery import Request
from siaga_notifier.settings import NotifierSettings
from siaga_notifier.webhooks import Payload, is_signed, items
from siaga_ops.sandbox import SandboxSettings
from siaga_ops.sandbox.protocol import payloads
from siaga_ops.sandbox.protocol.errors import NOT_ON_WHATSAPP
from siaga_ops.sandbox.protocol.message import Send
from siaga_ops.sandbox.protocol.payloads import Business
from siaga_ops.sandbox.protocol.requests import read_request
from siaga_ops.sandbox.protocol.templates import Template, read_templates

TEMPLATES = read_templates(Path(__file__).parents[3] / "data/templates/whatsapp.json")
BUSINESS = Business("1120", "1121", "628400000112")
AT = datetime(2026, 3, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.name)
def test_the_notifiers_request_is_taken(template: Template) -> None:
    request = Request(
        alarm_id="alarm-7",
        kind="alarm",
        attempt=1,
        repeat=False,
        to="+6284000000001",
        sample=True,
        template=template.name,
        parameters=tuple(f"isi {n}" for n in range(template.size)),
        buttons=bool(template.buttons),
    )
    sent = read_request(payloads.encoded(message_body(request)), TEMPLATES)
    assert isinstance(sent, Send)
    assert (sent.number, sent.callback_data) == ("6284000000001", "alarm-7")
    assert sent.parameters == request.parameters
    assert all(button.payload != button.text for button in sent.buttons)


def test_the_sandboxs_status_is_understood() -> None:
    payload = payloads.status(
        BUSINESS,
        message_id="wamid.a",
        recipient="6284000000001",
        state="failed",
        at=AT,
        callback_data="alarm-7",
        failure=NOT_ON_WHATSAPP,
    )
    [event] = items(Payload.model_validate_json(payloads.encoded(payload)), AT)
    assert isinstance(event, Event)
    assert event.data == StatusReported(
        provider="whatsapp",
        message_id="wamid.a",
        status="failed",
        at=AT,
        recipient="+6284000000001",
        alarm="alarm-7",
        errors=("131026 Message undeliverable",),
    )


def test_the_sandboxs_answer_is_understood() -> None:
    payload = payloads.inbound(
        BUSINESS,
        message_id="wamid.b",
        sender="6284000000001",
        name="Pos 0001",
        at=AT,
        content={"type": "button", "button": {"payload": "TERIMA:7", "text": "TERIMA"}},
        quoted="wamid.a",
    )
    [event] = items(Payload.model_validate_json(payloads.encoded(payload)), AT)
    assert isinstance(event, Event)
    assert event.data == ReplyReported(
        provider="whatsapp",
        message_id="wamid.b",
        at=AT,
        number="+6284000000001",
        text="TERIMA",
        payload="TERIMA:7",
        reply_to="wamid.a",
    )


def test_the_signature_is_accepted() -> None:
    body = payloads.encoded({"object": "whatsapp_business_account", "entry": []})
    assert is_signed(body, payloads.signature(body, "rahasia"), "rahasia")
    assert not is_signed(body, payloads.signature(body, "lain"), "rahasia")


def test_the_defaults_fit() -> None:
    notifier, sandbox = NotifierSettings(), SandboxSettings()
    assert notifier.whatsapp_api_url == f"http://{sandbox.host}:{sandbox.port}"
    assert notifier.whatsapp_phone_number_id == sandbox.phone_number_id
    assert notifier.whatsapp_access_token == sandbox.access_token
    assert notifier.whatsapp_app_secret == sandbox.app_secret
    assert notifier.whatsapp_verify_token == sandbox.verify_token
