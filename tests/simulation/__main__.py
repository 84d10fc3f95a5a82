"""Play seeds again: `python -m tests.simulation 4711`. Prints what was broken; ends with 1 if anything was."""

from __future__ import annotations

import argparse
import sys

from .campaign import campaign
from .history import LOGS, History
from .invariants import breaches


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument(
        "--trace", action="store_true", help="print each seed and the digest of its story only"
    )
    parser.add_argument("--call", help="print what the logs hold of a call (the beginning of its id)")
    asked = parser.parse_args()
    broken = False
    for seed in asked.seeds:
        outcome = campaign(seed)
        if asked.trace:
            print(seed, outcome.trace())
            continue
        found = breaches(outcome)
        broken = broken or bool(found)
        print(f"seed {seed}: {len(found)} breaches, {outcome.seconds:.0f} s of virtual time")
        for name, said in found:
            print(f"  {name}: {said}")
        if asked.call:
            _tell(History(outcome), asked.call)
    return 1 if broken else 0


def _tell(history: History, call: str) -> None:
    names = ("calls", "operator.commands", *LOGS, "receipts")
    entries = [e for name in names for e in history.topic(name) if e.call.startswith(call)]
    for entry in sorted(entries, key=lambda e: e.record.timestamp_ms):
        place = f"{entry.record.topic} {entry.record.offset}"
        print(f"{entry.written_at:%H:%M:%S.%f} {place:25} {type(entry.data).__name__:20} {entry.data}")


if __name__ == "__main__":
    sys.exit(main())
