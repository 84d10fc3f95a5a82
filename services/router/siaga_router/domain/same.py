"""Whether a call tells of an incident that is known already.

Two explanations of a report close to an incident of its kind are weighed: that it is a further report of it, or that it is
another incident. Further reports scatter around the incident by what is known of the places, and become fewer with time;
other incidents fall anywhere in the regency, or in a kecamatan where calls come thick, anywhere there. (A self-exciting
point process, after Ogata, "Statistical models for earthquake occurrences", 1988.) Source of the figures:
data/plan/response-plan.json, `same_incident`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, pi

from pydantic import Field
from siaga_events import Part
from siaga_events.types import (
    Category,
    Incident,
    IncidentsListed,
    PlaceLevel,
    Report,
    SameIncident,
    SurgeCounted,
)

from siaga_router.domain.directory import Directory
from siaga_router.domain.nearby import great_circle_m

__all__ = ["Pulse", "SameIncidentRules", "brings_new_harm", "can_be_told", "likeliest", "named"]

DAY_SECONDS = 86_400.0
LATEST = 4
"""Times `within_seconds`: a report that comes later is none of that incident."""


class SameIncidentRules(Part):
    """Areas in km2, radii in metres, times in seconds.

    `further_reports`: how many more calls an incident of a category brings on average. `incidents_a_day`: in the regency.
    """

    link_at: float = Field(ge=0, le=1)
    suggest_at: float = Field(ge=0, le=1)
    within_seconds: float = Field(gt=0)
    regency_km2: float = Field(gt=0)
    kecamatan_km2: float = Field(gt=0)
    radius_m: dict[PlaceLevel, float]
    further_reports: dict[Category, float]
    incidents_a_day: dict[Category, float]


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the advisory views say, by kecamatan. Both may be empty, late or a few off."""

    incidents: Mapping[str, IncidentsListed] = field(default_factory=dict)
    surges: Mapping[str, SurgeCounted] = field(default_factory=dict)


def likeliest(
    call: str, report: Report, pulse: Pulse, rules: SameIncidentRules, scale: float = 1.0
) -> SameIncident | None:
    """The incident that this call most likely tells of, None below `suggest_at`. `scale` as that of the deadlines."""
    place = report.place
    if place is None or place.lat is None or place.lon is None or place.level not in rules.radius_m:
        return None
    best: SameIncident | None = None
    best_score = rules.suggest_at
    surge = pulse.surges.get(place.kecamatan or "")
    for kecamatan, known in pulse.incidents.items():
        for incident in known.incidents:
            if incident.call == call or incident.category != report.category:
                continue
            metres = great_circle_m(incident.lat, incident.lon, place.lat, place.lon)
            apart = _seconds_apart(report, incident)
            if apart / scale > LATEST * rules.within_seconds:
                continue  # however near: that fire is out, or burns again
            spread = rules.radius_m[place.level] ** 2 + rules.radius_m.get(incident.level, 0.0) ** 2
            score = _score(
                report.category, metres, apart / scale, spread, _others(surge, report, incident, scale), rules
            )
            if score > best_score:
                best_score = score
                best = _same(incident, kecamatan, round(score, 4), metres, apart)
    return best


def named(call: str, report: Report, to: str, pulse: Pulse) -> SameIncident | None:
    """The listed incident that an operator names, by its call's id or the beginning of it; None if it is not one."""
    found = [
        (kecamatan, incident)
        for kecamatan, known in pulse.incidents.items()
        for incident in known.incidents
        if incident.call.startswith(to) and incident.call != call
    ]
    if len(found) != 1:
        return None
    kecamatan, incident = found[0]
    place = report.place
    if place is None or place.lat is None or place.lon is None:
        metres = 0.0
    else:
        metres = great_circle_m(incident.lat, incident.lon, place.lat, place.lon)
    return _same(incident, kecamatan, 1.0, metres, _seconds_apart(report, incident))


def _same(incident: Incident, kecamatan: str, score: float, metres: float, seconds: float) -> SameIncident:
    return SameIncident(
        call=incident.call,
        kecamatan=kecamatan,
        score=score,
        distance_m=round(metres),
        seconds_apart=round(seconds),
        number=incident.reports + 1,
        posts=incident.posts,
    )


def _seconds_apart(report: Report, incident: Incident) -> float:
    return abs((report.started_at - incident.at).total_seconds())


def can_be_told(same: SameIncident, directory: Directory) -> bool:
    """Whether a post that has the incident can be reached at all: a link to nobody would be silence."""
    return any(post in directory.posts and directory.posts[post].contacts for post in same.posts)


def brings_new_harm(report: Report, incident: Incident) -> bool:
    """Somebody trapped, missing or hurt of whom the incident's posts do not know, or anything graver: never only told."""
    return report.priority < incident.priority or not set(report.marks) <= set(incident.marks)


def _score(
    category: Category,
    metres: float,
    seconds: float,
    spread: float,
    calls_a_second: float,
    rules: SameIncidentRules,
) -> float:
    """The share of further reports among all that would come here and now. `spread`: variance of the distance, m2."""
    further = rules.further_reports.get(category, 0.0)
    near = exp(-(metres**2) / (2 * spread)) / (2 * pi * spread)
    soon = exp(-seconds / rules.within_seconds) / rules.within_seconds
    usual = rules.incidents_a_day.get(category, 0.0) / DAY_SECONDS / (rules.regency_km2 * 1e6)
    others = max(usual, calls_a_second / (rules.kecamatan_km2 * 1e6))
    again = further * near * soon
    return again / (again + others) if again > 0 else 0.0


def _others(surge: SurgeCounted | None, report: Report, incident: Incident, scale: float) -> float:
    """Calls a second in the kecamatan besides this one and those of the incident, if its surge is of now."""
    if surge is None or not surge.is_of(report.started_at):
        return 0.0
    others = max(0, surge.calls - 1 - incident.reports)
    return others / ((surge.until - surge.since).total_seconds() / scale)
