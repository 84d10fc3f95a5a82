"""`python -m siaga_intake`"""

import sys

from siaga_streams.process import run_process

from siaga_intake.app import build
from siaga_intake.settings import IntakeSettings

if __name__ == "__main__":
    sys.exit(run_process("intake", IntakeSettings, build))
