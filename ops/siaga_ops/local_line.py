"""A whole line on this machine: the services, and the sandbox in the provider's place. For the demonstration and tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from siaga_ops.processes import SERVICES, Child, Line, free_port

__all__ = ["PHONE_NUMBER_ID", "SANDBOX", "local_line"]

SANDBOX = "sandbox"
PHONE_NUMBER_ID = "112000000000001"
_SECRETS = {"ACCESS_TOKEN": "sandbox-token", "APP_SECRET": "sandbox-secret", "VERIFY_TOKEN": "sandbox-verify"}


def local_line(
    bootstrap: str,
    folder: Path,
    data: Path,
    *,
    partitions: int,
    deadline_scale: float,
    gateway_tokens: Mapping[str, str],
    workers: int = 1,
    services: Sequence[str] = SERVICES,
    sandbox_port: int | None = None,
    sandbox_env: Mapping[str, str] | None = None,
) -> Line:
    """Not started yet; `Line.start` does. Logs go to `folder`. The webhooks go to the notifier's first worker.

    `gateway_tokens`: bearer token -> gateway, for the HTTP door. `sandbox_port` None: a free one.
    """
    port = free_port() if sandbox_port is None else sandbox_port
    env = {
        "SIAGA_PARTITIONS": str(partitions),
        "SIAGA_DEADLINE_SCALE": str(deadline_scale),
        "SIAGA_GATEWAY_TOKENS": json.dumps(dict(gateway_tokens)),
        "SIAGA_WHATSAPP_API_URL": f"http://127.0.0.1:{port}",
        "SIAGA_WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
        **{f"SIAGA_WHATSAPP_{name}": secret for name, secret in _SECRETS.items()},
    }
    line = Line(bootstrap, folder, data, workers=workers, env=env, services=services)
    webhooks = f"http://127.0.0.1:{line.of('notifier')[0].port}/webhooks/whatsapp"
    line.children[SANDBOX] = Child(
        SANDBOX,
        "siaga_ops.sandbox",
        {
            "SIAGA_SANDBOX_PORT": str(port),
            "SIAGA_SANDBOX_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
            "SIAGA_SANDBOX_CALLBACK_URL": webhooks,
            "SIAGA_SANDBOX_TEMPLATES": str(data / "templates/whatsapp.json"),
            "SIAGA_SANDBOX_POSTS": str(data / "posts"),
            **{f"SIAGA_SANDBOX_{name}": secret for name, secret in _SECRETS.items()},
            **(sandbox_env or {}),
        },
        port,
        folder / f"{SANDBOX}.log",
        ready_path="/_sandbox/health",
    )
    return line
