"""How much each part measures."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "PARTITIONS", "QUICK", "Sizes"]

PARTITIONS = 12


@dataclass(frozen=True, slots=True)
class Sizes:
    """`slow_inputs` are for what handles a few thousand a second: a rate needs no more."""

    latency_rounds: int
    latency_seconds: float
    calls_per_second: float
    inputs: int
    slow_inputs: int
    log_events: int
    reports: int


FULL = Sizes(
    latency_rounds=3,
    latency_seconds=10.0,
    calls_per_second=20.0,
    inputs=100_000,
    slow_inputs=10_000,
    log_events=100_000,
    reports=5_000,
)
QUICK = Sizes(
    latency_rounds=1,
    latency_seconds=2.0,
    calls_per_second=10.0,
    inputs=3_000,
    slow_inputs=500,
    log_events=2_000,
    reports=100,
)
