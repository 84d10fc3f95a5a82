"""A template message's components, checked against the approved template."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from siaga_ops.sandbox.protocol.errors import (
    invalid,
    missing,
    parameter_count,
    required,
    template_issue,
    text_too_long,
    unknown_template,
)
from siaga_ops.sandbox.protocol.message import Button
from siaga_ops.sandbox.protocol.templates import Template, Templates

__all__ = ["TemplateObject", "body_parameters", "find_template", "reply_buttons"]

FORBIDDEN = re.compile(r"[\n\r\t]| {5,}")
"""A parameter's text may hold no line break, no tab and no more than four blanks in a row."""
BODY_MAX = 1024
PAYLOAD_MAX = 256


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Language(_Model):
    code: str = ""


class _Parameter(_Model):
    type: str = ""
    text: str | None = None
    payload: str | None = None


class _Component(_Model):
    type: str = ""
    sub_type: str = ""
    index: int | str = ""
    parameters: tuple[_Parameter, ...] = ()


class TemplateObject(_Model):
    """The request's `template`."""

    name: str = ""
    language: _Language = _Language()
    components: tuple[_Component, ...] = ()


def find_template(asked: TemplateObject, templates: Templates) -> Template:
    """Raises GraphError 132001 if there is no such template in that very language."""
    if not asked.name:
        raise missing("template['name']")
    if not asked.language.code:
        raise missing("template['language']['code']")
    template = templates.get((asked.name, asked.language.code))
    if template is None:
        raise unknown_template(asked.name, asked.language.code)
    for component in asked.components:
        if component.type.lower() not in ("body", "button"):
            raise template_issue(f"{component.type}: the template has no such component with parameters")
    return template


def body_parameters(asked: TemplateObject, template: Template) -> tuple[str, ...]:
    """The body's parameters in order."""
    given = [p for c in asked.components if c.type.lower() == "body" for p in c.parameters]
    if len(given) != template.size:
        raise parameter_count(
            f"body: number of localizable_params ({len(given)}) does not match the expected number of params "
            f"({template.size})"
        )
    texts = tuple(_text(parameter) for parameter in given)
    if len(filled := template.filled(texts)) > BODY_MAX:
        raise text_too_long(f"body: text has {len(filled)} characters, at most {BODY_MAX} are allowed")
    return texts


def reply_buttons(asked: TemplateObject, template: Template) -> tuple[Button, ...]:
    """The template's buttons. One without a payload of its own answers with its text."""
    payloads: dict[int, str] = {}
    for component in asked.components:
        if component.type.lower() != "button":
            continue
        index = _index(component)
        if component.sub_type.lower() != "quick_reply":
            raise template_issue(f"buttons: Button at index {index} must be of type QuickReply")
        if index >= len(template.buttons):
            raise template_issue(f"buttons: the template has no button at index {index}")
        payloads[index] = _payload(component, index)
    return tuple(Button(text, payloads.get(index, text)) for index, text in enumerate(template.buttons))


def _text(parameter: _Parameter) -> str:
    if parameter.type != "text":
        raise invalid(f"Component parameter type '{parameter.type}' is not supported.")
    if parameter.text is None:
        raise invalid("Parameter 'text' is mandatory for component parameter type 'text'")
    if not parameter.text.strip():
        raise required("Parameter of type text is missing text value")
    if FORBIDDEN.search(parameter.text):
        raise template_issue(
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        )
    return parameter.text


def _index(component: _Component) -> int:
    index = str(component.index)
    if not re.fullmatch(r"\d", index):
        raise invalid("Parameter 'index' of a button must be a number from 0 to 9")
    return int(index)


def _payload(component: _Component, index: int) -> str:
    if len(component.parameters) != 1 or component.parameters[0].type != "payload":
        raise template_issue(f"buttons: Button at index {index} needs one parameter of type payload")
    payload = component.parameters[0].payload
    if not payload:
        raise required(f"buttons: Button at index {index} of type QuickReply requires a payload")
    if len(payload) > PAYLOAD_MAX:
        raise template_issue(f"buttons: payload at index {index} exceeds the length limit {PAYLOAD_MAX}")
    return payload
