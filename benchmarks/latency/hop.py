"""One bare hop, a process of its own: what is consumed from one topic is produced to the next, and no more.

`python -m benchmarks.latency.hop BOOTSTRAP FROM TO [URL]`; with a URL, a request goes out for each record that the
broker has acknowledged, as the notifier sends an alarm.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import httpx
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.latency.request import AUTHORIZATION, REQUEST

__all__: list[str] = []


async def hop(bootstrap: str, source: str, target: str, url: str | None) -> None:
    consumer = AIOKafkaConsumer(
        source, bootstrap_servers=bootstrap, group_id=f"bare-{source}", auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
    await consumer.start()
    await producer.start()
    async with httpx.AsyncClient(headers=AUTHORIZATION, limits=httpx.Limits(max_connections=64)) as http:
        sending: set[asyncio.Task[None]] = set()
        print("ready", flush=True)
        while True:
            for records in (await consumer.getmany(timeout_ms=5000)).values():
                sent = [
                    await producer.send(target, r.value, key=r.key, headers=list(r.headers)) for r in records
                ]
                await asyncio.gather(*sent)
                if url is not None:
                    for record in records:
                        task = asyncio.create_task(_request(http, url, record))
                        sending.add(task)
                        task.add_done_callback(sending.discard)


async def _request(http: httpx.AsyncClient, url: str, record: Any) -> None:
    headers = {"traceparent": dict(record.headers)["ce_traceparent"].decode()}
    (await http.post(url, json=REQUEST, headers=headers)).raise_for_status()


async def main() -> None:
    bootstrap, source, target, *url = sys.argv[1:]
    hopping = asyncio.create_task(hop(bootstrap, source, target, url[0] if url else None))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, hopping.cancel)
    await asyncio.gather(hopping, return_exceptions=False)


if __name__ == "__main__":
    try:
        uvloop.run(main())
    except asyncio.CancelledError:
        sys.exit(0)
