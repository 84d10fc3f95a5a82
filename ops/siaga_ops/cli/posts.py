"""`siaga posts`"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from siaga_ops import posts as directory
from siaga_ops.cli.options import Bootstrap, By, err, out, run, settings
from siaga_ops.client import connected
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

    async def talk() -> int:
        async with connected(bootstrap) as client:
            return await directory.import_posts(client, posts)

    out.print(f"{run(talk())} of {len(posts)} posts were new or changed")


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
        err.print(f"{len(found.posts)} posts, directory version {found.version}")

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
