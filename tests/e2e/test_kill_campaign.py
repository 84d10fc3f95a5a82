"""Workers are killed and paused, the broker dies, and the calls are decided as if nothing had happened.

`SIAGA_E2E_CALLS=2000` makes it long; `SIAGA_E2E_FIGURES=FILE` writes what was counted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from siaga_events.types import (
    AlarmRaised,
    AttemptStarted,
    CallClassified,
    CallDismissed,
    CallHeld,
    CallRouted,
)

from .campaign import Run, run_campaign, said_by
from .comparing import differences
from .disturbing import plan
from .logs import Logs, broken_promises
from .made_calls import make_calls

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(3600),
    pytest.mark.own_line,
]

CALLS = int(os.environ.get("SIAGA_E2E_CALLS", "200"))
SEED = int(os.environ.get("SIAGA_E2E_SEED", "112"))
RATE = 8.0
UNDISTURBED_RATE = 20.0
SHOWN = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return await run_campaign(
        tmp_path_factory.mktemp("undisturbed"), make_calls(CALLS, SEED), UNDISTURBED_RATE, [], SEED
    )


async def test_nothing_is_lost_or_doubled_when_processes_die(undisturbed: Run, tmp_path: Path) -> None:
    assert undisturbed.wrong[:SHOWN] == []
    seconds = CALLS / RATE
    is_long = CALLS >= 1000
    moments = plan(seconds, kills=int(seconds / 7), pauses=3 if is_long else 1, brokers=2 if is_long else 1)
    disturbed = await run_campaign(tmp_path, make_calls(CALLS, SEED), RATE, moments, SEED)
    unlike = differences(disturbed.logs, undisturbed.logs)
    if figures := os.environ.get("SIAGA_E2E_FIGURES"):
        told = {
            "calls": CALLS,
            "undisturbed": undisturbed.figures(),
            "disturbed": disturbed.figures(),
            "differences": len(unlike),
            "wrong": disturbed.wrong + unlike,
        }
        Path(figures).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    assert disturbed.wrong[:SHOWN] == []
    assert unlike[:SHOWN] == []
    assert sum(disturbed.done.values()) == len(moments), disturbed.done
    for kind in (CallRouted, CallHeld, CallDismissed):
        assert disturbed.logs.of("routings", kind), f"the calls of this campaign have no {kind.__name__}"


def without(topic: str, kind: type[CallClassified | AlarmRaised | AttemptStarted]) -> Callable[[Logs], Logs]:
    """The logs without the first event of a type."""

    def changed(logs: Logs) -> Logs:
        found = logs.topics[topic]
        first = next(n for n, (_, event) in enumerate(found) if isinstance(event.data, kind))
        return replace(logs, topics={**logs.topics, topic: found[:first] + found[first + 1 :]})

    return changed


def doubled(logs: Logs) -> Logs:
    return replace(
        logs, topics={**logs.topics, "routings": [logs.topics["routings"][0], *logs.topics["routings"]]}
    )


def backwards(logs: Logs) -> Logs:
    return replace(logs, topics={**logs.topics, "routings": logs.topics["routings"][::-1]})


def unsent(logs: Logs) -> Logs:
    alarm = logs.requests[0]["biz_opaque_callback_data"]
    return replace(logs, requests=[r for r in logs.requests if r["biz_opaque_callback_data"] != alarm])


def sent_twice(logs: Logs) -> Logs:
    return replace(logs, requests=[*logs.requests, logs.requests[0]])


def silent_repeat(logs: Logs) -> Logs:
    return replace(logs, requests=[*logs.requests, {**logs.requests[0], "traceparent": "another"}])


FAULTS: list[tuple[str, Callable[[Logs], Logs], str]] = [
    ("a lost classification", without("classifications", CallClassified), "not every report was classified"),
    ("a lost alarm", without("notifications", AlarmRaised), "was never asked"),
    ("a start that was not logged", without("notifications", AttemptStarted), "a request without a start"),
    ("a doubled decision", doubled, "holds an event 2 times"),
    ("a log out of order", backwards, "inputs out of order"),
    ("a message that never went", unsent, "is not at the provider"),
    ("a request that went twice", sent_twice, "went out 2 times"),
    ("a repeat that says nothing", silent_repeat, "do not say that they repeat"),
]


@pytest.mark.parametrize(("fault", "told"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
async def test_the_checks_see_a_planted_fault(
    undisturbed: Run, fault: Callable[[Logs], Logs], told: str
) -> None:
    wrong = broken_promises(fault(undisturbed.logs), said_by(make_calls(CALLS, SEED)))
    assert any(told in line for line in wrong), wrong[:SHOWN]


async def test_the_comparison_sees_another_decision(undisturbed: Run) -> None:
    found = undisturbed.logs.topics["classifications"]
    (record, event), *rest = found
    assert isinstance(event.data, CallClassified)
    data = event.data.model_copy(
        update={"report": event.data.report.model_copy(update={"prank_score": 0.123})}
    )
    other = replace(
        undisturbed.logs,
        topics={**undisturbed.logs.topics, "classifications": [(record, replace(event, data=data)), *rest]},
    )
    assert [line.partition(":")[0] for line in differences(other, undisturbed.logs)] == ["not equal"]
