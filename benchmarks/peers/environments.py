"""Makes a peer's environment from its lock file, once; again when the lock has changed."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
from pathlib import Path

from benchmarks.programs import ROOT, ProgramFailed

__all__ = ["environment"]

FOLDER = ROOT / ".siaga/bench"
STAMP = "lock.sha256"


async def environment(name: str) -> Path:
    """The Python of the environment of `peers/<name>.lock`. Raises ProgramFailed."""
    lock = Path(__file__).parent / f"{name}.lock"
    folder = FOLDER / name
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = folder / STAMP
    python = folder / "bin/python"
    if stamp.exists() and stamp.read_text() == digest:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    await _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
    await _run(uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(python), "-r", str(lock))
    stamp.write_text(digest)
    return python


async def _run(program: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        str(program), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise ProgramFailed(f"{program.name} {' '.join(arguments)}:\n{output.decode(errors='replace')}")
