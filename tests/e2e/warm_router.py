"""`python -m warm_router`: a router that has loaded everything and joins its group at SIGUSR1.

So that a restart takes a moment even on a busy machine, and the group's session timeout is not what a test measures.
"""

from __future__ import annotations

import signal
import sys

from siaga_router.app import build
from siaga_router.settings import RouterSettings
from siaga_streams.process import run_process

__all__ = ["WARM", "main"]

WARM = "warm, waiting for SIGUSR1"


def main() -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    print(WARM, flush=True)
    signal.sigwait({signal.SIGUSR1})
    return run_process("router", RouterSettings, build)


if __name__ == "__main__":
    sys.exit(main())
