"""A release with a bug: a decision breaks off, a human gets the call, and after the next release it is fed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from siaga_events.types import (
    AlarmRaised,
    AttemptSucceeded,
    CallClassified,
    CallHeld,
    CallRouted,
    CauseFailed,
    DeadLettered,
    SupervisorCalled,
)
from siaga_ops.operator.inbox import inbox
from siaga_ops.processes import Child
from siaga_ops.stories import STORY_TOPICS, Stories

from .breaking_service import WORD
from .reports import FIRE, published, report
from .system import System, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.own_line]


@asynccontextmanager
async def broken(system: System, service: str) -> AsyncIterator[None]:
    """The service's only worker runs a release with a bug for a while; afterwards the right one is back."""
    (real,) = system.line.of(service)
    env = {**real.env, "SIAGA_TEST_SERVICE": service, "PYTHONPATH": str(Path(__file__).parent)}
    worse = Child(real.name, "breaking_service", env, real.port, real.log)
    await real.stop()
    worse.start()
    try:
        await until(worse.is_ready, f"the broken {service} is ready")
        yield
    finally:
        await worse.stop()
        real.start()
        await until(real.is_ready, f"the mended {service} is ready")


async def test_a_broken_classification_reaches_a_human_and_is_decided_after_the_mend(system: System) -> None:
    async with broken(system, "classifier"):
        call = await published(system.client, report(f"{FIRE} {WORD}"))
        failed = (await system.seen.first(CauseFailed, call)).data
        assert failed.service == "classifier"
        assert "ZeroDivisionError" in failed.why
        held = (await system.seen.first(CallHeld, call)).data
        assert held.reason == "failed"
        told = await system.seen.first(AlarmRaised, call)
        assert told.data.role == "supervisor"
        assert (await system.message_about(told.data.alarm_id))["template"] == "siaga_tembusan"
        good = await published(system.client, report(FIRE))
        await system.seen.first(CallRouted, good)
    letter = await system.seen.first(DeadLettered, failed.dead_letter)
    assert (letter.data.service, letter.data.topic) == ("classifier", "calls")
    assert system.seen.all(CallClassified, call) == []
    fed = await system.siaga("deadletters", "retry", str(letter.id))
    assert "retries, for the classifier" in fed.output
    classified = (await system.seen.first(CallClassified, call)).data
    assert classified.report.words == f"{FIRE} {WORD}"
    routed = (await system.seen.first(CallRouted, call)).data
    assert next(slot.role for slot in routed.slots if slot.post is not None) == "duty"
    assert len(system.seen.all(SupervisorCalled, call)) == 1


async def test_a_broken_routing_is_before_the_operators_and_is_decided_after_the_mend(
    system: System,
) -> None:
    async with broken(system, "router"):
        call = await published(system.client, report(f"{FIRE} {WORD}"))
        failed = (await system.seen.first(CauseFailed, call)).data
        assert failed.service == "router"
        letter = await system.seen.first(DeadLettered, failed.dead_letter)
        good = await published(system.client, report(FIRE))
        await system.seen.first(CallRouted, good)
        stories = Stories()
        stories.take_all(event for record, event in system.seen.found if record.topic in STORY_TOPICS)
        assert [w.why for w in inbox(stories) if w.story.id == call] == ["kesalahan sistem"]
    fed = await system.siaga("deadletters", "retry", str(letter.id))
    assert "retries, for the router" in fed.output
    await system.seen.first(CallRouted, call)


async def test_a_notifier_that_breaks_on_everything_about_a_call_makes_no_endless_loop(
    system: System,
) -> None:
    """The supervisor's message about the failure breaks too: the desk has the call, and the line comes to rest."""
    async with broken(system, "notifier"):
        call = await published(system.client, report(f"{FIRE} {WORD}"))
        held = (await system.seen.first(CallHeld, call)).data
        assert (held.reason, held.detail.partition(":")[0]) == ("failed", "notifier")
        first, *_ = await system.seen.count(3, CauseFailed, call)  # routing, hold, supervisor
        good = await published(system.client, report(FIRE))
        await system.seen.first(AttemptSucceeded, good)
        assert len(system.seen.all(CallHeld, call)) == 1
        assert len(system.seen.all(SupervisorCalled, call)) == 1
        assert system.seen.all(AlarmRaised, call) == []
    fed = await system.siaga("deadletters", "retry", first.data.dead_letter)
    assert "retries, for the notifier" in fed.output
    raised = await system.seen.first(AlarmRaised, call, lambda alarm: alarm.role == "duty")
    await system.message_about(raised.data.alarm_id)
