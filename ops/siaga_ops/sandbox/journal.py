"""Every request to the messages endpoint, in the order it came, for tests and watchers. In memory, bounded."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from siaga_ops.sandbox.protocol.message import Send

__all__ = ["Journal", "Received"]


@dataclass(frozen=True, slots=True)
class Received:
    """One request. `send` is None if it could not be read; `wamid` if it was not taken; `http_status` if none was given."""

    seq: int
    at: datetime
    send: Send | None
    wamid: str | None
    traceparent: str | None
    http_status: int | None
    error_code: int | None = None


class Journal:
    """Numbered from 1 without a gap; the last `keep` requests stay."""

    def __init__(self, keep: int) -> None:
        self._entries: deque[Received] = deque(maxlen=keep)
        self._next = 1

    @property
    def last(self) -> int:
        """The number of the newest request; 0 before the first."""
        return self._next - 1

    def add(
        self,
        at: datetime,
        send: Send | None,
        *,
        wamid: str | None = None,
        traceparent: str | None = None,
        http_status: int | None = None,
        error_code: int | None = None,
    ) -> None:
        self._entries.append(Received(self._next, at, send, wamid, traceparent, http_status, error_code))
        self._next += 1

    def since(self, seq: int) -> list[Received]:
        """The kept requests with a number above `seq`."""
        skip = max(0, len(self._entries) - (self.last - seq))
        return list(islice(self._entries, skip, None))
