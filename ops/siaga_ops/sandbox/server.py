"""Runs the sandbox as a process of its own."""

from __future__ import annotations

import logging
import socket

import uvicorn
from fastapi import FastAPI

from siaga_ops.sandbox.app import create_app, provider_of
from siaga_ops.sandbox.settings import SandboxSettings

__all__ = ["SandboxServer", "serve"]

GRACE_SECONDS = 3


class SandboxServer(uvicorn.Server):
    """Ends its streams first, so that a stop waits for nobody's page."""

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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._provider.close()
        await super().shutdown(sockets)


def serve(settings: SandboxSettings) -> None:
    """Returns after SIGINT or SIGTERM. Raises OSError or ValueError if the settings can't be used."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    server = SandboxServer(create_app(settings), settings.host, settings.port)
    logging.getLogger("siaga.sandbox").info("phones: http://%s:%d/", settings.host, settings.port)
    server.run()
