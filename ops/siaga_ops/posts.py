"""`siaga posts`: the directory of posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import orjson
from pydantic import ValidationError
from siaga_events import Event, EventData
from siaga_events.codec import reasons
from siaga_events.ids import canonical_json, derived_id
from siaga_events.types import PostRegistered, PostStateChanged, RoadTimesMeasured
from siaga_router.domain.directory import EMPTY, Directory, fold_directory

from siaga_ops.client import Client
from siaga_ops.errors import OpsError

__all__ = [
    "change_state",
    "import_posts",
    "keep_road_times",
    "read_directory",
    "read_posts",
    "state_words",
    "with_roads",
    "without_roads",
]

SOURCE = "siaga posts"


def read_posts(path: Path) -> list[PostRegistered]:
    """Posts of a JSON file (a list, or one post). Raises OpsError, which names entry and field."""
    try:
        entries = orjson.loads(path.read_bytes())
    except OSError as error:
        raise OpsError(f"{path}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise OpsError(f"{path}: not JSON: {error}") from None
    posts = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], 1):
        try:
            posts.append(PostRegistered.model_validate(entry))
        except ValidationError as error:
            name = entry.get("post_id", "?") if isinstance(entry, dict) else "?"
            raise OpsError(f"{path}: entry {number} ({name}): {'; '.join(reasons(error))}") from None
    return posts


def with_roads(directory: Directory) -> set[str]:
    """Posts whose roads were measured from where they are now."""
    found = {post_id: directory.roads_of(post) for post_id, post in directory.posts.items()}
    return {post_id for post_id, times in found.items() if times is not None and times.seconds}


def without_roads(directory: Directory) -> list[str]:
    """Posts around which distance decides although the roads of others were measured: new ones, and who has moved."""
    measured = with_roads(directory)
    return sorted(directory.posts.keys() - measured) if measured else []


async def import_posts(client: Client, posts: Sequence[PostRegistered]) -> int:
    """Register what is new or changed; gives how many. The same file twice changes nothing."""
    directory = await read_directory(client)
    fresh = [post for post in posts if directory.posts.get(post.post_id) != post]
    await client.publish("posts", [_event(post.post_id, post, directory.version) for post in fresh])
    return len(fresh)


async def read_directory(client: Client) -> Directory:
    """The directory as the topic has it now."""
    directory = EMPTY
    for record, event in sorted(await client.read(["posts"]), key=lambda found: found[0].offset):
        directory = fold_directory(directory, event, record.offset)
    return directory


def state_words(directory: Directory, post: PostRegistered, now: datetime) -> str:
    """Whether a post can be asked now; of one that somebody closed also the reason that they gave."""
    words = directory.why_unavailable(post, now) or "siap"
    closing = directory.closing(post, now)
    return f"{words}: {closing.why}" if closing is not None and closing.why else words


async def change_state(
    client: Client,
    post_id: str,
    state: Literal["ready", "out", "road_cut"],
    by: str,
    until: datetime | None,
    why: str,
) -> str:
    """Say that a post is ready or out; gives its name. Raises OpsError for a post that is not there."""
    directory = await read_directory(client)
    post = directory.posts.get(post_id)
    if post is None:
        raise OpsError(f"no post {post_id!r}; `siaga posts list` shows them")
    changed = PostStateChanged(post_id=post_id, state=state, until=until, by=by, why=why)
    await client.publish("posts", [_event(post_id, changed, directory.version)])
    return post.name


async def keep_road_times(client: Client, times: Sequence[RoadTimesMeasured]) -> int:
    """Publish those that differ from what the directory has now; gives how many.

    What the same service measured from the same place to other pekon stays. Posts that were removed or have moved
    meanwhile are left out.
    """
    directory = await read_directory(client)
    fresh = []
    for each in times:
        post, known = directory.posts.get(each.post_id), directory.roads.get(each.post_id)
        if post is None or (post.lat, post.lon) != (each.lat, each.lon):
            continue
        kept = known.seconds if known is not None and each.seconds and _is_same_way(known, each) else {}
        new = each.model_copy(update={"seconds": {**kept, **each.seconds}})
        if _differs(known, new):
            fresh.append(new)
    await client.publish("posts", [_event(each.post_id, each, directory.version) for each in fresh])
    return len(fresh)


def _is_same_way(one: RoadTimesMeasured, other: RoadTimesMeasured) -> bool:
    return (one.source, one.lat, one.lon) == (other.source, other.lat, other.lon)


def _differs(known: RoadTimesMeasured | None, new: RoadTimesMeasured) -> bool:
    return known is None or known.model_copy(update={"by": new.by}) != new


def _event(post_id: str, data: EventData, version: int) -> Event[EventData]:
    """The id comes from content and directory version: a command that is sent twice is one event."""
    identity = derived_id(SOURCE, canonical_json(data.model_dump(mode="json")).decode(), version)
    return Event(identity, SOURCE, post_id, datetime.now(UTC), data)
