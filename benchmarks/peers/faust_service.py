"""A Faust agent: `python benchmarks/peers/faust_service.py BOOTSTRAP INPUT OUTPUT GROUP tutorial|tuned`.

`tutorial` is as Faust's own introduction writes it: a table, and a send that is awaited. `tuned` keeps what was heard
in memory and sends by a producer of its own, with large buffers, rare commits, and logging off.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from typing import Any

import faust
from aiokafka import AIOKafkaProducer
from siaga_events import Codec

from benchmarks.sizes import BATCH_BYTES, PARTITIONS
from benchmarks.throughput.job import answer, classify

__all__: list[str] = []

BOOTSTRAP, SOURCE, TARGET, GROUP, STYLE = sys.argv[1:6]
COMMON: dict[str, Any] = {
    "broker": f"kafka://{BOOTSTRAP}",
    "topic_partitions": PARTITIONS,
    "topic_disable_leader": True,
    "web_enabled": False,
    "store": "memory://",
    "datadir": tempfile.mkdtemp(prefix="faust-"),
    "broker_session_timeout": 10,
    "broker_heartbeat_interval": 2,
    "broker_rebalance_timeout": 15,
    "stream_wait_empty": False,
}
TUNED: dict[str, Any] = {
    "stream_buffer_maxsize": 65536,
    "broker_commit_every": 50_000,
    "broker_commit_interval": 5.0,
    "consumer_max_fetch_size": 8 * 1024 * 1024,
    "logging_config": None,
}
codec = Codec()


def tutorial() -> Any:
    app = faust.App(GROUP, **COMMON)
    source = app.topic(SOURCE, key_serializer="raw", value_serializer="raw")
    target = app.topic(TARGET, key_serializer="raw", value_serializer="raw")
    heard = app.Table(f"{GROUP}-heard", default=bool, partitions=PARTITIONS)

    @app.agent(source)
    async def serve(stream: Any) -> None:
        async for received in stream.events():
            message = received.message
            event = codec.decode(_headers(message), message.value)
            decided = classify(heard[event.subject], event)
            if decided is not None:
                heard[event.subject] = True
                out = answer(codec, event, decided, message.topic, message.partition, message.offset)
                await target.send(key=out.key, value=out.value, headers=out.headers)

    return app


def tuned() -> Any:
    logging.disable(logging.CRITICAL)
    app = faust.App(GROUP, **COMMON, **TUNED)
    source = app.topic(SOURCE, key_serializer="raw", value_serializer="raw")
    heard: set[str] = set()

    @app.agent(source)
    async def serve(stream: Any) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=BOOTSTRAP, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES
        )
        await producer.start()
        async for received in stream.events():
            message = received.message
            event = codec.decode(_headers(message), message.value)
            decided = classify(event.subject in heard, event)
            if decided is not None:
                heard.add(event.subject)
                out = answer(codec, event, decided, message.topic, message.partition, message.offset)
                await producer.send(TARGET, out.value, key=out.key, headers=out.headers)

    return app


def _headers(message: Any) -> list[tuple[str, bytes]]:
    headers = message.headers
    return list(headers.items()) if isinstance(headers, dict) else list(headers)


if __name__ == "__main__":
    print("ready", flush=True)
    faust.Worker((tutorial if STYLE == "tutorial" else tuned)(), loglevel="ERROR").execute_from_commandline()
