"""What the command's groups share: consoles, settings, options, running a coroutine."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from siaga_ops.settings import OpsSettings

__all__ = ["Bootstrap", "By", "Data", "NobodyReads", "err", "out", "run", "settings", "until_nobody_reads"]

T = TypeVar("T")


class NobodyReads(Exception):
    """Standard output was closed (`siaga tail | head`): not an error, and no BrokenPipeError, of which click makes one."""


class _Output(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


out = _Output()
err = Console(stderr=True)
settings = OpsSettings()

Bootstrap = Annotated[str, typer.Option(help="Kafka brokers, host:port,host:port.", envvar="SIAGA_BOOTSTRAP")]
Data = Annotated[Path, typer.Option(help="The project's data folder.", envvar="SIAGA_DATA")]
By = Annotated[str, typer.Option(help="Nama operator.", envvar="SIAGA_OPERATOR")]


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    with until_nobody_reads():
        return asyncio.run(coroutine)


@contextmanager
def until_nobody_reads() -> Iterator[None]:
    """Raises NobodyReads; what is left in buffers goes nowhere."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise NobodyReads from None
