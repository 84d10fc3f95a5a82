"""The provider itself: takes messages, moves them on, lets the phones answer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, TypeAlias, TypeVarTuple

from siaga_ops.sandbox.bell import Bell
from siaga_ops.sandbox.journal import Journal
from siaga_ops.sandbox.outage import Outage
from siaga_ops.sandbox.phones import Message, Phone, Phones, digits
from siaga_ops.sandbox.protocol import payloads
from siaga_ops.sandbox.protocol.errors import NOT_ON_WHATSAPP, WINDOW_CLOSED, Failure, value_invalid
from siaga_ops.sandbox.protocol.message import MarkRead, Send
from siaga_ops.sandbox.protocol.payloads import Business, Price, Status
from siaga_ops.sandbox.protocol.templates import Templates
from siaga_ops.sandbox.settings import SandboxSettings
from siaga_ops.sandbox.webhooks import Webhooks

__all__ = ["NotThere", "Provider"]

CONVERSATIONS_END = (24, 0)
"""From this version of the Graph API on, statuses have no `conversation`."""


Arguments = TypeVarTuple("Arguments")
Written: TypeAlias = Literal["text", "button"]


class NotThere(LookupError):
    """The phone has no such message or button."""


class Provider:
    def __init__(
        self,
        settings: SandboxSettings,
        templates: Templates,
        webhooks: Webhooks,
        now: Callable[[], datetime],
    ) -> None:
        self.settings = settings
        self.templates = templates
        self.webhooks = webhooks
        self.now = now
        self.phones = Phones(settings.keep_messages)
        self.journal = Journal(settings.keep_messages)
        self.bell = Bell()
        self.outage = Outage()
        self._business = Business(
            settings.business_account_id, settings.phone_number_id, settings.business_number
        )
        self._failing = frozenset(digits(number) for number in settings.fail_numbers)
        self._window = timedelta(hours=settings.window_hours)

    def take(self, send: Send, version: tuple[int, int]) -> str:
        """The new message's wamid; its statuses follow."""
        at = self.now()
        window_open = self.window_open(send.number)
        wamid = payloads.wamid(send.number, secrets.token_hex(9).upper(), outgoing=True)
        conversation = sha256(f"{send.number} {send.category} {at:%Y-%m-%d}".encode()).hexdigest()[:32]
        self.phones.add(
            Message(
                wamid=wamid,
                number=send.number,
                by="business",
                kind=send.kind,
                text=send.text,
                at=at,
                status="accepted",
                buttons=send.buttons,
                quoted=send.quoted,
                callback_data=send.callback_data,
                price=Price(send.category, free=window_open and send.category in ("service", "utility")),
                conversation_id=conversation if version < CONVERSATIONS_END else None,
            )
        )
        if send.number in self._failing:
            self._later(self.settings.sent_delay_seconds, self._fail, wamid, NOT_ON_WHATSAPP)
        elif send.needs_window and not window_open:
            self._later(self.settings.sent_delay_seconds, self._fail, wamid, WINDOW_CLOSED)
        else:
            self._later(self.settings.sent_delay_seconds, self._sent, wamid)
        self.bell.ring()
        return wamid

    def mark_read(self, asked: MarkRead) -> None:
        """The business has read a phone's message and those before it. Raises GraphError if there is none."""
        message = self.phones.message(asked.message_id)
        if message is None or message.by != "phone":
            raise value_invalid("message_id is no message that this number has received")
        for earlier in self.phones.messages(message.number):
            if earlier.by == "phone" and earlier.status != "read":
                self.phones.progress(earlier.wamid, "read")
            if earlier.wamid == message.wamid:
                break
        self.bell.ring()

    def open(self, number: str) -> None:
        """Someone looks at the phone: what has been delivered is read."""
        for message in self.phones.unread(digits(number)):
            self._progress(message.wamid, "read", webhook_after=self.settings.read_delay_seconds)

    def write(self, number: str, text: str, quoted: str | None = None) -> str:
        """The phone writes; `quoted` is the message it answers. Raises NotThere."""
        if quoted is not None and not self._on_phone(number, quoted):
            raise NotThere(f"no message {quoted} on this phone")
        return self._inbound(number, "text", text, {"type": "text", "text": {"body": text}}, quoted)

    def press(self, number: str, payload: str, message_id: str | None = None) -> str:
        """The phone presses the button with that payload, on that message or the newest that has it. Raises NotThere."""
        for message in self.phones.newest(digits(number)):
            if message.status == "failed" or (message_id is not None and message.wamid != message_id):
                continue
            for button in message.buttons:
                if button.payload == payload:
                    content: dict[str, object] = {
                        "type": "button",
                        "button": {"payload": payload, "text": button.text},
                    }
                    if message.kind == "interactive":
                        answer = {
                            "type": "button_reply",
                            "button_reply": {"id": payload, "title": button.text},
                        }
                        content = {"type": "interactive", "interactive": answer}
                    return self._inbound(number, "button", button.text, content, message.wamid)
        raise NotThere("no such button on this phone")

    def window_open(self, number: str) -> bool:
        """May the business write freely to that phone?"""
        return self.phones.window_open(number, self.now(), self._window)

    def close(self) -> None:
        """Ends streams and requests that hang."""
        self.bell.close()
        self.outage.lift()

    def _on_phone(self, number: str, wamid: str) -> bool:
        message = self.phones.message(wamid)
        return message is not None and message.number == digits(number) and message.status != "failed"

    def _inbound(
        self, number: str, kind: Written, text: str, content: dict[str, object], quoted: str | None
    ) -> str:
        sender = digits(number)
        for message in self.phones.unread(sender):
            self._progress(message.wamid, "read")
        at = self.now()
        wamid = payloads.wamid(sender, secrets.token_hex(9).upper(), outgoing=False)
        self.phones.add(Message(wamid, sender, "phone", kind, text, at, "delivered", quoted=quoted))
        name = (self.phones.phone(sender) or Phone(sender)).name
        self.webhooks.put(
            sender,
            payloads.inbound(
                self._business,
                message_id=wamid,
                sender=sender,
                name=name,
                at=at,
                content=content,
                quoted=quoted,
            ),
        )
        self.bell.ring()
        return wamid

    def _sent(self, wamid: str) -> None:
        self._progress(wamid, "sent")
        rest = self.settings.delivered_delay_seconds - self.settings.sent_delay_seconds
        self._later(max(0.0, rest), self._progress, wamid, "delivered")

    def _fail(self, wamid: str, failure: Failure) -> None:
        self._progress(wamid, "failed", failure)

    def _progress(
        self, wamid: str, state: Status, failure: Failure | None = None, webhook_after: float = 0.0
    ) -> None:
        message = self.phones.progress(wamid, state, failure)
        if message is None:
            return
        charged = state in ("sent", "delivered")
        payload = payloads.status(
            self._business,
            message_id=wamid,
            recipient=message.number,
            state=state,
            at=self.now(),
            callback_data=message.callback_data,
            price=message.price if charged else None,
            conversation_id=message.conversation_id if charged else None,
            failure=failure,
        )
        if webhook_after > 0:
            self._later(webhook_after, self.webhooks.put, message.number, payload)
        else:
            self.webhooks.put(message.number, payload)
        self.bell.ring()

    def _later(self, seconds: float, act: Callable[[*Arguments], None], *args: *Arguments) -> None:
        asyncio.get_running_loop().call_later(seconds, act, *args)
