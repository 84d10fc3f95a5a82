"""For tests of the command line: a client whose log is in memory."""

from __future__ import annotations

from random import Random

from siaga_events import CATALOGUE
from siaga_streams.memory import Host, MemoryBackend, MemoryLog

from siaga_ops.client import Client

__all__ = ["memory_client"]

PARTITIONS = 2


def memory_client() -> Client:
    """Every topic of the catalogue is there, and empty."""
    counts = dict.fromkeys(CATALOGUE, PARTITIONS)
    rng = Random(1)
    return Client(MemoryBackend(MemoryLog(counts, rng), Host("siaga", rng, slowest_seconds=0)), counts)
