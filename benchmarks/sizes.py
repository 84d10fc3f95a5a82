"""How much each part measures."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BATCH_BYTES", "FULL", "PARTITIONS", "QUICK", "Sizes"]

PARTITIONS = 12
BATCH_BYTES = 512 * 1024
"""What bare aiokafka and the tuned Faust agent may put into one batch: as much as our runtime does."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """`warm_up_seconds` of calls go before the measured ones: a broker's code is compiled as it runs.

    `slow_inputs` are for what handles a few thousand a second: a rate needs no more.

    `peers` False leaves out the other frameworks, whose environments must be fetched.
    """

    warm_up_seconds: float
    latency_rounds: int
    latency_seconds: float
    calls_per_second: tuple[float, ...]
    throughput_rounds: int
    inputs: int
    slow_inputs: int
    peers: bool
    log_events: int
    reports: int
    scenes: int


FULL = Sizes(
    warm_up_seconds=20.0,
    latency_rounds=3,
    latency_seconds=10.0,
    calls_per_second=(5.0, 20.0),
    throughput_rounds=2,
    inputs=100_000,
    slow_inputs=10_000,
    peers=True,
    log_events=100_000,
    reports=5_000,
    scenes=5_000,
)
QUICK = Sizes(
    warm_up_seconds=0.5,
    latency_rounds=1,
    latency_seconds=1.0,
    calls_per_second=(10.0,),
    throughput_rounds=1,
    inputs=3_000,
    slow_inputs=500,
    peers=False,
    log_events=2_000,
    reports=100,
    scenes=100,
)
