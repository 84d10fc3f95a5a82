"""For tests: the sandbox and a small webhook receiver on real sockets, in the test's own event loop."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from siaga_ops.sandbox.protocol.payloads import signature
from siaga_ops.sandbox.server import SandboxServer

__all__ = ["Receiver", "running_receiver", "running_sandbox"]

Payload = dict[str, Any]


@dataclass(slots=True)
class Receiver:
    """A callback as Meta wants it. `answers` are the HTTP statuses of the next webhooks; after them all get 200."""

    app_secret: str = "sandbox-secret"
    verify_token: str = "sandbox-verify"
    answers: deque[int] = field(default_factory=deque)
    handshakes: int = 0
    attempts: list[Payload] = field(default_factory=list)
    taken: list[Payload] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.get("/hook")(self._verify)
        app.post("/hook")(self._receive)
        return app

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for it; it is looked at after each request."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(condition)

    def values(self) -> list[Payload]:
        """The `value` of each webhook that was answered with 200."""
        return [body["entry"][0]["changes"][0]["value"] for body in self.taken]

    def statuses(self, message_id: str | None = None) -> list[Payload]:
        """The status items taken, of that message or of all."""
        items = [item for value in self.values() for item in value.get("statuses", [])]
        return [item for item in items if message_id in (None, item["id"])]

    def messages(self) -> list[Payload]:
        """The phones' messages taken."""
        return [item for value in self.values() for item in value.get("messages", [])]

    async def _verify(self, request: Request) -> Response:
        query = request.query_params
        if query["hub.mode"] != "subscribe" or query["hub.verify_token"] != self.verify_token:
            return Response(status_code=403)
        async with self._changed:
            self.handshakes += 1
            self._changed.notify_all()
        return Response(query["hub.challenge"], media_type="text/plain")

    async def _receive(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("X-Hub-Signature-256") != signature(body, self.app_secret):
            return Response(status_code=401)
        status = self.answers.popleft() if self.answers else 200
        async with self._changed:
            self.attempts.append(json.loads(body))
            if status == 200:
                self.taken.append(json.loads(body))
            self._changed.notify_all()
        return Response(status_code=status)


def running_receiver(receiver: Receiver, port: int = 0) -> AbstractAsyncContextManager[str]:
    """The callback is `/hook` under the base URL."""
    config = uvicorn.Config(receiver.app(), port=port, log_level="warning", access_log=False)
    return _running(uvicorn.Server(config))


def running_sandbox(app: FastAPI) -> AbstractAsyncContextManager[str]:
    """An app of `create_app`."""
    return _running(SandboxServer(app, "127.0.0.1", 0))


@asynccontextmanager
async def _running(server: uvicorn.Server) -> AsyncIterator[str]:
    """The server's base URL while it runs; its config's port 0 takes a free one."""
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@contextmanager
def _no_signals() -> Iterator[None]:
    yield
