"""Values that several events share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BeforeValidator, Field

from siaga_events.event import Part
from siaga_events.personal import Personal

__all__ = [
    "Alternative", "Category", "Channel", "Coordinates", "Disposition", "Evidence", "Instant", "Latitude", "Longitude",
    "Mark", "Place", "PlaceLevel", "PostKind", "PostRef", "Priority", "Report", "Role",
]  # fmt: skip


EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Outside of these a time is a mistake, and arithmetic with it may end outside of the calendar."""


NOT_RFC_3339 = "must be RFC 3339 text, such as 2021-06-01T02:14:07Z"


def moment(value: object) -> datetime:
    """RFC 3339 text, or a datetime with an offset, as a moment in UTC. Raises ValueError.

    A number is refused: it would be taken for seconds or milliseconds, whichever seems likelier.
    """
    found: datetime | None
    if isinstance(value, str):
        text = value if value.isupper() else value.upper()
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or "T" not in text:
            raise ValueError(NOT_RFC_3339)
    elif isinstance(value, datetime):
        found = value
    else:
        raise ValueError(NOT_RFC_3339)
    if found.tzinfo is not UTC:
        if found.utcoffset() is None:
            raise ValueError("must carry an offset, such as Z")
        if not EARLIEST <= found < LATEST:
            raise ValueError("must lie between 2000 and 2199")
        return found.astimezone(UTC)
    if not 2000 <= found.year < 2200:
        raise ValueError("must lie between 2000 and 2199")
    return found


Instant: TypeAlias = Annotated[AwareDatetime, BeforeValidator(moment)]
"""A moment; must carry an offset when it comes in, and is kept in UTC."""
Latitude: TypeAlias = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude: TypeAlias = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]

Category: TypeAlias = Literal[
    "fire", "medical", "accident", "disaster", "public_order", "covid", "information", "other", "none"
]
Priority: TypeAlias = Literal[1, 2, 3]
"""1 life at risk now, 2 urgent, 3 not urgent."""
Disposition: TypeAlias = Literal["dispatch", "confirm", "answer", "transfer", "dismiss"]
Mark: TypeAlias = Literal[
    "victims", "trapped", "violence", "live_wire", "wild_animal", "mental_health", "covid"
]
Role: TypeAlias = Literal["duty", "support", "copy", "supervisor"]
"""duty must answer and escalates, support is asked too, copy is told; supervisor is told when nobody can be asked."""
PostKind: TypeAlias = Literal[
    "puskesmas", "hospital", "fire_station", "police", "public_order_unit", "disaster_agency", "health_office",
    "power_company", "conservation_agency", "covid_post", "supervisor",
]  # fmt: skip
Channel: TypeAlias = Literal["voice", "whatsapp", "radio", "walk_in"]
PlaceLevel: TypeAlias = Literal["point", "settlement", "landmark", "pekon", "kecamatan", "regency", "outside"]


class Coordinates(Part):
    """WGS 84, degrees."""

    lat: Latitude
    lon: Longitude


class Evidence(Part):
    """Words that led to a decision: where they stand in the report's text, and what they were taken to mean."""

    words: Personal[str]
    start: int
    end: int
    means: str


class Alternative(Part):
    """Another place that the words may mean."""

    kode: str | None
    name: str
    level: PlaceLevel
    kecamatan: str | None = None
    lat: float | None = None
    lon: float | None = None


class Place(Part):
    """Where the incident is. `kode` is the Kemendagri code of the pekon or kecamatan, None when unresolved.

    `confidence` is the share of such answers that are right, 0 to 1. `text` is what was said of it.
    """

    text: Personal[str | None] = None
    kode: str | None = None
    level: PlaceLevel
    name: str
    kecamatan: str | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    confidence: float = Field(ge=0, le=1)
    alternatives: tuple[Alternative, ...] = ()


class Report(Part):
    """What is known of a call when something is decided: what a post must be told, and what an operator sees.

    `started_at` is the call's start, `reported_at` when its first words reached us, both UTC.
    `revision` counts the classifications of the call from 1.
    """

    revision: int
    category: Category
    priority: Priority
    prank: bool
    prank_score: float = Field(ge=0, le=1)
    disposition: Disposition
    marks: tuple[Mark, ...] = ()
    words: Personal[str | None] = None
    caller: Personal[str | None] = None
    channel: Channel = "voice"
    place: Place | None = None
    transfer_to: str | None = None
    started_at: Instant
    reported_at: Instant


class PostRef(Part):
    """A post as it stood in the directory when it was chosen."""

    post_id: str
    kind: PostKind
    name: str
    kecamatan: str | None = None
    lat: float
    lon: float
