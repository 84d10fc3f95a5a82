"""A broker that outlives the command that starts it: what `siaga kafka up`, `down` and `status` do.

Whether it runs is told by the lock that the broker's process holds, never by a process id alone, so a stale id
(a crash, a reboot, a reused number) is not mistaken for a broker.
"""

import signal
from dataclasses import dataclass
from pathlib import Path

from .cluster import LocalKafka, broker_directory
from .errors import BrokerDidNotStop, DataDirInUse
from .jars import KAFKA_VERSION
from .lock import is_locked
from .process import signal_and_wait
from .record import ProcessRecord
from .settings import Node

__all__ = ["DEFAULT_PORT", "Status", "down", "status", "up"]

DEFAULT_PORT = 9092


@dataclass(frozen=True, slots=True)
class Status:
    """A data directory's broker, now. `pid` is None when it doesn't run; `bootstrap` is None if it never did."""

    running: bool
    pid: int | None
    bootstrap: str | None
    version: str
    data_dir: Path
    log: Path


def status(data_dir: Path) -> Status:
    """Look, and change nothing."""
    directory = broker_directory(data_dir.absolute(), 1)
    record = ProcessRecord.read(directory)
    running = is_locked(directory / Node.LOCK)
    return Status(
        running=running,
        pid=record.pid if running and record else None,
        bootstrap=f"127.0.0.1:{record.port}" if record else None,
        version=record.version if record else KAFKA_VERSION,
        data_dir=data_dir.absolute(),
        log=directory / Node.LOG,
    )


def up(data_dir: Path, port: int | None = None) -> Status:
    """Start a broker that stays, and return when it serves; if this one runs already, say so.

    `port` None: the one it had last, at first 9092. Raises a LocalKafkaError.
    """
    before = status(data_dir)
    record = ProcessRecord.read(broker_directory(data_dir.absolute(), 1))
    if before.running:
        if record is not None and port not in (None, record.port):
            raise DataDirInUse(before.data_dir, record.pid)
        return before
    LocalKafka(data_dir, port or (record.port if record else DEFAULT_PORT), detached=True).start()
    return status(data_dir)


def down(data_dir: Path) -> Status:
    """An orderly end, within 30 s; after that a kill. Does nothing when no broker runs there. The data stays."""
    now = status(data_dir)
    if now.running:
        lock = broker_directory(now.data_dir, 1) / Node.LOCK
        if now.pid is None:
            raise BrokerDidNotStop(now.data_dir)
        if not signal_and_wait(now.pid, lock, signal.SIGTERM) and not signal_and_wait(
            now.pid, lock, signal.SIGKILL
        ):
            raise BrokerDidNotStop(now.data_dir)
    return status(data_dir)
