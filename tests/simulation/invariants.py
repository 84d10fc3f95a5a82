"""What must hold after every campaign, whatever was killed, paused or lost on the way.

Each invariant is a function that yields one sentence for each breach. `check` runs all of them; a breach names the seed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import inf
from typing import TypeAlias, cast

from siaga_events.ids import event_id
from siaga_events.types import (
    AlarmAccepted,
    AlarmDeclined,
    AlarmOverdue,
    AlarmRaised,
    AlarmUndeliverable,
    AlarmWithdrawn,
    AttemptStarted,
    CallAnswered,
    CallClassified,
    CallClosed,
    CallDismissed,
    CallEnded,
    CallEndNoted,
    CallHeld,
    CallLinked,
    CallReported,
    CallRouted,
    CallTransferred,
    CauseFailed,
    CommandRefused,
    ConfirmCall,
    CorrectionNoted,
    EarlyWordsNoted,
    PostProgressed,
    PostsRecalled,
    ReplyReceived,
    SupervisorCalled,
    WordsAdded,
)
from siaga_intake.adapters import e164
from siaga_intake.domain import received
from siaga_notifier.domain.reply import read_answer, read_button
from siaga_router.domain.call import NOBODY_TOOK_IT, Call
from siaga_router.domain.directory import EMPTY, fold_directory
from siaga_router.domain.routing import place_is_known
from siaga_streams.folding import state_fingerprint

from .campaign import Outcome
from .history import LOGS, Entry, History, deciders
from .world import SESSION_SECONDS, rules

__all__ = ["INVARIANTS", "Invariant", "breaches", "check"]

Invariant: TypeAlias = Callable[[History], Iterator[str]]
ENDS_OF_ALARMS = (AlarmAccepted, AlarmDeclined, AlarmWithdrawn, AlarmUndeliverable)
ENDS_OF_CALLS = (CallDismissed, CallAnswered, CallTransferred, CallClosed, PostsRecalled)
MILLISECOND = timedelta(milliseconds=1)
"""The log's times are cut to it."""
TAKEN = ("accepted", "en_route", "on_scene", "finished")


def comes_to_rest(history: History) -> Iterator[str]:
    """When the faults have stopped, everything that was open is settled, and every partition has one owner."""
    if not history.outcome.quiet:
        yield f"something is still open after {history.outcome.seconds:.0f} s"
    for place, prints in history.outcome.folds.items():
        if len(prints) != 1:
            yield f"partition {place} has {len(prints)} owners"


def no_process_ends_by_itself(history: History) -> Iterator[str]:
    """Only killed and stopped processes end, and none sends what is not its own."""
    yield from history.outcome.problems


def no_decision_breaks_off(history: History) -> Iterator[str]:
    for name in LOGS:
        for entry in history.topic(name):
            if isinstance(entry.data, CauseFailed):
                yield f"{name}: {entry.data.cause_type} of call {entry.call}: {entry.data.why}"


def every_report_is_heard(history: History) -> Iterator[str]:
    """What a gateway said is re-keyed, and stands in the classifier's log by its id."""
    rekeyed = {e.event.id for e in history.topic("calls")}
    heard: set[str] = set()
    ended: Counter[str] = Counter()
    for entry in history.topic("classifications"):
        match entry.data:
            case CallClassified(heard=ids):
                heard.update(ids)
            case EarlyWordsNoted(report_id=one):
                heard.add(one)
            case CallEndNoted():
                ended[entry.call] += 1
            case _:
                pass
    first: set[str] = {e.call for e in history.topic("classifications") if isinstance(e.data, CallClassified)}
    for entry in history.topic("gateway.calls"):
        event = received(entry.event, e164)
        said = type(entry.data).__name__
        if event.id not in rekeyed:
            yield f"{said} of call {event.subject} was not re-keyed"
        match entry.data:
            case CallReported() | WordsAdded() if str(event.id) not in heard:
                yield f"{said} of call {event.subject} was not heard by the classifier"
            case CallReported() if event.subject not in first:
                yield f"call {event.subject} was reported and never classified"
            case CallEnded() if ended[event.subject] != 1:
                yield f"the end of call {event.subject} was noted {ended[event.subject]} times"
            case _:
                pass


def every_command_has_one_outcome(history: History) -> Iterator[str]:
    for entry in history.topic("operator.commands"):
        if not history.caused["routings"].get(str(entry.event.id)):
            yield f"{type(entry.data).__name__} for call {entry.call} had no outcome"


def every_classification_is_judged(history: History) -> Iterator[str]:
    """The router's log says something about each classification, the end of a call too."""
    ended: set[str] = set()
    for entry in history.topic("classifications"):
        match entry.data:
            case CallClassified(report=report) if not history.caused["routings"].get(str(entry.event.id)):
                yield f"classification {report.revision} of call {entry.call} led to nothing"
            case CallEndNoted():
                ended.add(entry.call)
            case _:
                pass


def every_dispatchable_call_is_routed(history: History) -> Iterator[str]:
    """Classified to be sent to a known place: posts are asked, unless nobody can be or an operator ended it."""
    for call, logs in history.by_call.items():
        sendable = [
            e.data.report
            for e in logs["classifications"]
            if isinstance(e.data, CallClassified)
            and e.data.report.disposition == "dispatch"
            and place_is_known(e.data.report.place)
        ]
        settled = any(
            isinstance(e.data, (CallRouted, CallLinked, *ENDS_OF_CALLS))
            or (isinstance(e.data, CallHeld) and e.data.reason in ("no_open_post", "answer"))
            or (isinstance(e.data, CorrectionNoted) and e.data.category in ("information", "none"))
            for e in logs["routings"]
        )
        if sendable and not settled:
            yield f"call {call} is {sendable[0].category} {sendable[0].priority} and nobody was asked"


def every_confirmed_call_is_routed(history: History) -> Iterator[str]:
    """A confirmation that was not refused asks posts, or the supervisor if there is none."""
    for entry in history.topic("operator.commands"):
        if isinstance(entry.data, ConfirmCall):
            led_to = [e.data for e in history.caused["routings"].get(str(entry.event.id), [])]
            if led_to and not any(isinstance(d, CallRouted | CallHeld | CommandRefused) for d in led_to):
                told = {type(d).__name__ for d in led_to}
                if told != {"ReportNoted"} or not _was_routed_before(
                    history, entry.call, str(entry.event.id)
                ):
                    yield f"call {entry.call} was confirmed, which led to {sorted(told)} only"


def _was_routed_before(history: History, call: str, cause: str) -> bool:
    for entry in history.of(call, "routings"):
        if str(entry.event.causation_id) == cause:
            return False
        if isinstance(entry.data, CallRouted):
            return True
    return False


def every_unanswered_question_goes_on(history: History) -> Iterator[str]:
    """A question to the operator with a time: something came after it."""
    for call, logs in history.by_call.items():
        routings = logs["routings"]
        for number, entry in enumerate(routings):
            if (
                isinstance(entry.data, CallHeld)
                and entry.data.due is not None
                and number == len(routings) - 1
            ):
                yield f"call {call} was held ({entry.data.reason}) until {entry.data.due:%H:%M:%S}, then nothing"


def every_asked_post_has_an_alarm(history: History) -> Iterator[str]:
    """One alarm for each post of a routing, unless the post had one open; one for the supervisor who was called."""
    raised: dict[str, set[str]] = defaultdict(set)
    for entry in history.topic("notifications"):
        if isinstance(entry.data, AlarmRaised):
            raised[entry.call].add(entry.data.post.post_id)
            raised[entry.data.routing_id].add(entry.data.post.post_id)
    for entry in history.topic("routings"):
        match entry.data:
            case CallRouted(slots=slots):
                posts = {slot.post.post_id for slot in slots if slot.post is not None}
                if missing := posts - raised[entry.call]:
                    yield f"call {entry.call}: no alarm for {sorted(missing)}"
                closed = {
                    p for p in posts - raised[str(entry.event.id)] if not _had_one_open(history, entry, p)
                }
                if closed - missing:
                    yield f"call {entry.call}: asked again, but no alarm: {sorted(closed - missing)}"
            case CallLinked(slots=slots):
                told = {slot.post.post_id for slot in slots if slot.post is not None}
                if not told <= raised[str(entry.event.id)]:
                    yield f"call {entry.call}: linked, and {sorted(told - raised[str(entry.event.id)])} were not told"
            case SupervisorCalled(slot=slot):
                if slot.post is not None and slot.post.post_id not in raised[str(entry.event.id)]:
                    yield f"call {entry.call}: the supervisor was called and has no alarm"
            case _:
                pass


def _had_one_open(history: History, routing: Entry, post_id: str) -> bool:
    """Whether an alarm of the post may have been open when the notifier took this routing.

    That was at some moment between the routing and what the notifier first made of it or of a later one. A post may have
    an alarm for each role.
    """
    open_alarms: set[str] = set()
    had = False
    for entry in history.of(routing.call, "notifications"):
        cause = entry.event.cause
        if cause is not None and cause.topic == "routings" and cause.offset >= routing.record.offset:
            break
        if entry.written_at >= routing.written_at:
            had = had or bool(open_alarms)
        match entry.data:
            case AlarmRaised(alarm_id=alarm, post=post) if post.post_id == post_id:
                open_alarms.add(alarm)
            case AlarmDeclined() | AlarmWithdrawn() | AlarmUndeliverable():
                open_alarms.discard(entry.data.alarm_id)
            case PostProgressed(progress="finished", alarm_id=alarm):
                open_alarms.discard(alarm)
            case _:
                pass
    return had or bool(open_alarms)


def every_alarm_is_tried(history: History) -> Iterator[str]:
    """An alarm with a number has an attempt, unless it ended before the first one."""
    tried = {e.data.alarm_id for e in history.topic("notifications") if isinstance(e.data, AttemptStarted)}
    ended = {e.data.alarm_id for e in history.topic("notifications") if isinstance(e.data, ENDS_OF_ALARMS)}
    for entry in history.topic("notifications"):
        if isinstance(entry.data, AlarmRaised) and entry.data.alarm_id not in tried | ended:
            yield f"alarm {entry.data.number} of call {entry.call} was never tried"


def nothing_stands_twice(history: History) -> Iterator[str]:
    """A log holds each event once; where an event may stand twice, both are the same."""
    for name in LOGS:
        for identity, count in Counter(e.event.id for e in history.topic(name)).items():
            if count > 1:
                yield f"{name} holds event {identity} {count} times"
    for name in ("calls", "receipts"):
        first: dict[object, Entry] = {}
        for entry in history.topic(name):
            before = first.setdefault(entry.event.id, entry)
            if _without_door(before) != _without_door(entry):
                yield f"{name} holds two events with the id {entry.event.id}"


def _without_door(entry: Entry) -> tuple[object, ...]:
    """What two copies must share: all but which door's time and name they carry."""
    said = entry.data.model_dump(exclude={"reported_at", "gateway"})
    return type(entry.data), entry.call, said


def one_routing_for_each_cause(history: History) -> Iterator[str]:
    causes = Counter(
        (e.call, e.event.causation_id) for e in history.topic("routings") if isinstance(e.data, CallRouted)
    )
    for (call, cause), count in causes.items():
        if count > 1:
            yield f"call {call} was routed {count} times for one cause {cause}"
    replaced = Counter(
        e.data.replaces
        for e in history.topic("routings")
        if isinstance(e.data, CallRouted) and e.data.replaces
    )
    for alarm, count in replaced.items():
        if count > 1:
            yield f"alarm {alarm} was replaced {count} times"
    raised = Counter(
        (e.data.routing_id, e.data.post.post_id)
        for e in history.topic("notifications")
        if isinstance(e.data, AlarmRaised)
    )
    for (routing, post), count in raised.items():
        if count > 1:
            yield f"routing {routing} raised {count} alarms for {post}"


def decisions_are_whole(history: History) -> Iterator[str]:
    """The events of one cause stand together, with the ids that follow from the cause, counted from 0."""
    for name, decider in zip(LOGS, deciders(), strict=True):
        for cause, entries in history.caused[name].items():
            causation = entries[0].event.causation_id
            assert causation is not None, f"an event without a cause: {cause}"
            expected = [event_id(decider.service, causation, n) for n in range(len(entries))]
            if [e.event.id for e in entries] != expected:
                yield f"{name}: the events of cause {cause} are not 0 to {len(entries) - 1}"
            offsets = [e.record.offset for e in entries]
            if offsets != list(range(offsets[0], offsets[0] + len(offsets))):
                yield f"{name}: the events of cause {cause} stand at {offsets}, not together"


def inputs_are_taken_in_order(history: History) -> Iterator[str]:
    """In each partition of a log, the offsets of the causes never go back."""
    for name in LOGS:
        last: dict[tuple[int, str], int] = {}
        for entry in history.topic(name):
            cause = entry.event.cause
            if cause is None:
                continue
            place = (entry.record.partition, cause.topic)
            if cause.offset < last.get(place, -1):
                yield f"{name}/{place[0]}: {cause.topic} {cause.offset} was decided after {last[place]}"
            last[place] = max(cause.offset, last.get(place, -1))


def every_request_was_logged_before(history: History) -> Iterator[str]:
    """Each request has an attempt of its own, whose start is in the log before it went out."""
    started: dict[tuple[str, str, int], Entry] = {}
    for entry in history.topic("notifications"):
        if isinstance(entry.data, AttemptStarted):
            started[entry.data.alarm_id, entry.data.message, entry.data.attempt] = entry
    seen: set[tuple[str, str, int]] = set()
    for reached in history.outcome.requests:
        request = reached.request
        key = (request.alarm_id, request.kind, request.attempt)
        if key in seen:
            yield f"attempt {key} reached the provider twice"
        seen.add(key)
        if key not in started:
            yield f"attempt {key} reached the provider and was never started in the log"
        elif started[key].record.offset >= reached.log_ends[started[key].record.partition]:
            yield f"attempt {key} reached the provider before its start was logged"


def one_message_is_no_repeat(history: History) -> Iterator[str]:
    """Of what the provider took for one alarm, at most one does not say that it may be a repeat."""
    fresh = Counter(
        (r.request.alarm_id, r.request.kind)
        for r in history.outcome.requests
        if r.taken and not r.request.repeat
    )
    for (alarm, kind), count in fresh.items():
        if count > 1:
            yield f"the post got {count} messages ({kind}) of alarm {alarm} that look like the first"


def nothing_starts_after_a_withdrawal(history: History) -> Iterator[str]:
    """Once an alarm is withdrawn in the log, no attempt at it starts; only the word that it is off goes out."""
    withdrawn: set[str] = set()
    for entry in history.topic("notifications"):
        match entry.data:
            case AlarmWithdrawn(alarm_id=alarm):
                withdrawn.add(alarm)
            case AttemptStarted(alarm_id=alarm, message="alarm") if alarm in withdrawn:
                yield f"an attempt at alarm {alarm} started after it was withdrawn"
            case _:
                pass


def a_dismissed_call_stays_dismissed(history: History) -> Iterator[str]:
    """After an accepted dismissal posts are asked only if an operator says so or if new words came."""
    for call, logs in history.by_call.items():
        dismissed = new_words = False
        for entry in logs["routings"]:
            cause = entry.event.cause
            if isinstance(entry.data, CallDismissed):
                dismissed, new_words = True, False
            elif cause is not None and cause.topic == "classifications" and not _is_clock(entry):
                new_words = True
            elif isinstance(entry.data, CallRouted) and entry.data.reason in ("confirmed", "corrected"):
                dismissed = False
            elif (
                isinstance(entry.data, CallHeld) and cause is not None and cause.topic == "operator.commands"
            ):
                dismissed = False  # corrected, and the place is asked for
            elif isinstance(entry.data, CallRouted) and dismissed and not new_words:
                yield f"call {call} was dismissed, then routed ({entry.data.reason})"


def _is_clock(entry: Entry) -> bool:
    return type(entry.data).__name__ == "ClockStarted"


def a_dismissal_withdraws_every_alarm(history: History) -> Iterator[str]:
    """A dismissal, recall or close by an operator reaches every alarm that stood when the notifier took it."""
    for entry in history.topic("routings"):
        if not isinstance(entry.data, CallDismissed | PostsRecalled | CallLinked):
            continue
        open_alarms: dict[str, str | None] = {}
        for noted in history.of(entry.call, "notifications"):
            cause = noted.event.cause
            if cause is not None and cause.topic == "routings" and cause.offset >= entry.record.offset:
                break
            match noted.data:
                case AlarmRaised(alarm_id=alarm):
                    open_alarms[alarm] = noted.data.post.post_id
                case AlarmDeclined() | AlarmWithdrawn() | AlarmUndeliverable():
                    open_alarms.pop(noted.data.alarm_id, None)
                case _:
                    if getattr(noted.data, "progress", None) == "finished":
                        open_alarms.pop(noted.data.alarm_id, None)  # type: ignore[attr-defined]
        took = {
            e.data.alarm_id
            for e in history.caused["notifications"].get(str(entry.event.id), [])
            if isinstance(e.data, AlarmWithdrawn)
        }
        if (missing := open_alarms.keys() - took) and not _call_was_over(history, entry):
            yield f"call {entry.call} was called off, but {len(missing)} alarms were not withdrawn"


def _call_was_over(history: History, routing: Entry) -> bool:
    for noted in history.of(routing.call, "notifications"):
        cause = noted.event.cause
        if cause is not None and cause.topic == "routings" and cause.offset >= routing.record.offset:
            return False
        if type(noted.data).__name__ == "AlarmsClosed":
            return True
    return False


def no_call_is_stuck(history: History) -> Iterator[str]:
    """At rest every call is closed, waits for a human who was told, or has its duty posts on the way."""
    calls = {received(e.event, e164).subject for e in history.topic("gateway.calls")}
    for call in sorted(calls):
        state = history.state("router", call)
        if state is None:
            yield f"the router never heard of call {call}"
            continue
        assert isinstance(state, Call)
        match state.phase:
            case "closed":
                continue
            case "new":
                if any(isinstance(e.data, CallClassified) for e in history.of(call, "classifications")):
                    yield f"call {call} is classified, and the router decided nothing"
            case "held":
                if state.hold is None:
                    yield f"call {call} is held for no reason"
            case "routed":
                duty = [a for a in state.asked if a.role == "duty" and not a.called_off]
                waiting = {a.slot for a in duty} - {a.slot for a in duty if a.progress in TAKEN}
                told = state.supervised - {NOBODY_TOOK_IT}
                if waiting and not told and state.hold is None:
                    yield f"call {call}: nobody took {sorted(waiting)}, and no human was told"
                is_urgent = state.known is None or state.known.priority < 3
                if waiting and is_urgent and NOBODY_TOOK_IT not in state.supervised:
                    yield f"call {call}: nobody took {sorted(waiting)}, and the clock told no supervisor"
                if not waiting and duty and state.settled_at is None:
                    yield f"call {call}: all duty posts took it, and it is never closed"
            case "answered" | "transferred" | "dismissed" | "set_aside" | "recalled" | "linked":
                yield f"call {call} was {state.phase} and never closed"


def live_and_rebuilt_states_are_equal(history: History) -> Iterator[str]:
    for place, prints in history.outcome.folds.items():
        expected = state_fingerprint(history.rebuilt[place])
        for found in prints:
            if found != expected:
                yield f"{place}: the live state is not the fold of its log"


def waiting_inputs_go_before_a_deadline(history: History) -> Iterator[str]:
    """What stood in a decider's inputs when a deadline fell due was decided before the deadline was."""
    written: dict[tuple[str, int, int], datetime] = {}
    for decider in deciders():
        for name in decider.inputs:
            for entry in history.topic(name):
                written[name, entry.record.partition, entry.record.offset] = entry.written_at
    for decider in deciders():
        last_due: dict[str, datetime] = {}
        for entry, before in history.steps(decider):
            cause = entry.event.cause
            due = last_due.get(entry.call)
            if cause is not None:
                came = written[cause.topic, entry.record.partition, cause.offset]
                if due is not None and came + MILLISECOND <= due:
                    late = f"{cause.topic} {cause.offset} of {came:%H:%M:%S.%f}"
                    yield f"{decider.log}: call {entry.call}: deadline of {due:%H:%M:%S.%f} overtook {late}"
                continue
            for deadline in decider.todo(before).deadlines:
                if deadline.id == entry.event.causation_id:
                    last_due[entry.call] = max(deadline.due, due or deadline.due)


def no_answer_waits_while_an_alarm_is_overdue(history: History) -> Iterator[str]:
    """An acceptance at the provider's door before the due time keeps the alarm from being overdue.

    Unless the relay was down for longer than the deadlines' barrier waits: then escalation goes on without it.
    """
    arrived = {e.event.id: e.written_at for e in history.topic("gateway.receipts")}
    answered: dict[str, datetime] = {}
    for entry in history.topic("receipts"):
        if isinstance(entry.data, ReplyReceived) and _accepts(entry.data):
            came = arrived[entry.event.causation_id]  # type: ignore[index]
            alarm = entry.data.alarm_id
            answered[alarm] = min(came, answered.get(alarm, came))
    due = {
        e.data.alarm_id: e.data.overdue_due
        for e in history.topic("notifications")
        if isinstance(e.data, AlarmRaised)
    }
    for entry in history.topic("notifications"):
        if not isinstance(entry.data, AlarmOverdue):
            continue
        was_due = due[entry.data.alarm_id]
        came_at = answered.get(entry.data.alarm_id)
        if was_due is None or came_at is None or came_at >= was_due:
            continue
        decided = entry.event.time.timestamp() - _EPOCH
        began = was_due.timestamp() - _EPOCH
        if not any(began <= at <= decided + SESSION_SECONDS for at in history.outcome.barrier_gave_up):
            yield (
                f"alarm {entry.data.alarm_id} was overdue at {was_due:%H:%M:%S.%f}, "
                f"but its post had accepted at {came_at:%H:%M:%S.%f}"
            )


def who_is_asked_is_the_first_of_the_directory_that_was_known(history: History) -> Iterator[str]:
    """A routing tells the road times of the directory whose version it names, and asks who is there first by them."""
    told = history.topic("posts")
    directory, read = EMPTY, 0
    routings = [e for e in history.topic("routings") if isinstance(e.data, CallRouted)]
    for entry in sorted(routings, key=lambda e: cast(CallRouted, e.data).directory_version):
        routed = cast(CallRouted, entry.data)
        while directory.version < routed.directory_version:
            directory = fold_directory(directory, told[read].event, told[read].record.offset)
            read += 1
        place = routed.report.place
        kode = place.kode if place is not None and place_is_known(place) else None
        plan = rules().plan.slots(routed.report.category, routed.report.priority, routed.report.marks)
        by_area = {spec.name for spec in plan if spec.area_first}
        for slot in routed.slots:
            if slot.post is None:
                continue
            known = [directory.road_seconds(directory.posts[c.post_id], kode) for c in slot.candidates]
            if [c.road_seconds for c in slot.candidates] != [None if s in (None, inf) else s for s in known]:
                yield f"call {entry.call}: road times that directory {directory.version} has not"
            by_road = [s for s in known if s is not None]
            if len(by_road) == len(known) and min(by_road) != by_road[0] and slot.name not in by_area:
                yield f"call {entry.call}: {slot.post.post_id} is asked, which is not there first"
            if slot.post.post_id != slot.candidates[0].post_id:
                yield f"call {entry.call}: {slot.post.post_id} is asked, which is not the first candidate"


def _accepts(reply: ReplyReceived) -> bool:
    button = read_button(reply.payload) if reply.payload is not None else None
    answer = button[0] if button is not None else read_answer(reply.text or "")
    return answer is not None and answer.meaning in TAKEN


_EPOCH = datetime.fromisoformat("2026-11-24T01:00:00+00:00").timestamp()

INVARIANTS: tuple[Invariant, ...] = (
    comes_to_rest,
    no_process_ends_by_itself,
    no_decision_breaks_off,
    every_report_is_heard,
    every_command_has_one_outcome,
    every_classification_is_judged,
    every_dispatchable_call_is_routed,
    every_confirmed_call_is_routed,
    every_unanswered_question_goes_on,
    every_asked_post_has_an_alarm,
    every_alarm_is_tried,
    nothing_stands_twice,
    one_routing_for_each_cause,
    decisions_are_whole,
    inputs_are_taken_in_order,
    every_request_was_logged_before,
    one_message_is_no_repeat,
    nothing_starts_after_a_withdrawal,
    a_dismissed_call_stays_dismissed,
    a_dismissal_withdraws_every_alarm,
    no_call_is_stuck,
    live_and_rebuilt_states_are_equal,
    waiting_inputs_go_before_a_deadline,
    no_answer_waits_while_an_alarm_is_overdue,
    who_is_asked_is_the_first_of_the_directory_that_was_known,
)


def breaches(outcome: Outcome) -> list[tuple[str, str]]:
    """(invariant, sentence) for each breach."""
    history = History(outcome)
    return [(invariant.__name__, said) for invariant in INVARIANTS for said in invariant(history)]


def check(outcome: Outcome) -> None:
    """Raises AssertionError with the seed, what was broken and how to see it again."""
    found = breaches(outcome)
    lines = [f"  {name}: {said}" for name, said in found[:20]]
    assert not found, "\n".join(
        [f"seed {outcome.seed} (python -m tests.simulation {outcome.seed}): {len(found)} breaches", *lines]
    )
