"""The router's log: who goes, what waits for a human, and how it ended."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from siaga_events.event import EventData, Part
from siaga_events.personal import Personal
from siaga_events.types.commands import CorrectedPlace
from siaga_events.types.values import Category, Instant, PostRef, Priority, Report, Role

__all__ = [
    "AlarmProgress", "AlarmProgressNoted", "CallAnswered", "CallClosed", "CallDismissed", "CallHeld", "CallLinked",
    "CallRouted", "CallTransferred", "CallUnlinked", "Candidate", "ClockStarted", "CommandRefused", "CorrectionNoted",
    "Excluded", "HoldExtended", "HoldReason", "PostsRecalled", "ReportNoted", "RoutingReason", "SameIncident", "Slot",
    "SupervisorCalled",
]  # fmt: skip

RoutingReason: TypeAlias = Literal[
    "classified", "confirmed", "unconfirmed", "corrected", "words", "overdue", "declined", "undeliverable"
]
HoldReason: TypeAlias = Literal[
    "prank_suspected",
    "silent",
    "unclear",
    "place_unknown",
    "no_open_post",
    "failed",
    "answer",
    "transfer",
    "late_words",
]
AlarmProgress: TypeAlias = Literal[
    "accepted", "declined", "overdue", "undeliverable", "withdrawn", "en_route", "on_scene", "finished"
]


class Candidate(Part):
    """A post that could fill a slot, and how far it is: metres along the great circle, seconds by road if known."""

    post_id: str
    distance_m: int
    road_seconds: int | None = None


class Excluded(Part):
    """A post that is nearer than the chosen one and was not taken, and why."""

    post_id: str
    distance_m: int
    why: str


class Slot(Part):
    """One role of the response plan and who fills it. `post` None: nobody can, the supervisor is told.

    `candidates` are the ten nearest by the great circle, the chosen one first: by road if all their road times
    are known, by distance otherwise.
    """

    role: Role
    name: str
    post: PostRef | None = None
    distance_m: int | None = None
    road_seconds: int | None = None
    candidates: tuple[Candidate, ...] = ()
    excluded: tuple[Excluded, ...] = ()


class SameIncident(Part):
    """Another call that seems to tell of the same incident. `score`: how sure that is, 0 to 1.

    `number`: which report of that incident this is (the first call is 1). `posts`: who has the duty there.
    """

    call: str
    kecamatan: str
    score: float = Field(ge=0, le=1)
    distance_m: int
    seconds_apart: int
    number: int
    posts: tuple[str, ...] = ()


class CallRouted(EventData):
    """Posts are asked: only those of `slots`, which adds to earlier routings of the call.

    `confirmed_by` is the operator who checked the report, None if none did. `others` names who was asked
    before. `replaces` is the alarm that led here when the reason is an overdue, declined or undeliverable alarm.
    A duty post that has not answered after `desk_after_seconds` is rung by the desk, after `answer_after_seconds`
    the next one is asked; both count from the alarm.
    """

    reason: RoutingReason
    report: Report
    slots: tuple[Slot, ...]
    others: tuple[str, ...] = ()
    confirmed_by: Personal[str | None] = None
    replaces: str | None = None
    desk_after_seconds: float | None = None
    answer_after_seconds: float | None = None
    likely: SameIncident | None = None
    directory_version: int
    plan_version: str


class CallHeld(EventData):
    """A human is asked. `due` is when the machine goes on by itself, with `then`; None: it never does."""

    reason: HoldReason
    report: Report | None = None
    detail: Personal[str] = ""
    due: Instant | None = None
    then: Literal["dispatch", "supervisor", "hand_over"] = "hand_over"
    likely: SameIncident | None = None


class CallLinked(EventData):
    """It tells of an incident that posts were already asked for: they get this report, nobody is asked anew.

    `by` None: the machine was sure enough. An operator can undo it.
    """

    by: Personal[str | None] = None
    same: SameIncident
    report: Report
    slots: tuple[Slot, ...] = ()
    directory_version: int


class CallUnlinked(EventData):
    """It is an incident of its own after all; what follows from that stands in the next event."""

    by: Personal[str]


class ReportNoted(EventData):
    """A classification that changes nothing that was decided, kept for what comes later."""

    report: Report


class ClockStarted(EventData):
    """The call's line is closed: an open question now runs out at `due`."""

    ended_at: Instant
    due: Instant | None = None


class HoldExtended(EventData):
    """An operator has the call in hand; the machine waits until `until`."""

    by: Personal[str]
    until: Instant


class CorrectionNoted(EventData):
    """What an operator knows better. Applies to every later classification, also if it came first."""

    by: Personal[str]
    category: Category | None = None
    priority: Priority | None = None
    place: CorrectedPlace | None = None


class CallAnswered(EventData):
    """Nobody is sent: the caller was answered."""

    by: Personal[str]


class CallTransferred(EventData):
    """Nobody is sent: another number's business."""

    by: Personal[str]
    to: str


class CallDismissed(EventData):
    """No incident. `by` None: the machine, which does so only where there can be no emergency."""

    by: Personal[str | None] = None
    as_type: str


class CommandRefused(EventData):
    """An operator's command that does not apply, and why; nothing changed."""

    by: Personal[str]
    command: str
    why: str


class PostsRecalled(EventData):
    """Those who were sent may turn back."""

    by: Personal[str]
    note: Personal[str | None] = None


class AlarmProgressNoted(EventData):
    """How far an alarm got, so that the router knows when all have ended."""

    alarm_id: str
    post_id: str
    role: Role
    progress: AlarmProgress


class SupervisorCalled(EventData):
    """The supervisor is told, as a post is."""

    why: str
    report: Report | None = None
    slot: Slot
    directory_version: int


class CallClosed(EventData):
    """Nothing is open any more. `by` None: all alarms came to their end."""

    by: Personal[str | None] = None
    outcome: str
