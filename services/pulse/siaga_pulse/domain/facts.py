"""One call, from the events of two logs in whatever order they are read, and the facts that follow from it.

A fact may be told twice: what counts them must not mind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from siaga_events import EventData
from siaga_events.types import (
    CallClassified,
    CallClosed,
    CallDismissed,
    CallLinked,
    CallRouted,
    CallUnlinked,
    Incident,
    PostsRecalled,
    Report,
)

__all__ = [
    "CallSeen",
    "CallerFact",
    "Fact",
    "IncidentFact",
    "LinkFact",
    "OldCallerFact",
    "SurgeFact",
    "facts",
    "seen",
]


@dataclass(frozen=True, slots=True)
class CallSeen:
    """What both logs said of a call so far. Kept when the call is over: words that come later are no new call."""

    caller: str | None = None
    at: datetime | None = None
    heard_from: str | None = None
    prank: bool = False
    incident: Incident | None = None
    kecamatan: str | None = None
    linked_to: str | None = None
    linked_in: str | None = None


@dataclass(frozen=True, slots=True)
class CallerFact:
    """A call of a caller; `prank`: an operator said so."""

    call: str
    caller: str
    at: datetime
    prank: bool
    kind: Literal["caller"] = "caller"


@dataclass(frozen=True, slots=True)
class SurgeFact:
    """A call was heard from a kecamatan."""

    call: str
    kecamatan: str
    at: datetime
    kind: Literal["surge"] = "surge"


@dataclass(frozen=True, slots=True)
class IncidentFact:
    """What a kecamatan must know of a call: its incident, or None when there is none any more."""

    call: str
    kecamatan: str
    incident: Incident | None
    kind: Literal["incident"] = "incident"


@dataclass(frozen=True, slots=True)
class LinkFact:
    """A call tells of the incident of another one, or no longer does."""

    call: str
    kecamatan: str
    to: str
    linked: bool
    kind: Literal["link"] = "link"


@dataclass(frozen=True, slots=True)
class OldCallerFact:
    """A caller may be one to forget: no call of theirs is within what is remembered."""

    caller: str
    kind: Literal["old-caller"] = "old-caller"


FactOfCall = CallerFact | SurgeFact | IncidentFact | LinkFact
Fact = FactOfCall | OldCallerFact


def seen(call: str, before: CallSeen, data: EventData, said_at: datetime) -> CallSeen:
    """Fold one event. A prank is one when an operator said so: the machine's own guesses must not feed on themselves.

    No call began after the event that tells of it (`said_at`), whatever the gateway's clock says.
    """
    match data:
        case CallClassified(report=report):
            place = report.place
            return replace(
                before,
                caller=before.caller or report.caller,
                at=before.at or min(report.started_at, said_at),
                heard_from=before.heard_from
                or (place.kecamatan if place is not None and place.kode else None),
            )
        case CallRouted(report=report):
            incident = _incident(call, before.incident, data, said_at)
            if incident is None or report.place is None:
                return replace(before, linked_to=None, prank=False)
            return replace(
                before, incident=incident, kecamatan=report.place.kecamatan, linked_to=None, prank=False
            )
        case CallLinked(same=same):
            return replace(before, incident=None, linked_to=same.call, linked_in=same.kecamatan)
        case CallUnlinked():
            return replace(before, linked_to=None)
        case CallDismissed(by=by, as_type=as_type):
            return replace(
                before, incident=None, prank=before.prank or (by is not None and as_type == "prank")
            )
        case PostsRecalled():
            return replace(before, incident=None)
        case CallClosed(by=by, outcome=outcome):
            prank = before.prank if by is None else outcome == "prank"
            return replace(before, incident=None, prank=prank)
        case _:
            return before


def facts(call: str, before: CallSeen, after: CallSeen) -> Iterator[FactOfCall]:
    """What the difference says."""
    is_new = (before.caller, before.prank) != (after.caller, after.prank)
    if is_new and after.caller is not None and after.at is not None:
        yield CallerFact(call, after.caller, after.at, after.prank)
    if before.heard_from is None and after.heard_from is not None and after.at is not None:
        yield SurgeFact(call, after.heard_from, after.at)
    has_left = after.incident is None or after.kecamatan != before.kecamatan
    if has_left and before.incident is not None and before.kecamatan is not None:
        yield IncidentFact(call, before.kecamatan, None)
    is_changed = (after.incident, after.kecamatan) != (before.incident, before.kecamatan)
    if is_changed and after.incident is not None and after.kecamatan is not None:
        yield IncidentFact(call, after.kecamatan, after.incident)
    if after.linked_to != before.linked_to:
        if before.linked_to is not None and before.linked_in is not None:
            yield LinkFact(call, before.linked_in, before.linked_to, linked=False)
        if after.linked_to is not None and after.linked_in is not None:
            yield LinkFact(call, after.linked_in, after.linked_to, linked=True)


def _incident(call: str, before: Incident | None, routed: CallRouted, said_at: datetime) -> Incident | None:
    report: Report = routed.report
    place = report.place
    if place is None or place.lat is None or place.lon is None or place.kecamatan is None:
        return None
    asked = [s.post.post_id for s in routed.slots if s.post is not None and s.role == "duty"]
    posts = [*(before.posts if before is not None else ()), *asked]
    return Incident(
        call=call,
        category=report.category,
        priority=report.priority,
        marks=report.marks,
        level=place.level,
        lat=place.lat,
        lon=place.lon,
        at=min(report.started_at, said_at),
        posts=tuple(dict.fromkeys(posts)),
    )
