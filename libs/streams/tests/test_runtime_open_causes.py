"""Deadlines and outcomes whose decision fails or closes nothing: neither may make the runtime turn in circles."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from siaga_events import EventData
from siaga_events.types import CauseFailed, DeadLettered
from siaga_streams.decider import Cause, DeadlineReached, EffectDone, EffectDue, Known, NoViews
from siaga_streams.partition import Attempt
from streams_testbed.clusters import MemoryCluster, call, said
from streams_testbed.running import Running
from streams_testbed.sample import Notes, SampleDecider
from streams_testbed.stages import in_memory

CALL = call(1)
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Stubborn(SampleDecider):
    """Fails at one kind of cause, or answers it with nothing."""

    def __init__(self, cluster: MemoryCluster, kind: type[Cause], *, fails: bool) -> None:
        super().__init__(cluster.service, (cluster.topics.inner, cluster.topics.door), cluster.topics.log)
        self.asked = 0
        self._kind = kind
        self._fails = fails

    def decide(self, state: Notes, cause: Cause, known: Known[NoViews]) -> Sequence[EventData]:
        if not isinstance(cause, self._kind):
            return super().decide(state, cause, known)
        self.asked += 1
        if self._fails:
            raise ZeroDivisionError("a bug in decide")
        return ()


class Ringing:
    def __init__(self) -> None:
        self.attempts: list[Attempt] = []

    async def __call__(self, attempt: Attempt) -> str:
        self.attempts.append(attempt)
        return "taken"


async def _failures(cluster: MemoryCluster) -> tuple[int, int]:
    failed = [e for e in await cluster.events(cluster.topics.log) if isinstance(e.data, CauseFailed)]
    letters = [e for e in await cluster.events("dead-letters") if isinstance(e.data, DeadLettered)]
    return len(failed), len(letters)


@in_memory
async def test_a_deadline_that_fails_is_for_a_human_and_not_tried_again(cluster: MemoryCluster) -> None:
    decider = Stubborn(cluster, DeadlineReached, fails=True)
    first = Running(cluster, decider=decider)
    await cluster.say(cluster.topics.inner, said("ask 1", CALL))
    await first.until(lambda: first.notes(CALL).failed == 1, "the failure")
    await cluster.say(cluster.topics.inner, said("note a", CALL))
    await asyncio.sleep(60)
    await first.stop()
    second = Running(cluster, decider=decider)
    await second.until_owned()
    await cluster.say(cluster.topics.inner, said("note b", CALL))
    await second.until_heard(CALL, "ask 1", "note a", "note b")
    await asyncio.sleep(60)
    await second.stop()

    assert decider.asked == 1
    assert await _failures(cluster) == (1, 1)


@in_memory
async def test_a_deadline_that_its_decision_leaves_open_is_decided_once(cluster: MemoryCluster) -> None:
    decider = Stubborn(cluster, DeadlineReached, fails=False)
    running = Running(cluster, decider=decider)
    await cluster.say(cluster.topics.inner, said("ask 1", CALL))
    await running.until(lambda: decider.asked > 0, "the deadline")
    await cluster.say(cluster.topics.inner, said("note a", CALL))
    await asyncio.sleep(60)
    await running.stop()

    assert decider.asked == 1


@in_memory
async def test_a_start_that_fails_is_not_tried_again(cluster: MemoryCluster) -> None:
    decider, ringing = Stubborn(cluster, EffectDue, fails=True), Ringing()
    running = Running(cluster, decider=decider, perform=ringing)
    await cluster.say(cluster.topics.inner, said("alarm fire", CALL), said("note a", CALL))
    await running.until_heard(CALL, "alarm fire", "note a")
    await cluster.say(cluster.topics.inner, said("note b", CALL))
    await running.until_heard(CALL, "alarm fire", "note a", "note b")
    await running.stop()

    assert decider.asked == 1
    assert ringing.attempts == []
    assert await _failures(cluster) == (1, 1)


@in_memory
async def test_an_outcome_that_fails_sends_nothing_again(cluster: MemoryCluster) -> None:
    await _check_sent_once(cluster, Stubborn(cluster, EffectDone, fails=True))
    assert await _failures(cluster) == (1, 1)


@in_memory
async def test_an_outcome_that_closes_nothing_sends_nothing_again(cluster: MemoryCluster) -> None:
    await _check_sent_once(cluster, Stubborn(cluster, EffectDone, fails=False))


async def _check_sent_once(cluster: MemoryCluster, decider: Stubborn) -> None:
    ringing = Ringing()
    running = Running(cluster, decider=decider, perform=ringing)
    await cluster.say(cluster.topics.inner, said("alarm fire", CALL))
    await running.until(lambda: decider.asked > 0, "the outcome")
    await cluster.say(cluster.topics.inner, said("note a", CALL))
    await running.until_heard(CALL, "alarm fire", "started", "note a")
    await asyncio.sleep(60)
    await running.stop()

    assert len(ringing.attempts) == 1
    assert decider.asked == 1


@in_memory
async def test_a_gateway_s_trace_reaches_the_request(cluster: MemoryCluster) -> None:
    """Also when the start is decided in the same batch as the input, and for later inputs without a trace."""
    ringing = Ringing()
    running = Running(cluster, perform=ringing)
    traced = replace(said("alarm fire", CALL), traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
    await cluster.say(cluster.topics.inner, traced)
    await running.until_heard(CALL, "alarm fire", "started", "outcome taken")
    await cluster.say(cluster.topics.inner, said("note a", CALL))
    await running.until_heard(CALL, "alarm fire", "started", "outcome taken", "note a")
    await running.stop()

    events = await cluster.events(cluster.topics.log)
    assert {(e.traceparent or "")[3:35] for e in events} == {TRACE}
    assert [a.traceparent[3:35] for a in ringing.attempts] == [TRACE]
