"""Wakes those who wait for a change: streams and pages."""

from __future__ import annotations

import asyncio

__all__ = ["Bell"]


class Bell:
    """Take `waiter()` first, then look at the state, then await the waiter: no change is missed between."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.closed = False

    def waiter(self) -> asyncio.Event:
        """Is set by the next ring. Once the bell is closed it is set already."""
        return self._event

    def ring(self) -> None:
        event, self._event = self._event, asyncio.Event()
        if self.closed:
            self._event.set()
        event.set()

    def close(self) -> None:
        """Ends every stream; there is nothing to wait for any more."""
        self.closed = True
        self.ring()
