"""A whole system under test: one broker, the line's processes, the sandbox, and what the logs say."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
from siaga_events import CATALOGUE
from siaga_events.types import PostRegistered
from siaga_localkafka import LocalKafka
from siaga_ops.client import Client, connected
from siaga_ops.local_line import SANDBOX, local_line
from siaga_ops.posts import import_posts, read_posts
from siaga_ops.processes import Child, Line
from siaga_ops.topics import create_topics

from .following import Followed

__all__ = [
    "DATA",
    "GATEWAY",
    "LONG",
    "PARTITIONS",
    "QUICK_PROVIDER",
    "TOKEN",
    "Ran",
    "System",
    "ended",
    "posts_of_the_tests",
    "prepare",
    "prepared_broker",
    "running_system",
    "siaga",
    "started",
    "until",
]

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
PARTITIONS = 12
TOKEN = os.environ.get("SIAGA_E2E_GATEWAY_TOKEN", "token-of-the-exchange")
GATEWAY = os.environ.get("SIAGA_E2E_GATEWAY", "//pbx.test/1")
LONG = 1000.0
"""A deadline scale under which no deadline falls due in a test."""
PATIENCE_SECONDS = 120.0
LOOK_EVERY_SECONDS = 0.1
QUICK_PROVIDER = {
    "SIAGA_SANDBOX_SENT_DELAY_SECONDS": "0.01",
    "SIAGA_SANDBOX_DELIVERED_DELAY_SECONDS": "0.03",
    "SIAGA_SANDBOX_WEBHOOK_RETRY_MAX_SECONDS": "2",
    "SIAGA_SANDBOX_KEEP_MESSAGES": "100000",
}


async def until(look: Callable[[], Awaitable[T | None]], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Wait for a condition: the first thing that `look` gives which is neither None nor False."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        found = await look()
        if found is not None and found is not False:
            return found
        assert loop.time() < end, f"never came in {seconds:.0f} s: {what}"
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def ended(child: Child) -> int:
    """The exit status of a process that ends by itself, or was told to. Who does not end is stopped."""

    async def look() -> bool:
        return not child.alive

    try:
        await until(look, f"{child.name} ends")
    finally:
        if child.alive:
            await child.stop()
    assert child.process is not None
    return child.process.wait()


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and all that it printed."""

    status: int
    output: str


class Broker(Protocol):
    """A broker under test: local, in a container, or somebody else's."""

    @property
    def bootstrap(self) -> str: ...

    def start(self) -> object: ...

    def kill(self) -> None: ...


@dataclass
class System:
    """`seen` follows every topic of the catalogue; `client` reads and publishes as the command line does."""

    kafka: Broker
    line: Line
    client: Client
    seen: Followed
    http: httpx.AsyncClient

    @property
    def intake_url(self) -> str:
        return self.line.of("intake")[0].url

    @property
    def sandbox(self) -> Child:
        return self.line.children[SANDBOX]

    async def messages(self) -> list[dict[str, Any]]:
        """Every request that the provider has had, oldest first."""
        response = await self.http.get(f"{self.sandbox.url}/_sandbox/messages")
        return list(response.json()["messages"])

    async def message_about(self, alarm_id: str) -> dict[str, Any]:
        """The alarm's message, once the provider has it."""

        async def look() -> dict[str, Any] | None:
            found = [m for m in await self.messages() if m["biz_opaque_callback_data"] == alarm_id]
            return found[0] if found and found[0]["wamid"] else None

        return await until(look, f"the provider's message about alarm {alarm_id}")

    async def reply(self, message: Mapping[str, Any], **said: str) -> None:
        """The phone that has the message answers: `text=...` or `button=...`."""
        url = f"{self.sandbox.url}/_sandbox/phones/{message['number']}/reply"
        response = await self.http.post(url, json={**said, "message_id": message["wamid"]})
        assert response.status_code == 200, response.text

    async def post_call(self, body: bytes, path: str = "/v1/calls", token: str = TOKEN) -> httpx.Response:
        """What a gateway without Kafka does."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await self.http.post(f"{self.intake_url}{path}", content=body, headers=headers)

    async def siaga(self, *arguments: str) -> Ran:
        """Run the real command."""
        return await siaga(self.kafka.bootstrap, *arguments)

    async def has_passed(self, group: str, topic: str) -> None:
        """Until a consumer group has committed what stands in a topic that holds no transaction markers."""
        ends = await self.client.backend.topic_ends(topic)

        async def look() -> bool:
            done = await self.client.backend.committed(group, topic)
            return all(done.get(number, 0) >= end for number, end in ends.items())

        await until(look, f"{group} has passed {topic}")


async def siaga(bootstrap: str, *arguments: str) -> Ran:
    """Run the real `siaga` command against a broker."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("siaga")),
        *arguments,
        cwd=ROOT,
        env={
            **os.environ,
            "SIAGA_BOOTSTRAP": bootstrap,
            "SIAGA_OPERATOR": "operator-uji",
            "COLUMNS": "250",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, output.decode())


async def prepare(bootstrap: str, replication: int = 1) -> None:
    """The catalogue's topics and the directory of posts, all of them open around the clock."""
    await create_topics(bootstrap, PARTITIONS, replication, wait_seconds=60)
    async with connected(bootstrap) as client:
        await import_posts(client, [post.model_copy(update={"hours": None}) for post in posts_of_the_tests()])


def posts_of_the_tests() -> list[PostRegistered]:
    """As the files have them."""
    return [p for name in ("lampung-barat", "supervisor") for p in read_posts(DATA / f"posts/{name}.json")]


@asynccontextmanager
async def prepared_broker(folder: Path) -> AsyncIterator[LocalKafka]:
    """A broker of this machine's."""
    kafka = LocalKafka(folder / "kafka")
    await asyncio.to_thread(kafka.start)
    try:
        await prepare(kafka.bootstrap)
        yield kafka
    finally:
        await asyncio.to_thread(kafka.kill)


@asynccontextmanager
async def running_system(folder: Path, *, workers: int = 1) -> AsyncIterator[System]:
    """Everything, up and ready, where `--line` says; what was started here is stopped at the end."""
    kinds = {"local": _as_processes, "containers": _in_containers, "external": _as_it_is}
    kind = kinds[os.environ.get("SIAGA_E2E_LINE", "local")]
    async with kind(folder, workers) as (kafka, line), started(kafka, line) as system:
        yield system


@asynccontextmanager
async def started(kafka: Broker, line: Line) -> AsyncIterator[System]:
    """The line up and ready, and followed from the first event on; stopped at the end."""
    try:
        await line.start()
        async with (
            connected(kafka.bootstrap) as client,
            httpx.AsyncClient(timeout=30) as http,
            Followed.of(client, list(CATALOGUE)) as seen,
        ):
            yield System(kafka, line, client, seen, http)
    finally:
        await line.stop()


@asynccontextmanager
async def _as_processes(folder: Path, workers: int) -> AsyncIterator[tuple[Broker, Line]]:
    async with prepared_broker(folder) as kafka:
        yield (
            kafka,
            local_line(
                kafka.bootstrap,
                folder / "logs",
                DATA,
                partitions=PARTITIONS,
                deadline_scale=LONG,
                gateway_tokens={TOKEN: GATEWAY},
                workers=workers,
                sandbox_env=QUICK_PROVIDER,
            ),
        )


@asynccontextmanager
async def _in_containers(folder: Path, workers: int) -> AsyncIterator[tuple[Broker, Line]]:
    from testcontainers.core.network import Network

    from .containers import ContainerKafka, ContainerLine

    with Network() as network:
        kafka = ContainerKafka(network)
        await asyncio.to_thread(kafka.start)
        try:
            await prepare(kafka.bootstrap)
            yield (
                kafka,
                ContainerLine(
                    network,
                    folder / "logs",
                    partitions=PARTITIONS,
                    deadline_scale=LONG,
                    gateway_tokens={TOKEN: GATEWAY},
                    workers=workers,
                    sandbox_env=QUICK_PROVIDER,
                ),
            )
        finally:
            kafka.close()


@asynccontextmanager
async def _as_it_is(folder: Path, workers: int) -> AsyncIterator[tuple[Broker, Line]]:
    """Somebody else's, which was looked at before the first test."""
    from .external import ExternalKafka, ExternalLine, Where

    where = Where.of(os.environ)
    yield ExternalKafka(where.bootstrap), ExternalLine(where)
