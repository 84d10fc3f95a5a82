"""What is kept of a caller and of a kecamatan: bounded, and the same however often a fact is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from siaga_events.types import CallerHistoryCounted, Incident, IncidentsListed, SurgeCounted

from siaga_pulse.domain.facts import CallerFact, IncidentFact, LinkFact, SurgeFact

__all__ = [
    "CallerCalls",
    "HeardCalls",
    "Listed",
    "counted",
    "counted_caller",
    "counted_surge",
    "heard",
    "is_forgotten",
    "listed",
    "noted",
]

CALLS_OF_A_CALLER = 200
INCIDENTS_OF_A_KECAMATAN = 200
CALLS_OF_A_SURGE = 500
LINKS_OF_AN_INCIDENT = 200
LINKS_WITHOUT_INCIDENT = 50
"""A link may be read before its incident is: the logs have partitions."""


class CallerCalls(BaseModel):
    """A caller's calls, by id: when, and whether an operator called it a prank."""

    model_config = ConfigDict(frozen=True)

    calls: Mapping[str, tuple[datetime, bool]] = {}


class Listed(BaseModel):
    """A kecamatan's incidents by call, and the calls that were linked to each."""

    model_config = ConfigDict(frozen=True)

    incidents: Mapping[str, Incident] = {}
    links: Mapping[str, Sequence[str]] = {}


class HeardCalls(BaseModel):
    """A kecamatan's calls of the last minutes, by id: when."""

    model_config = ConfigDict(frozen=True)

    calls: Mapping[str, datetime] = {}


def counted(before: CallerCalls, fact: CallerFact, keep: timedelta) -> CallerCalls:
    """With this call; without those that are older than the newest by more than `keep`, or too many."""
    calls = {**before.calls, fact.call: (fact.at, fact.prank)}
    newest = max(at for at, _ in calls.values())
    recent = sorted(
        ((call, about) for call, about in calls.items() if newest - about[0] <= keep), key=lambda c: c[1][0]
    )
    return CallerCalls(calls=dict(recent[-CALLS_OF_A_CALLER:]))


def counted_caller(caller: str, known: CallerCalls) -> CallerHistoryCounted:
    return CallerHistoryCounted(
        caller=caller,
        calls=len(known.calls),
        pranks=sum(prank for _, prank in known.calls.values()),
        last_at=max(at for at, _ in known.calls.values()),
    )


def is_forgotten(known: CallerCalls, now: datetime, keep: timedelta) -> bool:
    """Whether all of a caller's calls are older than what is kept."""
    return all(now - at > keep for at, _ in known.calls.values())


def heard(before: HeardCalls, fact: SurgeFact, window: timedelta) -> HeardCalls:
    """With this call; without those that are older than the newest by `window`, or too many."""
    calls = {**before.calls, fact.call: fact.at}
    newest = max(calls.values())
    recent = sorted(((call, at) for call, at in calls.items() if newest - at < window), key=lambda c: c[1])
    return HeardCalls(calls=dict(recent[-CALLS_OF_A_SURGE:]))


def counted_surge(kecamatan: str, known: HeardCalls, window: timedelta) -> SurgeCounted:
    newest = max(known.calls.values())
    return SurgeCounted(kecamatan=kecamatan, calls=len(known.calls), since=newest - window, until=newest)


def noted(before: Listed, fact: IncidentFact | LinkFact, keep: timedelta) -> Listed:
    """With what the fact says; incidents go that are older than the newest by more than `keep`, or too many."""
    incidents, links = dict(before.incidents), dict(before.links)
    match fact:
        case IncidentFact(call=call, incident=None):
            incidents.pop(call, None)
        case IncidentFact(call=call, incident=incident):
            assert incident is not None
            incidents[call] = incident
        case LinkFact(call=call, to=to, linked=linked):
            others = [c for c in links.pop(to, ()) if c != call]
            if linked or others:
                links[to] = [*others, call][-LINKS_OF_AN_INCIDENT:] if linked else others
    newest = max((i.at for i in incidents.values()), default=None)
    if newest is not None:
        recent = sorted((i for i in incidents.values() if newest - i.at <= keep), key=lambda i: i.at)
        incidents = {i.call: i for i in recent[-INCIDENTS_OF_A_KECAMATAN:]}
    early = [to for to in links if to not in incidents][:-LINKS_WITHOUT_INCIDENT]
    return Listed(incidents=incidents, links={to: calls for to, calls in links.items() if to not in early})


def listed(kecamatan: str, known: Listed) -> IncidentsListed:
    return IncidentsListed(
        kecamatan=kecamatan,
        incidents=tuple(
            i.model_copy(update={"reports": 1 + len(known.links.get(i.call, ()))})
            for i in known.incidents.values()
        ),
    )
