"""The local broker, where it is installed: an image of the command has none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from siaga_ops.errors import OpsError

__all__ = ["local_kafka"]


@contextmanager
def local_kafka() -> Iterator[ModuleType]:
    """`siaga_localkafka`, whose errors become OpsErrors. Raises OpsError where it is left out."""
    try:
        import siaga_localkafka
    except ModuleNotFoundError as error:
        raise OpsError(
            "this installation has no Kafka of its own; say where one runs: --bootstrap HOST:PORT or SIAGA_BOOTSTRAP"
        ) from error
    try:
        yield siaga_localkafka
    except siaga_localkafka.LocalKafkaError as error:
        raise OpsError(str(error)) from error
