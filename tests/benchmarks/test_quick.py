"""`python -m benchmarks --quick` runs through on a broker of its own and tells what it found, in text and in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
YARDSTICKS = {"latency": "bare hops", "throughput": "bare aiokafka", "rebuild": "bare aiokafka read"}


@pytest.mark.timeout(300)
def test_every_part_is_measured_beside_its_yardstick(tmp_path: Path) -> None:
    told = tmp_path / "figures.json"
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json", str(told)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    found = json.loads(told.read_text(encoding="utf-8"))
    latency, throughput, rebuild, decide, nearest = found["parts"]
    for part, yardstick in zip((latency, throughput, rebuild), YARDSTICKS.values(), strict=True):
        figures = {f["name"]: f for f in part["figures"]}
        assert any(yardstick in name and f["ratio"] == 1 for name, f in figures.items()), figures
        assert all(f["value"] > 0 for f in figures.values())
        assert part["name"] in run.stdout
    runs = {r["way"]: r for r in latency["details"]["runs"]}
    assert runs["the line"]["calls"] == runs["bare hops"]["calls"] == 10
    assert decide["figures"][0]["unit"] == "reports/s"
    assert nearest["figures"][0]["unit"] == "us"
    assert {g["met"] for p in found["parts"] for g in p["goals"]} <= {True, False, None}


def test_an_unknown_part_is_refused_with_the_names_there_are() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--part", "speed"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert all(name in run.stderr for name in ("latency", "throughput", "rebuild", "decide"))
