"""How far a download is, on stderr: one line that is refreshed on a terminal, a line now and then elsewhere."""

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

__all__ = ["Progress"]

_TERMINAL_EVERY_SECONDS = 0.2
_ELSEWHERE_EVERY_SECONDS = 3.0


class Progress:
    """Shows `arrived()` of `total` (bytes) until the block ends."""

    def __init__(self, what: str, total: int, arrived: Callable[[], int]) -> None:
        self._what = what
        self._total = total
        self._arrived = arrived
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._show, name="download-progress", daemon=True)

    def __enter__(self) -> Self:
        self._line(f"downloading {self._what} ({self._total / 1e6:.0f} MB, once)", end="\n")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._line(self._state(), end="\n")

    def _show(self) -> None:
        terminal = sys.stderr.isatty()
        every = _TERMINAL_EVERY_SECONDS if terminal else _ELSEWHERE_EVERY_SECONDS
        while not self._done.wait(every):
            self._line(self._state(), end="" if terminal else "\n")

    def _state(self) -> str:
        return f"{self._what}: {self._arrived() / 1e6:.1f} of {self._total / 1e6:.1f} MB"

    def _line(self, text: str, end: str) -> None:
        start = "\r\x1b[K" if sys.stderr.isatty() else ""
        print(f"{start}{text}", end=end, file=sys.stderr, flush=True)
