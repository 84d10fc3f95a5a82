"""Who competes, and how each is started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["CONTENDERS", "Contender"]


@dataclass(frozen=True, slots=True)
class Contender:
    """`peer` names the environment (None: our own). `slow` ones get fewer inputs."""

    name: str
    program: Sequence[str]
    peer: str | None = None
    style: Sequence[str] = ()
    slow: bool = False
    note: str = ""


CONTENDERS = (
    Contender(
        "bare aiokafka",
        ("-m", "benchmarks.throughput.bare"),
        note="one loop, state in memory, at least once",
    ),
    Contender(
        "our runtime",
        ("-m", "benchmarks.throughput.ours"),
        note="a fenced transaction for each batch, no doubles",
    ),
    Contender(
        "Quix Streams",
        ("-m", "benchmarks.peers.quix_service"),
        "quix",
        note="state in memory, at least once",
    ),
    Contender(
        "Quix Streams with its state",
        ("-m", "benchmarks.peers.quix_service"),
        "quix",
        ("state",),
        note="RocksDB and changelog, at least once",
    ),
    Contender(
        "Faust agent, tuned",
        ("-m", "benchmarks.peers.faust_service"),
        "faust",
        ("tuned",),
        note="own producer, large buffers, state in memory",
    ),
    Contender(
        "Faust agent, tutorial style",
        ("-m", "benchmarks.peers.faust_service"),
        "faust",
        ("tutorial", "worker", "--without-web"),
        slow=True,
        note="table, awaited send",
    ),
)
