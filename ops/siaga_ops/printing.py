"""How events and stories look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text
from siaga_events import Event, EventData, personal_fields
from siaga_events.types import (
    AlarmRaised,
    AnswerUnclear,
    AttemptFailed,
    AttemptLost,
    AttemptStarted,
    AttemptSucceeded,
    CallClassified,
    CallHeld,
    CallLinked,
    CallRouted,
    DeskAsked,
    MessageProgressed,
    Report,
    SameIncident,
    SupervisorCalled,
)
from siaga_router.domain.directory import REGENCY_TIME

from siaga_ops.stories import AlarmStory, CallStory

__all__ = [
    "alarm_line",
    "event_line",
    "event_words",
    "kilometres",
    "place_name",
    "print_rows",
    "short",
    "story_state",
    "zoned_clock",
]


def zoned_clock(moment: datetime) -> str:
    """Time of day in the regency with the zone's name, for who may be elsewhere: 12:00:00 WIB."""
    return moment.astimezone(REGENCY_TIME).strftime("%H:%M:%S %Z")


def short(text: str | None, limit: int) -> str:
    words = " ".join((text or "").split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def kilometres(metres: int | None) -> str:
    return "" if metres is None else f"{metres / 1000:.1f} km"


def print_rows(console: Console, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere plain lines with tabs between the cells, where nothing is cut.

    The first cell names the row: it stays whole in a table too.
    """
    if not console.is_terminal:
        lines = ("\t".join(" ".join(cell.split()) for cell in row) for row in (heads, *rows))
        # as segments: of a text the tabs would become spaces
        console.print(Segments([Segment(f"{line}\n") for line in lines]), soft_wrap=True, end="")
        return
    table = Table(*heads)
    table.columns[0].no_wrap = True
    table.columns[0].min_width = max((len(row[0]) for row in rows), default=0)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def place_name(report: Report | None) -> str:
    if report is None or report.place is None:
        return "-"
    place = report.place
    name = place.name if place.kecamatan in (None, place.name) else f"{place.name}, {place.kecamatan}"
    return name if place.kode is not None or place.level == "point" else f"{name}?"


def event_line(event: Event[EventData], *, show_personal: bool) -> Text:
    """One event on one line; personal fields only if asked for."""
    hidden = frozenset() if show_personal else personal_fields(type(event.data))
    fields = _fields(event.data.model_dump(mode="json", exclude_none=True), hidden, "")
    line = Text()
    line.append(f"{zoned_clock(event.time)} ", style="dim")
    line.append(f"{event.subject[:8]} ", style="cyan")
    line.append(f"{type(event.data).__name__:<20} ", style="bold")
    line.append(" ".join(fields))
    return line


def _fields(value: object, hidden: frozenset[str], path: str) -> list[str]:
    if path in hidden:
        return [f"{path}=***"]
    if isinstance(value, dict):
        return [
            f
            for key, part in value.items()
            for f in _fields(part, hidden, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return [f"{path}=[{len(value)}]"]
    return [f"{path}={value}"]


def event_words(event: Event[EventData], story: CallStory) -> str:
    """What an event means for its call, `story` as it is after it. Empty if the type's name says it all."""
    match event.data:
        case CallClassified(report=report):
            return f"{report.category}, priority {report.priority}, {place_name(report)}"
        case CallHeld(reason=reason):
            return f"held for an operator: {reason}"
        case CallRouted(slots=slots, likely=likely):
            asked = f"to be asked: {', '.join(s.post.name for s in slots if s.post) or 'nobody'}"
            return asked if likely is None else f"{asked}; perhaps the incident of {same_words(likely)}"
        case CallLinked(same=same, by=by):
            return f"a further report of {same_words(same)}, linked by {by or 'the machine'}"
        case SupervisorCalled(why=why):
            return f"supervisor told: {why}"
        case _:
            alarm = story.alarms.get(getattr(event.data, "alarm_id", ""))
            return "" if alarm is None else f"{alarm.raised.post.name}: {_alarm_words(event.data, alarm)}"


def same_words(same: SameIncident) -> str:
    """The incident's call, and how sure it is that both are one."""
    minutes = same.seconds_apart / 60
    return f"{same.call[:8]} ({same.distance_m} m, {minutes:.0f} min apart, {same.score:.0%} sure; report {same.number})"


def _alarm_words(data: EventData, alarm: AlarmStory) -> str:
    match data:
        case AlarmRaised() | AttemptStarted() | AttemptSucceeded() | AttemptFailed() | AttemptLost():
            return f"message {alarm.message}"
        case MessageProgressed():
            return f"message {alarm.message}"
        case DeskAsked():
            return "the desk is asked to ring"
        case AnswerUnclear():
            return "its answer is unclear"
        case _:
            return alarm.state


def alarm_line(alarm: AlarmStory, story: CallStory) -> str:
    raised = alarm.raised
    distance, road = kilometres(story.distance_m(alarm)), story.road_seconds(alarm)
    if road is not None:
        distance = f"{distance}, {road / 60:.0f} min by road"
    role = f"{raised.role}, {distance}" if distance else raised.role
    return f"{raised.post.name} ({role}) alarm {raised.number}: message {alarm.message}, post {alarm.state}"


def story_state(story: CallStory) -> str:
    """The call's state in a few words, for engineers."""
    if story.phase == "held" and story.held is not None:
        return f"held: {story.held.reason}"
    return story.phase
