"""Each way in which a request to the messages endpoint is read or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from siaga_ops.sandbox.protocol.errors import GraphError
from siaga_ops.sandbox.protocol.message import Button, MarkRead, Send
from siaga_ops.sandbox.protocol.requests import read_request
from siaga_ops.sandbox.protocol.templates import Templates

Json = dict[str, Any]


def text(**changes: Any) -> Json:
    body = {"messaging_product": "whatsapp", "to": "6284000000001", "type": "text", "text": {"body": "Halo"}}
    return body | changes


def parameter(value: str) -> Json:
    return {"type": "text", "text": value}


def button(index: int | str, payload: str, sub_type: str = "quick_reply") -> Json:
    parameters = [{"type": "payload", "payload": payload}]
    return {"type": "button", "sub_type": sub_type, "index": index, "parameters": parameters}


def template(
    *parameters: Json, buttons: tuple[Json, ...] = (), name: str = "alarm", language: str = "id"
) -> Json:
    components = [{"type": "body", "parameters": list(parameters)}, *buttons]
    return text(
        type="template", template={"name": name, "language": {"code": language}, "components": components}
    )


def interactive(*buttons: tuple[str, str]) -> Json:
    replies = [{"type": "reply", "reply": {"id": id_, "title": title}} for id_, title in buttons]
    body = {"type": "button", "body": {"text": "Sudah sampai?"}, "action": {"buttons": replies}}
    return text(type="interactive", interactive=body)


GOOD = (parameter("KEBAKARAN"), parameter("Jl. Merdeka 1"))

REFUSED: dict[str, tuple[Json, int, int, str]] = {
    "no product": (text(messaging_product=""), 400, 100, "messaging_product is required"),
    "no recipient": (text(to=""), 400, 100, "parameter to is required"),
    "recipient is no number": (text(to="pos damkar"), 400, 100, "'to' is no phone number"),
    "number without country code": (text(to="081234567890"), 400, 100, "'to' is no phone number"),
    "number in 00 form": (text(to="006281234567890"), 400, 100, "'to' is no phone number"),
    "recipient is a number type": (text(to=62), 400, 100, "Param to must be a string"),
    "group": (text(recipient_type="group"), 400, 100, "recipient_type"),
    "empty text": (text(text={"body": " "}), 400, 100, "text['body'] is required"),
    "no text object": (text(text=None), 400, 100, "text['body'] is required"),
    "long text": (text(text={"body": "a" * 4097}), 400, 100, "at most 4096 characters"),
    "image": (text(type="image"), 400, 131051, "image is not supported"),
    "long callback data": (text(biz_opaque_callback_data="x" * 513), 400, 100, "at most 512 characters"),
    "no template object": (text(type="template"), 400, 100, "parameter template is required"),
    "unknown template": (template(*GOOD, name="lain"), 404, 132001, "(lain) does not exist in id"),
    "other language": (template(*GOOD, language="en_US"), 404, 132001, "(alarm) does not exist in en_US"),
    "no language": (template(*GOOD, language=""), 400, 100, "template['language']['code'] is required"),
    "too few parameters": (template(GOOD[0]), 400, 132000, "localizable_params (1) does not match"),
    "too many parameters": (template(*GOOD, GOOD[0]), 400, 132000, "expected number of params (2)"),
    "parameter without text": (template(GOOD[0], {"type": "text"}), 400, 100, "'text' is mandatory"),
    "empty parameter": (template(GOOD[0], parameter("")), 400, 131008, "missing text value"),
    "line break": (template(GOOD[0], parameter("a\nb")), 400, 132018, "new-line/tab"),
    "tab": (template(GOOD[0], parameter("a\tb")), 400, 132018, "new-line/tab"),
    "five blanks": (template(GOOD[0], parameter("a     b")), 400, 132018, "4 consecutive spaces"),
    "currency": (template(GOOD[0], {"type": "currency"}), 400, 100, "'currency' is not supported"),
    "rendered too long": (template(GOOD[0], parameter("a" * 1020)), 400, 132005, "at most 1024"),
    "url button": (
        template(*GOOD, buttons=(button(0, "a", "url"),)),
        400,
        132018,
        "must be of type QuickReply",
    ),
    "no such button": (template(*GOOD, buttons=(button(2, "a"),)), 400, 132018, "no button at index 2"),
    "button without payload": (template(*GOOD, buttons=(button(0, ""),)), 400, 131008, "requires a payload"),
    "long payload": (template(*GOOD, buttons=(button(0, "p" * 257),)), 400, 132018, "length limit 256"),
    "button without index": (template(*GOOD, buttons=(button("", "a"),)), 400, 100, "'index'"),
    "no interactive buttons": (interactive(), 400, 131009, "Min allowed buttons: 1"),
    "four buttons": (interactive(*((str(n), "x") for n in range(4))), 400, 131009, "Max allowed buttons: 3"),
    "long title": (interactive(("a", "t" * 21)), 400, 131009, "Button title length"),
    "same ids": (interactive(("a", "x"), ("a", "y")), 400, 131009, "unique"),
    "unknown status": (text(status="typing"), 400, 100, "status"),
    "read without id": (text(status="read"), 400, 100, "message_id is required"),
}


@pytest.mark.parametrize(("body", "status", "code", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(templates: Templates, body: Json, status: int, code: int, words: str) -> None:
    with pytest.raises(GraphError) as caught:
        read_request(json.dumps(body).encode(), templates)
    error = caught.value
    assert (error.status, error.code) == (status, code)
    assert words in f"{error.message} {error.details}"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"'])
def test_what_is_no_json_object_is_refused(templates: Templates, body: bytes) -> None:
    with pytest.raises(GraphError) as caught:
        read_request(body, templates)
    assert (caught.value.status, caught.value.code) == (400, 100)


def test_an_error_has_metas_shape() -> None:
    error = GraphError(400, 132000, "(#132000) Number", "body: ...")
    assert error.body("Atrace") == {
        "error": {
            "message": "(#132000) Number",
            "type": "OAuthException",
            "code": 132000,
            "error_data": {"messaging_product": "whatsapp", "details": "body: ..."},
            "fbtrace_id": "Atrace",
        }
    }


@pytest.mark.parametrize("to", ["6284000000001", "+6284000000001", "+62 840-0000-0001", "(62) 84000000001"])
def test_a_number_becomes_its_wa_id(templates: Templates, to: str) -> None:
    sent = read_request(json.dumps(text(to=to)).encode(), templates)
    assert isinstance(sent, Send)
    assert (sent.to, sent.number) == (to, "6284000000001")


def test_a_template_is_filled_in(templates: Templates) -> None:
    body = template(parameter("{{2}}"), parameter("Jl.    Merdeka"), buttons=(button("1", "TOLAK:7"),))
    body |= {"biz_opaque_callback_data": "alarm-7", "context": {"message_id": "wamid.x"}}
    assert read_request(json.dumps(body).encode(), templates) == Send(
        kind="template",
        to="6284000000001",
        number="6284000000001",
        text="112 {{2}}\nLokasi: Jl.    Merdeka\n\nPusat 112",
        category="utility",
        template="alarm",
        parameters=("{{2}}", "Jl.    Merdeka"),
        buttons=(Button("TERIMA", "TERIMA"), Button("TOLAK", "TOLAK:7")),
        callback_data="alarm-7",
        quoted="wamid.x",
    )


def test_a_template_without_parameters_needs_no_components(templates: Templates) -> None:
    body = text(type="template", template={"name": "batal", "language": {"code": "id"}})
    sent = read_request(json.dumps(body).encode(), templates)
    assert isinstance(sent, Send)
    assert sent.text == "Batal."


def test_interactive_buttons(templates: Templates) -> None:
    sent = read_request(json.dumps(interactive(("ya", "Sudah"), ("belum", "Belum"))).encode(), templates)
    assert isinstance(sent, Send)
    assert sent.buttons == (Button("Sudah", "ya"), Button("Belum", "belum"))
    assert sent.needs_window


def test_mark_as_read(templates: Templates) -> None:
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"}
    assert read_request(json.dumps(body).encode(), templates) == MarkRead("wamid.x")
