"""Who is there first by road, where the roads were measured; by distance otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import Contact, PostRegistered, PostRemoved, PostStateChanged, RoadTimesMeasured, Slot
from siaga_router.domain.directory import EMPTY, Directory, fold_directory
from siaga_router.domain.nearest import Scene, fill_slot
from siaga_router.domain.plan import Filler, SlotSpec

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
KODE = "18.04.04.1001"
SCENE = Scene(-5.0, 104.0, "Balik Bukit", KODE)
FIRE = SlotSpec(role="duty", name="fire", fill=(Filler(kinds=("fire_station",)),))


def post(name: str, north_km: float, **more: object) -> PostRegistered:
    """So far north of the scene."""
    return PostRegistered.model_validate(
        {
            "post_id": name,
            "kind": "fire_station",
            "name": name,
            "lat": -5.0 + north_km / 111.2,
            "lon": 104.0,
            "contacts": (Contact(channel="whatsapp", number="+6284000112018"),),
            **more,
        }
    )


def roads(of: PostRegistered, seconds: int | None, kode: str = KODE) -> RoadTimesMeasured:
    return RoadTimesMeasured(
        post_id=of.post_id, lat=of.lat, lon=of.lon, seconds={kode: seconds}, source="osrm driving", by="ani"
    )


def directory(*datas: EventData) -> Directory:
    known = EMPTY
    for offset, data in enumerate(datas):
        known = fold_directory(known, Event(derived_id(offset), "test", "post", NOON, data), offset)
    return known


def filled(known: Directory, spec: SlotSpec = FIRE, scene: Scene = SCENE) -> Slot:
    return fill_slot(spec, scene, known, NOON, ())


def chosen(known: Directory, spec: SlotSpec = FIRE, scene: Scene = SCENE) -> str | None:
    slot = filled(known, spec, scene)
    return slot.post.post_id if slot.post is not None else None


NEAR, FAR = post("near", 3), post("far", 9)


def test_the_post_over_the_mountain_is_not_asked_first() -> None:
    slot = filled(directory(NEAR, FAR, roads(NEAR, 2400), roads(FAR, 900)))
    assert slot.post is not None
    assert slot.post.post_id == "far"
    assert (slot.distance_m, slot.road_seconds) == (9000, 900)
    assert [(c.post_id, c.road_seconds) for c in slot.candidates] == [("far", 900), ("near", 2400)]


def test_where_one_road_time_is_not_known_distance_decides_and_what_is_known_is_told() -> None:
    slot = filled(directory(NEAR, FAR, roads(FAR, 900)))
    assert [(c.post_id, c.road_seconds) for c in slot.candidates] == [("near", None), ("far", 900)]


def test_who_would_be_there_before_the_chosen_one_and_can_t_be_asked_is_told() -> None:
    mid, last = post("mid", 5), post("last", 12)
    out = PostStateChanged(post_id="mid", state="out", by="ani")
    closed = PostStateChanged(post_id="last", state="out", by="ani")
    known = directory(NEAR, mid, FAR, last, out, closed, *(roads(p, s) for p, s in
        ((NEAR, 5000), (mid, 100), (FAR, 900), (last, 2000))))  # fmt: skip
    slot = filled(known)
    assert slot.post is not None
    assert slot.post.post_id == "far"
    assert [(e.post_id, e.why) for e in slot.excluded] == [("mid", "sedang keluar")]


def test_without_roads_distance_decides() -> None:
    assert chosen(directory(NEAR, FAR)) == "near"


def test_a_road_time_of_another_pekon_says_nothing() -> None:
    other = "18.04.04.1002"
    assert chosen(directory(NEAR, FAR, roads(NEAR, 2400, other), roads(FAR, 900, other))) == "near"


def test_a_place_without_kode_is_reached_by_distance() -> None:
    known = directory(NEAR, FAR, roads(NEAR, 2400), roads(FAR, 900))
    assert chosen(known, scene=Scene(-5.0, 104.0, "Balik Bukit")) == "near"


def test_where_no_road_leads_comes_last() -> None:
    slot = filled(directory(NEAR, FAR, roads(NEAR, None), roads(FAR, 9000)))
    assert [(c.post_id, c.road_seconds) for c in slot.candidates] == [("far", 9000), ("near", None)]


def test_where_no_road_leads_from_any_distance_decides() -> None:
    assert chosen(directory(FAR, NEAR, roads(NEAR, None), roads(FAR, None))) == "near"


def test_a_post_that_has_moved_is_measured_anew() -> None:
    moved = post("far", 8)
    known = directory(NEAR, FAR, roads(NEAR, 2400), roads(FAR, 900), moved)
    assert chosen(known) == "near"
    assert chosen(directory(NEAR, moved, roads(NEAR, 2400), roads(moved, 900))) == "far"


def test_a_post_that_is_registered_again_where_it_was_keeps_its_roads() -> None:
    again = FAR.model_copy(update={"name": "Pos Jauh"})
    assert chosen(directory(NEAR, FAR, roads(NEAR, 2400), roads(FAR, 900), again)) == "far"


def test_a_removed_post_takes_its_roads_with_it() -> None:
    removed = PostRemoved(post_id="far", by="ani")
    assert not directory(FAR, roads(FAR, 900), removed).roads
    assert not directory(FAR, removed, roads(FAR, 900)).roads, "measured while it was removed"


def test_those_of_the_area_stay_before_others() -> None:
    own = post("own", 9, working_area=("Balik Bukit",))
    other = post("other", 3, working_area=("Suoh",))
    known = directory(own, other, roads(own, 3000), roads(other, 300))
    assert chosen(known, FIRE.model_copy(update={"area_first": True})) == "own"
    assert chosen(known) == "other"


def test_equally_long_roads_go_by_distance_and_then_by_name() -> None:
    twin = post("a-far", 9)
    known = directory(FAR, twin, NEAR, roads(NEAR, 900), roads(FAR, 900), roads(twin, 900))
    assert [c.post_id for c in filled(known).candidates] == ["near", "a-far", "far"]


@given(st.lists(st.none() | st.integers(0, 20_000), min_size=1, max_size=14), st.randoms())
def test_the_choice_is_the_first_by_road_of_the_ten_nearest(times: list[int | None], random: object) -> None:
    posts = [post(f"p{n:02}", 1 + n) for n in range(len(times))]
    slot = filled(directory(*posts, *(roads(p, t) for p, t in zip(posts, times, strict=True))))
    ten = times[:10]
    reachable = [t for t in ten if t is not None]
    best = ten.index(min(reachable)) if reachable else 0
    assert slot.post is not None
    assert slot.post.post_id == f"p{best:02}"
    assert slot.road_seconds == ten[best]
    assert {c.post_id for c in slot.candidates} == {p.post_id for p in posts[:10]}


@pytest.mark.parametrize("offset", [0, 1])
def test_the_version_moves_with_what_is_measured(offset: int) -> None:
    assert directory(*([NEAR, roads(NEAR, 1)][: offset + 1])).version == offset
