"""Runs the sandbox as a process of its own."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from siaga_ops.sandbox.app import create_app, provider_of
from siaga_ops.sandbox.settings import SandboxSettings

__all__ = ["SandboxServer", "serve"]

GRACE_SECONDS = 3
log = logging.getLogger("siaga.sandbox")


class SandboxServer(uvicorn.Server):
    """Ends its streams first, so that a stop waits for nobody's page. A signal is a stop, not a failure."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                access_log=False,
                log_level="warning",
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._provider = provider_of(app)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            log.info("phones: http://%s:%d/", host, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._provider.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        loop = asyncio.get_running_loop()
        stops = (signal.SIGINT, signal.SIGTERM)
        for stop in stops:
            loop.add_signal_handler(stop, self.handle_exit, stop, None)
        try:
            yield
        finally:
            for stop in stops:
                loop.remove_signal_handler(stop)


def serve(settings: SandboxSettings) -> None:
    """Returns after SIGINT or SIGTERM. Raises OSError or ValueError if the settings can't be used.

    Ends the process with status 1 (SystemExit) if the port is taken.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    SandboxServer(create_app(settings), settings.host, settings.port).run()
