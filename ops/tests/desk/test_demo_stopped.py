"""Ctrl-C while the demonstration's Kafka starts: the end, and no failure to tell of."""

from __future__ import annotations

import os
import signal
import threading
from io import StringIO
from pathlib import Path

import pytest
import siaga_localkafka
from rich.console import Console
from siaga_localkafka import BrokerDidNotStart
from siaga_ops.demo.run import run_demo
from siaga_ops.errors import OpsError

DATA = Path(__file__).parents[3] / "data"


class StartingKafka:
    """Never gets up. What Ctrl-C does to it while it starts is in the subclasses."""

    closed = 0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.killed = threading.Event()

    def start(self) -> None:
        raise BrokerDidNotStart("its process ended with 1", self.folder, "")

    def kill(self) -> None:
        self.killed.set()

    def close(self) -> None:
        type(self).closed += 1


class DiesOfIt(StartingKafka):
    def start(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        self.killed.wait(0.2)
        super().start()


class LivesOn(StartingKafka):
    def start(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert self.killed.wait(20)
        super().start()


async def demo(kafka: type[StartingKafka], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """The exit status and what was printed."""
    monkeypatch.setattr(siaga_localkafka, "LocalKafka", kafka)
    output = StringIO()
    out = Console(file=output, width=200)
    status = await run_demo(out, DATA, once=True, json_file=None, day_seconds=1, scale=1)
    return status, output.getvalue()


@pytest.mark.parametrize("kafka", [DiesOfIt, LivesOn])
async def test_ctrl_c_while_kafka_starts_is_no_failure(
    kafka: type[StartingKafka], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, printed = await demo(kafka, monkeypatch)
    assert status == 130
    assert printed == "starting Kafka ...\nstopping ...\n"
    assert kafka.closed == 1


async def test_a_kafka_that_fails_by_itself_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OpsError, match="Kafka did not start"):
        await demo(StartingKafka, monkeypatch)
