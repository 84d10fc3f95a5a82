"""The nearest post that can fill a slot, with everything that explains the choice."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from typing import TypeAlias

from siaga_events.types import Candidate, Excluded, PostRef, PostRegistered, Slot

from siaga_router.domain.directory import Directory
from siaga_router.domain.plan import Filler, SlotSpec

__all__ = ["Distance", "Scene", "fill_slot", "great_circle_m", "post_ref"]

EARTH_RADIUS_M = 6_371_008.8
CANDIDATES = 10

Distance: TypeAlias = Callable[[float, float, float, float], float]
"""Metres (or what ranks like them) from one point to another; lat, lon, lat, lon in degrees."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where help is needed. `lat` None: only the regency is known, and its duty posts are asked."""

    lat: float | None
    lon: float | None
    kecamatan: str | None


def great_circle_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Haversine on a sphere of the earth's mean radius; within 0.5 % of the ellipsoid."""
    a, b = radians(lat1), radians(lat2)
    h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(h))


def fill_slot(
    spec: SlotSpec,
    scene: Scene,
    directory: Directory,
    now: datetime,
    taken: Collection[str],
    distance: Distance,
) -> Slot:
    """The slot filled by its first filler that finds anyone. `taken` are posts that were asked before.

    Ties in distance go by the post's id, so that the same directory gives the same choice.
    """
    excluded: list[Excluded] = []
    for filler in spec.fill:
        ranked = _ranked(filler, spec, scene, directory, distance)
        free: list[tuple[int, PostRegistered]] = []
        for metres, post in ranked:
            why = _why_not(post, scene, directory, now, taken)
            if why is None:
                free.append((metres, post))
            elif not free:
                excluded.append(Excluded(post_id=post.post_id, distance_m=metres, why=why))
        if free:
            metres, post = free[0]
            return Slot(
                role=spec.role,
                name=spec.name,
                post=post_ref(post),
                distance_m=metres if scene.lat is not None else None,
                candidates=tuple(Candidate(post_id=p.post_id, distance_m=m) for m, p in free[:CANDIDATES]),
                excluded=tuple(excluded),
            )
    return Slot(role=spec.role, name=spec.name, excluded=tuple(excluded))


def _ranked(
    filler: Filler, spec: SlotSpec, scene: Scene, directory: Directory, distance: Distance
) -> list[tuple[int, PostRegistered]]:
    def rank(post: PostRegistered) -> tuple[bool, int, str]:
        outside = spec.area_first and not _in_area(post, scene)
        return (outside, metres[post.post_id], post.post_id)

    able = [
        p
        for p in directory.posts.values()
        if p.kind in filler.kinds and (filler.capability is None or filler.capability in p.capabilities)
    ]
    if scene.lat is None or scene.lon is None:
        metres = {p.post_id: 0 for p in able}
        return [(0, p) for p in sorted(able, key=lambda p: (not p.regency_duty, p.post_id))]
    metres = {p.post_id: round(distance(scene.lat, scene.lon, p.lat, p.lon)) for p in able}
    return [(metres[p.post_id], p) for p in sorted(able, key=rank)]


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
