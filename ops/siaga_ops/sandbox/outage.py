"""The outage switch: how the messages endpoint fails while it is on."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import Response
from starlette.types import Receive, Scope, Send

__all__ = ["BrokenOff", "Mode", "Outage"]

Mode = Literal["500", "429", "hang", "refuse after accept", "break after accept"]
"""`500` and `429` refuse at once. `hang` gives no answer until the switch is off, then breaks off: nothing is taken. The other
two take the message and then answer 500, or break the connection off: the sender can't know that it is taken.
"""


class Outage:
    def __init__(self) -> None:
        self.mode: Mode | None = None
        self._lifted = asyncio.Event()

    def set(self, mode: Mode) -> None:
        self.mode = mode
        self._lifted.clear()

    def lift(self) -> None:
        """Requests that hang are broken off."""
        self.mode = None
        self._lifted.set()

    async def hang(self, receive: Receive) -> None:
        """Until the switch is off or the sender has gone."""
        gone = asyncio.create_task(_disconnected(receive))
        lifted = asyncio.create_task(self._lifted.wait())
        try:
            await asyncio.wait({gone, lifted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            lifted.cancel()


class BrokenOff(Response):
    """A response that begins and never ends: the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"512")]},
        )
        await send({"type": "http.response.body", "body": b'{"messaging_product":', "more_body": True})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
