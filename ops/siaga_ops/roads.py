"""`siaga posts roads`: how long each post needs by road, asked of a routing service once, not at every call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Annotated, Protocol, TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError
from siaga_classifier.domain.gazetteer import Area
from siaga_events.codec import reasons
from siaga_events.types import PostRegistered, RoadTimesMeasured
from siaga_router.domain.nearby import Located, Nearby

from siaga_ops.errors import OpsError

__all__ = ["OsrmTable", "Point", "RoadService", "ValhallaMatrix", "measured"]

AT_ONCE = 49
"""Destinations of one question: with the post fifty places, which both services allow as they come, and did in 2021."""
REQUEST_SECONDS = 60.0
FASTEST_M_PER_S = 42.0
"""150 km/h by air: a road time that is shorter is none."""
SNAPPED_M = 3000.0
"""So near everything may be one place on the road: no speed is worked out."""
LONGEST_SECONDS = 7 * 86_400

_NO_ROAD = frozenset({170, 171, 442})
"""Valhalla's codes for places in unconnected regions, for none near a road, and for no way between them."""

Answer = TypeVar("Answer", bound=BaseModel)
Seconds = Annotated[float, Field(ge=0, le=LONGEST_SECONDS, allow_inf_nan=False, strict=True)]


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees, WGS 84."""

    lat: float
    lon: float


class RoadService(Protocol):
    """A routing service over HTTP."""

    @property
    def source(self) -> str:
        """Its name and the profile that is asked for, as the event keeps it."""
        ...

    async def seconds(self, start: Point, ends: Sequence[Point]) -> list[float | None]:
        """From one place to others; None where no road leads. Raises OpsError, which says what to do."""
        ...


class _OsrmAnswer(BaseModel):
    durations: list[list[Seconds | None]]


@dataclass(frozen=True, slots=True)
class OsrmTable:
    """OSRM's table service, version 1 of its HTTP API (project-osrm.org/docs/v5.24.0/api)."""

    http: httpx.AsyncClient
    url: str
    source: str = "osrm driving"

    async def seconds(self, start: Point, ends: Sequence[Point]) -> list[float | None]:
        address = _address(self.url, "OSRM")
        places = ";".join(f"{p.lon:.6f},{p.lat:.6f}" for p in (start, *ends))
        request = self.http.build_request(
            "GET",
            f"{address}/table/v1/driving/{places}",
            params={
                "sources": "0",
                "destinations": ";".join(str(n) for n in range(1, len(ends) + 1)),
                "annotations": "duration",
            },
        )
        answer = await _asked(self.http, request, _OsrmAnswer, "OSRM")
        return _row(answer.durations, len(ends), "OSRM")


class _NoRoad(OpsError):
    """One of the places that were asked for can't be reached by road."""


class _Cell(BaseModel):
    time: Seconds | None


class _ValhallaAnswer(BaseModel):
    sources_to_targets: list[list[_Cell]]


@dataclass(frozen=True, slots=True)
class ValhallaMatrix:
    """Valhalla's time-distance matrix (valhalla.github.io/valhalla/api/matrix/api-reference).

    It refuses a whole question when one of its places can't be reached. If that is the start, nothing can; else the
    question is halved until that place is alone.
    """

    http: httpx.AsyncClient
    url: str
    source: str = "valhalla auto"

    async def seconds(self, start: Point, ends: Sequence[Point]) -> list[float | None]:
        try:
            return await self._asked(start, ends)
        except _NoRoad:
            try:
                await self._asked(start, [start])
            except _NoRoad:
                return [None] * len(ends)
            return await self._halved(start, ends)

    async def _halved(self, start: Point, ends: Sequence[Point]) -> list[float | None]:
        """Of ends that can't be reached all together."""
        if len(ends) == 1:
            return [None]
        half = len(ends) // 2
        times: list[float | None] = []
        for part in (ends[:half], ends[half:]):
            try:
                times += await self._asked(start, part)
            except _NoRoad:
                times += await self._halved(start, part)
        return times

    async def _asked(self, start: Point, ends: Sequence[Point]) -> list[float | None]:
        request = self.http.build_request(
            "POST",
            f"{_address(self.url, 'Valhalla')}/sources_to_targets",
            json={"sources": [_place(start)], "targets": [_place(p) for p in ends], "costing": "auto"},
        )
        answer = await _asked(self.http, request, _ValhallaAnswer, "Valhalla")
        return _row([[cell.time for cell in row] for row in answer.sources_to_targets], len(ends), "Valhalla")


async def measured(
    service: RoadService, posts: Iterable[PostRegistered], areas: Iterable[Area], within_km: float, by: str
) -> AsyncIterator[RoadTimesMeasured]:
    """Of each post the times to all pekon and kecamatan that are no farther than that by air.

    Raises OpsError when the service can't be reached or refuses.
    """
    places = Nearby(
        Located(area.lat, area.lon, area.kode, area)
        for area in areas
        if area.lat is not None
        and area.lon is not None
        and area.kode is not None
        and area.level in ("pekon", "kecamatan")
    )
    for post in posts:
        start = Point(post.lat, post.lon)
        near = list(takewhile(lambda found: found[0] <= within_km * 1000, places(post.lat, post.lon)))
        seconds: dict[str, int | None] = {}
        for first in range(0, len(near), AT_ONCE):
            asked = near[first : first + AT_ONCE]
            ends = [Point(area.lat or 0.0, area.lon or 0.0) for _, area in asked]
            try:
                times = await service.seconds(start, ends)
            except OpsError as error:
                raise OpsError(f"post {post.post_id}: {error}") from None
            for (metres, area), time in zip(asked, times, strict=True):
                if time is not None and metres > SNAPPED_M and time * FASTEST_M_PER_S < metres:
                    raise OpsError(
                        f"post {post.post_id}: {time:.0f} s by road to {area.name}, {metres / 1000:.0f} km away, can't be: "
                        "does the service's map cover the regency?"
                    )
                seconds[area.kode or ""] = None if time is None else round(time)
        yield RoadTimesMeasured(
            post_id=post.post_id,
            lat=post.lat,
            lon=post.lon,
            seconds=dict(sorted(seconds.items())),
            source=service.source,
            by=by,
        )


def _address(url: str, name: str) -> str:
    try:
        is_one = httpx.URL(url).scheme in ("http", "https") and bool(httpx.URL(url).host)
    except httpx.InvalidURL:
        is_one = False
    if not is_one:
        raise OpsError(f"{url!r} is no address of {name}; one looks like http://127.0.0.1:5000")
    return url.rstrip("/")


async def _asked(http: httpx.AsyncClient, request: httpx.Request, answer: type[Answer], name: str) -> Answer:
    where = f"{name} at {request.url.netloc.decode()}"
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            response = await http.send(request)
    except (httpx.TimeoutException, TimeoutError):
        raise OpsError(f"{where} did not answer in {REQUEST_SECONDS:.0f} s; run the command again") from None
    except httpx.RequestError as error:
        why = str(error) or type(error).__name__
        raise OpsError(f"{where} can't be reached ({why}); is it running, and is this its address?") from None
    if response.status_code != 200:
        refusal = _Refusal.of(response)
        kind = _NoRoad if response.status_code == 400 and refusal.error_code in _NO_ROAD else OpsError
        raise kind(f"{where} refused ({response.status_code}): {refusal.words(response)}")
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        raise OpsError(f"{where} gave no table of times: {'; '.join(reasons(error))}") from None


class _Refusal(BaseModel):
    """OSRM says why in `message`, Valhalla in `error`, with a code."""

    message: str = ""
    error: str = ""
    error_code: Annotated[int, Field(strict=True)] = 0

    @classmethod
    def of(cls, response: httpx.Response) -> _Refusal:
        try:
            return cls.model_validate_json(response.content)
        except ValidationError:
            return cls()

    def words(self, response: httpx.Response) -> str:
        return self.message or self.error or response.text[:200] or response.reason_phrase


def _row(rows: Sequence[Sequence[float | None]], length: int, name: str) -> list[float | None]:
    if len(rows) != 1 or len(rows[0]) != length:
        raise OpsError(
            f"{name} gave {[len(row) for row in rows]} times where one row of {length} was asked for"
        )
    return list(rows[0])


def _place(point: Point) -> dict[str, float]:
    return {"lat": round(point.lat, 6), "lon": round(point.lon, 6)}
