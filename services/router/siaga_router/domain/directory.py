"""The directory of posts: a frozen fold of the topic `posts`. Its version is the topic's offset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from heapq import merge
from math import inf
from typing import TypeVar

from siaga_events import Event, EventData
from siaga_events.types import (
    PostKind,
    PostRegistered,
    PostRemoved,
    PostStateChanged,
    RoadTimesMeasured,
    Weekday,
)

from siaga_router.domain.nearby import Located, Nearby

__all__ = ["EMPTY", "REGENCY_TIME", "Directory", "Ground", "fold_directory"]

REGENCY_TIME = timezone(timedelta(hours=7), "WIB")
T = TypeVar("T")
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Directory:
    """Posts by id, what was said of their state, and their road times. `version` is the offset of the last event in it."""

    posts: Mapping[str, PostRegistered] = field(default_factory=dict)
    states: Mapping[str, PostStateChanged] = field(default_factory=dict)
    roads: Mapping[str, RoadTimesMeasured] = field(default_factory=dict)
    version: int = -1
    _grounds: dict[tuple[PostKind, ...], Ground] = field(default_factory=dict, compare=False, repr=False)
    """Made when first asked for, of what does not change."""

    def ground(self, kinds: tuple[PostKind, ...]) -> Ground:
        """Where the posts of these kinds are."""
        if kinds not in self._grounds:
            self._grounds[kinds] = Ground([p for p in self.posts.values() if p.kind in kinds])
        return self._grounds[kinds]

    def why_unavailable(self, post: PostRegistered, now: datetime) -> str | None:
        """Why a post can't be asked now, in words for an operator; None if it can ("integrated")."""
        if not post.contacts:
            return "tidak ada kontak"
        closing = self.closing(post, now)
        if closing is not None:
            return "jalan terputus" if closing.state == "road_cut" else "sedang keluar"
        if not _is_open(post, now):
            return "tutup"
        return None

    def closing(self, post: PostRegistered, now: datetime) -> PostStateChanged | None:
        """By what somebody closed the post, if that still holds."""
        state = self.states.get(post.post_id)
        if state is None or state.state == "ready" or (state.until is not None and now >= state.until):
            return None
        return state

    def roads_of(self, post: PostRegistered) -> RoadTimesMeasured | None:
        """What was measured from where the post is now; None also when it has moved since."""
        measured = self.roads.get(post.post_id)
        if measured is None or (measured.lat, measured.lon) != (post.lat, post.lon):
            return None
        return measured

    def road_seconds(self, post: PostRegistered, kode: str | None) -> float | None:
        """From the post to the middle of a pekon or kecamatan; infinity where no road leads; None: not measured."""
        measured = self.roads_of(post)
        if measured is None or kode not in measured.seconds:
            return None
        seconds = measured.seconds[kode]
        return inf if seconds is None else seconds


class Ground:
    """Posts of some kinds, and where they are. Built once, then only read."""

    def __init__(self, posts: Sequence[PostRegistered]) -> None:
        self.posts = sorted(posts, key=lambda p: (not p.regency_duty, p.post_id))
        """The regency's duty posts first."""
        self._everyone = _nearby(posts)
        self._anywhere = _nearby([p for p in posts if p.working_area is None])
        by_area: dict[str, list[PostRegistered]] = {}
        for post in posts:
            for kecamatan in set(post.working_area or ()):
                by_area.setdefault(kecamatan, []).append(post)
        self._local = {kecamatan: _nearby(local) for kecamatan, local in by_area.items()}

    def nearest(self, lat: float, lon: float) -> Iterator[tuple[int, PostRegistered]]:
        """All of them with their distance in whole metres, nearest first; equally far ones by their ids."""
        return self._everyone(lat, lon)

    def inside(self, kecamatan: str | None, lat: float, lon: float) -> Iterator[tuple[int, PostRegistered]]:
        """The same of those that work in this kecamatan, or everywhere."""
        local = self._local.get(kecamatan or "")
        if local is None:
            return self._anywhere(lat, lon)
        return merge(
            self._anywhere(lat, lon), local(lat, lon), key=lambda found: (found[0], found[1].post_id)
        )


def _nearby(posts: Iterable[PostRegistered]) -> Nearby[PostRegistered]:
    return Nearby(Located(p.lat, p.lon, p.post_id, p) for p in posts)


EMPTY = Directory()


def fold_directory(directory: Directory, event: Event[EventData], offset: int) -> Directory:
    """The next directory: a new value, so that what a decision looks at never changes under it."""
    posts, states, roads = directory.posts, directory.states, directory.roads
    grounds = directory._grounds
    match event.data:
        case PostRegistered() as post:
            grounds = _without(grounds, post.kind, posts.get(post.post_id))
            posts = {**posts, post.post_id: post}
        case PostStateChanged() as changed:
            states = {**states, changed.post_id: changed}
        case RoadTimesMeasured() as measured:
            if measured.post_id in posts:
                roads = {**roads, measured.post_id: measured}
        case PostRemoved() as removed:
            grounds = _without(grounds, None, posts.get(removed.post_id))
            posts, states = _left(posts, removed.post_id), _left(states, removed.post_id)
            roads = _left(roads, removed.post_id)
        case other:
            raise TypeError(f"{type(other).__name__} in the topic posts")
    return replace(directory, posts=posts, states=states, roads=roads, version=offset, _grounds=grounds)


def _left(known: Mapping[str, T], post_id: str) -> dict[str, T]:
    return {each: what for each, what in known.items() if each != post_id}


def _without(
    grounds: dict[tuple[PostKind, ...], Ground], kind: PostKind | None, before: PostRegistered | None
) -> dict[tuple[PostKind, ...], Ground]:
    changed = {kind, before.kind if before is not None else None}
    return {kinds: ground for kinds, ground in grounds.items() if changed.isdisjoint(kinds)}


def _is_open(post: PostRegistered, now: datetime) -> bool:
    if post.hours is None:
        return True
    weekday, clock = _local(now)
    span = post.hours.get(weekday)
    if span is None:
        return False
    opens, _, closes = span.partition("-")
    return opens <= clock < closes


@lru_cache(maxsize=4)
def _local(now: datetime) -> tuple[Weekday, str]:
    """The regency's weekday and clock: asked for every post that is looked at."""
    local = now.astimezone(REGENCY_TIME)
    return WEEKDAYS[local.weekday()], local.strftime("%H:%M")
