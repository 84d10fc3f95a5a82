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
LARGEST_VALUE = 2_700_000
LARGEST_HEADERS = 150_000
LARGEST_KEY = 10_000
LARGEST_NAME = 200
"""Bytes (characters of a header's name). Base64 makes 4/3 of the first three, and together they fit the topic."""


def dead_letter(codec: Codec, service: str, record: Record, why: str, now: datetime) -> tuple[str, OutRecord]:
    """The letter's id (from topic, partition and offset: the same record is one letter) and its record.

    Never fails: what does not fit is cut, and the letter says so; the whole stands at its topic, partition and offset.
    """
    kept = _cut(record)
    if kept != record:
        why = f"{why} (cut from {len(record.value or b'')} bytes and {len(record.headers)} headers)"
    record = kept
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
            why=why[:2000],
        ),
    )
    encoded = codec.encode(event, DEAD_LETTERS)
    return str(letter_id), OutRecord(DEAD_LETTERS.name, encoded.key, encoded.value, encoded.headers)


def _cut(record: Record) -> Record:
    """The record with at most what a letter holds of it."""
    headers: list[tuple[str, bytes]] = []
    size = 0
    for name, value in record.headers:
        size += len(name) + len(value or b"")
        if size > LARGEST_HEADERS:
            break
        headers.append((name[:LARGEST_NAME], value))
    return replace(
        record,
        key=None if record.key is None else record.key[:LARGEST_KEY],
        value=None if record.value is None else record.value[:LARGEST_VALUE],
        headers=tuple(headers),
    )


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else b64encode(raw).decode()
