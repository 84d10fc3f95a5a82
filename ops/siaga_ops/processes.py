"""The line's services as child processes: started, watched, restarted, stopped. For the demonstration and for tests."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from siaga_ops.errors import OpsError

__all__ = ["SERVICES", "Child", "Line", "free_port"]

SERVICES = ("intake", "classifier", "router", "notifier")
RESTART_SECONDS = 0.5
READY_SECONDS = 180.0
"""A whole line on a busy machine; who does not stay up is told of much sooner."""
STOP_SECONDS = 15.0
STARTS_AT_MOST = 5


def free_port() -> int:
    """A port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """Runs in the child: on Linux it gets SIGTERM when its parent is gone, so that nothing is left running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@dataclass
class Child:
    """A process of the line. Its output goes to `log`."""

    name: str
    module: str
    env: Mapping[str, str]
    port: int
    log: Path
    ready_path: str = "/health/ready"
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    wanted: bool = field(default=False)

    def start(self) -> None:
        self.wanted = True
        self.starts += 1
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_die_with_parent,
            )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the process that runs now, if one does."""
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for who does not listen."""
        self.wanted = False
        self.signal(signal.SIGTERM)
        if self.process is None:
            return
        for _ in range(int(STOP_SECONDS / 0.05)):
            if not self.alive:
                return
            await asyncio.sleep(0.05)
        self.process.kill()
        self.process.wait()

    async def is_ready(self) -> bool:
        return (await self.get(self.ready_path)) is not None

    @property
    def url(self) -> str:
        """Its HTTP door."""
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str) -> dict[str, object] | None:
        """A JSON document from the HTTP door, None if it does not answer with 200."""
        return await asyncio.to_thread(_get, f"{self.url}{path}")

    def last_lines(self, count: int = 5) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-count:])


def _get(url: str) -> dict[str, object] | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return dict(json.load(response))
    except (urllib.error.URLError, HTTPException, ConnectionError, TimeoutError, ValueError):
        return None


class Line:
    """All services of the line, `workers` processes of each. Who dies is started again, as a supervisor would."""

    def __init__(
        self,
        bootstrap: str,
        folder: Path,
        data: Path,
        *,
        workers: int = 1,
        env: Mapping[str, str] | None = None,
        services: Sequence[str] = SERVICES,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        common = {
            "SIAGA_BOOTSTRAP": bootstrap,
            "SIAGA_GAZETTEER": str(data / "gazetteer"),
            "SIAGA_PLAN": str(data / "plan/response-plan.json"),
            "SIAGA_DEADLINES": str(data / "plan/deadlines.json"),
            **(env or {}),
        }
        self.children: dict[str, Child] = {}
        for service in services:
            for worker in range(1, workers + 1):
                self._add(service, str(worker), folder, common)
        self._watching: asyncio.Task[None] | None = None

    def _add(self, service: str, worker: str, folder: Path, common: Mapping[str, str]) -> None:
        port = free_port()
        name = f"{service}-{worker}"
        env = {**common, "SIAGA_WORKER_ID": worker, "SIAGA_HTTP_PORT": str(port)}
        self.children[name] = Child(name, f"siaga_{service}", env, port, folder / f"{name}.log")

    def of(self, service: str) -> list[Child]:
        return [c for c in self.children.values() if c.name.startswith(f"{service}-")]

    async def start(self) -> None:
        """Start all; returns when all are ready. Raises OpsError with the log's last lines."""
        for child in self.children.values():
            child.start()
        self._watching = asyncio.create_task(self._restart_the_dead())
        await self.ready()

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Until every service says so. Raises OpsError if one does not stay up meanwhile."""
        before = {child.name: child.starts for child in self.children.values()}
        try:
            async with asyncio.timeout(seconds):
                for child in self.children.values():
                    while not await child.is_ready():
                        if child.starts - before[child.name] > STARTS_AT_MOST:
                            raise OpsError(
                                f"{child.name} does not stay up; its log ({child.log}):\n{child.last_lines()}"
                            )
                        await asyncio.sleep(0.05)
        except TimeoutError:
            late = [c for c in self.children.values() if not await c.is_ready()]
            spelled = "\n".join(f"{c.name} ({c.log}):\n{c.last_lines()}" for c in late)
            raise OpsError(f"not ready after {seconds:.0f} s: {spelled}") from None

    async def stop(self) -> None:
        """Stop all, cleanly."""
        if self._watching is not None:
            self._watching.cancel()
        await asyncio.gather(*(child.stop() for child in self.children.values()))

    async def _restart_the_dead(self) -> None:
        while True:
            await asyncio.sleep(RESTART_SECONDS)
            for child in self.children.values():
                if child.wanted and not child.alive:
                    child.start()
