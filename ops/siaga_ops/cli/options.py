"""What the command's groups share: consoles, settings, options, running a coroutine."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from siaga_ops.errors import OutputClosed
from siaga_ops.settings import OpsSettings

__all__ = ["Bootstrap", "By", "Data", "err", "out", "run", "settings"]

T = TypeVar("T")


class Output(Console):
    """Standard output; who reads it may stop reading."""

    def on_broken_pipe(self) -> None:
        raise OutputClosed


out = Output()
err = Console(stderr=True)
settings = OpsSettings()

Bootstrap = Annotated[str, typer.Option(help="Kafka brokers, host:port,host:port.", envvar="SIAGA_BOOTSTRAP")]
Data = Annotated[Path, typer.Option(help="The project's data folder.", envvar="SIAGA_DATA")]
By = Annotated[str, typer.Option(help="Nama operator.", envvar="SIAGA_OPERATOR")]


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)
