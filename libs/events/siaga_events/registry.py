"""Which type may stand in which topic, and who owns it. A test walks it: no type lacks a golden event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from siaga_events import types as t
from siaga_events.event import EventData

__all__ = ["TYPES_BY_TOPIC", "UPCASTERS", "TypeRegistry", "Upcaster", "registry"]

Upcaster: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the JSON data of one version into that of the next. Pure; never looks at the clock."""

TYPES_BY_TOPIC: dict[str, tuple[type[EventData], ...]] = {
    "gateway.calls": (t.CallReported, t.WordsAdded, t.CallEnded),
    "calls": (t.CallReceived, t.WordsReceived, t.CallEndReceived),
    "classifications": (t.CallClassified, t.EarlyWordsNoted, t.CallEndNoted, t.CauseFailed),
    "routings": (
        t.CallRouted, t.CallHeld, t.ReportNoted, t.ClockStarted, t.HoldExtended, t.CorrectionNoted, t.CallAnswered,
        t.CallTransferred, t.CallDismissed, t.CommandRefused, t.PostsRecalled, t.AlarmProgressNoted,
        t.SupervisorCalled, t.CallLinked, t.CallUnlinked, t.CallClosed, t.CauseFailed,
    ),
    "notifications": (
        t.AlarmRaised, t.AttemptStarted, t.AttemptSucceeded, t.AttemptFailed, t.AttemptLost, t.MessageProgressed,
        t.AlarmAccepted, t.AlarmDeclined, t.AlarmOverdue, t.AlarmUndeliverable, t.AlarmWithdrawn, t.PostProgressed,
        t.DeskAsked,
        t.AlarmsClosed, t.AnswerUnclear, t.CauseFailed,
    ),
    "operator.commands": (
        t.ConfirmCall, t.DismissCall, t.CorrectCall, t.HoldCall, t.AnswerCall, t.TransferCall, t.RecallCall,
        t.CloseCall, t.LinkCall, t.UnlinkCall,
    ),
    "gateway.receipts": (t.StatusReported, t.ReplyReported),
    "receipts": (t.StatusReceived, t.ReplyReceived),
    "posts": (t.PostRegistered, t.PostStateChanged, t.RoadTimesMeasured, t.PostRemoved),
    "pulse.callers": (t.CallerHistoryCounted,),
    "pulse.incidents": (t.IncidentsListed,),
    "pulse.surges": (t.SurgeCounted,),
    "retries": (t.CauseRetried,),
    "dead-letters": (t.DeadLettered, t.DeadLetterRetried, t.DeadLetterResolved),
}  # fmt: skip

UPCASTERS: dict[str, Upcaster] = {}
"""Old type name (`siaga112.CallRouted.v1`) -> what makes the next version's data of it."""


@dataclass(frozen=True, slots=True)
class TypeRegistry:
    """Finds the class of a type name, through upcasters where the version is an old one."""

    types: dict[str, type[EventData]]
    upcasters: dict[str, Upcaster]

    @classmethod
    def of(cls, classes: Iterator[type[EventData]], upcasters: dict[str, Upcaster]) -> TypeRegistry:
        return cls({c.type_name(): c for c in classes}, dict(upcasters))

    def known_names(self) -> list[str]:
        """Every type and version that can be read."""
        return sorted({*self.types, *self.upcasters})


def registry() -> TypeRegistry:
    """The registry of all event types of the catalogue."""
    return TypeRegistry.of((c for classes in TYPES_BY_TOPIC.values() for c in classes), UPCASTERS)
