"""The same system in containers: testcontainers starts Apache Kafka's image and the images that were built from this tree.

Its parts look as the local ones do (`Child`, `Line`, a broker with `bootstrap`, `start` and `kill`), so tests see no difference.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.errors import NotFound
from siaga_ops.local_line import SANDBOX
from siaga_ops.processes import SERVICES, Child, Line, free_port
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

__all__ = ["ContainerKafka", "ContainerLine", "image_of"]

KAFKA_IMAGE = "apache/kafka:4.3.1"
TAG = os.environ.get("SIAGA_VERSION", "latest")
INSIDE = "kafka:9092"
LOOPBACK = "127.0.0.1"
READY_SECONDS = 120.0
LOG_LINES = 500


def image_of(service: str, tag: str = TAG) -> str:
    return f"siaga112/{service}:{tag}"


def on_loopback(container: DockerContainer, inner: int, port: int) -> None:
    """Publish a port on loopback alone, which `with_bind_ports` can't say."""
    ports: dict[str, Any] = container.ports
    ports[f"{inner}/tcp"] = (LOOPBACK, port)


class ContainerKafka:
    """One broker, reached by its network name inside and by a port of loopback from here. Its log is in the container."""

    def __init__(self, network: Network) -> None:
        self.port = free_port()
        self.bootstrap = f"{LOOPBACK}:{self.port}"
        env = {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_LISTENERS": "INSIDE://:9092,CONTROLLER://:9093,OUTSIDE://:9094",
            "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://{INSIDE},OUTSIDE://{self.bootstrap}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_MESSAGE_MAX_BYTES": str(5 * 1024 * 1024),
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_HEAP_OPTS": "-Xmx512m -Xms256m",
        }
        self._container = DockerContainer(KAFKA_IMAGE).with_network(network).with_network_aliases("kafka")
        on_loopback(self._container, 9094, self.port)
        for name, value in env.items():
            self._container.with_env(name, value)
        self._created = False

    def start(self) -> None:
        """Start it, or start it again on the log that it had."""
        if not self._created:
            self._container.start()
            self._created = True
        else:
            self._container.get_wrapped_container().start()

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def close(self) -> None:
        self._container.stop()


@dataclass
class ContainerChild(Child):
    """A service in a container of its own. Each start makes a new one, as `--force-recreate` would."""

    image: str = ""
    network: Network | None = None
    inner_port: int = 8080
    container: Any = field(default=None)

    def start(self) -> None:
        assert self.network is not None
        self._remove()
        self.wanted = True
        self.starts += 1
        made = DockerContainer(self.image).with_network(self.network).with_network_aliases(self.name)
        on_loopback(made, self.inner_port, self.port)
        made.with_tmpfs_mount("/tmp")
        made.with_kwargs(read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges:true"])
        for name, value in self.env.items():
            made.with_env(name, value)
        made.start()
        self.container = made.get_wrapped_container()

    @property
    def alive(self) -> bool:
        if self.container is None:
            return False
        try:
            self.container.reload()
        except NotFound:
            return False
        return bool(self.container.status in ("created", "running", "paused"))

    def signal(self, number: int) -> None:
        if not self.alive:
            return
        if number == signal.SIGSTOP:
            self.container.pause()
        elif number == signal.SIGCONT:
            self.container.unpause()
        else:
            self.container.kill(signal=number)

    async def stop(self) -> None:
        self.wanted = False
        if self.alive:
            self.container.stop(timeout=15)
        self._remove()

    def last_lines(self, count: int = 5) -> str:
        return self.container.logs(tail=count).decode(errors="replace") if self.container else ""

    def _remove(self) -> None:
        """Its output is kept in `log`."""
        if self.container is None:
            return
        try:
            with self.log.open("ab") as output:
                output.write(self.container.logs(tail=LOG_LINES))
            self.container.remove(force=True, v=True)
        except NotFound:
            pass
        self.container = None


class ContainerLine(Line):
    """The services and the sandbox, `workers` containers of each service."""

    def __init__(
        self,
        network: Network,
        folder: Path,
        *,
        partitions: int,
        deadline_scale: float,
        gateway_tokens: Mapping[str, str],
        workers: int = 1,
        sandbox_env: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.children: dict[str, Child] = {}
        self._watching = None
        common = {
            "SIAGA_BOOTSTRAP": INSIDE,
            "SIAGA_PARTITIONS": str(partitions),
            "SIAGA_DEADLINE_SCALE": str(deadline_scale),
            "SIAGA_GATEWAY_TOKENS": json.dumps(dict(gateway_tokens)),
            "SIAGA_WHATSAPP_API_URL": f"http://{SANDBOX}:8090",
        }
        for service in SERVICES:
            for worker in range(1, workers + 1):
                name = f"{service}-{worker}"
                self.children[name] = ContainerChild(
                    name,
                    f"siaga_{service}",
                    {**common, "SIAGA_WORKER_ID": str(worker)},
                    free_port(),
                    folder / f"{name}.log",
                    image=image_of(service, (tags or {}).get(service, TAG)),
                    network=network,
                )
        webhooks = "http://notifier-1:8080/webhooks/whatsapp"
        self.children[SANDBOX] = ContainerChild(
            SANDBOX,
            "siaga_ops.sandbox",
            {"SIAGA_SANDBOX_CALLBACK_URL": webhooks, **(sandbox_env or {})},
            free_port(),
            folder / f"{SANDBOX}.log",
            ready_path="/_sandbox/health",
            image=image_of("ops", (tags or {}).get("ops", TAG)),
            network=network,
            inner_port=8090,
        )
