"""Dead letters: a record that no machine could handle is kept whole, with the reason."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import datetime

from siaga_events import Codec, Event, topic
from siaga_events.ids import derived_id
from siaga_events.types import DeadLettered

from siaga_streams.backend import OutRecord, Record

__all__ = ["DEAD_LETTERS", "dead_letter"]

DEAD_LETTERS = topic("dead-letters")
LARGEST_VALUE = 3_000_000
"""Bytes; base64 makes 4/3 of them, which fits the topic."""


def dead_letter(codec: Codec, service: str, record: Record, why: str, now: datetime) -> tuple[str, OutRecord]:
    """The letter's id (from topic, partition and offset: the same record is one letter) and its record.

    A value that does not fit is cut, and the letter says so: the whole stands at its topic, partition and offset.
    """
    if record.value is not None and len(record.value) > LARGEST_VALUE:
        why = f"{why} (cut from {len(record.value)} bytes)"
        record = replace(record, value=record.value[:LARGEST_VALUE])
    letter_id = derived_id("dead-letter", record.topic, record.partition, record.offset)
    event = Event(
        id=letter_id,
        source=service,
        subject=str(letter_id),
        time=now,
        data=DeadLettered(
            service=service,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp_ms=record.timestamp_ms,
            key=_base64(record.key),
            value=_base64(record.value),
            headers=tuple((name, _base64(value) or "") for name, value in record.headers),
            why=why,
        ),
    )
    encoded = codec.encode(event, DEAD_LETTERS)
    return str(letter_id), OutRecord(DEAD_LETTERS.name, encoded.key, encoded.value, encoded.headers)


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else b64encode(raw).decode()
