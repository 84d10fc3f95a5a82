"""`python -m siaga_classifier`"""

import sys

from siaga_streams.process import run_process

from siaga_classifier.app import build
from siaga_classifier.settings import ClassifierSettings

if __name__ == "__main__":
    sys.exit(run_process("classifier", ClassifierSettings, build))
