"""The files a broker reads: server.properties and its logging."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

__all__ = ["Node", "logging_properties", "server_properties"]

_LARGEST_BATCH_BYTES = 5 * 2**20
"""A transaction's batch may hold 4 MiB of events; the rest is the batch's own overhead, with room."""

_OFFSETS_KEPT_MINUTES = 10 * 365 * 24 * 60
"""Kafka forgets an idle group's offsets after 7 days; a laptop may sleep longer than that."""

_INTERNAL_PARTITIONS = 12


@dataclass(frozen=True, slots=True)
class Node:
    """One combined broker and controller, and where it lives."""

    id: int
    port: int
    controller_port: int
    directory: Path

    LOCK: ClassVar[str] = "lock"
    LOG: ClassVar[str] = "broker.log"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def properties_file(self) -> Path:
        return self.directory / "server.properties"

    @property
    def logging_file(self) -> Path:
        return self.directory / "log4j2.properties"

    @property
    def topics(self) -> Path:
        return self.directory / "topics"

    @property
    def temporary(self) -> Path:
        return self.directory / "tmp"

    @property
    def log(self) -> Path:
        return self.directory / self.LOG

    @property
    def console(self) -> Path:
        """What the Java runtime itself says, before and beside Kafka's log."""
        return self.directory / "console.log"

    @property
    def lock(self) -> Path:
        """Held by the broker's process for as long as it lives."""
        return self.directory / self.LOCK


def server_properties(node: Node, nodes: tuple[Node, ...]) -> str:
    """`nodes` are all of the cluster, this one among them. Internal topics are kept on up to three of them."""
    copies = min(3, len(nodes))
    in_sync = max(1, copies - 1)
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "listeners": f"BROKER://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"BROKER://127.0.0.1:{node.port}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": ",".join(f"{n.id}@127.0.0.1:{n.controller_port}" for n in nodes),
        "log.dirs": node.topics,
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": _INTERNAL_PARTITIONS,
        "offsets.retention.minutes": _OFFSETS_KEPT_MINUTES,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": _INTERNAL_PARTITIONS,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": _INTERNAL_PARTITIONS,
        "group.initial.rebalance.delay.ms": 0,
        "auto.create.topics.enable": "false",
        # A killed broker may come back only when its old session has ended (9 s by default).
        "broker.session.timeout.ms": 2000,
        "broker.heartbeat.interval.ms": 400,
        "message.max.bytes": _LARGEST_BATCH_BYTES,
        "replica.fetch.max.bytes": _LARGEST_BATCH_BYTES,
        # A log is a service's state: nothing goes unless its topic says so.
        "log.retention.ms": -1,
        # 128 MiB of the heap by default, for compacting logs far larger than a laptop's.
        "log.cleaner.dedupe.buffer.size": 16 * 2**20,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def logging_properties(node: Node) -> str:
    """At most 40 MB of log. Warnings, and what the broker says of its own start and end."""
    return f"""status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={node.log}
appender.file.filePattern={node.log}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{{ISO8601}} %-5p %c{{1}}: %m%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=3
rootLogger.level=warn
rootLogger.appenderRef.file.ref=file
logger.kafka.name=kafka
logger.kafka.level=info
"""
