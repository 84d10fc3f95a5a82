"""The reference data in data/ hold together: posts, response plan, deadlines, demonstration day."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any, get_args

import phonenumbers
import pytest
from pydantic import TypeAdapter
from siaga_events.types import Category, PostRegistered, Priority
from siaga_router.adapters import load_deadlines, load_plan
from siaga_router.domain.plan import Filler

DATA = Path(__file__).parents[2] / "data"
SAMPLE_PREFIX = "+6284000"
CATEGORIES: TypeAdapter[Category] = TypeAdapter(Category)
PRIORITIES: TypeAdapter[Priority] = TypeAdapter(Priority)


def _posts() -> list[PostRegistered]:
    entries = [
        entry
        for name in ("lampung-barat.json", "supervisor.json")
        for entry in json.loads((DATA / "posts" / name).read_text(encoding="utf-8"))
    ]
    return [PostRegistered.model_validate(entry) for entry in entries]


def _gazetteer() -> list[dict[str, str]]:
    with (DATA / "gazetteer/lampung_barat_gazetteer.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _bounds() -> tuple[float, float, float, float]:
    """West, south, east, north of the regency."""

    def points(part: Any) -> Iterator[tuple[float, float]]:
        if isinstance(part[0], int | float):
            yield part[0], part[1]
        else:
            for inner in part:
                yield from points(inner)

    shape = json.loads((DATA / "gazetteer/lampung_barat_kabupaten.geojson").read_text(encoding="utf-8"))
    found = list(points(shape["features"][0]["geometry"]["coordinates"]))
    lons, lats = [p[0] for p in found], [p[1] for p in found]
    return min(lons), min(lats), max(lons), max(lats)


POSTS = _posts()
GAZETTEER = _gazetteer()
KECAMATAN = {row["nama"] for row in GAZETTEER if row["level"] == "kecamatan"}
WEST, SOUTH, EAST, NORTH = _bounds()
PLAN = load_plan(DATA / "plan/response-plan.json")
CALLS: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "demo/day.jsonl").read_text(encoding="utf-8").splitlines()
]


def _inside(lat: float, lon: float) -> bool:
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def _is_sample(number: str) -> bool:
    """Ours, kept as it is by E.164, and nobody's."""
    parsed = phonenumbers.parse(number, None)
    same = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
    return number.startswith(SAMPLE_PREFIX) and same and not phonenumbers.is_valid_number(parsed)


def _share(call: dict[str, Any]) -> str:
    truth = call["truth"]
    if truth["prank"] or truth["category"] == "none":
        return "false"
    return "covid" if truth["category"] == "covid" else "emergency"


def test_posts_have_their_own_ids_and_numbers() -> None:
    numbers = [contact.number for post in POSTS for contact in post.contacts]
    assert len({post.post_id for post in POSTS}) == len(POSTS) == 29
    assert len(set(numbers)) == len(numbers) == len(POSTS)


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.post_id)
def test_a_post_lies_in_the_regency_and_its_numbers_are_nobodys(post: PostRegistered) -> None:
    assert _inside(post.lat, post.lon)
    assert post.source
    assert {post.kecamatan, *(post.working_area or ()), *post.barriers} <= KECAMATAN
    assert [(c.sample, _is_sample(c.number)) for c in post.contacts] == [(True, True)]
    for span in (post.hours or {}).values():
        opens, closes = (time.fromisoformat(part) for part in span.split("-"))
        assert opens < closes


def test_police_covers_every_kecamatan_by_its_working_areas() -> None:
    covered = {k for post in POSTS if post.kind == "police" for k in post.working_area or ()}
    assert covered == KECAMATAN
    assert len(KECAMATAN) == 15


def test_each_kind_has_one_duty_post_of_the_regency() -> None:
    duty = Counter(post.kind for post in POSTS if post.regency_duty)
    assert duty == Counter({post.kind for post in POSTS})


def test_every_slot_of_the_plan_can_be_filled_at_night_and_far_away() -> None:
    def fills(filler: Filler, post: PostRegistered) -> bool:
        able = filler.capability is None or filler.capability in post.capabilities
        return able and post.kind in filler.kinds and post.hours is None

    empty = [
        (row.category, slot.name)
        for row in PLAN.rows
        for slot in row.slots
        if not any(fills(filler, post) for filler in slot.fill for post in POSTS)
    ]
    assert empty == []


def test_the_plan_covers_each_category_and_is_dated() -> None:
    assert {row.category for row in PLAN.rows} == {
        "fire", "medical", "accident", "disaster", "public_order", "covid", "information", "other", "none",
    }  # fmt: skip
    assert PLAN.valid_from == date.fromisoformat(PLAN.version)


@pytest.mark.parametrize(
    ("category", "priority", "marks", "expected"),
    [
        ("fire", 1, ["victims"], {"duty fire_station", "support police", "support health", "copy disaster_agency"}),
        ("medical", 2, [], {"duty ambulance"}),
        ("medical", 1, ["violence"], {"duty ambulance", "support hospital", "support police"}),
        ("accident", 2, ["trapped"], {"duty ambulance", "duty police", "support fire_station", "copy hospital"}),
        ("public_order", 2, ["mental_health"], {"duty police", "support public_order_unit", "support health"}),
        ("covid", 3, [], {"duty covid_post", "copy health_office"}),
        ("covid", 1, [], {"duty covid_post", "duty ambulance", "support hospital", "copy health_office"}),
        ("other", 2, [], {"duty fire_station", "support police"}),
        ("other", 2, ["wild_animal"], {"duty conservation_agency", "support police"}),
        ("other", 1, ["live_wire"], {"duty power_company", "support police"}),
        ("information", 3, [], set()),
    ],
)  # fmt: skip
def test_the_plan_asks_whom_the_rules_name(
    category: Category, priority: Priority, marks: list[Any], expected: set[str]
) -> None:
    assert {f"{slot.role} {slot.name}" for slot in PLAN.slots(category, priority, marks)} == expected


def test_deadlines_are_those_of_the_rules() -> None:
    raw = json.loads((DATA / "plan/deadlines.json").read_text(encoding="utf-8"))
    expected = {
        "desk_seconds": [60, 240, 3600],
        "desk_undelivered_seconds": [45, None, None],
        "next_post_seconds": [180, 480, 7200],
        "supervisor_seconds": [300, 900, None],
        "second_channel_seconds": [None, 120, 1800],
    }
    assert {name: [raw["priorities"][p][name] for p in "123"] for name in expected} == expected
    assert [raw["confirm"][p] for p in "123"] == [60, 300, None]
    assert (raw["confirm"]["latest_after_report_seconds"], raw["hold_lapses_seconds"]) == (180, 180)


def test_the_router_reads_the_deadlines() -> None:
    deadlines = load_deadlines(DATA / "plan/deadlines.json")
    assert [deadlines.desk_after(p) for p in get_args(Priority)] == [60, 240, 3600]
    assert [deadlines.next_post_after(p) for p in get_args(Priority)] == [180, 480, 7200]


def test_the_day_has_the_shares_of_the_centre_in_order_of_time() -> None:
    assert Counter(_share(call) for call in CALLS) == {"covid": 5, "emergency": 10, "false": 35}
    moments = [time.fromisoformat(call["at"]) for call in CALLS]
    assert moments == sorted(moments)
    assert [call["reference"] for call in CALLS] == [f"D-{n:04d}" for n in range(1, 51)]


def test_the_day_holds_the_calls_that_are_easily_forgotten() -> None:
    callers = Counter(call["caller"] for call in CALLS)
    silent = [call["truth"] for call in CALLS if call["narrative"] is None]
    assert callers[None] == 1
    assert max(callers.values()) > 1
    assert silent == [{"category": "none", "priority": 2, "prank": False, "place_kode": None}]
    assert sum("follow_up" in call for call in CALLS) == 3


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call["reference"])
def test_a_call_of_the_day_is_well_formed(call: dict[str, Any]) -> None:
    truth = call["truth"]
    CATEGORIES.validate_python(truth["category"])
    PRIORITIES.validate_python(truth["priority"])
    assert truth["place_kode"] is None or truth["place_kode"] in {row["kode"] for row in GAZETTEER}
    assert call["caller"] is None or _is_sample(call["caller"])
    assert ("lat" in call) == ("lon" in call)
    assert "lat" not in call or _inside(call["lat"], call["lon"])
    assert 0 < call.get("follow_up", {"after_seconds": 1})["after_seconds"] < call["ended_after_seconds"]


def test_callers_and_posts_share_no_number() -> None:
    assert not {c.number for p in POSTS for c in p.contacts} & {call["caller"] for call in CALLS}
