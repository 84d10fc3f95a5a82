"""The order of distance browsing is that of looking at everything, anywhere on earth."""

from __future__ import annotations

from itertools import islice
from math import asin, cos, radians, sin, sqrt

from hypothesis import given
from hypothesis import strategies as st
from siaga_router.domain.nearby import EARTH_RADIUS_M, Located, Nearby

LAT, LON = st.floats(-90, 90), st.floats(-180, 180)
NEAR = st.tuples(st.floats(-5.3, -4.9), st.floats(103.9, 104.5))
ANYWHERE = st.tuples(LAT, LON)
ON_A_GRID = st.tuples(st.integers(-2, 2).map(float), st.integers(-2, 2).map(float))


def haversine_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    a, b = radians(lat1), radians(lat2)
    h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


@given(
    st.one_of([st.tuples(st.lists(places, max_size=60), places) for places in (NEAR, ANYWHERE, ON_A_GRID)])
)
def test_everything_comes_once_and_in_order(
    drawn: tuple[list[tuple[float, float]], tuple[float, float]],
) -> None:
    places, (lat, lon) = drawn
    things = [Located(a, b, f"{n:03}", n) for n, (a, b) in enumerate(places)]
    found = list(Nearby(things)(lat, lon))

    assert sorted(what for _, what in found) == list(range(len(places)))
    assert [(metres, what) for metres, what in found] == sorted(found)
    for metres, what in found:
        assert abs(metres - haversine_m(lat, lon, *places[what])) < 1


def test_equally_far_ones_come_by_their_keys() -> None:
    """More of them than a leaf holds, given in the wrong order."""
    things = [Located(-5.0, 104.0, key, key) for key in reversed("abcdefghijklmnopqrst")]
    assert "".join(what for _, what in Nearby(things)(-5.1, 104.0)) == "abcdefghijklmnopqrst"


def test_the_other_side_of_the_date_line_is_near() -> None:
    found = Nearby([Located(0, -179.9, "a", "over the line"), Located(0, 170, "b", "far")])(0, 179.9)
    assert list(islice(found, 1)) == [(22239, "over the line")]


def test_nothing_is_near_where_nothing_is() -> None:
    assert list(Nearby[str]([])(0, 0)) == []
