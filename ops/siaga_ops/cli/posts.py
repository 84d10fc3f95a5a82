"""`siaga posts`"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import httpx
import typer
from rich.progress import Progress
from siaga_events.types import RoadTimesMeasured
from siaga_router.domain.directory import Directory

from siaga_ops import posts as directory
from siaga_ops.cli.options import Bootstrap, By, Data, err, out, run, settings
from siaga_ops.client import connected
from siaga_ops.errors import OpsError
from siaga_ops.printing import print_rows

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="The directory of posts.")


@app.command("import")
def posts_import(
    files: Annotated[list[Path], typer.Argument(help="JSON files of posts.")],
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Register the posts of JSON files.

    What has not changed is left alone.
    """
    posts = [post for file in files for post in directory.read_posts(file)]

    async def talk() -> tuple[int, list[str]]:
        async with connected(bootstrap) as client:
            changed = await directory.import_posts(client, posts)
            return changed, directory.without_roads(await directory.read_directory(client))

    changed, unmeasured = run(talk())
    out.print(f"{changed} of {len(posts)} posts were new or changed")
    _tell_without_roads(unmeasured)


def _tell_without_roads(posts: list[str]) -> None:
    if posts:
        err.print(
            f"no road times of {', '.join(posts)}: around them distance decides. Measure: siaga posts roads"
        )


@app.command("list")
def posts_list(bootstrap: Bootstrap = settings.bootstrap) -> None:
    """List the directory: who can be asked now, and who can't and why."""

    async def talk() -> None:
        async with connected(bootstrap) as client:
            found = await directory.read_directory(client)
        now = datetime.now(UTC)
        rows = [
            (
                post.post_id,
                post.kind,
                post.name,
                post.kecamatan or "",
                directory.state_words(found, post, now),
                ", ".join(post.capabilities),
            )
            for post in sorted(found.posts.values(), key=lambda p: (p.kind, p.post_id))
        ]
        print_rows(out, ("post", "kind", "name", "kecamatan", "now", "capabilities"), rows)
        measured = len(directory.with_roads(found))
        err.print(f"{len(found.posts)} posts, road times of {measured}, directory version {found.version}")

    run(talk())


def _change(
    post: str, state: Literal["ready", "out", "road_cut"], by: str, why: str, until: datetime | None, at: str
) -> None:
    async def talk() -> str:
        async with connected(at) as client:
            moment = None if until is None else until.astimezone(UTC)
            return await directory.change_state(client, post, state, by, moment, why)

    out.print(f"{run(talk())}: {state}")


@app.command("open")
def posts_open(post: str, by: By = settings.operator, bootstrap: Bootstrap = settings.bootstrap) -> None:
    """A post is ready again."""
    _change(post, "ready", by, "", None, bootstrap)


@app.command("close")
def posts_close(
    post: str,
    by: By = settings.operator,
    why: Annotated[str, typer.Option(help="Why.")] = "",
    until: Annotated[
        datetime | None, typer.Option(help="Until when (local time); default until further notice.")
    ] = None,
    road_cut: Annotated[bool, typer.Option("--road-cut", help="The road to it is cut.")] = False,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """A post can't be asked."""
    _change(post, "road_cut" if road_cut else "out", by, why, until, bootstrap)


@app.command("roads")
def posts_roads(
    osrm: Annotated[str | None, typer.Option(help="Address of an OSRM service, http://host:5000.")] = None,
    valhalla: Annotated[
        str | None, typer.Option(help="Address of a Valhalla service, http://host:8002.")
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget the road times: distances decide again.")
    ] = False,
    within_km: Annotated[
        float, typer.Option(help="Measure pekon that are no farther than this by air.", min=1, max=400)
    ] = 200,
    by: By = settings.operator,
    data: Data = settings.data,
    bootstrap: Bootstrap = settings.bootstrap,
) -> None:
    """Measure the road times from posts to pekon, with OSRM or Valhalla.

    They are kept in the directory.
    From then on the post that is there first by road is asked, where the times of all ten candidates are known.
    Run it again when posts were added or have moved.
    """
    if (osrm is not None) + (valhalla is not None) + forget != 1:
        raise OpsError("say one of --osrm URL, --valhalla URL and --forget")

    async def talk() -> None:
        async with connected(bootstrap) as client:
            known = await directory.read_directory(client)
            if forget:
                times = [had.model_copy(update={"seconds": {}, "by": by}) for had in known.roads.values()]
            else:
                times = await _measure(osrm, valhalla, known, data, within_km, by)
            nowhere = [each.post_id for each in times if set(each.seconds.values()) == {None}]
            times = [each for each in times if each.post_id not in nowhere]
            changed = await directory.keep_road_times(client, times)
            unmeasured = directory.without_roads(await directory.read_directory(client))
        if forget:
            out.print(f"road times of {changed} posts are forgotten")
            return
        _tell_without_roads(unmeasured)
        out.print(f"road times of {changed} of {len(times)} posts were new or changed")
        if nowhere:
            raise OpsError(
                f"no road leads anywhere from {', '.join(nowhere)}: what was known of their roads was left as it is. "
                "Does the service's map cover the regency, and are their coordinates right?"
            )

    run(talk())


async def _measure(
    osrm: str | None,
    valhalla: str | None,
    known: Directory,
    data: Path,
    within_km: float,
    by: str,
) -> list[RoadTimesMeasured]:
    from siaga_classifier.domain.gazetteer import load_gazetteer

    from siaga_ops.roads import REQUEST_SECONDS, OsrmTable, RoadService, ValhallaMatrix, measured

    try:
        areas = load_gazetteer(data / "gazetteer").by_kode.values()
    except OSError as error:
        raise OpsError(
            f"no gazetteer at {data}: {error.strerror}; name the project's data folder with --data"
        ) from None
    posts = sorted(known.posts.values(), key=lambda p: p.post_id)
    async with httpx.AsyncClient(timeout=REQUEST_SECONDS) as http:
        service: RoadService = OsrmTable(http, osrm) if osrm else ValhallaMatrix(http, valhalla or "")
        with Progress(console=err, transient=True) as progress:
            task = progress.add_task("posts", total=len(posts))
            times = []
            async for each in measured(service, posts, areas, within_km, by):
                times.append(each)
                progress.advance(task)
    return times
