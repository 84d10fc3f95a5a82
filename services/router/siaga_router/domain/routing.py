"""What the router decides by itself: dispatch, hold, escalate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from siaga_events import EventData
from siaga_events.types import (
    CallDismissed,
    CallHeld,
    CallLinked,
    CallRouted,
    HoldReason,
    Place,
    Report,
    ReportNoted,
    RoutingReason,
    SameIncident,
    Slot,
    SupervisorCalled,
)

from siaga_router.domain.call import NOBODY_TOOK_IT, Asked, Call, is_graver
from siaga_router.domain.deadlines import Deadlines
from siaga_router.domain.directory import Directory
from siaga_router.domain.nearest import Scene, fill_slot, post_ref
from siaga_router.domain.plan import ResponsePlan, SlotSpec
from siaga_router.domain.same import Pulse, brings_new_harm, can_be_told, likeliest

__all__ = ["Router", "place_is_known", "scene_of"]

SURE_ENOUGH = 0.5
"""Below this confidence a place is a guess, and nobody is sent to a guess."""


def place_is_known(place: Place | None) -> bool:
    """Whether a post can be sent there: a point inside the regency that is no guess."""
    return (
        place is not None
        and place.lat is not None
        and place.lon is not None
        and place.level not in ("outside", "regency")
        and (place.kode is not None or place.level == "point")
        and place.confidence >= SURE_ENOUGH
    )


def scene_of(report: Report) -> Scene:
    place = report.place
    if place is None or not place_is_known(place):
        return Scene(None, None, None)
    return Scene(place.lat, place.lon, place.kecamatan, place.kode)


@dataclass(frozen=True, slots=True)
class Router:
    """The rules: plan and deadlines. Everything else comes in as an argument."""

    plan: ResponsePlan
    deadlines: Deadlines

    def slots(self, report: Report, directory: Directory, now: datetime) -> list[Slot]:
        """Every slot of the plan, filled as if dispatched now; without the posts that would be next."""
        scene = scene_of(report)
        return [fill_slot(spec, scene, directory, now, frozenset(), 1) for spec in self._specs(report)]

    def first(self, call: Call, report: Report, directory: Directory, now: datetime) -> list[EventData]:
        """A call that nothing was decided about yet, unless an operator was faster than the classifier."""
        if _operator_sends(call, report):
            return self.dispatch(call, report, directory, now, "corrected")
        match report.disposition:
            case "dismiss":
                return [
                    self._note(report),
                    CallDismissed(as_type="silent" if report.words is None else "prank"),
                ]
            case "answer":
                return [CallHeld(reason="answer", report=report)]
            case "transfer":
                return [self._ask_to_transfer(call, report, now)]
            case "confirm":
                return [self._ask_operator(call, report, _why_confirm(report), now)]
            case "dispatch":
                if not place_is_known(report.place):
                    return [self.ask_place(call, report, now)]
                return self.dispatch(call, report, directory, now, "classified")

    def dispatch(
        self,
        call: Call,
        report: Report,
        directory: Directory,
        now: datetime,
        reason: RoutingReason,
        confirmed_by: str | None = None,
    ) -> list[EventData]:
        """Ask the posts of the plan that were not asked yet; without a known place the regency's duty posts.

        A correction may name other posts for slots that are filled: they are asked too, nobody is recalled.
        """
        slots = self._missing_slots(call, report, directory, now, anew=reason == "corrected")
        if not any(slot.post for slot in slots) and (call.phase != "routed" or reason != "words"):
            if call.phase == "routed":
                return [self._routed(call, report, directory, reason, (), confirmed_by=confirmed_by)]
            held = CallHeld(reason="no_open_post", report=report, then="supervisor")
            return [held, *self._supervisor(call, report, directory, "tidak ada pos yang bisa diminta")]
        if not slots:
            return [self._note(report)]
        routed = self._routed(call, report, directory, reason, slots, confirmed_by=confirmed_by)
        empty = [s.name for s in slots if s.role == "duty" and s.post is None]
        events: list[EventData] = [routed]
        if scene_of(report).lat is None:
            events += self._supervisor(call, report, directory, "lokasi belum diketahui")
        elif empty:
            events += self._supervisor(call, report, directory, f"tidak ada yang mengisi: {', '.join(empty)}")
        return events

    def _missing_slots(
        self, call: Call, report: Report, directory: Directory, now: datetime, *, anew: bool
    ) -> list[Slot]:
        def is_open(slot: Slot, asked: Asked) -> bool:
            """Who supports owes no answer: a duty needs an alarm of its own."""
            return asked.still_open and (slot.role != "duty" or asked.role == "duty")

        silent_or_no = ("overdue", "declined", "undeliverable")
        refused = frozenset(a.post_id for a in call.asked if a.progress in silent_or_no)
        slots = [self._fill(spec, report, directory, now, refused) for spec in self._specs(report)]
        if anew:
            return [
                s
                for s in slots
                if s.post is None
                or not any(is_open(s, a) and a.post_id == s.post.post_id for a in call.asked)
            ]
        return [s for s in slots if not any(is_open(s, a) and a.slot == s.name for a in call.asked)]

    def more_words(self, call: Call, report: Report, directory: Directory, now: datetime) -> list[EventData]:
        """A later classification: it may add or raise, never recall."""
        before = call.known
        match call.phase:
            case "new":
                return self.first(call, report, directory, now)
            case "held":
                return self._held_again(call, report, directory, now)
            case "routed":
                return self._routed_again(call, before, report, directory, now)
            case "set_aside":
                decided = self.first(call, report, directory, now)
                return [self._note(report)] if isinstance(decided[-1], CallDismissed) else decided
            case "linked":
                return self._linked_again(call, before, report, directory, now)
            case "answered" | "transferred" | "dismissed" | "recalled" | "closed":
                return [self._late_words(report, now)]

    def with_same_incident(
        self, call: Call, decided: list[EventData], directory: Directory, pulse: Pulse
    ) -> list[EventData]:
        """What was decided, with the incident that the call likely tells of as a suggestion.

        Where that is as good as sure and nobody was asked for this call yet, its report goes to those who have the incident
        instead; never if it brings new harm, or an operator has said that it is another one.
        """
        first = decided[0] if decided else None
        rules = self.plan.same_incident
        if rules is None or not isinstance(first, CallRouted | CallHeld) or first.report is None:
            return decided
        likely = likeliest(call.id, first.report, pulse, rules, self.deadlines.scale)
        if likely is None:
            return decided
        known = next(i for i in pulse.incidents[likely.kecamatan].incidents if i.call == likely.call)
        if (
            isinstance(first, CallRouted)
            and first.reason == "classified"
            and likely.score >= rules.link_at
            and not (call.asked or call.never_linked or brings_new_harm(first.report, known))
            and can_be_told(likely, directory)
        ):
            return [self.link(first.report, likely, directory)]
        return [first.model_copy(update={"likely": likely}), *decided[1:]]

    def link(
        self, report: Report, same: SameIncident, directory: Directory, by: str | None = None
    ) -> CallLinked:
        """The report goes, as a copy, to those who have the duty at the incident."""
        posts = [directory.posts[p] for p in same.posts if p in directory.posts]
        return CallLinked(
            by=by,
            same=same,
            report=report,
            slots=tuple(Slot(role="copy", name=f"told:{p.post_id}", post=post_ref(p)) for p in posts),
            directory_version=directory.version,
        )

    def _late_words(self, report: Report, now: datetime) -> CallHeld:
        """Words on a call that an operator has ended: an operator decides, or the supervisor; never the machine."""
        due = self.deadlines.confirm_due(report.priority, now, None)
        return CallHeld(reason="late_words", report=report, due=due, then="supervisor")

    def ask_place(self, call: Call, report: Report, now: datetime) -> CallHeld:
        """Nobody is sent to a guess: an operator is asked where it is."""
        return self._ask_operator(call, report, "place_unknown", now, _place_detail(report.place))

    def unanswered(self, call: Call, directory: Directory, now: datetime) -> list[EventData]:
        """No operator answered in time."""
        report, hold = call.known, call.hold
        if hold is None:
            return []
        if report is None or hold.then != "dispatch":
            why = f"tidak dijawab operator: {hold.reason}"
            return [self._supervisor_called(report, directory, why)]
        return self.dispatch(call, report, directory, now, "unconfirmed")

    def nobody_took_it(self, call: Call, directory: Directory) -> list[EventData]:
        """Posts were asked long ago, and a duty is still nobody's: the supervisor hears of it, once."""
        return self._supervisor(call, call.known, directory, NOBODY_TOOK_IT)

    def next_post(
        self,
        call: Call,
        asked: Asked,
        alarm_id: str,
        reason: RoutingReason,
        directory: Directory,
        now: datetime,
    ) -> list[EventData]:
        """The post did not answer, can't, or can't be reached: ask the next nearest, once for each alarm."""
        report = call.known
        if report is None or asked.role != "duty" or alarm_id in call.rerouted or call.phase != "routed":
            return []
        names = {a.slot for a in call.asked if a.post_id == asked.post_id and a.role == "duty"}
        taken = frozenset(a.post_id for a in call.asked)
        slots = [
            self._fill(spec, report, directory, now, taken)
            for spec in self._specs(report)
            if spec.name in names
        ]
        # what was a duty stays one, also if the report is another by now
        filled = [slot.model_copy(update={"role": "duty"}) for slot in slots if slot.post is not None]
        events: list[EventData] = []
        if filled:
            events.append(self._routed(call, report, directory, reason, filled, replaces=alarm_id))
        if names - {slot.name for slot in filled}:
            known = directory.posts.get(asked.post_id)
            why = f"tidak ada pos berikutnya setelah {known.name if known else asked.post_id}"
            events += self._supervisor(call, report, directory, why)
        return events

    def failed(self, call: Call, directory: Directory, why: str) -> list[EventData]:
        """A service could not decide about the call: a human must, and the supervisor hears of it.

        Once: a service that breaks on what follows from here too would be told of it for ever.
        """
        is_held = call.hold is not None and call.hold.reason == "failed"
        held = CallHeld(reason="failed", report=call.known, detail=why, then="supervisor")
        told = self._supervisor(call, call.known, directory, f"kesalahan sistem: {why}")
        return told if is_held else [held, *told]

    def _held_again(self, call: Call, report: Report, directory: Directory, now: datetime) -> list[EventData]:
        reason = None if call.hold is None else call.hold.reason
        if reason == "late_words":
            return [self._late_words(report, now)]
        if reason != "failed" and _operator_sends(call, report):
            return self.dispatch(call, report, directory, now, "corrected")
        if report.disposition == "dispatch":
            decided = self.first(call, report, directory, now)
            if not _is_same_hold(call, decided):
                return decided
        before = call.known
        if before is None or is_graver(report, before):
            decided = self.first(call, report, directory, now)
            if not isinstance(decided[-1], CallDismissed):
                return decided
        return [self._note(report)]

    def _routed_again(
        self, call: Call, before: Report | None, report: Report, directory: Directory, now: datetime
    ) -> list[EventData]:
        if report.disposition in ("answer", "transfer", "dismiss") or not place_is_known(report.place):
            return [self._note(report)]
        if before is not None and report.priority > before.priority:
            return [self._note(report)]
        return self.dispatch(call, report, directory, now, "words")

    def _linked_again(
        self, call: Call, before: Report | None, report: Report, directory: Directory, now: datetime
    ) -> list[EventData]:
        """Words that tell of anything more are judged as the first: posts of its own, or an operator is asked."""
        is_told = (
            before is not None
            and report.category == before.category
            and not is_graver(report, before)
            and set(report.marks) <= set(before.marks)
            and (
                report.place is None or (before.place is not None and report.place.kode == before.place.kode)
            )
        )
        decided = [] if is_told else self.first(call, report, directory, now)
        return [self._note(report)] if is_told or isinstance(decided[-1], CallDismissed) else decided

    def _ask_operator(
        self, call: Call, report: Report, reason: HoldReason, now: datetime, detail: str = ""
    ) -> CallHeld:
        due = self.deadlines.confirm_due(report.priority, report.reported_at, call.ended_at)
        if due is not None and call.hold is not None and call.hold.until is not None:
            due = max(due, call.hold.until)
        sendable = report.category not in ("information", "none")
        if due is None:
            return CallHeld(reason=reason, report=report, detail=detail)
        return CallHeld(
            reason=reason,
            report=report,
            detail=detail,
            due=max(due, now),
            then="dispatch" if sendable else "supervisor",
        )

    def _ask_to_transfer(self, call: Call, report: Report, now: datetime) -> CallHeld:
        """An emergency elsewhere that nobody transfers in time reaches the supervisor; a complaint waits."""
        to = report.transfer_to or ""
        if report.category in ("information", "none"):
            return CallHeld(reason="transfer", report=report, detail=to)
        asked = self._ask_operator(call, report, "transfer", now, to)
        return asked if asked.due is None else asked.model_copy(update={"then": "supervisor"})

    def _routed(
        self,
        call: Call,
        report: Report,
        directory: Directory,
        reason: RoutingReason,
        slots: Sequence[Slot],
        confirmed_by: str | None = None,
        replaces: str | None = None,
    ) -> CallRouted:
        names = {s.post.post_id: s.post.name for s in slots if s.post is not None}
        before = {a.post_id for a in call.asked if a.still_open} - names.keys()
        others = [directory.posts[p].name for p in sorted(before) if p in directory.posts]
        # lesser words take nothing back: who is asked next has no more time than who was asked first
        urgency = report.priority if call.waits is None else min(report.priority, call.waits.priority)
        return CallRouted(
            reason=reason,
            report=report,
            slots=tuple(slots),
            others=tuple(others),
            confirmed_by=confirmed_by or call.confirmed_by,
            replaces=replaces,
            desk_after_seconds=self.deadlines.desk_after(urgency),
            answer_after_seconds=self.deadlines.next_post_after(urgency),
            directory_version=directory.version,
            plan_version=self.plan.version,
        )

    def _specs(self, report: Report) -> list[SlotSpec]:
        return self.plan.slots(report.category, report.priority, report.marks)

    def _fill(
        self, spec: SlotSpec, report: Report, directory: Directory, now: datetime, taken: frozenset[str]
    ) -> Slot:
        return fill_slot(spec, scene_of(report), directory, now, taken)

    def _supervisor(
        self, call: Call, report: Report | None, directory: Directory, why: str
    ) -> list[EventData]:
        """Tell the supervisor, once for each reason."""
        return [] if why in call.supervised else [self._supervisor_called(report, directory, why)]

    def _supervisor_called(self, report: Report | None, directory: Directory, why: str) -> SupervisorCalled:
        """Without a supervisor in the directory the desk still sees the event."""
        posts = sorted(
            (p for p in directory.posts.values() if p.kind == "supervisor"), key=lambda p: p.post_id
        )
        slot = Slot(role="supervisor", name="supervisor", post=post_ref(posts[0]) if posts else None)
        return SupervisorCalled(why=why, report=report, slot=slot, directory_version=directory.version)

    def _note(self, report: Report) -> ReportNoted:
        return ReportNoted(report=report)


def _operator_sends(call: Call, report: Report) -> bool:
    """A correction is a confirmation, whether it came before the words that it corrects or after them."""
    return (
        call.correction is not None
        and report.category not in ("information", "none")
        and place_is_known(report.place)
    )


def _why_confirm(report: Report) -> HoldReason:
    if report.words is None:
        return "silent"
    return "prank_suspected" if report.prank else "unclear"


def _place_detail(place: Place | None) -> str:
    if place is None:
        return "tidak disebut"
    if place.level == "outside":
        return f"di luar kabupaten: {place.name}"
    if place.alternatives:
        options = ", ".join(
            f"{a.name} ({a.kecamatan})" if a.kecamatan else a.name for a in place.alternatives[:5]
        )
        return f"beberapa kemungkinan: {options}"
    return f"tidak pasti: {place.name}"


def _is_same_hold(call: Call, decided: Sequence[EventData]) -> bool:
    first = decided[0]
    return isinstance(first, CallHeld) and call.hold is not None and first.reason == call.hold.reason
