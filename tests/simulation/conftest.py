"""The seeds of a run are cut into chunks, so that workers of pytest-xdist share them."""

from __future__ import annotations

import os

import pytest

SEEDS = int(os.environ.get("SIAGA_SIM_SEEDS", "2000"))
"""How many campaigns a run plays."""
FIRST = int(os.environ.get("SIAGA_SIM_FIRST_SEED", "1"))
CHUNK = 50


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seeds" in metafunc.fixturenames:
        ends = range(FIRST, FIRST + SEEDS, CHUNK)
        chunks = [range(start, min(start + CHUNK, FIRST + SEEDS)) for start in ends]
        metafunc.parametrize("seeds", chunks, ids=[f"seeds-{c[0]}-{c[-1]}" for c in chunks])
