"""Structured logs: one JSON object a line on standard error. Never a caller's words, name or number."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor

__all__ = ["configure_logs"]

PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
JSON = structlog.processors.JSONRenderer(sort_keys=False)


def configure_logs(service: str, worker: str, level: str) -> None:
    """Raises ValueError for a level that does not exist."""
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"log level {level!r}: use DEBUG, INFO, WARNING or ERROR")
    logging.basicConfig(level=max(logging.WARNING, number), handlers=[_libraries()], force=True)
    structlog.configure(
        processors=[*PROCESSORS, JSON],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service, worker=worker)


def _libraries() -> logging.Handler:
    """What libraries say by the standard library's logging (aiokafka, asyncio, uvicorn), from WARNING on, in the same form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *PROCESSORS],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, JSON],
        )
    )
    return handler
