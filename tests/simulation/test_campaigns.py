"""Whatever is killed, paused or lost: the invariants hold at the end of every campaign."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .campaign import campaign
from .invariants import breaches, check

ROOT = Path(__file__).parents[2]


def test_invariants_hold(seeds: range) -> None:
    """Every seed of the chunk is played, so that one run names all that break."""
    broken = []
    for seed in seeds:
        try:
            check(campaign(seed))
        except AssertionError as error:
            broken.append(str(error))
    assert not broken, "\n".join(broken)


def test_the_same_seed_is_the_same_story() -> None:
    assert campaign(7).trace() == campaign(7).trace()


def test_a_story_does_not_depend_on_the_process() -> None:
    """Neither the order of sets nor what was played before may leak into it."""
    traces = set()
    for hash_seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--trace", "11", "12"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        traces.add(run.stdout)
    assert traces == {"".join(f"{seed} {campaign(seed).trace()}\n" for seed in (11, 12))}


def test_seeds_differ() -> None:
    assert len({campaign(seed).trace() for seed in range(1, 21)}) == 20


def test_campaigns_reach_what_they_are_for() -> None:
    """A simulation in which nothing happens would hold every invariant."""
    seen: set[str] = set()
    for seed in range(1, 61):
        outcome = campaign(seed)
        assert breaches(outcome) == []
        seen.update(
            header[1].decode().split(".")[1]
            for records in outcome.records.values()
            for record in records
            for header in record.headers
            if header[0] == "ce_type"
        )
    assert {
        "AlarmAccepted", "AlarmDeclined", "AlarmOverdue", "AlarmUndeliverable", "AlarmWithdrawn", "AnswerUnclear",
        "AttemptFailed", "AttemptLost", "CallAnswered", "CallClosed", "CallDismissed", "CallHeld", "CallRouted",
        "CallTransferred", "ClockStarted", "CommandRefused", "CorrectionNoted", "DeadLettered", "DeskAsked",
        "EarlyWordsNoted", "HoldExtended", "PostProgressed", "PostsRecalled", "ReportNoted", "SupervisorCalled",
    } <= seen  # fmt: skip
