"""A call's story as the logs tell it: what the desk, the demonstration and `siaga call` show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from siaga_events import Event, EventData
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmOverdue,
    AlarmRaised,
    AlarmUndeliverable,
    AlarmWithdrawn,
    AnswerUnclear,
    AttemptFailed,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    CallAnswered,
    CallClassified,
    CallClosed,
    CallDismissed,
    CallHeld,
    CallLinked,
    CallReceived,
    CallRouted,
    CallTransferred,
    CallUnlinked,
    CauseFailed,
    ClockStarted,
    CommandRefused,
    CorrectionNoted,
    DeskAsked,
    HoldExtended,
    MessageProgressed,
    PostProgressed,
    PostsRecalled,
    Report,
    ReportNoted,
    SameIncident,
    Slot,
    SupervisorCalled,
)

__all__ = ["STORY_TOPICS", "AlarmStory", "CallStory", "Stories"]

STORY_TOPICS = ("calls", "classifications", "routings", "notifications")
ENDED = ("linked", "answered", "transferred", "dismissed", "recalled", "closed")
GRACE = timedelta(seconds=5)
STATUSES = ("sent", "delivered", "read", "failed")
"""How long a service may take for its next step: after a post's refusal, or after a deadline."""


@dataclass
class AlarmStory:
    """One post asked about the call. `state` is the last thing that is known of it, `message` how far its message is."""

    raised: AlarmRaised
    at: datetime
    state: str = "waiting"
    message: str = "queued"
    accepted: bool = False
    overdue: bool = False
    desk_asked: bool = False
    repeats: int = 0
    ended: bool = False

    @property
    def is_unanswered(self) -> bool:
        """Its answer is waited for: no end of it and no overdue is in the log."""
        return not (self.ended or self.overdue)

    @property
    def is_standing(self) -> bool:
        """The post comes or may come: who calls the posts back must tell it so."""
        return (self.accepted or not self.ended) and self.state not in ("withdrawn", "finished")

    def is_running(self, now: datetime) -> bool:
        """Its answer is waited for, with a deadline ahead that asks the next post."""
        due = self.raised.overdue_due
        return self.is_unanswered and due is not None and due > now


@dataclass
class CallStory:
    """`phase`: new, held, routed, or an end. `decision` is the id of the last decision, for an operator's `on`."""

    id: str
    reference: str | None = None
    started_at: datetime | None = None
    reported_at: datetime | None = None
    words: str | None = None
    report: Report | None = None
    phase: str = "new"
    held: CallHeld | None = None
    was_held: bool = False
    hold_due: datetime | None = None
    decision: str | None = None
    asked: dict[str, Slot] = field(default_factory=dict)
    duty_slots: dict[str, list[str]] = field(default_factory=dict)
    """The posts that were asked to fill each slot of duty."""
    alarms: dict[str, AlarmStory] = field(default_factory=dict)
    supervisor: list[str] = field(default_factory=list)
    escalations: int = 0
    refused: list[str] = field(default_factory=list)
    corrected: bool = False
    unclear: list[str] = field(default_factory=list)
    failed: str | None = None
    closed_as: str | None = None
    same: SameIncident | None = None
    """The incident of another call that this one was linked to."""
    changed_at: datetime | None = None

    def take(self, event: Event[EventData]) -> None:
        """One event of the call. What a story does not show is passed over."""
        self.changed_at = max(self.changed_at or event.time, event.time)
        match event.data:
            case CallReceived() as call:
                self.reference = self.reference or call.reference
                self.started_at = self.started_at or call.started_at
                self.reported_at = self.reported_at or call.reported_at
                self.words = self.words or call.narrative
            case CallClassified(report=report):
                self.report = report
                self.words = report.words
            case CauseFailed(why=why):
                self.failed = why
            case CorrectionNoted():
                self.corrected = True
            case CommandRefused(why=why):
                self.refused.append(why)
            case SupervisorCalled(why=why):
                self.supervisor.append(why)
                self.hold_due = None
            case (
                CallRouted()
                | CallLinked()
                | CallUnlinked()
                | CallHeld()
                | ReportNoted()
                | ClockStarted()
                | HoldExtended()
                | CallAnswered()
                | CallTransferred()
                | CallDismissed()
                | PostsRecalled()
                | CallClosed()
            ):
                self._routing(event)
            case _:
                self._notification(event)

    def _routing(self, event: Event[EventData]) -> None:
        match event.data:
            case CallRouted() as routed:
                self.phase, self.held, self.hold_due = "routed", None, None
                self.report = routed.report
                self.decision = str(event.id)
                self.escalations += routed.replaces is not None
                self._slots(routed)
            case CallLinked(same=same, report=report):
                self._end("linked", event)
                self.same, self.report = same, report
            case CallUnlinked():
                self.phase, self.same = "new", None
            case CallHeld() as held:
                self.phase = "routed" if self.phase == "routed" else "held"
                self.held, self.hold_due, self.was_held = held, held.due, True
                self.report = held.report or self.report
                self.decision = str(event.id)
            case ReportNoted(report=report):
                self.report = report
            case ClockStarted(due=due):
                self.hold_due = due or self.hold_due
            case HoldExtended(until=until):
                self.hold_due = until
            case CallAnswered():
                self._end("answered", event)
            case CallTransferred():
                self._end("transferred", event)
            case CallDismissed(as_type=kind):
                self._end("dismissed", event)
                self.closed_as = kind
            case PostsRecalled():
                self._end("recalled", event)
            case CallClosed(outcome=outcome):
                self._end("closed", event)
                self.closed_as = outcome
            case _:
                pass

    def _slots(self, routed: CallRouted) -> None:
        """What an operator corrected may need other slots: those that nobody ever filled are named anew, or no more."""
        if routed.reason == "corrected" and routed.slots:
            self.duty_slots = {name: posts for name, posts in self.duty_slots.items() if posts}
        for slot in routed.slots:
            posts = [] if slot.post is None else [slot.post.post_id]
            if slot.post is not None:
                self.asked[slot.post.post_id] = slot
            if slot.role == "duty":
                self.duty_slots.setdefault(slot.name, []).extend(posts)

    def _end(self, phase: str, event: Event[EventData]) -> None:
        self.duty_slots = {}
        self.phase, self.held, self.hold_due = phase, None, None
        self.decision = str(event.id)

    def _notification(self, event: Event[EventData]) -> None:
        data = event.data
        if isinstance(data, AlarmRaised):
            self.alarms[data.alarm_id] = AlarmStory(data, event.time)
            return
        alarm = self.alarms.get(getattr(data, "alarm_id", ""))
        if alarm is None:
            return
        match data:
            case AttemptStarted(repeat=repeat):
                alarm.message = "sending"
                alarm.repeats += repeat
            case AttemptSucceeded():
                alarm.message = "with the provider"
            case AttemptFailed():
                alarm.message = "failed"
            case AttemptLost():
                alarm.message = "perhaps sent"
            case MessageProgressed(status=status):
                further = STATUSES[STATUSES.index(status) :]
                if alarm.message not in further:  # of two messages the one that got further
                    alarm.message = status
            case AlarmAccepted():
                alarm.state, alarm.accepted, alarm.ended = "accepted", True, True
            case AlarmDeclined():
                alarm.state, alarm.ended = "declined", True
            case AlarmOverdue():
                alarm.overdue = True
                alarm.state = "no answer in time" if not alarm.ended else alarm.state
            case AlarmUndeliverable():
                alarm.state, alarm.ended = "unreachable", True
            case AlarmWithdrawn():
                alarm.state, alarm.ended = "withdrawn", True
            case DeskAsked():
                alarm.desk_asked = True
            case PostProgressed(progress=progress):
                alarm.state = progress.replace("_", " ")
            case AnswerUnclear(text=text):
                self.unclear.append(text)
            case _:
                pass

    @property
    def is_reported(self) -> bool:
        """Somebody called; a command alone makes no call."""
        return self.reported_at is not None or self.report is not None or self.failed is not None

    @property
    def is_open(self) -> bool:
        return self.phase not in ENDED

    def distance_m(self, alarm: AlarmStory) -> int | None:
        """From the call to the alarm's post. The routing has it, and may be read after the alarm."""
        slot = self.asked.get(alarm.raised.post.post_id)
        return None if slot is None else slot.distance_m

    def road_seconds(self, alarm: AlarmStory) -> int | None:
        """The same by road; None: not measured."""
        slot = self.asked.get(alarm.raised.post.post_id)
        return None if slot is None else slot.road_seconds

    @property
    def duties(self) -> list[AlarmStory]:
        """The alarms that owe an answer."""
        return [alarm for alarm in self.alarms.values() if alarm.raised.role == "duty"]

    @property
    def unfilled(self) -> list[str]:
        """The slots of duty for which no post comes, and none has time left to answer."""
        return [
            name
            for name, posts in self.duty_slots.items()
            if not any(self._may_come(post_id) for post_id in posts)
        ]

    def _may_come(self, post_id: str) -> bool:
        alarms = [alarm for alarm in self.duties if alarm.raised.post.post_id == post_id]
        return not alarms or any(
            alarm.is_unanswered or (alarm.accepted and alarm.state != "withdrawn") for alarm in alarms
        )

    def is_cared_for(self, now: datetime) -> bool:
        """A duty post takes the call, or one still has time to answer, or the supervisor was told.

        A post that refused, can't be reached or did not answer in time cares for nobody.
        """
        return bool(self.supervisor) or any(a.accepted or a.is_running(now - GRACE) for a in self.duties)

    def stuck(self, now: datetime) -> str | None:
        """Why nothing will happen any more without anybody knowing; None if that is not so.

        A held call is known to the desk. A routed one must be cared for, but for a moment in which the next is asked.
        """
        if self.phase == "new":
            return "no decision"
        if self.phase == "held":
            return (
                None
                if self.hold_due is None or self.hold_due > now
                else "its deadline passed without a decision"
            )
        if self.phase != "routed" or (self.changed_at is not None and self.changed_at > now - GRACE):
            return None
        for alarm in self.duties:
            if alarm.is_unanswered and not alarm.is_running(now - GRACE):
                return f"alarm {alarm.raised.number} has no answer and no sequel"
        if self.is_cared_for(now):
            return None
        return "no duty post is left, and nobody else was asked or told" if self.alarms else "no alarm"


class Stories:
    """All calls, by id."""

    def __init__(self) -> None:
        self.calls: dict[str, CallStory] = {}

    def take(self, event: Event[EventData]) -> CallStory:
        story = self.calls.setdefault(event.subject, CallStory(event.subject))
        story.take(event)
        return story

    def take_all(self, events: Iterable[Event[EventData]]) -> None:
        for event in events:
            self.take(event)

    def find(self, identity: str) -> list[CallStory]:
        """Calls whose id begins with this, or whose gateway reference it is."""
        if not identity:
            return []
        return [s for s in self.calls.values() if s.id.startswith(identity) or s.reference == identity]
