"""The directory of posts: a frozen fold of the topic `posts`. Its version is the topic's offset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from siaga_events import Event, EventData
from siaga_events.types import PostRegistered, PostRemoved, PostStateChanged, Weekday

__all__ = ["EMPTY", "REGENCY_TIME", "Directory", "fold_directory"]

REGENCY_TIME = timezone(timedelta(hours=7), "WIB")
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Directory:
    """Posts by id, and what was said of their state. `version` is the offset of the last event in it."""

    posts: Mapping[str, PostRegistered] = field(default_factory=dict)
    states: Mapping[str, PostStateChanged] = field(default_factory=dict)
    version: int = -1

    def why_unavailable(self, post: PostRegistered, now: datetime) -> str | None:
        """Why a post can't be asked now, in words for an operator; None if it can ("integrated")."""
        if not post.contacts:
            return "tidak ada kontak"
        state = self.states.get(post.post_id)
        if state is not None and state.state != "ready" and (state.until is None or now < state.until):
            return "jalan terputus" if state.state == "road_cut" else "sedang keluar"
        if not _is_open(post, now):
            return "tutup"
        return None


EMPTY = Directory()


def fold_directory(directory: Directory, event: Event[EventData], offset: int) -> Directory:
    """The next directory: a new value, so that what a decision looks at never changes under it."""
    posts, states = dict(directory.posts), dict(directory.states)
    match event.data:
        case PostRegistered() as post:
            posts[post.post_id] = post
        case PostStateChanged() as changed:
            states[changed.post_id] = changed
        case PostRemoved() as removed:
            posts.pop(removed.post_id, None)
            states.pop(removed.post_id, None)
        case other:
            raise TypeError(f"{type(other).__name__} in the topic posts")
    return replace(directory, posts=posts, states=states, version=offset)


def _is_open(post: PostRegistered, now: datetime) -> bool:
    if post.hours is None:
        return True
    local = now.astimezone(REGENCY_TIME)
    span = post.hours.get(WEEKDAYS[local.weekday()])
    if span is None:
        return False
    opens, _, closes = span.partition("-")
    return opens <= local.strftime("%H:%M") < closes
