"""Python's cyclic collector beside large folds.

States and events are trees without cycles: counting references frees them. The collector would walk all of them again
and again while a log is folded, which took as long as the folding itself (docs/benchmarks.md).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collect_seldom", "collector_paused"]

YOUNG_OBJECTS = 50_000
"""New containers before the youngest generation is looked at; Python's own 700 is for small programs."""

_pausing = 0


def collect_seldom() -> None:
    """For a whole process, at its start."""
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)


@contextmanager
def collector_paused() -> Iterator[None]:
    """While a log is folded, by several tasks at once too."""
    global _pausing
    _pausing += 1
    gc.disable()
    try:
        yield
    finally:
        _pausing -= 1
        if _pausing == 0:
            gc.enable()
