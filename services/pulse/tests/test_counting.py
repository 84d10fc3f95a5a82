"""Facts from both logs in any order, told any number of times, come to the same counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from siaga_events import EventData
from siaga_events.types import (
    CallClassified,
    CallClosed,
    CallDismissed,
    CallLinked,
    CallRouted,
    CallUnlinked,
    Place,
    PostRef,
    Report,
    SameIncident,
    Slot,
)
from siaga_pulse.domain.counts import (
    CALLS_OF_A_CALLER,
    CALLS_OF_A_SURGE,
    LINKS_WITHOUT_INCIDENT,
    CallerCalls,
    HeardCalls,
    Listed,
    counted,
    counted_caller,
    counted_surge,
    heard,
    is_forgotten,
    listed,
    noted,
)
from siaga_pulse.domain.facts import (
    CallerFact,
    CallSeen,
    Fact,
    IncidentFact,
    LinkFact,
    SurgeFact,
    facts,
    seen,
)

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
KEEP = timedelta(hours=6)
CALLER = "+628120000001"
PLACE = Place(
    kode="18.04.09.2001",
    level="point",
    name="Suka Marga",
    kecamatan="Suoh",
    lat=-5.25,
    lon=104.27,
    confidence=1,
)
REPORT = Report(
    revision=1, category="fire", priority=1, prank=False, prank_score=0, disposition="dispatch", caller=CALLER, place=PLACE,
    started_at=NOON, reported_at=NOON,
)  # fmt: skip
CLASSIFIED = CallClassified(report=REPORT, classifier_version="1", places_version="1")
SAME = SameIncident(call="first", kecamatan="Suoh", score=1, distance_m=9, seconds_apart=9, number=2)
LINKED = CallLinked(same=SAME, report=REPORT, directory_version=1)


def routed(post: str = "damkar", **changes: object) -> CallRouted:
    chosen = PostRef(post_id=post, kind="fire_station", name=post, lat=-5, lon=104)
    return CallRouted(
        reason="classified",
        report=REPORT.model_copy(update=changes),
        slots=(
            Slot(role="duty", name="fire", post=chosen),
            Slot(role="copy", name="b", post=chosen.model_copy(update={"post_id": "bpbd"})),
        ),
        directory_version=1,
        plan_version="1",
    )


def told(*events: EventData, call: str = "c1", said_at: datetime = NOON + timedelta(days=1)) -> list[Fact]:
    known = CallSeen()
    found: list[Fact] = []
    for data in events:
        after = seen(call, known, data, said_at)
        found += facts(call, known, after)
        known = after
    return found


def incidents(found: Iterable[Fact]) -> dict[str, list[tuple[str, int]]]:
    tables: dict[str, Listed] = {}
    for fact in found:
        if isinstance(fact, IncidentFact | LinkFact):
            tables[fact.kecamatan] = noted(tables.get(fact.kecamatan, Listed()), fact, KEEP)
    return {k: [(i.call, i.reports) for i in listed(k, table).incidents] for k, table in tables.items()}


def history(found: Iterable[Fact]) -> tuple[int, int]:
    known = CallerCalls()
    for fact in found:
        if isinstance(fact, CallerFact):
            known = counted(known, fact, timedelta(days=180))
    about = counted_caller(CALLER, known)
    return about.calls, about.pranks


@given(
    st.permutations([CLASSIFIED, CallDismissed(by="ani", as_type="prank"), CallClosed(outcome="dismissed")])
)
def test_a_prank_is_counted_in_whatever_order_the_logs_are_read(events: list[EventData]) -> None:
    assert history(told(*events)) == (1, 1)


def test_the_machines_own_guess_is_no_prank() -> None:
    assert history(told(CLASSIFIED, CallDismissed(as_type="prank"), CallClosed(outcome="set_aside"))) == (
        1,
        0,
    )
    assert history(told(CLASSIFIED, CallClosed(by="ani", outcome="prank"))) == (1, 1)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_what_is_told_twice_counts_once(calls: list[int]) -> None:
    found = [f for n in calls for f in told(CLASSIFIED, call=f"c{n}")]
    assert history(found) == (len(set(calls)), 0)


def test_a_callers_calls_are_bounded_and_expire() -> None:
    known = CallerCalls()
    for n in range(CALLS_OF_A_CALLER + 50):
        known = counted(
            known, CallerFact(f"c{n}", CALLER, NOON + timedelta(minutes=n), False), timedelta(days=180)
        )
    assert len(known.calls) == CALLS_OF_A_CALLER
    later = counted(known, CallerFact("late", CALLER, NOON + timedelta(days=400), False), timedelta(days=180))
    assert list(later.calls) == ["late"]


def test_an_incident_is_listed_with_who_has_the_duty_until_it_is_over() -> None:
    found = told(CLASSIFIED, routed(), routed("damkar-2"))
    (last,) = [f for f in found if isinstance(f, IncidentFact)][-1:]
    assert last.incident is not None
    assert last.incident.posts == ("damkar", "damkar-2")
    assert incidents(found) == {"Suoh": [("c1", 1)]}
    for end in (CallClosed(outcome="finished"), CallDismissed(by="ani", as_type="prank")):
        assert incidents(told(CLASSIFIED, routed(), end)) == {"Suoh": []}


def test_a_corrected_place_moves_the_incident() -> None:
    elsewhere = PLACE.model_copy(update={"kecamatan": "Sukau"})
    assert incidents(told(CLASSIFIED, routed(), routed(place=elsewhere))) == {
        "Suoh": [],
        "Sukau": [("c1", 1)],
    }


def test_links_are_counted_and_undone() -> None:
    first = told(CLASSIFIED, routed(), call="first")
    assert incidents([*first, *told(CLASSIFIED, LINKED)]) == {"Suoh": [("first", 2)]}
    assert incidents([*first, *told(CLASSIFIED, LINKED), *told(CLASSIFIED, LINKED)]) == {
        "Suoh": [("first", 2)]
    }
    assert incidents([*first, *told(CLASSIFIED, LINKED, CallUnlinked(by="ani"))]) == {"Suoh": [("first", 1)]}
    own = told(CLASSIFIED, LINKED, CallUnlinked(by="ani"), routed())
    assert incidents([*first, *own]) == {"Suoh": [("first", 1), ("c1", 1)]}


def test_a_link_may_be_read_before_its_incident() -> None:
    first = told(CLASSIFIED, routed(), call="first")
    assert incidents([*told(CLASSIFIED, LINKED), *first]) == {"Suoh": [("first", 2)]}


def test_links_without_an_incident_are_bounded() -> None:
    known = Listed()
    for n in range(LINKS_WITHOUT_INCIDENT + 10):
        known = noted(known, LinkFact(f"c{n}", "Suoh", f"to{n}", linked=True), KEEP)
    assert len(known.links) == LINKS_WITHOUT_INCIDENT
    assert "to0" not in known.links


def test_a_linked_call_is_no_incident_of_its_own_any_more() -> None:
    first = told(CLASSIFIED, routed(), call="first")
    assert incidents([*first, *told(CLASSIFIED, routed(), LINKED)]) == {"Suoh": [("first", 2)]}


def test_old_incidents_leave_when_a_new_one_comes() -> None:
    later = routed(started_at=NOON + timedelta(hours=7))
    found = [*told(CLASSIFIED, routed(), call="old"), *told(CLASSIFIED, later, call="new")]
    assert incidents(found) == {"Suoh": [("new", 1)]}


def test_a_call_is_heard_from_a_kecamatan_once() -> None:
    again = CallClassified(
        report=REPORT.model_copy(update={"revision": 2}), classifier_version="1", places_version="1"
    )
    assert len([f for f in told(CLASSIFIED, again) if isinstance(f, SurgeFact)]) == 1
    nowhere = CallClassified(
        report=REPORT.model_copy(update={"place": None}), classifier_version="1", places_version="1"
    )
    assert not [f for f in told(nowhere) if isinstance(f, SurgeFact)]


def test_words_after_a_call_is_over_are_no_new_call() -> None:
    found = told(CLASSIFIED, routed(), CallClosed(outcome="finished"), CLASSIFIED)
    assert len([f for f in found if isinstance(f, CallerFact)]) == 1
    assert len([f for f in found if isinstance(f, SurgeFact)]) == 1


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=60))
def test_a_surge_counts_the_calls_of_the_last_window_once_each(calls: list[tuple[int, int]]) -> None:
    window = timedelta(minutes=10)
    known = HeardCalls()
    for number, minute in (*calls, *calls):
        known = heard(
            known, SurgeFact(f"c{number}-{minute}", "Suoh", NOON + timedelta(minutes=minute)), window
        )
    newest = max(minute for _, minute in calls)
    surge = counted_surge("Suoh", known, window)
    assert surge.calls == len({c for c in calls if newest - c[1] < 10})
    assert surge.until == NOON + timedelta(minutes=newest)
    assert surge.until - surge.since == window
    assert surge.is_of(surge.until + timedelta(minutes=9))
    assert not surge.is_of(surge.until + window)
    assert not surge.is_of(surge.since - timedelta(seconds=1))


def test_a_surge_is_bounded() -> None:
    known = HeardCalls()
    for n in range(CALLS_OF_A_SURGE + 50):
        known = heard(known, SurgeFact(f"c{n}", "Suoh", NOON), timedelta(minutes=10))
    assert len(known.calls) == CALLS_OF_A_SURGE


def test_a_gateways_clock_that_is_fast_silences_nobody() -> None:
    ahead = REPORT.model_copy(update={"started_at": NOON + timedelta(days=3650)})
    wrong = CallClassified(report=ahead, classifier_version="1", places_version="1")
    found = [*told(wrong, said_at=NOON), *told(CLASSIFIED, call="c2")]
    known = HeardCalls()
    for fact in found:
        if isinstance(fact, SurgeFact):
            known = heard(known, fact, timedelta(minutes=10))
    assert counted_surge("Suoh", known, timedelta(minutes=10)).calls == 2
    late = routed(started_at=NOON + timedelta(days=3650))
    (incident,) = [f for f in told(late, said_at=NOON) if isinstance(f, IncidentFact)]
    assert incident.incident is not None
    assert incident.incident.at == NOON


def test_a_caller_is_forgotten_when_the_last_call_is_too_old() -> None:
    known = counted(CallerCalls(), CallerFact("first", CALLER, NOON, False), KEEP)
    known = counted(known, CallerFact("last", CALLER, NOON + timedelta(hours=1), False), KEEP)
    assert not is_forgotten(known, NOON + KEEP + timedelta(minutes=59), KEEP)
    assert is_forgotten(known, NOON + KEEP + timedelta(minutes=61), KEEP)
