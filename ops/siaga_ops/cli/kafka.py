"""`siaga kafka`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siaga_ops import topics as catalogue
from siaga_ops.cli.options import out, run, settings
from siaga_ops.local_kafka import local_kafka

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="A real Kafka on this machine, from packages alone.")

KafkaDir = Annotated[
    Path, typer.Option("--dir", help="The broker's data directory.", envvar="SIAGA_KAFKA_DIR")
]


@app.command("up")
def kafka_up(
    folder: KafkaDir = settings.kafka_dir,
    port: Annotated[
        int | None, typer.Option(help="Port of the broker; default the last one, at first 9092.")
    ] = None,
) -> None:
    """Start a broker that outlives this command, and create the topics."""
    with local_kafka() as kafka:
        status = kafka.up(folder, port)
    assert status.bootstrap is not None
    created = run(catalogue.create_topics(status.bootstrap, settings.partitions, 1))
    out.print(f"Kafka {status.version} at {status.bootstrap} (pid {status.pid}), data in {status.data_dir}")
    out.print(f"topics created: {len(created)}" if created else "all topics exist")


@app.command("down")
def kafka_down(folder: KafkaDir = settings.kafka_dir) -> None:
    """Stop the broker; its data stay."""
    with local_kafka() as kafka:
        kafka.down(folder)
    out.print("stopped")


@app.command("status")
def kafka_status(folder: KafkaDir = settings.kafka_dir) -> None:
    """Say whether the broker runs (status 0) or not (status 3)."""
    with local_kafka() as kafka:
        status = kafka.status(folder)
    if not status.running:
        out.print(f"not running; data in {status.data_dir}")
        raise typer.Exit(3)
    out.print(f"Kafka {status.version} at {status.bootstrap} (pid {status.pid}), log {status.log}")
