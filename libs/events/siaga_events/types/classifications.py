"""The classifier's log."""

from __future__ import annotations

from siaga_events.event import EventData, Part
from siaga_events.personal import Personal
from siaga_events.types.values import Category, Coordinates, Evidence, Instant, Report

__all__ = ["CallClassified", "CallEndNoted", "CallerHistoryUsed", "EarlyWordsNoted"]


class CallerHistoryUsed(Part):
    """What the advisory view said of the caller's earlier calls when the decision was made."""

    calls: int
    pranks: int


class CallClassified(EventData):
    """The report is understood. `evidence` are the words that led to it; the versions say by whom.

    `caller_history` None means that the advisory view had nothing or was not there: that is evidence too.
    """

    report: Report
    evidence: tuple[Evidence, ...] = ()
    scores: dict[Category, float] = {}
    caller_history: CallerHistoryUsed | None = None
    classifier_version: str
    places_version: str
    given: Coordinates | None = None
    """Coordinates that the gateway gave, wherever they lie."""
    heard: tuple[str, ...] = ()
    """Ids of the reports that it rests on."""


class EarlyWordsNoted(EventData):
    """Words that overtook the report of their call: kept until it comes."""

    report_id: str
    words: Personal[str]


class CallEndNoted(EventData):
    """The call's line is closed; passed on so that the router's clock runs."""

    ended_at: Instant
