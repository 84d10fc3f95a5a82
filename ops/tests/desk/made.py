"""Calls as the logs tell them, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import (
    AlarmOverdue,
    AlarmRaised,
    CallClassified,
    CallHeld,
    CallReceived,
    CallRouted,
    MessageText,
    PostRef,
    Report,
    Slot,
)
from siaga_ops.operator.inbox import inbox
from siaga_ops.stories import CallStory, Stories

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
CALL = "3a0f0f5c-7a0a-5c6b-9d6e-000000000001"
POST = PostRef(post_id="damkar", kind="fire_station", name="Damkar", lat=-5, lon=104)


def report(**changes: Any) -> Report:
    base: dict[str, Any] = {
        "revision": 1, "category": "fire", "priority": 1, "prank": False, "prank_score": 0, "disposition": "dispatch",
        "words": "kebakaran rumah", "started_at": NOON, "reported_at": NOON,
    }  # fmt: skip
    return Report.model_validate({**base, **changes})


def events(*datas: EventData, call: str = CALL) -> list[Event[EventData]]:
    return [
        Event(derived_id(call, n), "test", call, NOON + timedelta(seconds=n), d) for n, d in enumerate(datas)
    ]


def story(*datas: EventData) -> CallStory:
    stories = Stories()
    stories.take_all(events(*datas))
    return stories.calls[CALL]


RECEIVED = CallReceived(
    gateway="//pbx", reference="R-1", started_at=NOON, reported_at=NOON, narrative="kebakaran rumah"
)
CLASSIFIED = CallClassified(report=report(), classifier_version="1", places_version="1")
HELD = CallHeld(reason="unclear", report=report(), due=NOON + timedelta(seconds=60), then="dispatch")
ROUTED = CallRouted(
    reason="classified", report=report(), slots=(Slot(role="duty", name="fire", post=POST, distance_m=1500),),
    directory_version=1, plan_version="1",
)  # fmt: skip
RAISED = AlarmRaised(
    alarm_id="a1", number="4821", role="duty", priority=1, post=POST, to="+6284000112018",
    message=MessageText(template="t", parameters=()), overdue_due=NOON + timedelta(seconds=180), routing_id="r",
)  # fmt: skip
OVERDUE = AlarmOverdue(alarm_id="a1", post_id="damkar", role="duty")
LATER = NOON + timedelta(hours=1)


def inbox_of(*datas: EventData) -> list[Any]:
    stories = Stories()
    stories.take_all(events(*datas))
    return inbox(stories)
