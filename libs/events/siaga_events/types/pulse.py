"""What crosses calls: the results of the advisory views that `services/pulse` makes. They may be late, or a few off."""

from __future__ import annotations

from datetime import datetime

from siaga_events.event import EventData, Part
from siaga_events.personal import Personal
from siaga_events.types.values import Category, Instant, Latitude, Longitude, Mark, PlaceLevel, Priority

__all__ = ["CallerHistoryCounted", "Incident", "IncidentsListed", "SurgeCounted"]


class CallerHistoryCounted(EventData):
    """An advisory view's count of a caller's calls (topic `pulse.callers`, key = the number)."""

    caller: Personal[str]
    calls: int
    pranks: int
    last_at: Instant


class Incident(Part):
    """A call that posts were asked for and that is not over.

    `posts`: who has the duty. `reports`: how many calls told of it, the first one included.
    """

    call: str
    category: Category
    priority: Priority
    marks: tuple[Mark, ...] = ()
    level: PlaceLevel
    lat: Latitude
    lon: Longitude
    at: Instant
    posts: tuple[str, ...] = ()
    reports: int = 1


class IncidentsListed(EventData):
    """The incidents of the last hours in one kecamatan (topic `pulse.incidents`, key = the kecamatan), newest last."""

    kecamatan: str
    incidents: tuple[Incident, ...]


class SurgeCounted(EventData):
    """Calls from one kecamatan in the window up to the newest of them (topic `pulse.surges`, key = the kecamatan).

    Many suggest a mass event.
    """

    kecamatan: str
    calls: int
    since: Instant
    until: Instant

    def is_of(self, at: datetime) -> bool:
        """Whether it says something of this time: in the window, or less than another one after it."""
        return self.since <= at < self.until + (self.until - self.since)
