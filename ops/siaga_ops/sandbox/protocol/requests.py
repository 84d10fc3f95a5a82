"""Requests to `/{version}/{phone_number_id}/messages`, read and checked as Meta checks them.

Media, contacts, locations, lists and flows are not offered here: they get 131051, as an unsupported type does.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, ValidationError

from siaga_ops.sandbox.protocol.errors import (
    GraphError,
    invalid,
    missing,
    unsupported_type,
    value_invalid,
    wrong_type,
)
from siaga_ops.sandbox.protocol.filling import TemplateObject, body_parameters, find_template, reply_buttons
from siaga_ops.sandbox.protocol.message import Button, MarkRead, Send
from siaga_ops.sandbox.protocol.templates import Templates

__all__ = ["read_request"]

TEXT_MAX = 4096
CALLBACK_DATA_MAX = 512
INTERACTIVE_TEXT_MAX = 1024
BUTTONS_MAX = 3
TITLE_MAX = 20
ID_MAX = 256
EXPECTED = {
    "string_type": "a string",
    "tuple_type": "an array",
    "bool_type": "a boolean",
    "bool_parsing": "a boolean",
    "model_type": "an object",
}


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Text(_Model):
    body: str = ""
    preview_url: bool = False


class _InteractiveBody(_Model):
    text: str = ""


class _Reply(_Model):
    id: str = ""
    title: str = ""


class _ReplyButton(_Model):
    type: str = ""
    reply: _Reply = _Reply()


class _Action(_Model):
    buttons: tuple[_ReplyButton, ...] = ()


class _Interactive(_Model):
    type: str = ""
    body: _InteractiveBody = _InteractiveBody()
    action: _Action = _Action()


class _Context(_Model):
    message_id: str = ""


class _Request(_Model):
    messaging_product: str = ""
    recipient_type: str = "individual"
    to: str = ""
    type: str = "text"
    text: _Text | None = None
    template: TemplateObject | None = None
    interactive: _Interactive | None = None
    context: _Context | None = None
    biz_opaque_callback_data: str | None = None
    status: str | None = None
    message_id: str = ""


def read_request(body: bytes, templates: Templates) -> Send | MarkRead:
    """What the body asks for. Raises GraphError if it is refused."""
    try:
        request = _Request.model_validate_json(body)
    except ValidationError as error:
        raise _structure(error) from None
    if request.messaging_product != "whatsapp":
        raise missing("messaging_product")
    if request.status is not None:
        return _mark_read(request)
    if not request.to:
        raise missing("to")
    if request.recipient_type != "individual":
        raise wrong_type("recipient_type", "one of {INDIVIDUAL}")
    if request.biz_opaque_callback_data is not None:
        _limit("biz_opaque_callback_data", request.biz_opaque_callback_data, CALLBACK_DATA_MAX)
    return replace(
        _message(request, templates),
        callback_data=request.biz_opaque_callback_data,
        quoted=request.context.message_id if request.context else None,
    )


def _message(request: _Request, templates: Templates) -> Send:
    match request.type:
        case "text":
            return _text(request)
        case "template":
            return _template(request, templates)
        case "interactive":
            return _interactive(request)
        case other:
            raise unsupported_type(f"Message type {other} is not supported.")


def _structure(error: ValidationError) -> GraphError:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return invalid("The request body is no valid JSON.")
    head, *rest = [str(step) for step in first["loc"]] or ["body"]
    name = head + "".join(f"['{step}']" for step in rest)
    return wrong_type(name, EXPECTED.get(first["type"], "valid"))


def _mark_read(request: _Request) -> MarkRead:
    if request.status != "read":
        raise wrong_type("status", "one of {READ}")
    if not request.message_id:
        raise missing("message_id")
    return MarkRead(request.message_id)


def _number(to: str) -> str:
    """The wa_id. Meta takes +, blanks, hyphens and brackets; a number without its country code reaches nobody."""
    number = re.sub(r"[\s()\-.]", "", to).removeprefix("+")
    if not re.fullmatch(r"[1-9]\d{6,14}", number):
        raise invalid(f"Parameter 'to' is no phone number with its country code: {len(to)} characters")
    return number


def _limit(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise wrong_type(name, f"at most {most} characters long")


def _text(request: _Request) -> Send:
    body = request.text.body if request.text else ""
    if not body.strip():
        raise missing("text['body']")
    _limit("text['body']", body, TEXT_MAX)
    return Send(kind="text", to=request.to, number=_number(request.to), text=body)


def _template(request: _Request, templates: Templates) -> Send:
    if request.template is None:
        raise missing("template")
    number = _number(request.to)
    template = find_template(request.template, templates)
    parameters = body_parameters(request.template, template)
    return Send(
        kind="template",
        to=request.to,
        number=number,
        text=template.shown(parameters),
        category=template.category.lower(),
        template=template.name,
        parameters=parameters,
        buttons=reply_buttons(request.template, template),
    )


def _interactive(request: _Request) -> Send:
    asked = request.interactive
    if asked is None:
        raise missing("interactive")
    if asked.type != "button":
        raise unsupported_type(f"Interactive type {asked.type} is not supported.")
    text = asked.body.text
    if not text.strip():
        raise missing("interactive['body']['text']")
    _limit("interactive['body']['text']", text, INTERACTIVE_TEXT_MAX)
    buttons = tuple(Button(b.reply.title, b.reply.id) for b in asked.action.buttons)
    if not 1 <= len(buttons) <= BUTTONS_MAX:
        raise value_invalid(
            f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {BUTTONS_MAX}"
        )
    for button in buttons:
        if not 1 <= len(button.text) <= TITLE_MAX:
            raise value_invalid(f"Button title length invalid. Min length: 1, Max length: {TITLE_MAX}")
        if not 1 <= len(button.payload) <= ID_MAX:
            raise value_invalid(f"Button id length invalid. Min length: 1, Max length: {ID_MAX}")
    if len({button.payload for button in buttons}) != len(buttons):
        raise value_invalid("Button ids must be unique")
    return Send(kind="interactive", to=request.to, number=_number(request.to), text=text, buttons=buttons)
