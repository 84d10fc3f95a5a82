"""The sandbox as a web application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI

from siaga_ops.sandbox.control import control_door
from siaga_ops.sandbox.graph import graph_door, refused
from siaga_ops.sandbox.names import read_names
from siaga_ops.sandbox.pages import page_door
from siaga_ops.sandbox.protocol.errors import GraphError
from siaga_ops.sandbox.protocol.templates import read_templates
from siaga_ops.sandbox.provider import Provider
from siaga_ops.sandbox.settings import SandboxSettings
from siaga_ops.sandbox.webhooks import Webhooks

__all__ = ["create_app", "provider_of"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: SandboxSettings, now: Callable[[], datetime] = _utc_now) -> FastAPI:
    """Raises OSError or ValueError if templates or posts can't be read or the callback is no URL."""
    client = httpx.AsyncClient(timeout=settings.webhook_timeout_seconds, trust_env=False)
    webhooks = Webhooks(settings, client)
    provider = Provider(settings, read_templates(settings.templates), webhooks, now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with client:
            webhooks.start()
            yield
            provider.close()
            await webhooks.close()

    app = FastAPI(title="Siaga 112 WhatsApp sandbox", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.provider = provider
    app.add_exception_handler(GraphError, refused)
    app.include_router(control_door(provider))
    app.include_router(page_door(provider, read_names(settings.posts)))
    app.include_router(graph_door(provider))
    return app


def provider_of(app: FastAPI) -> Provider:
    """The provider inside an app of `create_app`."""
    provider = app.state.provider
    assert isinstance(provider, Provider)
    return provider
