"""`python -m siaga_router`"""

import sys

from siaga_streams.process import run_process

from siaga_router.app import build
from siaga_router.settings import RouterSettings

if __name__ == "__main__":
    sys.exit(run_process("router", RouterSettings, build))
