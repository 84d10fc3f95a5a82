"""How the process of a service ends."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
import asyncio, sys, threading
from fastapi import FastAPI
from siaga_streams.backend import Unavailable
from siaga_streams.process import run_process
from siaga_streams.settings import ServiceSettings

async def stubborn():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

class Program:
    async def run(self):
        {body}
    def stop(self): ...
    async def close(self): ...

async def build(settings):
    {build}
    return Program(), FastAPI()

sys.exit(run_process("test", ServiceSettings, build))
"""
GIVE_UP_SECONDS = 60


def ended(body: str, build: str = "...") -> tuple[int, str]:
    """Exit status and log of a process that runs this."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=textwrap.indent(body, " " * 8).strip(), build=build)],
        env={**os.environ, "SIAGA_HTTP_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=GIVE_UP_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("end", "status"), [("raise Unavailable('the broker is gone')", 1), ("return", 0)])
def test_a_task_that_does_not_end_holds_no_process(end: str, status: int) -> None:
    code, log = ended(f"asyncio.create_task(stubborn(), name='stubborn')\nawait asyncio.sleep(0)\n{end}")
    assert code == status, log
    assert "leaves tasks behind" in log
    assert "stubborn" in log


def test_a_thread_that_does_not_end_holds_no_process() -> None:
    code, log = ended("threading.Thread(target=threading.Event().wait, name='thread-of-a-library').start()")
    assert code == 0, log


def test_work_in_a_thread_that_does_not_end_holds_no_process() -> None:
    code, log = ended(
        "asyncio.create_task(asyncio.to_thread(threading.Event().wait))\nawait asyncio.sleep(0.1)"
    )
    assert code == 0, log


def test_an_error_that_nobody_foresaw_is_told_and_holds_no_process() -> None:
    code, log = ended(
        "...", build="asyncio.create_task(stubborn()); await asyncio.sleep(0); raise RuntimeError('odd')"
    )
    assert code == 1, log
    assert "RuntimeError: odd" in log


def test_who_leaves_nothing_behind_says_nothing() -> None:
    code, log = ended("await asyncio.to_thread(print)")
    assert code == 0, log
    assert "leaves tasks behind" not in log
    assert "stopped" in log
