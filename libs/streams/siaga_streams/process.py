"""A service as a process: settings from the environment, logs, signals, the HTTP door, an exit status."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Protocol, TypeVar, cast

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import ValidationError

from siaga_streams.backend import Unavailable
from siaga_streams.checks import AssignmentError, TopicError
from siaga_streams.collection import collect_seldom
from siaga_streams.logs import configure_logs
from siaga_streams.settings import ServiceSettings

__all__ = ["Program", "run_process"]

C = TypeVar("C", bound=ServiceSettings)


class Program(Protocol):
    """What a process runs: a Service, or something that ends like one."""

    async def run(self) -> None: ...

    def stop(self) -> None: ...

    async def close(self) -> None:
        """Of what was built and never ran."""


log = structlog.get_logger()

LEFT_SECONDS = 1.0
"""For tasks that nobody waits for, after the last word of the program."""
DOOR_SECONDS = 5
"""How long requests in hand may take at the end; they wait for ever for a producer that is closed."""


def run_process(
    name: str, settings: type[C], build: Callable[[C], Awaitable[tuple[Program, FastAPI]]]
) -> int:
    """Run until SIGTERM or SIGINT (exit status 0) or until a part fails (1). Bad settings: 2."""
    _parse_arguments(name, settings)
    try:
        configured = settings()
        configure_logs(name, configured.worker_id, configured.log_level)
    except (ValidationError, ValueError) as error:
        print(f"settings of {name}: {error}", file=sys.stderr)
        return 2
    collect_seldom()
    return uvloop.run(_run_and_leave(configured, build))


def _parse_arguments(name: str, settings: type[ServiceSettings]) -> None:
    lines = [
        f"  SIAGA_{field.upper()}  {info.description or ''} (default: {info.get_default(call_default_factory=True)})"
        for field, info in settings.model_fields.items()
    ]
    parser = argparse.ArgumentParser(
        prog=f"python -m siaga_{name}",
        description=f"The {name} service of Siaga 112. It is configured by environment variables.",
        epilog="environment:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()


async def _run_and_leave(settings: C, build: Callable[[C], Awaitable[tuple[Program, FastAPI]]]) -> int:
    """What the program leaves behind does not hold the process: who runs it waits for its end to start it again."""
    try:
        status = await _run(settings, build)
    except Exception:
        log.exception("ended by an error")
        status = 1
    left = _others()
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=LEFT_SECONDS)
    if stubborn := _others():
        log.warning("leaves tasks behind", tasks=sorted(task.get_name() for task in stubborn))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the interpreter would wait for threads, and the loop for tasks


def _others() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}


class _Server(uvicorn.Server):
    """Leaves signals to the process: the service must end its batches before it goes."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _run(settings: C, build: Callable[[C], Awaitable[tuple[Program, FastAPI]]]) -> int:
    try:
        service, app = await build(settings)
    except (Unavailable, OSError, ValueError) as error:
        log.error("can't start", why=str(error))
        return 1
    try:
        door = _bind(settings.http_host, settings.http_port)
    except OSError as error:
        log.error(
            "can't open the HTTP door", host=settings.http_host, port=settings.http_port, why=str(error)
        )
        await service.close()
        return 1
    host, port = door.getsockname()[:2]
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=DOOR_SECONDS,
        )
    )
    loop = asyncio.get_running_loop()
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    serving = asyncio.create_task(server.serve(sockets=[door]), name="http")

    async def stop_in_order() -> None:
        """The door first: what it has taken is published while there is a producer to do it."""
        await asked_to_stop.wait()
        server.should_exit = True
        await asyncio.wait([serving])
        service.stop()

    stopping = asyncio.create_task(stop_in_order(), name="stop-in-order")
    log.info("started", http=f"http://{host}:{port}")
    try:
        await service.run()
    except (AssignmentError, TopicError, Unavailable) as error:
        log.error("ended", why=str(error), kind=type(error).__name__)
        return 1
    except Exception:
        log.exception("ended by an error")
        return 1
    finally:
        stopping.cancel()
        server.should_exit = True
        await serving
    log.info("stopped")
    return 0


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((host, port))
    return door
