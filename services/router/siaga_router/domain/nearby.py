"""Posts in the order of their distance from a place: exact, everywhere on earth, without looking at all of them.

A k-d tree over points on the unit sphere, searched best first (Hjaltason and Samet, "Distance browsing in spatial
databases", 1999): each step gives the next nearest, so who stops early has paid for what it took.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import count
from math import asin, cos, radians, sin, sqrt
from typing import Generic, NamedTuple, TypeAlias, TypeVar

__all__ = ["EARTH_RADIUS_M", "Located", "Nearby", "great_circle_m"]

EARTH_RADIUS_M = 6_371_008.8
"""The mean radius (IUGG): distances are within 0.5 % of the ellipsoid's."""
LEAF = 8
"""Points that are looked at together: below that, another level costs more than it saves."""
T = TypeVar("T")
Vector: TypeAlias = tuple[float, float, float]
_Point: TypeAlias = tuple[Vector, str, T]


class Located(NamedTuple, Generic[T]):
    """Something at a place, in degrees. `key` orders what is equally far."""

    lat: float
    lon: float
    key: str
    what: T


class _Split(NamedTuple, Generic[T]):
    axis: int
    at: float
    below: _Part[T]
    above: _Part[T]


_Part: TypeAlias = _Split[T] | list[_Point[T]]


class Nearby(Generic[T]):
    """Built once, then only read."""

    def __init__(self, things: Iterable[Located[T]]) -> None:
        self._root = _grown([(_vector(t.lat, t.lon), t.key, t.what) for t in things])

    def __call__(self, lat: float, lon: float) -> Iterator[tuple[int, T]]:
        """Everything with its great-circle distance in whole metres, nearest first, equally far ones by their keys."""
        group: list[tuple[str, T]] = []
        group_metres = -1
        for square, key, what in self._by_chord(_vector(lat, lon)):
            metres = round(2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(square) / 2)))
            if metres != group_metres:
                if len(group) > 1:
                    group.sort(key=lambda each: each[0])
                for _, equal in group:
                    yield group_metres, equal
                group, group_metres = [], metres
            group.append((key, what))
        group.sort(key=lambda each: each[0])
        for _, equal in group:
            yield group_metres, equal

    def _by_chord(self, place: Vector) -> Iterator[tuple[float, str, T]]:
        """Points by the square of the straight line through the earth.

        A part of the tree waits with the least that its points can have: the sum of squares of how far the place lies
        outside it on each axis (`outside`).
        """
        x, y, z = place
        number = count()
        parts: list[tuple[float, int, _Part[T], tuple[float, ...]]] = [(0.0, 0, self._root, (0.0, 0.0, 0.0))]
        points: list[tuple[float, int, str, T]] = []
        while parts or points:
            if points and (not parts or points[0][0] <= parts[0][0]):
                square, _, key, what = heappop(points)
                yield square, key, what
                continue
            least, _, part, outside = heappop(parts)
            while isinstance(part, _Split):
                axis, at, below, above = part
                beyond = place[axis] - at
                part, far = (below, above) if beyond < 0 else (above, below)
                moved = (*outside[:axis], beyond * beyond, *outside[axis + 1 :])
                heappush(parts, (least - outside[axis] + beyond * beyond, next(number), far, moved))
            for (px, py, pz), key, what in part:
                square = (px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2
                heappush(points, (square, next(number), key, what))


def great_circle_m(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Degrees in, metres out."""
    square = sum((a - b) ** 2 for a, b in zip(_vector(lat, lon), _vector(to_lat, to_lon), strict=True))
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(square) / 2))


def _grown(points: list[_Point[T]]) -> _Part[T]:
    if len(points) <= LEAF:
        return points
    spreads = [max(p[0][axis] for p in points) - min(p[0][axis] for p in points) for axis in range(3)]
    axis = spreads.index(max(spreads))
    if not spreads[axis]:
        return points
    points.sort(key=lambda p: p[0][axis])
    middle = len(points) // 2
    at = points[middle][0][axis]
    return _Split(axis, at, _grown(points[:middle]), _grown(points[middle:]))


def _vector(lat: float, lon: float) -> Vector:
    a, b = radians(lat), radians(lon)
    return cos(a) * cos(b), cos(a) * sin(b), sin(a)
