"""`siaga topics`"""

from __future__ import annotations

from typing import Annotated

import typer

from siaga_ops import topics as catalogue
from siaga_ops.cli.options import Bootstrap, out, run, settings
from siaga_ops.printing import print_rows

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="The topics of the catalogue.")


@app.command("create")
def topics_create(
    bootstrap: Bootstrap = settings.bootstrap,
    partitions: Annotated[
        int, typer.Option(help="Partitions of call-keyed topics.", min=1)
    ] = settings.partitions,
    replication: Annotated[
        int, typer.Option(help="Copies of each partition.", min=1, envvar="SIAGA_REPLICATION")
    ] = 1,
    wait: Annotated[
        float,
        typer.Option(help="Seconds in which the cluster may still come up; it is tried again till then."),
    ] = 0.0,
) -> None:
    """Create the topics that are missing."""
    created = run(catalogue.create_topics(bootstrap, partitions, replication, wait))
    out.print(f"created: {', '.join(created)}" if created else "all topics exist")


@app.command("list")
def topics_list(bootstrap: Bootstrap = settings.bootstrap) -> None:
    """List the catalogue, and what the cluster has of it."""
    rows = []
    for state in run(catalogue.list_topics(bootstrap, settings.partitions)):
        have = "missing" if state.partitions is None else str(state.partitions)
        shown = have if state.partitions == state.expected else f"{have}, must be {state.expected}"
        rows.append((state.topic.name, state.topic.kind, state.topic.key, state.topic.owner, shown))
    print_rows(out, ("topic", "kind", "key", "owner", "partitions"), rows)
