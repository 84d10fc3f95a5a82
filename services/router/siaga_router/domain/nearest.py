"""The nearest post that can fill a slot, with everything that explains the choice."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import TypeAlias

from siaga_events.types import Candidate, Excluded, PostRef, PostRegistered, Slot

from siaga_router.domain.directory import Directory
from siaga_router.domain.plan import Filler, SlotSpec

__all__ = ["CANDIDATES", "EXCLUDED", "Scene", "fill_slot", "post_ref"]

CANDIDATES = 10
EXCLUDED = 20
"""Nearer posts that could not be asked, of which an event tells why."""

Ranked: TypeAlias = tuple[int, PostRegistered]
"""Metres, and the post."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where help is needed. `lat` None: only the regency is known, and its duty posts are asked."""

    lat: float | None
    lon: float | None
    kecamatan: str | None
    kode: str | None = None
    """Of the pekon or kecamatan: the roads are measured to its middle."""


def fill_slot(
    spec: SlotSpec,
    scene: Scene,
    directory: Directory,
    now: datetime,
    taken: Collection[str],
    candidates: int = CANDIDATES,
) -> Slot:
    """The slot filled by its first filler that finds anyone. `taken` are posts that were asked before.

    The nearest of the `candidates` that it tells is the post: of those that are nearest by great-circle distance,
    by road where all their road times are known. Ties go by the post's id, so that the same directory gives the same
    choice.
    """
    excluded: list[Excluded] = []
    for filler in spec.fill:
        free: list[Ranked] = []
        between: list[
            tuple[int, PostRegistered, str]
        ] = []  # nobody asks them, and by road they may be before who is
        for metres, post in _ranked(filler, spec, scene, directory):
            if filler.capability is not None and filler.capability not in post.capabilities:
                continue
            why = _why_not(post, scene, directory, now, taken)
            if why is None:
                free.append((metres, post))
                if len(free) == candidates:
                    break
            elif free:
                between.append((metres, post, why))
            elif len(excluded) < EXCLUDED:
                excluded.append(Excluded(post_id=post.post_id, distance_m=metres, why=why))
        if free:
            first = free[0]
            free = _by_road(free, spec, scene, directory)
            metres, post = free[0]
            road = directory.road_seconds(post, scene.kode)
            for m, other, why in between:
                its = directory.road_seconds(other, scene.kode)
                is_before = m < metres or (its is not None and road is not None and its < road)
                if free[0] is not first and is_before and len(excluded) < EXCLUDED:
                    excluded.append(Excluded(post_id=other.post_id, distance_m=m, why=why))
            return Slot(
                role=spec.role,
                name=spec.name,
                post=post_ref(post),
                distance_m=metres if scene.lat is not None else None,
                road_seconds=_whole(road),
                candidates=tuple(
                    Candidate(
                        post_id=p.post_id,
                        distance_m=m,
                        road_seconds=_whole(directory.road_seconds(p, scene.kode)),
                    )
                    for m, p in free
                ),
                excluded=tuple(excluded),
            )
    return Slot(role=spec.role, name=spec.name, excluded=tuple(excluded))


def _ranked(filler: Filler, spec: SlotSpec, scene: Scene, directory: Directory) -> Iterator[Ranked]:
    """Posts of the filler's kinds, nearest first; where the plan says so, those of the scene's own area before others."""
    ground = directory.ground(filler.kinds)
    if scene.lat is None or scene.lon is None:
        yield from ((0, post) for post in ground.posts)
    elif spec.area_first:
        yield from ground.inside(scene.kecamatan, scene.lat, scene.lon)
        everyone = ground.nearest(scene.lat, scene.lon)
        yield from (found for found in everyone if not _in_area(found[1], scene))
    else:
        yield from ground.nearest(scene.lat, scene.lon)


def _by_road(found: list[Ranked], spec: SlotSpec, scene: Scene, directory: Directory) -> list[Ranked]:
    """Those in their order by road, if the directory knows it of each; those of the scene's own area stay before others."""
    by_road: list[tuple[bool, float, int, str, PostRegistered]] = []
    for metres, post in found:
        seconds = directory.road_seconds(post, scene.kode)
        if seconds is None:
            return found
        by_road.append((spec.area_first and not _in_area(post, scene), seconds, metres, post.post_id, post))
    return [(metres, post) for _, _, metres, _, post in sorted(by_road, key=lambda each: each[:4])]


def _whole(seconds: float | None) -> int | None:
    """As an event keeps it: None also where no road leads."""
    return int(seconds) if seconds is not None and seconds < inf else None


def _in_area(post: PostRegistered, scene: Scene) -> bool:
    return post.working_area is None or scene.kecamatan in post.working_area


def _why_not(
    post: PostRegistered, scene: Scene, directory: Directory, now: datetime, taken: Collection[str]
) -> str | None:
    if post.post_id in taken:
        return "sudah diminta"
    if scene.kecamatan is not None and scene.kecamatan in post.barriers:
        return f"tidak dapat mencapai {scene.kecamatan}"
    return directory.why_unavailable(post, now)


def post_ref(post: PostRegistered) -> PostRef:
    """The post as an event keeps it."""
    return PostRef(
        post_id=post.post_id,
        kind=post.kind,
        name=post.name,
        kecamatan=post.kecamatan,
        lat=post.lat,
        lon=post.lon,
    )
