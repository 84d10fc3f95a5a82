"""`python -m siaga_ops.sandbox` as a process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "siaga_ops.sandbox"]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_and_stops(template_file: Path, stop: signal.Signals) -> None:
    environment = os.environ | {"SIAGA_SANDBOX_TEMPLATES": str(template_file)}
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "phones:" in line)
        address = re.findall(r"http://\S+/", line)[0]
        assert httpx.get(f"{address}_sandbox/health").json()["webhook"]["state"] == "off"
        process.send_signal(stop)
        assert process.wait(timeout=30) == 0
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "x"], "port"),
        (["--callback-url", "127.0.0.1/hook"], "callback_url is no http(s) URL"),
        (["--templates", "/nowhere.json"], "/nowhere.json"),
    ],
)
def test_settings_that_cannot_be_used(template_file: Path, arguments: list[str], words: str) -> None:
    environment = os.environ | {"SIAGA_SANDBOX_TEMPLATES": str(template_file)}
    done = subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert words in done.stderr
