"""Templates of the tests' own, and a sandbox that talks to a receiver over real sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from siaga_ops.sandbox import SandboxSettings, create_app
from siaga_ops.sandbox.protocol.templates import Templates, read_templates
from siaga_ops.sandbox.testing import Receiver, running_receiver, running_sandbox

TEMPLATES = [
    {
        "name": "alarm",
        "language": "id",
        "category": "UTILITY",
        "components": [
            {"type": "BODY", "text": "112 {{1}}\nLokasi: {{2}}"},
            {"type": "FOOTER", "text": "Pusat 112"},
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "QUICK_REPLY", "text": "TERIMA"},
                    {"type": "QUICK_REPLY", "text": "TOLAK"},
                ],
            },
        ],
    },
    {
        "name": "batal",
        "language": "id",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Batal."}],
    },
]


class Clock:
    """The sandbox's clock, moved by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_hours(self, hours: float) -> None:
        self.time += timedelta(hours=hours)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def template_file(tmp_path: Path) -> Path:
    path = tmp_path / "templates.json"
    path.write_text(json.dumps(TEMPLATES))
    return path


@pytest.fixture
def templates(template_file: Path) -> Templates:
    return read_templates(template_file)


@pytest.fixture
async def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def callback(receiver: Receiver) -> AsyncIterator[str]:
    async with running_receiver(receiver) as url:
        yield f"{url}/hook"


@pytest.fixture
def settings(template_file: Path) -> Callable[..., SandboxSettings]:
    """Settings without delays; keyword arguments replace them."""

    def build(**values: Any) -> SandboxSettings:
        quick: dict[str, Any] = {
            "templates": template_file,
            "sent_delay_seconds": 0,
            "delivered_delay_seconds": 0,
            "read_delay_seconds": 0,
            "webhook_retry_first_seconds": 0.01,
            "webhook_retry_max_seconds": 0.02,
            "fail_numbers": {"+62 840-0000-0009"},
        }
        return SandboxSettings(**(quick | values))

    return build


@pytest.fixture
async def sandbox(
    settings: Callable[..., SandboxSettings], callback: str, clock: Clock
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running sandbox whose webhooks go to the receiver."""
    async with (
        running_sandbox(create_app(settings(callback_url=callback), clock)) as url,
        httpx.AsyncClient(base_url=url, headers={"Authorization": "Bearer sandbox-token"}) as client,
    ):
        yield client
