"""The phones: what was sent to them, what they wrote, how far each message is. In memory, bounded."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from siaga_ops.sandbox.protocol.errors import Failure
from siaga_ops.sandbox.protocol.message import Button
from siaga_ops.sandbox.protocol.payloads import Price, Status

__all__ = ["Message", "Phone", "Phones", "digits"]


def digits(number: str) -> str:
    """A number as wa_id, however it is written. Empty if there is no digit."""
    return re.sub(r"\D", "", number)


@dataclass(frozen=True, slots=True)
class Message:
    """One message on a phone. A phone's own message is `delivered` until the business marks it as read."""

    wamid: str
    number: str
    by: Literal["business", "phone"]
    kind: Literal["template", "text", "interactive", "button"]
    text: str
    at: datetime
    status: Status
    buttons: tuple[Button, ...] = ()
    quoted: str | None = None
    callback_data: str | None = None
    price: Price | None = None
    conversation_id: str | None = None
    failure: Failure | None = None

    @property
    def unread(self) -> bool:
        return self.by == "business" and self.status == "delivered"


@dataclass(slots=True)
class Phone:
    """`written_at`: the phone's last message, which opens the customer service window. `revision` counts changes."""

    number: str
    wamids: deque[str] = field(default_factory=deque)
    written_at: datetime | None = None
    revision: int = 0

    @property
    def name(self) -> str:
        """The profile name that the webhooks show."""
        return f"Pos {self.number[-4:]}"


class Phones:
    """Keeps the last `keep` messages of all phones together; a phone with none left is forgotten."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._messages: dict[str, Message] = {}
        self._phones: dict[str, Phone] = {}

    def __len__(self) -> int:
        return len(self._phones)

    @property
    def message_count(self) -> int:
        return len(self._messages)

    def add(self, message: Message) -> None:
        phone = self._phones.setdefault(message.number, Phone(message.number))
        phone.wamids.append(message.wamid)
        phone.revision += 1
        if message.by == "phone":
            phone.written_at = message.at
        self._messages[message.wamid] = message
        while len(self._messages) > self._keep:
            self._forget_oldest()

    def progress(self, wamid: str, status: Status, failure: Failure | None = None) -> Message | None:
        """The message in its new state; None if it is forgotten by now."""
        message = self._messages.get(wamid)
        if message is None:
            return None
        message = replace(message, status=status, failure=failure)
        self._messages[wamid] = message
        self._phones[message.number].revision += 1
        return message

    def message(self, wamid: str) -> Message | None:
        return self._messages.get(wamid)

    def phone(self, number: str) -> Phone | None:
        return self._phones.get(number)

    def messages(self, number: str) -> list[Message]:
        """Oldest first; none for a number that is not known."""
        phone = self._phones.get(number)
        return [] if phone is None else [self._messages[wamid] for wamid in phone.wamids]

    def newest(self, number: str) -> Iterator[Message]:
        """Newest first."""
        phone = self._phones.get(number)
        if phone is not None:
            yield from (self._messages[wamid] for wamid in reversed(phone.wamids))

    def all(self) -> list[Phone]:
        """The phone with the newest message first."""
        return sorted(
            self._phones.values(), key=lambda p: self._messages[p.wamids[-1]].at.timestamp(), reverse=True
        )

    def unread(self, number: str) -> list[Message]:
        return [message for message in self.messages(number) if message.unread]

    def window_open(self, number: str, now: datetime, window: timedelta) -> bool:
        phone = self._phones.get(number)
        return phone is not None and phone.written_at is not None and now - phone.written_at < window

    def _forget_oldest(self) -> None:
        wamid = next(iter(self._messages))
        number = self._messages.pop(wamid).number
        phone = self._phones[number]
        phone.wamids.popleft()
        if not phone.wamids:
            del self._phones[number]
