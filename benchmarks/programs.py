"""The benchmark's own programs as child processes. Each says `ready` on its standard output when it is."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

__all__ = ["ROOT", "ProgramFailed", "program"]

ROOT = Path(__file__).parents[1]
PYTHON_PATH = os.pathsep.join([str(ROOT), str(ROOT / "libs/events")])
"""The benchmark, and the library of events for environments that do not have it installed."""
READY = b"ready\n"
READY_SECONDS = 60.0
STOP_SECONDS = 10.0


class ProgramFailed(Exception):
    """A program of the benchmark ended early; the text has the end of its log."""


@asynccontextmanager
async def program(
    name: str,
    arguments: Sequence[str],
    logs: Path,
    python: Path | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs `python arguments` from the repository's root until the block ends. Raises ProgramFailed."""
    log = logs / f"{name}.log"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            str(python or sys.executable),
            *arguments,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": PYTHON_PATH, "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        await _until_ready(name, process, log)
        yield process
    finally:
        await _end(process)


async def _until_ready(name: str, process: asyncio.subprocess.Process, log: Path) -> None:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_SECONDS):
            while line := await process.stdout.readline():
                if line == READY:
                    return
            await process.wait()
    except TimeoutError:
        raise ProgramFailed(
            f"{name} was not ready after {READY_SECONDS:.0f} s:\n{_last_lines(log)}"
        ) from None
    raise ProgramFailed(f"{name} ended with status {process.returncode}:\n{_last_lines(log)}")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
