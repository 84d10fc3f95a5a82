"""Which calls tell of one incident, and what follows from that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from siaga_events.types import (
    CallClassified,
    CallHeld,
    CallLinked,
    CallRouted,
    CallUnlinked,
    CommandRefused,
    ConfirmCall,
    Incident,
    IncidentsListed,
    LinkCall,
    Place,
    PostRegistered,
    Report,
    ReportNoted,
    SurgeCounted,
    UnlinkCall,
)
from siaga_router.adapters import load_deadlines, load_plan
from siaga_router.domain.decider import RouterDecider, RouterViews
from siaga_router.domain.directory import Directory
from siaga_router.domain.routing import Router
from siaga_router.domain.same import Pulse, likeliest
from siaga_streams.testing import given

DATA = Path(__file__).parents[3] / "data"
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
PLAN = load_plan(DATA / "plan/response-plan.json")
DECIDER = RouterDecider(Router(PLAN, load_deadlines(DATA / "plan/deadlines.json")))
RULES = PLAN.same_incident
LAT = -5.0216
POINT = Place(
    kode="18.04.04.2005",
    level="point",
    name="Way Mengaku",
    kecamatan="Balik Bukit",
    lat=LAT,
    lon=104.0779,
    confidence=1,
)
PEKON = POINT.model_copy(update={"level": "pekon"})
SUOH = POINT.model_copy(update={"kode": "18.04.09.2001", "kecamatan": "Suoh", "lat": -5.25, "lon": 104.27})


def posts() -> dict[str, PostRegistered]:
    entries = orjson.loads((DATA / "posts/lampung-barat.json").read_bytes())
    return {e["post_id"]: PostRegistered.model_validate(e) for e in entries}


def report(**changes: Any) -> Report:
    base: dict[str, Any] = {
        "revision": 1, "category": "fire", "priority": 1, "prank": False, "prank_score": 0.0, "disposition": "dispatch",
        "words": "kebakaran", "place": POINT, "started_at": NOON, "reported_at": NOON,
    }  # fmt: skip
    return Report.model_validate({**base, **changes})


def classified(**changes: Any) -> CallClassified:
    return CallClassified(report=report(**changes), classifier_version="1", places_version="1")


def incident(**changes: Any) -> Incident:
    station = next(p.post_id for p in posts().values() if p.kind == "fire_station")
    base: dict[str, Any] = {
        "call": "11111111-aaaa", "category": "fire", "priority": 1, "level": "point", "lat": POINT.lat, "lon": POINT.lon,
        "at": NOON - timedelta(minutes=4), "posts": (station,), "reports": 2,
    }  # fmt: skip
    return Incident.model_validate({**base, **changes})


def pulse(*incidents: Incident, surge: int = 0) -> Pulse:
    known = {"Balik Bukit": IncidentsListed(kecamatan="Balik Bukit", incidents=incidents)}
    if not surge:
        return Pulse(known)
    window = {"since": NOON - timedelta(minutes=5), "until": NOON + timedelta(minutes=5)}
    return Pulse(known, {"Balik Bukit": SurgeCounted(kecamatan="Balik Bukit", calls=surge, **window)})


def score(found: Incident, seen: Pulse | None = None, **changes: Any) -> float:
    assert RULES is not None
    same = likeliest("me", report(**{"place": POINT, **changes}), seen or pulse(found), RULES)
    return same.score if same is not None else 0.0


def call(*incidents: Incident) -> Any:
    return given(DECIDER, RouterViews(Directory(posts(), {}, version=29), pulse(*incidents)), now=NOON)


def test_nearer_sooner_and_better_located_is_surer() -> None:
    here = score(incident())
    assert here > 0.999
    assert score(incident(lat=LAT - 0.006)) < here
    assert score(incident(lat=LAT - 0.05)) == 0.0
    assert score(incident(at=NOON - timedelta(hours=5))) < here
    assert score(incident(level="pekon"), place=PEKON) < here


def test_another_kind_or_the_call_itself_is_not_it() -> None:
    assert score(incident(category="accident")) == 0.0
    assert score(incident(call="me")) == 0.0


def test_where_calls_come_thick_a_vague_place_proves_nothing() -> None:
    """After a quake every second house of a pekon may burn; that one house burns twice is as unlikely as before."""
    vague = incident(level="pekon")
    assert score(vague, place=PEKON) > 0.9
    assert score(vague, pulse(vague, surge=40), place=PEKON) < 0.5
    assert score(incident(), pulse(incident(), surge=40)) > 0.6


def test_the_likeliest_of_several_is_named() -> None:
    assert RULES is not None
    far, near = incident(call="far", lat=LAT - 0.002), incident(call="near")
    same = likeliest("me", report(place=POINT), pulse(far, near), RULES)
    assert same is not None
    assert (same.call, same.number, same.distance_m, same.seconds_apart) == ("near", 3, 0, 240)


def test_a_further_report_is_linked_and_goes_to_those_who_have_the_incident() -> None:
    step = call(incident()).when(classified(place=POINT))
    (linked,) = step.decided
    assert isinstance(linked, CallLinked)
    assert linked.by is None
    assert [(s.role, s.post.post_id) for s in linked.slots if s.post] == [("copy", incident().posts[0])]
    assert step.state.phase == "linked"
    assert [d.kind for d in step.todo.deadlines] == ["close"]


@pytest.mark.parametrize(
    ("known", "changes"),
    [
        (incident(), {"marks": ("trapped",)}),
        (incident(priority=2), {}),
        (incident(posts=("gone",)), {}),
        (incident(lat=LAT - 0.006), {}),
    ],
    ids=["new harm", "graver", "nobody has it", "not sure enough"],
)
def test_it_is_only_suggested(known: Incident, changes: dict[str, Any]) -> None:
    step = call(known).when(classified(**{"place": POINT, **changes}))
    (routed,) = step.decided
    assert isinstance(routed, CallRouted)
    assert routed.likely is not None
    assert routed.likely.call == known.call


def test_harm_that_the_incident_has_already_is_not_new() -> None:
    step = call(incident(marks=("trapped", "victims"))).when(classified(place=POINT, marks=("trapped",)))
    assert isinstance(step.decided[0], CallLinked)


def test_without_pulse_nothing_is_linked() -> None:
    step = given(DECIDER, RouterViews(Directory(posts(), {}, version=29)), now=NOON).when(
        classified(place=POINT)
    )
    assert isinstance(step.decided[0], CallRouted)


def test_words_that_make_it_graver_get_posts_of_their_own() -> None:
    linked = call(incident()).when(classified(place=POINT))
    calm = linked.when(classified(revision=2, place=POINT, words="kebakaran, apinya besar"))
    assert [type(d) for d in calm.decided] == [ReportNoted]
    assert isinstance(
        calm.when(classified(revision=3, place=POINT, marks=("trapped",))).decided[0], CallRouted
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"marks": ("trapped",), "place": None},
        {"category": "medical", "words": "serangan jantung"},
        {"place": SUOH},
    ],
    ids=["trapped, and no place", "another kind", "another place"],
)
def test_words_that_tell_of_anything_more_are_not_swallowed(changes: dict[str, Any]) -> None:
    linked = call(incident()).when(classified(place=POINT))
    step = linked.when(classified(**{"revision": 2, "place": POINT, **changes}))
    assert isinstance(step.decided[0], CallRouted | CallHeld), step.decided


def test_a_link_over_words_that_the_operator_has_not_seen_is_refused() -> None:
    routed = call().when(classified(place=SUOH))
    seen = routed.state.decisions[-1].id
    graver = (
        call(incident())
        .when(classified(place=SUOH, priority=2))
        .when(classified(revision=2, place=SUOH, marks=("trapped",)))
    )
    (refused,) = graver.when(LinkCall(by="ani", on=seen, to="11111111")).decided
    assert isinstance(refused, CommandRefused)


def test_a_link_to_an_incident_that_nobody_has_is_refused() -> None:
    routed = call(incident(posts=())).when(classified(place=SUOH))
    on = routed.state.decisions[-1].id
    (refused,) = routed.when(LinkCall(by="ani", on=on, to="11111111")).decided
    assert isinstance(refused, CommandRefused)
    assert "tidak ada pos" in refused.why


def test_an_operator_undoes_the_machines_link_and_it_stays_undone() -> None:
    undone = call(incident()).when(classified(place=POINT)).when(UnlinkCall(by="ani"))
    assert [type(d) for d in undone.decided] == [CallUnlinked, CallRouted]
    assert undone.decided[1].confirmed_by == "ani"
    assert undone.state.phase == "routed"
    assert undone.state.never_linked
    again = undone.when(UnlinkCall(by="ani"))
    assert isinstance(again.decided[0], CommandRefused)


def test_a_confirmation_of_a_linked_call_asks_posts_too() -> None:
    confirmed = call(incident()).when(classified(place=POINT)).when(ConfirmCall(by="ani"))
    assert isinstance(confirmed.decided[0], CallRouted)


def test_an_operator_links_by_the_beginning_of_an_id_what_the_machine_would_not() -> None:
    routed = call(incident()).when(classified(place=SUOH))
    step = routed.when(LinkCall(by="ani", on=routed.state.decisions[-1].id, to="11111111"))
    (linked,) = step.decided
    assert isinstance(linked, CallLinked)
    assert (linked.by, linked.same.score, linked.same.number) == ("ani", 1.0, 3)
    assert step.state.asked[0].called_off


def test_what_can_not_be_linked_is_refused_with_the_reason() -> None:
    def why(step: Any, to: str = "11111111") -> str:
        (refused,) = step.when(LinkCall(by="ani", to=to)).decided
        assert isinstance(refused, CommandRefused)
        return refused.why

    routed = call(incident()).when(classified(place=SUOH))
    assert "tidak ada di daftar kejadian" in why(routed, "22222222")
    assert "sudah digabung" in why(call(incident()).when(classified(place=POINT)))
    assert "belum dibaca" in why(call(incident()))
    assert "tidak digabung" in str(routed.when(UnlinkCall(by="ani")).decided[0])
