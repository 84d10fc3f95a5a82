"""For tests: `given(...).when(...).then(...)`, virtual time."""

from siaga_streams.testing.given import Given, given
from siaga_streams.testing.virtual import Deadlock, run_virtually

__all__ = ["Deadlock", "Given", "given", "run_virtually"]
