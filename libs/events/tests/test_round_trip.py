"""Whatever an event holds, it is read as it was written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from siaga_events import CausePosition, Codec, Event, EventData
from siaga_events.types import (
    AlarmRaised,
    CallEnded,
    CallReported,
    Candidate,
    CorrectCall,
    DeadLettered,
    MessageText,
    PostRef,
)
from siaga_events.types.commands import CorrectedPlace
from siaga_events.types.values import EARLIEST, LATEST

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
moments = st.integers(0, (LATEST - EARLIEST) // timedelta(microseconds=1) - 1).map(
    lambda us: EARLIEST + timedelta(microseconds=us)
)
lats, lons = st.floats(-90, 90), st.floats(-180, 180)
whole = st.integers(-(2**63), 2**63 - 1)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


located = st.builds(
    CallReported, reference=lines, started_at=moments, caller=maybe(texts), lat=lats, lon=lons
)
calls = located | st.builds(
    CallReported,
    reference=lines,
    started_at=moments,
    sequence=maybe(whole),
    caller=maybe(texts),
    narrative=maybe(texts),
    lat=st.none(),
    lon=st.none(),
    recording_id=maybe(texts),
)
ends = st.builds(CallEnded, reference=lines, started_at=moments, ended_at=moments)
places = st.builds(CorrectedPlace, kode=maybe(texts), name=texts, kecamatan=maybe(texts), lat=lats, lon=lons)
corrections = st.builds(CorrectCall, by=lines, on=maybe(texts), note=maybe(texts), place=maybe(places))
messages = st.builds(MessageText, template=texts, parameters=st.lists(texts, max_size=4).map(tuple))
posts = st.builds(PostRef, post_id=lines, name=lines, kecamatan=maybe(texts), lat=lats, lon=lons)
alarms = st.builds(
    AlarmRaised,
    number=texts,
    post=posts,
    to=maybe(texts),
    message=messages,
    alarm_id=texts,
    desk_due=maybe(moments),
    overdue_due=maybe(moments),
    routing_id=texts,
)
letters = st.builds(
    DeadLettered,
    service=texts,
    topic=texts,
    partition=whole,
    offset=whole,
    timestamp_ms=whole,
    key=maybe(texts),
    value=maybe(texts),
    headers=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    why=texts,
)


@given(
    data=calls | ends | corrections | alarms | letters,
    identity=st.uuids(),
    source=lines,
    subject=texts,
    time=moments,
    causation=maybe(st.uuids()),
    correlation=maybe(lines),
    cause=maybe(st.builds(CausePosition, topic=lines, partition=whole, offset=whole)),
)
@settings(max_examples=200, deadline=None)
def test_an_event_is_read_as_it_was_written(
    data: EventData,
    identity: Any,
    source: str,
    subject: str,
    time: datetime,
    causation: Any,
    correlation: str | None,
    cause: CausePosition | None,
) -> None:
    event = Event(
        id=identity,
        source=source,
        subject=subject,
        time=time,
        data=data,
        causation_id=causation,
        correlation_id=correlation,
        cause=cause,
    )
    encoded = Codec().encode(event)
    assert Codec().decode(encoded.headers, encoded.value) == event
    assert Codec().encode(event) == encoded
    assert encoded.key == subject.encode()


@given(st.builds(Candidate, post_id=texts, distance_m=whole))
def test_parts_are_values(candidate: Candidate) -> None:
    assert Candidate.model_validate_json(candidate.model_dump_json()) == candidate
