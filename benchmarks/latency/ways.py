"""The two ways a report can go, started and ready: the line of services, and the chain of bare hops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import httpx
from aiokafka import AIOKafkaProducer
from siaga_events import Codec, Event, EventData
from siaga_ops.client import Client
from siaga_ops.processes import Child, Line, free_port

from benchmarks.cluster import MadeTopics
from benchmarks.programs import ROOT, program
from benchmarks.sizes import PARTITIONS

__all__ = ["BARE_TOPICS", "LINE_TOPICS", "Way", "bare_way", "line_way"]

LINE_TOPICS = ("gateway.calls", "calls", "classifications", "routings", "notifications")
"""Where a report is appended on its way to the provider."""
BARE_TOPICS = tuple(f"bare.{n}" for n in range(len(LINE_TOPICS)))
PHONE_NUMBER_ID = "112000000000001"


class Send(Protocol):
    async def __call__(self, event: Event[EventData]) -> None: ...


@dataclass
class Way:
    """`send` reports a call; `arrived` says when the provider had its first request, by trace (the call's id)."""

    name: str
    send: Send
    sandbox: Child
    topics: tuple[str, ...]
    _seen: int = 0
    _arrived: dict[str, datetime] = field(default_factory=dict)
    requests: int = 0

    async def arrived(self, http: httpx.AsyncClient) -> dict[str, datetime]:
        url = f"http://127.0.0.1:{self.sandbox.port}/_sandbox/messages"
        response = await http.get(url, params={"since": self._seen})
        for message in response.json()["messages"]:
            self._seen = max(self._seen, message["seq"])
            self.requests += 1
            trace = (message["traceparent"] or "").split("-")[1]
            self._arrived.setdefault(trace, datetime.fromisoformat(message["at"]))
        return self._arrived


@asynccontextmanager
async def line_way(client: Client, bootstrap: str, folder: Path) -> AsyncIterator[Way]:
    """Intake, classifier, router and notifier, each a process, and the sandbox as provider."""
    port = free_port()
    env = {
        "SIAGA_PARTITIONS": str(PARTITIONS),
        "SIAGA_WHATSAPP_API_URL": f"http://127.0.0.1:{port}",
        "SIAGA_LOG_LEVEL": "WARNING",
        "SIAGA_DEADLINE_SCALE": "50",  # nobody answers, and no escalation may fall into the measurement
    }
    line = Line(bootstrap, folder / "line", ROOT / "data", env=env)
    webhook = f"http://127.0.0.1:{line.of('notifier')[0].port}/webhooks/whatsapp"
    line.children["sandbox"] = _sandbox(folder / "line", port, webhook)

    async def send(event: Event[EventData]) -> None:
        await client.publish(LINE_TOPICS[0], [event])

    try:
        await line.start()
        yield Way("the line", send, line.children["sandbox"], LINE_TOPICS)
    finally:
        await line.stop()


@asynccontextmanager
async def bare_way(bootstrap: str, folder: Path) -> AsyncIterator[Way]:
    """A bare aiokafka process for each hop, and a sandbox of its own."""
    await MadeTopics(bootstrap).create(BARE_TOPICS)
    sandbox = _sandbox(folder, free_port(), "")
    codec = Codec()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")

    async def send(event: Event[EventData]) -> None:
        encoded = codec.encode(event)
        trace = f"00-{event.subject.replace('-', '')}-{event.id.hex[16:]}-01"
        headers = [*encoded.headers, ("ce_traceparent", trace.encode())]
        await producer.send_and_wait(BARE_TOPICS[0], encoded.value, key=encoded.key, headers=headers)

    only = Line(bootstrap, folder, ROOT / "data", services=())
    only.children["sandbox"] = sandbox
    url = f"http://127.0.0.1:{sandbox.port}/v23.0/{PHONE_NUMBER_ID}/messages"
    try:
        await only.start()
        await producer.start()
        async with AsyncExitStack() as stack:
            for number, (source, target) in enumerate(pairwise(BARE_TOPICS)):
                last = [url] if target == BARE_TOPICS[-1] else []
                arguments = ["-m", "benchmarks.latency.hop", bootstrap, source, target, *last]
                await stack.enter_async_context(program(f"hop-{number}", arguments, folder))
            yield Way("bare hops", send, sandbox, BARE_TOPICS)
    finally:
        await producer.stop()
        await only.stop()


def _sandbox(folder: Path, port: int, webhook: str) -> Child:
    env = {
        "SIAGA_SANDBOX_PORT": str(port),
        "SIAGA_SANDBOX_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
        "SIAGA_SANDBOX_CALLBACK_URL": webhook,
        "SIAGA_SANDBOX_TEMPLATES": str(ROOT / "data/templates/whatsapp.json"),
    }
    return Child(
        "sandbox", "siaga_ops.sandbox", env, port, folder / "sandbox.log", ready_path="/_sandbox/health"
    )
