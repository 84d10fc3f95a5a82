"""LocalKafka: brokers for a test or a laptop, on 127.0.0.1 only."""

import base64
import shutil
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import BrokerDidNotStart
from .jars import ensure_jars
from .ports import free_ports
from .process import BrokerProcess
from .settings import Node

__all__ = ["LocalKafka", "broker_directory"]


def broker_directory(data_dir: Path, number: int) -> Path:
    """Where the broker with this number (from 1) keeps everything."""
    return data_dir / f"broker-{number}"


def _new_cluster_id() -> str:
    """22 characters of URL-safe base64. Never with a leading "-", which Kafka's tool would take for an option."""
    while (drawn := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return drawn


class LocalKafka:
    """A Kafka that starts in seconds and keeps its data through `stop` and `kill`.

    `data_dir` None: a temporary folder, removed by `close` (the end of the `with` block).
    `port` is the first broker's; None: free ones, chosen once, so that a restart has the same.
    `brokers` above 1 make one cluster of that many processes, each with `heap_mb` and about 250 MB beside it.
    `detached` brokers outlive this process.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        port: int | None = None,
        heap_mb: int = 512,
        brokers: int = 1,
        detached: bool = False,
    ) -> None:
        if brokers < 1:
            raise ValueError(f"a cluster needs a broker; brokers={brokers}")
        self._temporary = data_dir is None
        self.data_dir = (
            Path(tempfile.mkdtemp(prefix="siaga-kafka-")) if data_dir is None else data_dir.absolute()
        )
        ports = free_ports(2 * brokers)
        if port is not None:
            ports = [port, *[free for free in ports if free != port][: 2 * brokers - 1]]
        self._nodes = tuple(
            Node(index + 1, ports[index], ports[brokers + index], broker_directory(self.data_dir, index + 1))
            for index in range(brokers)
        )
        self._heap_mb = heap_mb
        self._detached = detached
        self._cluster_id = _new_cluster_id()
        self._processes: tuple[BrokerProcess, ...] = ()

    @property
    def bootstrap(self) -> str:
        """What a client calls bootstrap servers: HOST:PORT, or several with commas."""
        return ",".join(node.address for node in self._nodes)

    @property
    def port(self) -> int:
        """The first broker's port."""
        return self._nodes[0].port

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Where each broker's files are."""
        return self._nodes

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run now."""
        return tuple(
            process.pid for process in self._processes if process.running and process.pid is not None
        )

    @property
    def running(self) -> bool:
        """Whether every broker's process lives."""
        return bool(self._processes) and all(process.running for process in self._processes)

    def start(self) -> Self:
        """Fetch what is missing, start, and return when every broker serves. Does nothing to one that runs.

        Raises a LocalKafkaError that says what to do; nothing is left running then.
        """
        if self.running:
            return self
        class_path = ensure_jars()
        if not self._processes:
            self._processes = tuple(self._process(node, class_path) for node in self._nodes)
        idle = [process for process in self._processes if not process.running]
        try:
            for process in idle:
                process.spawn()
            for process in self._processes:
                process.wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """An orderly end. The data stays; `start` continues with it."""
        for process in self._processes:
            process.stop()

    def kill(self, broker: int | None = None) -> None:
        """SIGKILL every broker, or only the one with this number (from 1). `start` brings it back."""
        for process in self._processes:
            if broker is None or process.node.id == broker:
                process.kill()

    def close(self) -> None:
        """Stop, and remove the data if the folder was temporary (then quicker: it is killed)."""
        if self._temporary:
            self.kill()
            shutil.rmtree(self.data_dir, ignore_errors=True)
        else:
            self.stop()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BrokerDidNotStart:
            raise  # its message names the log: that must stay, even in a temporary folder
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _process(self, node: Node, class_path: tuple[Path, ...]) -> BrokerProcess:
        return BrokerProcess(
            node,
            self._nodes,
            class_path,
            self._heap_mb,
            cluster_id=self._cluster_id,
            detached=self._detached,
            remove_after=self.data_dir if self._temporary else None,
        )
