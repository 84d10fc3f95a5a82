"""`python -m siaga_notifier`"""

import sys

from siaga_streams.process import run_process

from siaga_notifier.app import build
from siaga_notifier.settings import NotifierSettings

if __name__ == "__main__":
    sys.exit(run_process("notifier", NotifierSettings, build))
