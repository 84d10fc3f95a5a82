"""Bare aiokafka in one loop: `python -m benchmarks.throughput.bare BOOTSTRAP INPUT OUTPUT GROUP`.

At least once: offsets are committed when the broker has the answers. Its state is in memory and gone with it.
"""

from __future__ import annotations

import asyncio
import signal
import sys

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from siaga_events import Codec

from benchmarks.sizes import BATCH_BYTES
from benchmarks.throughput.job import answer, classify

__all__: list[str] = []

COMMIT_SECONDS = 1.0


async def serve(bootstrap: str, source: str, target: str, group: str) -> None:
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES
    )
    await consumer.start()
    await producer.start()
    codec, heard = Codec(), set[str]()
    loop = asyncio.get_running_loop()
    committed_at = loop.time()
    print("ready", flush=True)
    while True:
        for records in (await consumer.getmany(timeout_ms=1000, max_records=5000)).values():
            sent = []
            for r in records:
                event = codec.decode(r.headers, r.value)
                decided = classify(event.subject in heard, event)
                if decided is None:
                    continue
                heard.add(event.subject)
                out = answer(codec, event, decided, r.topic, r.partition, r.offset)
                sent.append(await producer.send(target, out.value, key=out.key, headers=out.headers))
            await asyncio.gather(*sent)
        if loop.time() - committed_at > COMMIT_SECONDS:
            await consumer.commit()
            committed_at = loop.time()


async def main() -> None:
    bootstrap, source, target, group = sys.argv[1:]
    serving = asyncio.create_task(serve(bootstrap, source, target, group))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    await serving


if __name__ == "__main__":
    try:
        uvloop.run(main())
    except asyncio.CancelledError:
        sys.exit(0)
