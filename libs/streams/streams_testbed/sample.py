"""A decider small enough to be read at a glance, which does everything that a decider may do.

Its input is `WordsReceived`; the first word says what to do. Each input makes two events, so that a torn decision
shows. `note` is kept; `ask 5` sets a deadline in 5 seconds, which `answer` closes; `alarm` opens an effect; `boom`
is a bug in `decide`. It takes an event twice if it is given twice: that the runtime gives it once must show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from siaga_events import Event, EventData
from siaga_events.ids import deadline_id, derived_id
from siaga_events.types import CallEndNoted, CauseFailed, EarlyWordsNoted, WordsReceived
from siaga_streams.decider import (
    Cause,
    Deadline,
    DeadlineReached,
    Decider,
    Effect,
    EffectDone,
    EffectDue,
    EffectLost,
    Input,
    Known,
    NoViews,
    Todo,
)

__all__ = ["Notes", "SampleDecider"]


@dataclass(frozen=True, slots=True)
class Notes:
    """What was noted of a call. `asked` and `alarm` are open until something closes them."""

    call: str
    heard: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    seconds: int = 0
    asked: UUID | None = None
    asked_due: datetime | None = None
    alarm: UUID | None = None
    alarm_due: datetime | None = None
    started: bool = False
    failed: int = 0


class SampleDecider(Decider[Notes, NoViews]):
    """`service`, `inputs` and `log` are given, so that tests on one broker don't meet."""

    def __init__(self, service: str, inputs: tuple[str, ...], log: str) -> None:
        self.service = service
        self.inputs = inputs
        self.patient: tuple[str, ...] = ()
        self.log = log
        self.boom_is_mended = False

    def initial(self, call: str) -> Notes:
        return Notes(call)

    def evolve(self, state: Notes, event: Event[EventData]) -> Notes:
        match event.data:
            case EarlyWordsNoted(report_id=report, words=words):
                heard = replace(state, heard=(*state.heard, report), words=(*state.words, words))
                return self._opened(heard, event, words)
            case CallEndNoted():
                return replace(state, seconds=state.seconds + 1)
            case CauseFailed():
                return replace(state, failed=state.failed + 1)
            case _:
                raise ValueError(f"the log of {self.service} holds a {event.type}")

    def _opened(self, state: Notes, event: Event[EventData], words: str) -> Notes:
        match words.split():
            case ["ask", seconds]:
                due = event.time + timedelta(seconds=float(seconds))
                return replace(state, asked=deadline_id(UUID(state.call), "answer", event.id), asked_due=due)
            case ["answer"] | ["overdue"]:
                return replace(state, asked=None, asked_due=None)
            case ["alarm", *_]:
                return replace(
                    state, alarm=derived_id("attempt", str(event.id)), alarm_due=event.time, started=False
                )
            case ["started"]:
                return replace(state, started=True)
            case ["outcome", *_] | ["lost", *_]:
                return replace(state, alarm=None, alarm_due=None, started=False)
            case _:
                return state

    def decide(self, state: Notes, cause: Cause, known: Known[NoViews]) -> Sequence[EventData]:
        match cause:
            case Input(event=Event(data=WordsReceived(narrative=words))):
                if words == "boom" and not self.boom_is_mended:
                    raise ZeroDivisionError("a bug in decide")
                return self._noted(cause.id, words, known)
            case EffectDue():
                return self._noted(cause.id, "started", known)
            case EffectDone(outcome=outcome):
                return self._noted(cause.id, f"outcome {outcome}", known)
            case EffectLost(why=why):
                return self._noted(cause.id, f"lost {why}", known)
            case DeadlineReached():
                return self._noted(cause.id, "overdue", known)
            case Input():
                return ()

    def _noted(self, identity: UUID, words: str, known: Known[Any]) -> list[EventData]:
        return [EarlyWordsNoted(report_id=str(identity), words=words), CallEndNoted(ended_at=known.now)]

    def todo(self, state: Notes) -> Todo:
        effects = (
            (Effect(state.alarm, state.call, state.alarm_due, state.started, "ring"),)
            if state.alarm and state.alarm_due
            else ()
        )
        deadlines = (
            (Deadline(state.asked, state.call, "answer", state.asked_due),)
            if state.asked and state.asked_due
            else ()
        )
        return Todo(effects, deadlines)
