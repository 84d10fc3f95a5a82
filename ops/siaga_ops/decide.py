"""`siaga decide`: reports in, decisions out, line by line, by the services' own domain code and without a broker."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from siaga_classifier.domain import words
from siaga_classifier.domain.decider import Understanding, understand
from siaga_classifier.domain.places import Places
from siaga_events.codec import reasons
from siaga_events.types import Coordinates, Latitude, Longitude, PostRegistered, Report, Slot
from siaga_router.app import load_router
from siaga_router.domain.directory import Directory
from siaga_router.domain.routing import Router
from siaga_router.settings import RouterSettings

from siaga_ops.posts import read_posts

__all__ = ["Decisions", "Line", "decide_lines"]


class Line(BaseModel):
    """One report on standard input."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str | Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    narrative: str | None
    """None is a silent call."""
    lat: Latitude | None = None
    lon: Longitude | None = None
    caller: str | None = None
    at: AwareDatetime | None = None


class Decisions:
    """Everything that a decision needs, loaded once."""

    def __init__(self, places: Places, router: Router, directory: Directory) -> None:
        self._places = places
        self._router = router
        self._directory = directory

    @classmethod
    def load(cls, data: Path) -> Decisions:
        """From the data folder. Raises OSError, ValueError or OpsError."""
        settings = RouterSettings(
            plan=data / "plan/response-plan.json", deadlines=data / "plan/deadlines.json"
        )
        posts: list[PostRegistered] = read_posts(data / "posts/lampung-barat.json")
        directory = Directory(posts={p.post_id: p for p in posts}, version=len(posts) - 1)
        return cls(Places.load(data / "gazetteer"), load_router(settings), directory)

    def understood(self, line: Line) -> Understanding:
        """What the classifier makes of a first report. Raises ValueError for half a pair of coordinates."""
        if (line.lat is None) != (line.lon is None):
            raise ValueError("lat and lon come in pairs")
        given = None if line.lat is None or line.lon is None else Coordinates(lat=line.lat, lon=line.lon)
        return understand(words.judge_words, self._places, _text(line), given)

    def decide(self, line: Line) -> dict[str, Any]:
        """What the classifier and the router would decide of a first report."""
        return self.decided(line, self.understood(line))

    def decided(self, line: Line, seen: Understanding) -> dict[str, Any]:
        """The same, where the classifier has had its look."""
        verdict, now = seen.verdict, line.at or datetime.now(UTC)
        report = Report(
            revision=1,
            category=verdict.category,
            priority=verdict.priority,
            prank=verdict.prank,
            prank_score=verdict.prank_score,
            disposition=verdict.disposition,
            marks=verdict.marks,
            words=_text(line),
            place=seen.place,
            started_at=now,
            reported_at=now,
        )
        slots = self._router.slots(report, self._directory, now)
        return {
            "id": line.id,
            "category": verdict.category,
            "priority": verdict.priority,
            "prank": verdict.prank,
            "prank_score": verdict.prank_score,
            "disposition": verdict.disposition,
            "transfer_to": verdict.transfer_to,
            "marks": list(verdict.marks),
            "scores": dict(verdict.scores),
            "evidence": [
                {"words": e.words, "start": e.start, "end": e.end, "means": e.means} for e in verdict.evidence
            ],
            "place": _place(report),
            "posts": _posts(slots),
            "unfilled": [{"role": slot.role, "name": slot.name} for slot in slots if slot.post is None],
            "versions": {"classifier": words.VERSION, "places": self._places.version},
        }


def _posts(slots: Sequence[Slot]) -> list[dict[str, Any]]:
    return [
        {
            "role": slot.role,
            "post_id": slot.post.post_id,
            "kind": slot.post.kind,
            "name": slot.post.name,
            "distance_m": slot.distance_m,
        }
        for slot in slots
        if slot.post is not None
    ]


def _text(line: Line) -> str | None:
    return (line.narrative or "").strip() or None


def _place(report: Report) -> dict[str, Any] | None:
    place = report.place
    if place is None:
        return None
    return {
        "text": place.text,
        "kode": place.kode,
        "level": place.level,
        "name": place.name,
        "lat": place.lat,
        "lon": place.lon,
        "confidence": place.confidence,
        "alternatives": [
            {
                "kode": a.kode,
                "name": a.name,
                "level": a.level,
                "kecamatan": a.kecamatan,
                "lat": a.lat,
                "lon": a.lon,
            }
            for a in place.alternatives
        ],
    }


def decide_lines(decisions: Decisions, lines: Iterable[bytes]) -> Iterator[bytes]:
    """One JSON line for each line that is not blank, in order. A bad line gives its error, and the rest goes on."""
    for number, raw in enumerate(lines, 1):
        if number == 1:
            raw = raw.removeprefix(BOM_UTF8)  # Windows' editors put one before the first line
        if not raw.strip():
            continue
        yield orjson.dumps(_decided(decisions, number, raw), option=orjson.OPT_APPEND_NEWLINE)


def _decided(decisions: Decisions, number: int, raw: bytes) -> dict[str, Any]:
    try:
        line = Line.model_validate_json(raw)
    except ValidationError as error:
        return {**_named(raw, number), "error": "; ".join(reasons(error))}
    try:
        return decisions.decide(line)
    except ValidationError as error:
        return {**_named(raw, number), "error": "; ".join(reasons(error))}
    except ValueError as error:
        return {**_named(raw, number), "error": str(error)}


def _named(raw: bytes, number: int) -> dict[str, Any]:
    """By its id where the line has one, else by the line's number."""
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {"line": number}
    identity = parsed.get("id") if isinstance(parsed, dict) else None
    if isinstance(identity, str) or (isinstance(identity, int) and -(2**63) <= identity < 2**63):
        return {"id": identity}
    return {"line": number}
