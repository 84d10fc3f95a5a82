"""Reading an input: the event itself, or one that an operator feeds again through the topic `retries`."""

from __future__ import annotations

from base64 import b64decode

from siaga_events import CausePosition, Codec, DecodeError
from siaga_events.types import CauseRetried

from siaga_streams.backend import Record
from siaga_streams.decider import Input

__all__ = ["RETRIES", "read_input"]

RETRIES = "retries"


def read_input(codec: Codec, service: str, record: Record) -> Input | None:
    """The cause in a record, None if it is a retry for another service. Raises DecodeError.

    A retried event has the retry's id, so that it is not taken for the one that failed.
    """
    event = codec.decode(record.headers, record.value)
    position = CausePosition(record.topic, record.partition, record.offset)
    if not isinstance(event.data, CauseRetried):
        return Input(event, position)
    if event.data.service != service:
        return None
    try:
        headers = [(name, b64decode(value, validate=True)) for name, value in event.data.headers]
        value = b64decode(event.data.value, validate=True)
    except ValueError as error:
        raise DecodeError(f"not base64: {error}") from None
    original = codec.decode(headers, value)
    return Input(original.with_id(event.id, causation=original.id), position)
