"""Each service runs with its own declared dependencies alone, as in its image: nothing borrowed from another member."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
LIBRARIES = ("libs/events", "libs/streams")
PROGRAMS = {
    "services/intake": "siaga_intake",
    "services/classifier": "siaga_classifier",
    "services/router": "siaga_router",
    "services/notifier": "siaga_notifier",
    "services/pulse": "siaga_pulse",
}


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def pins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lock's versions without their hashes: local folders have none."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([A-Za-z0-9_.\[\]-]+==[^ \\\n]+(?: ;[^\\\n]*)?)", lock, re.MULTILINE)
    file = tmp_path_factory.mktemp("pins") / "constraints.txt"
    file.write_text("\n".join(line.strip() for line in pinned) + "\n", encoding="utf-8")
    return file


def install(python: Path, pins: Path, member: str, cwd: Path) -> None:
    """From what is in the cache; what is missing there is fetched."""
    folders = [ROOT / part for part in (*LIBRARIES, member)]
    arguments: tuple[str | Path, ...] = (
        UV,
        "pip",
        "install",
        "--python",
        python,
        "--constraints",
        pins,
        *folders,
    )
    if run(*arguments, "--offline", cwd=cwd).returncode != 0:
        installed = run(*arguments, cwd=cwd)
        assert installed.returncode == 0, installed.stderr


@pytest.mark.parametrize("member", PROGRAMS)
def test_a_service_runs_with_its_declared_dependencies_alone(member: str, pins: Path, tmp_path: Path) -> None:
    made = run(UV, "venv", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    python = tmp_path / "venv/bin/python"
    install(python, pins, member, tmp_path)
    shown = run(python, "-m", PROGRAMS[member], "--help", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "SIAGA_BOOTSTRAP" in shown.stdout
    every = "import importlib, pkgutil, sys; import {0} as package\n" + (
        "for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "    if not found.name.endswith('__main__'): importlib.import_module(found.name)\n"
    )
    imported = run(python, "-c", every.format(PROGRAMS[member]), cwd=tmp_path)
    assert imported.returncode == 0, imported.stderr
    others = [name for name in PROGRAMS.values() if name != PROGRAMS[member]]
    for other in others:
        assert run(python, "-c", f"import {other}", cwd=tmp_path).returncode == 1
