"""Quix Streams: `python benchmarks/peers/quix_service.py BOOTSTRAP INPUT OUTPUT GROUP [state]`.

With `state`, what was heard is in its state store (RocksDB, with a changelog topic); without, in memory.
"""

from __future__ import annotations

import sys
import tempfile
from typing import Any

from quixstreams import Application  # type: ignore[import-not-found]
from siaga_events import Codec, Encoded

from benchmarks.throughput.job import answer, classify

__all__: list[str] = []


def main() -> None:
    bootstrap, source, target, group, *kept = sys.argv[1:]
    app = Application(
        broker_address=bootstrap,
        consumer_group=group,
        auto_offset_reset="earliest",
        state_dir=tempfile.mkdtemp(prefix="quix-"),
        loglevel="WARNING",
    )
    codec = Codec()
    heard: set[str] = set()

    def in_memory(value: bytes, key: Any, timestamp: int, headers: Any) -> Encoded | None:
        event = codec.decode(headers, value)
        decided = classify(event.subject in heard, event)
        if decided is None:
            return None
        heard.add(event.subject)
        return answer(codec, event, decided, source, 0, 0)

    def in_store(value: bytes, key: Any, timestamp: int, headers: Any, state: Any) -> Encoded | None:
        event = codec.decode(headers, value)
        decided = classify(state.get("heard", default=False), event)
        if decided is None:
            return None
        state.set("heard", True)
        return answer(codec, event, decided, source, 0, 0)

    stream = app.dataframe(app.topic(source, key_deserializer="bytes", value_deserializer="bytes"))
    stream = stream.apply(in_store if kept else in_memory, stateful=bool(kept), metadata=True)
    stream = stream.filter(lambda encoded: encoded is not None)
    stream = stream.set_headers(lambda encoded, key, timestamp, headers: encoded.headers)
    stream = stream.apply(lambda encoded: encoded.value)
    stream.to_topic(app.topic(target, key_serializer="bytes", value_serializer="bytes"))
    print("ready", flush=True)
    app.run()


if __name__ == "__main__":
    main()
