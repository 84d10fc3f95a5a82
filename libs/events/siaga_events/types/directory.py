"""The directory of posts (topic `posts`, one partition: its offset is its version)."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from siaga_events.event import EventData, Part
from siaga_events.personal import Personal
from siaga_events.types.values import Instant, Latitude, Longitude, PostKind

__all__ = [
    "Capability", "Contact", "PostRegistered", "PostRemoved", "PostStateChanged", "RoadTimesMeasured", "Weekday",
]  # fmt: skip

Capability: TypeAlias = Literal["ambulance", "beds", "obstetrics", "24h", "covid", "rescue"]
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Contact(Part):
    """A way to reach a post. `sample` numbers are invented and are refused by an adapter to a real provider."""

    channel: Literal["whatsapp"]
    number: Personal[str] = Field(pattern=r"^\+[0-9]{6,15}$")
    sample: bool = False


class PostRegistered(EventData):
    """A post as the directory has it from now on; replaces what it had under this id.

    `hours` None is around the clock, else opening hours by weekday in the regency's time ("07:30-14:00").
    `working_area` None is everywhere; `barriers` are kecamatan that it can't reach.
    `regency_duty`: asked when the place of an incident is not known.
    """

    post_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")
    kind: PostKind
    name: str = Field(min_length=1)
    address: str = ""
    kecamatan: str | None = None
    lat: Latitude
    lon: Longitude
    coordinate: Literal["surveyed", "approximate"] = "surveyed"
    source: str = ""
    capabilities: tuple[Capability, ...] = ()
    working_area: tuple[str, ...] | None = None
    barriers: tuple[str, ...] = ()
    hours: dict[Weekday, str] | None = None
    regency_duty: bool = False
    contacts: tuple[Contact, ...] = ()


class PostStateChanged(EventData):
    """A post is ready, or out until `until` (None: until further notice), or can't be reached by road."""

    post_id: str
    state: Literal["ready", "out", "road_cut"]
    until: Instant | None = None
    by: Personal[str]
    why: Personal[str] = ""


class RoadTimesMeasured(EventData):
    """How many seconds a post needs by road to the middle of each pekon and kecamatan, by kode.

    None: no road leads there; a kode that is not in it was not measured. Replaces what was measured before, and
    counts as long as the post is at `lat`, `lon`. `source` is the routing service that was asked, and its profile.
    """

    post_id: str
    lat: Latitude
    lon: Longitude
    seconds: dict[str, Annotated[int, Field(ge=0)] | None]
    source: str
    by: Personal[str]


class PostRemoved(EventData):
    """A post is no longer part of the directory."""

    post_id: str
    by: Personal[str]
