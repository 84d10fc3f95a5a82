"""Requests to `/{version}/{phone_number_id}/messages`: their models, and what they come to once they are valid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from siaga_ops.sandbox.protocol.composition import Button, composed
from siaga_ops.sandbox.protocol.errors import GraphError, invalid, missing, unsupported_type, value_invalid, wrong_type
from siaga_ops.sandbox.protocol.templates import Templates

__all__ = ["MarkRead", "Send", "read_request"]

TEXT_MAX = 4096
CALLBACK_DATA_MAX = 512
EXPECTED = {"string_type": "a string", "tuple_type": "an array", "list_type": "an array", "bool_type": "a boolean"}


@dataclass(frozen=True, slots=True)
class Send:
    """A valid message. `number` is the wa_id: digits alone. `needs_window` is true of all but templates."""

    kind: Literal["template", "text", "interactive"]
    to: str
    number: str
    text: str
    category: str
    template: str | None = None
    parameters: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    callback_data: str | None = None
    quoted: str | None = None

    @property
    def needs_window(self) -> bool:
        return self.kind != "template"


@dataclass(frozen=True, slots=True)
class MarkRead:
    """The business has seen a phone's message."""

    message_id: str
