"""The classifier's decider: what has been heard of a call, and what it is taken to be.

Each report or added words make a new classification over all words so far. Later ones may add or raise; the
router sees to it that they never recall. A report that was heard (by its id) is dropped: `calls` may hold it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from siaga_events import Event, EventData
from siaga_events.types import Alternative as PlaceAlternative
from siaga_events.types import (
    CallClassified,
    CallEndNoted,
    CallEndReceived,
    CallerHistoryCounted,
    CallerHistoryUsed,
    CallReceived,
    CauseFailed,
    Channel,
    Coordinates,
    EarlyWordsNoted,
    Report,
    WordsReceived,
)
from siaga_events.types import Evidence as ReportEvidence
from siaga_events.types import Place as ReportPlace
from siaga_streams.decider import NOTHING, Cause, Input, Known, Todo

from siaga_classifier.domain.places import SURELY_OUTSIDE, PlaceFound
from siaga_classifier.domain.verdict import Verdict

__all__ = [
    "CallHeard",
    "ClassifierDecider",
    "ClassifierViews",
    "Gazetteer",
    "Judge",
    "Understanding",
    "understand",
]

FORGOTTEN_AFTER = timedelta(days=180)
"""As long as pulse counts a caller's calls: it says nothing anew of those who no longer call."""
Judge: TypeAlias = Callable[[str | None, int, Sequence[tuple[int, int]]], Verdict]
"""Words, how many of the caller's earlier calls were pranks, where places' names stand -> verdict."""


class Gazetteer(Protocol):
    """Where words and coordinates are. `version` changes with the data."""

    @property
    def version(self) -> str: ...

    def resolve(self, text: str | None, lat: float | None, lon: float | None) -> PlaceFound | None: ...

    def spans(self, text: str | None) -> tuple[tuple[int, int], ...]: ...


@dataclass(frozen=True, slots=True)
class ClassifierViews:
    """Callers' earlier calls, by number. Advisory: may be empty, late or a few off."""

    callers: Mapping[str, CallerHistoryCounted]


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one look at words and coordinates gives, without anything of the call around it."""

    verdict: Verdict
    place: ReportPlace | None


@dataclass(frozen=True, slots=True)
class CallHeard:
    """What the classifier's log says of a call. `last` is its latest classification."""

    heard: frozenset[str] = frozenset()
    early: tuple[EarlyWordsNoted, ...] = ()
    last: CallClassified | None = None
    ended: bool = False


def understand(
    judge: Judge, gazetteer: Gazetteer, words: str | None, given: Coordinates | None, earlier_pranks: int = 0
) -> Understanding:
    """The one way in which the service, the simulation and `siaga decide` look at a report.

    An incident outside the regency is its neighbour's business: the operator transfers it, and stays on the line.
    Where a place outside is named but not said to be the incident's ("the bus to Bengkulu"), he asks first.
    """
    found = gazetteer.resolve(words, given.lat if given else None, given.lon if given else None)
    verdict = judge(words, earlier_pranks, gazetteer.spans(words))
    if found is not None and found.level == "outside" and verdict.disposition in ("dispatch", "confirm"):
        if found.confidence >= SURELY_OUTSIDE:
            verdict = replace(verdict, disposition="transfer", transfer_to=f"112 {found.name}")
        else:
            verdict = replace(verdict, disposition="confirm")
    return Understanding(verdict, None if found is None else _place(found))


class ClassifierDecider:
    """`version` names the words' knowledge (lexicon and weights)."""

    service = "classifier"
    inputs: tuple[str, ...] = ("calls",)
    patient: tuple[str, ...] = ()
    log = "classifications"

    def __init__(self, judge: Judge, gazetteer: Gazetteer, version: str) -> None:
        self._judge = judge
        self._gazetteer = gazetteer
        self._version = version

    def initial(self, call: str) -> CallHeard:
        return CallHeard()

    def evolve(self, state: CallHeard, event: Event[EventData]) -> CallHeard:
        match event.data:
            case CallClassified() as classified:
                return replace(state, heard=state.heard | set(classified.heard), last=classified, early=())
            case EarlyWordsNoted() as early:
                return replace(state, heard=state.heard | {early.report_id}, early=(*state.early, early))
            case CallEndNoted():
                return replace(state, ended=True)
            case CauseFailed():
                return state  # the router holds the call for a human
            case other:
                raise TypeError(f"{type(other).__name__} in the classifier's log")

    def decide(self, state: CallHeard, cause: Cause, known: Known[ClassifierViews]) -> Sequence[EventData]:
        if not isinstance(cause, Input):
            raise TypeError(f"the classifier has no {type(cause).__name__}")
        report_id = str(cause.id)
        match cause.event.data:
            case CallReceived() | WordsReceived() if report_id in state.heard:
                return []
            case CallReceived() as call:
                if state.last is None:
                    return [self._first(state, report_id, call, known)]
                return [self._again(state.last, report_id, call.narrative, call, known)]
            case WordsReceived() as added:
                if state.last is None:
                    return [EarlyWordsNoted(report_id=report_id, words=added.narrative)]
                return [self._again(state.last, report_id, added.narrative, None, known)]
            case CallEndReceived() as ended:
                return [] if state.ended else [CallEndNoted(ended_at=ended.ended_at)]
            case other:
                raise TypeError(f"{type(other).__name__} among the classifier's inputs")

    def todo(self, state: CallHeard) -> Todo:
        return NOTHING

    def _first(
        self, state: CallHeard, report_id: str, call: CallReceived, known: Known[ClassifierViews]
    ) -> CallClassified:
        words = _joined(call.narrative, *(early.words for early in state.early))
        given = None if call.lat is None or call.lon is None else Coordinates(lat=call.lat, lon=call.lon)
        facts = _Facts(call.caller, call.channel, call.started_at, call.reported_at, words, given)
        return self._classified(1, facts, (*(e.report_id for e in state.early), report_id), known)

    def _again(
        self,
        last: CallClassified,
        report_id: str,
        words: str | None,
        call: CallReceived | None,
        known: Known[ClassifierViews],
    ) -> CallClassified:
        """All words so far, judged anew; a later report may bring a number or a point that the first lacked."""
        before, given, caller = last.report, last.given, last.report.caller
        if call is not None:
            caller = caller or call.caller
            if call.lat is not None and call.lon is not None:
                given = Coordinates(lat=call.lat, lon=call.lon)
        text = _joined(before.words, words)
        facts = _Facts(caller, before.channel, before.started_at, before.reported_at, text, given)
        return self._classified(before.revision + 1, facts, (report_id,), known)

    def _classified(
        self, revision: int, facts: _Facts, heard: tuple[str, ...], known: Known[ClassifierViews]
    ) -> CallClassified:
        history = _history(facts.caller, known)
        seen = understand(
            self._judge, self._gazetteer, facts.words, facts.given, history.pranks if history else 0
        )
        verdict = seen.verdict
        return CallClassified(
            report=Report(
                revision=revision,
                category=verdict.category,
                priority=verdict.priority,
                prank=verdict.prank,
                prank_score=verdict.prank_score,
                disposition=verdict.disposition,
                marks=verdict.marks,
                words=facts.words,
                caller=facts.caller,
                channel=facts.channel,
                place=seen.place,
                transfer_to=verdict.transfer_to,
                started_at=facts.started_at,
                reported_at=facts.reported_at,
            ),
            evidence=tuple(
                ReportEvidence(words=e.words, start=e.start, end=e.end, means=e.means)
                for e in verdict.evidence
            ),
            scores=dict(verdict.scores),
            caller_history=history,
            classifier_version=self._version,
            places_version=self._gazetteer.version,
            given=facts.given,
            heard=heard,
        )


def _history(caller: str | None, known: Known[ClassifierViews]) -> CallerHistoryUsed | None:
    """What is known of the caller's earlier calls, unless the last of them is long ago."""
    counted = known.views.callers.get(caller) if caller else None
    if counted is None or known.now - counted.last_at > FORGOTTEN_AFTER:
        return None
    return CallerHistoryUsed(calls=counted.calls, pranks=counted.pranks)


@dataclass(frozen=True, slots=True)
class _Facts:
    caller: str | None
    channel: Channel
    started_at: datetime
    reported_at: datetime
    words: str | None
    given: Coordinates | None


def _joined(*parts: str | None) -> str | None:
    return "\n".join(p for p in parts if p) or None


def _place(found: PlaceFound) -> ReportPlace:
    return ReportPlace(
        text=found.text,
        kode=found.kode,
        level=found.level,
        name=found.name,
        kecamatan=found.kecamatan,
        lat=found.lat,
        lon=found.lon,
        confidence=found.confidence,
        alternatives=tuple(
            PlaceAlternative(
                kode=a.kode, name=a.name, level=a.level, kecamatan=a.kecamatan, lat=a.lat, lon=a.lon
            )
            for a in found.alternatives
        ),
    )
