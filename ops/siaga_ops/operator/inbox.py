"""The operator's inbox: what waits for a human, most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga_ops.stories import CallStory, Stories

__all__ = ["PHASES", "REASONS", "SLOTS", "Waiting", "inbox"]

REASONS = {
    "prank_suspected": "diduga iseng",
    "silent": "tanpa suara",
    "unclear": "kurang jelas",
    "place_unknown": "lokasi belum jelas",
    "no_open_post": "tidak ada pos buka",
    "failed": "kesalahan sistem",
    "answer": "jawab saja",
    "transfer": "alihkan",
    "late_words": "kata susulan",
}
SLOTS = {
    "ambulance": "ambulans",
    "conservation_agency": "BKSDA",
    "covid_post": "pos kode C",
    "disaster_agency": "BPBD",
    "fire_station": "pemadam",
    "police": "polisi",
    "power_company": "PLN",
}
"""Who may have a duty in the response plan."""
PHASES = {
    "new": "baru",
    "held": "ditahan",
    "routed": "diteruskan ke pos",
    "linked": "digabung dengan kejadian lain",
    "answered": "dijawab",
    "transferred": "dialihkan",
    "dismissed": "dibatalkan",
    "recalled": "pos ditarik kembali",
    "closed": "ditutup",
}
CALLED_OFF = ("linked", "dismissed", "recalled", "answered", "transferred", "held")
FALSE = ("recalled", "dismissed", "linked", "prank", "false_report", "dropped", "wrong_number", "test")
"""Ends of a call after which nobody is with its incident: who was linked to it has nobody either."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that waits, why, and when the machine goes on by itself."""

    story: CallStory
    why: str
    due: datetime | None

    def seconds_left(self, now: datetime) -> float | None:
        return None if self.due is None else (self.due - now).total_seconds()


def inbox(stories: Stories) -> list[Waiting]:
    """Held calls, posts to ring, duties that no post fills, answers to read, failures."""
    found = [w for story in stories.calls.values() if (w := _waiting(story, stories)) is not None]
    return sorted(found, key=_urgency)


def _waiting(story: CallStory, stories: Stories) -> Waiting | None:
    if story.held is not None:
        why = REASONS[story.held.reason]
        detail = f": {story.held.detail}" if story.held.detail else ""
        likely = story.held.likely
        same = f"; mungkin kejadian {likely.call[:8]}, {likely.distance_m} m" if likely is not None else ""
        return Waiting(story, why + detail + same, story.hold_due)
    if story.failed is not None and story.is_open:
        return Waiting(story, REASONS["failed"], None)
    if story.phase == "linked" and story.same is not None:
        first = stories.calls.get(story.same.call)
        called_off = first is not None and (first.phase in CALLED_OFF or first.closed_as in FALSE)
        refused = any(
            a.state in ("declined", "unreachable") for a in story.alarms.values() if a.raised.role == "copy"
        )
        if not (called_off or refused or story.unclear):
            return None
        why = "ditolak atau dijawab pos" if not called_off else "tidak berjalan lagi"
        return Waiting(story, f"kejadian {story.same.call[:8]} {why}: pisahkan (unlink) atau tutup", None)
    if story.phase != "routed":
        return None
    unfilled = ", ".join(SLOTS.get(name, name) for name in story.unfilled)
    nobody = [f"tidak ada pos: {unfilled}"] if story.supervisor and unfilled else []
    to_ring = [a for a in story.alarms.values() if a.desk_asked and a.is_unanswered]
    if to_ring:
        newest = to_ring[-1]
        silent = sum(a.overdue and not a.ended for a in story.alarms.values())
        why = f"telepon {newest.raised.post.name}" + (f" ({silent} pos tidak menjawab)" if silent else "")
        return Waiting(story, "; ".join([why, *nobody]), newest.raised.overdue_due)
    if nobody:
        return Waiting(story, nobody[0], None)
    if story.unclear:
        return Waiting(story, f"jawaban pos tidak terbaca: {story.unclear[-1]}", None)
    return None


def _urgency(waiting: Waiting) -> tuple[int, float, str]:
    priority = waiting.story.report.priority if waiting.story.report else 1
    due = waiting.due.timestamp() if waiting.due else float("inf")
    return (priority, due, waiting.story.id)
