"""What operators made of the machine's decisions, as the logs tell it.

Only calls that an operator judged are compared: those tend to be the doubtful ones, so agreement on them is no figure
for all calls. What an operator saw and let stand counts as agreed; what they had no reason to look at does not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from siaga_events import Event, EventData
from siaga_events.types import (
    CallAnswered,
    CallClassified,
    CallClosed,
    CallDismissed,
    CallLinked,
    CallRouted,
    CallTransferred,
    CallUnlinked,
    Category,
    CorrectedPlace,
    CorrectionNoted,
    PostProgressed,
    PostsRecalled,
    Priority,
    Report,
)
from siaga_router.domain.directory import REGENCY_TIME

__all__ = ["AGREEMENT_TOPICS", "Agreement", "JudgedCall", "Outcome"]

AGREEMENT_TOPICS = ("classifications", "routings", "notifications")

Outcome: TypeAlias = Literal["dispatch", "answer", "transfer", "dismiss", "recall"]
"""What the operator had done with the call. `recall`: those who were sent turned back."""

_NO_INCIDENT = ("silent", "dropped", "wrong_number", "test")
_PRANKS = ("prank", "false_report")
_ANSWERABLE = ("information", "covid", "other", "none")
_NOTHING_THERE = ("nihil", "palsu", "bohong", "hoaks", "hoax", "tidak ada", "kosong")


@dataclass(frozen=True, slots=True)
class JudgedCall:
    """A call that an operator judged. What they did not speak of is None, except the category: it stood."""

    id: str
    at: datetime
    machine: Report
    """What the machine had said when the operator first judged."""
    category: Category
    priority: Priority | None
    place: CorrectedPlace | None
    """Only if corrected."""
    prank: bool | None
    outcome: Outcome | None
    ended_as: str | None

    @property
    def week(self) -> str:
        return week_of(self.at)

    @property
    def category_agreed(self) -> bool:
        return self.category == self.machine.category

    @property
    def priority_agreed(self) -> bool | None:
        return None if self.priority is None else self.priority == self.machine.priority

    @property
    def place_agreed(self) -> bool | None:
        """None where nobody was sent and nothing corrected: then the place did not matter."""
        if self.place is None:
            return True if self.outcome == "dispatch" else None
        seen = self.machine.place
        return seen is not None and seen.kode is not None and seen.kode == self.place.kode

    @property
    def prank_agreed(self) -> bool | None:
        return None if self.prank is None else self.prank == self.machine.prank

    @property
    def disposition_agreed(self) -> bool | None:
        """None where the machine had asked (`confirm`), or the operator left it open."""
        if self.outcome is None or self.machine.disposition == "confirm":
            return None
        return self.outcome == self.machine.disposition


@dataclass
class _Heard:
    classified: list[tuple[datetime, Report]] = field(default_factory=list)
    judged_at: datetime | None = None
    correction: CorrectionNoted | None = None
    outcome: Outcome | None = None
    ended_as: str | None = None
    post_found_nothing: bool = False

    def take(self, event: Event[EventData]) -> None:
        match event.data:
            case CallClassified(report=report):
                self.classified.append((event.time, report))
            case CorrectionNoted() as noted:
                before = self.correction or noted
                said = noted.model_dump(exclude_none=True)
                self.correction = CorrectionNoted.model_validate({**before.model_dump(), **said})
                self._judged(event)
            case CallRouted(confirmed_by=str()):
                self.outcome = "dispatch"
                self._judged(event)
            case CallAnswered():
                self.outcome = "answer"
                self._judged(event)
            case CallTransferred():
                self.outcome = "transfer"
                self._judged(event)
            case CallDismissed(by=str(), as_type=as_type):
                self.outcome, self.ended_as = "dismiss", as_type
                self._judged(event)
            case CallLinked(by=str()) | CallUnlinked():
                self.outcome = "dispatch"
                self._judged(event)
            case PostsRecalled():
                self.outcome = "recall"
                self._judged(event)
            case CallClosed(by=str(), outcome=ended_as):
                self.ended_as = ended_as
                if ended_as == "emergency" and self.outcome is None:
                    self.outcome = "dispatch"
                self._judged(event)
            case PostProgressed(progress="finished", outcome=str() as found):
                self.post_found_nothing |= any(word in found.casefold() for word in _NOTHING_THERE)
            case _:
                pass

    def _judged(self, event: Event[EventData]) -> None:
        self.judged_at = self.judged_at or event.time

    def settled(self, call: str) -> JudgedCall | None:
        """None if no operator judged, or the machine never spoke."""
        if self.judged_at is None or not self.classified:
            return None
        before = [report for at, report in self.classified if at <= self.judged_at]
        machine = before[-1] if before else self.classified[0][1]
        noted = self.correction
        sent = self.outcome == "dispatch"
        told = noted.priority if noted is not None else None
        return JudgedCall(
            id=call,
            at=machine.reported_at,
            machine=machine,
            category=(noted.category if noted is not None else None) or self._category(machine.category),
            priority=told or (machine.priority if sent else None),
            place=noted.place if noted is not None else None,
            prank=self._prank(),
            outcome=self.outcome,
            ended_as=self.ended_as,
        )

    def _category(self, machine: Category) -> Category:
        """What the end says of the category where no correction names one."""
        if self.ended_as in _NO_INCIDENT:
            return "none"
        answered = self.outcome == "answer" and machine not in _ANSWERABLE
        return "information" if answered or self.ended_as == "information" else machine

    def _prank(self) -> bool | None:
        if self.ended_as is not None:
            return self.ended_as in _PRANKS
        return None if self.outcome in (None, "recall") else False


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything that the logs say. `classified` and `nothing_there`: calls by week."""

    judged: tuple[JudgedCall, ...]
    classified: dict[str, int]
    nothing_there: dict[str, int]
    """Calls whose post ended with "nihil" or the like."""

    @classmethod
    def of(cls, events: Iterable[Event[EventData]]) -> Agreement:
        """From the events of AGREEMENT_TOPICS, in the order of their times."""
        heard: dict[str, _Heard] = {}
        for event in events:
            heard.setdefault(event.subject, _Heard()).take(event)
        classified: dict[str, int] = {}
        nothing: dict[str, int] = {}
        judged: list[JudgedCall] = []
        for call, what in heard.items():
            if not what.classified:
                continue
            week = week_of(what.classified[0][1].reported_at)
            classified[week] = classified.get(week, 0) + 1
            nothing[week] = nothing.get(week, 0) + what.post_found_nothing
            settled = what.settled(call)
            if settled is not None:
                judged.append(settled)
        return cls(tuple(sorted(judged, key=lambda j: (j.at, j.id))), classified, nothing)


def week_of(moment: datetime) -> str:
    """ISO week at the regency's clock."""
    year, week, _ = moment.astimezone(REGENCY_TIME).isocalendar()
    return f"{year}-W{week:02}"
