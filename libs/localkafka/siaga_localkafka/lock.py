"""A lock on a file: held by whoever has the open file, and gone the moment the last holder dies."""

import os
import time
from pathlib import Path

from .errors import WrongPlatform

__all__ = ["is_locked", "lock_blocking", "try_lock"]

_A_LOOK_TAKES_SECONDS = 0.2
"""Whoever asks `is_locked` holds the file for a moment; that is no reason to give up."""


def try_lock(path: Path) -> int | None:
    """The locked file's descriptor, or None when another holds it. A child that inherits the descriptor
    holds the lock too, so closing it here leaves the lock with the child."""
    descriptor = _open(path)
    deadline = time.monotonic() + _A_LOOK_TAKES_SECONDS
    while not _take(descriptor, shared=False, wait=False):
        if time.monotonic() > deadline:
            os.close(descriptor)
            return None
        time.sleep(0.01)
    return descriptor


def lock_blocking(path: Path) -> int:
    """Wait for the lock; its end is os.close of the answer."""
    descriptor = _open(path)
    _take(descriptor, shared=False, wait=True)
    return descriptor


def is_locked(path: Path) -> bool:
    """Whether somebody alive holds the lock. Makes nothing; those who look don't see each other."""
    if not path.exists():
        return False
    with path.open("rb") as looked_at:
        return not _take(looked_at.fileno(), shared=True, wait=False)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _take(descriptor: int, *, shared: bool, wait: bool) -> bool:
    try:
        import fcntl  # here, so that a program that needs no broker can import this package on Windows
    except ImportError as cause:
        raise WrongPlatform("Windows has no file locks of this kind") from cause
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        return False
    return True
