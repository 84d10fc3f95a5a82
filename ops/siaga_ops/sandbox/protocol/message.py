"""What a request to the messages endpoint asks for, once it is valid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Button", "MarkRead", "Send"]


@dataclass(frozen=True, slots=True)
class Button:
    """A reply button: what it says, and the payload (of a template) or id (interactive) that comes back."""

    text: str
    payload: str


@dataclass(frozen=True, slots=True)
class Send:
    """A valid message. `to` is as the sender wrote it, `number` the wa_id: digits alone. `category` is for the pricing."""

    kind: Literal["template", "text", "interactive"]
    to: str
    number: str
    text: str
    category: str = "service"
    template: str | None = None
    parameters: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    callback_data: str | None = None
    quoted: str | None = None

    @property
    def needs_window(self) -> bool:
        """Free messages need an open customer service window; templates don't."""
        return self.kind != "template"


@dataclass(frozen=True, slots=True)
class MarkRead:
    """The business has seen a phone's message, and all before it."""

    message_id: str
