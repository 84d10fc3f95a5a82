"""`python -m siaga_pulse`"""

import sys

from siaga_streams.process import run_process

from siaga_pulse.app import build
from siaga_pulse.settings import PulseSettings

if __name__ == "__main__":
    sys.exit(run_process("pulse", PulseSettings, build))
