"""CloudEvents 1.0 over Kafka in binary mode: attributes in headers, JSON data in the value, key = subject.

Source: CloudEvents Kafka Protocol Binding 1.0, section 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import orjson
from pydantic import ValidationError

from siaga_events.event import CausePosition, Event, EventData
from siaga_events.ids import derived_id
from siaga_events.registry import TypeRegistry, registry
from siaga_events.topics import Topic
from siaga_events.types.values import moment

__all__ = [
    "Codec",
    "DecodeError",
    "Encoded",
    "Headers",
    "TooLarge",
    "UnknownType",
    "UnknownVersion",
    "header",
    "reasons",
]

Headers: TypeAlias = Sequence[tuple[str, bytes]]
CONTENT_TYPE = b"application/json"


class DecodeError(Exception):
    """A record that is no event of ours. The text says what is wrong with it, without personal data."""


class UnknownType(DecodeError):
    """No release knows this type."""


class UnknownVersion(DecodeError):
    """The type is known, this version of it is not: a newer release wrote it."""


class TooLarge(Exception):
    """The event does not fit its topic's size limit."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A record as Kafka takes it."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Codec:
    """Turns events into records and back. Safe to share: it holds nothing but the registry."""

    def __init__(self, types: TypeRegistry | None = None) -> None:
        self._registry = types or registry()
        self._stems = {name.rpartition(".v")[0] for name in self._registry.known_names()}

    def encode(self, event: Event[EventData], topic: Topic | None = None) -> Encoded:
        """Raises TooLarge if the data exceeds the topic's limit."""
        if event.time.tzinfo is None:
            raise ValueError(f"{event.type}: its time must carry an offset")
        value = event.data.__pydantic_serializer__.to_json(event.data)
        if topic is not None and len(value) > topic.max_bytes:
            raise TooLarge(f"{event.type} of {len(value)} bytes; {topic.name} takes {topic.max_bytes}")
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(event.id).encode()),
            ("ce_source", event.source.encode()),
            ("ce_type", event.type.encode()),
            ("ce_subject", event.subject.encode()),
            ("ce_time", event.time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
            ("content-type", CONTENT_TYPE),
        ]
        if event.causation_id is not None:
            headers.append(("ce_causationid", str(event.causation_id).encode()))
        if event.correlation_id is not None:
            headers.append(("ce_correlationid", event.correlation_id.encode()))
        if event.traceparent is not None:
            headers.append(("ce_traceparent", event.traceparent.encode()))
        if event.cause is not None:
            headers.append(("ce_causetopic", event.cause.topic.encode()))
            headers.append(("ce_causepartition", b"%d" % event.cause.partition))
            headers.append(("ce_causeoffset", b"%d" % event.cause.offset))
        return Encoded(event.subject.encode(), value, headers)

    def decode(self, headers: Headers, value: bytes | None) -> Event[EventData]:
        """Raises DecodeError (UnknownType, UnknownVersion) with the reason."""
        attributes = _attributes(headers)
        data = self._decode_data(attributes["ce_type"], value)
        try:
            return Event(
                id=_uuid(attributes["ce_id"], attributes["ce_source"]),
                source=attributes["ce_source"],
                subject=attributes.get("ce_subject", ""),
                time=_time(attributes.get("ce_time")),
                data=data,
                causation_id=_uuid(attributes["ce_causationid"], attributes["ce_source"])
                if "ce_causationid" in attributes
                else None,
                correlation_id=attributes.get("ce_correlationid"),
                traceparent=attributes.get("ce_traceparent"),
                cause=_cause(attributes),
            )
        except ValueError as error:
            raise DecodeError(f"attribute: {error}") from None

    def _decode_data(self, type_name: str, value: bytes | None) -> EventData:
        if value is None:
            raise DecodeError("value: empty (a tombstone)")
        cls = self._registry.types.get(type_name)
        try:
            if cls is not None:
                return cls.__pydantic_validator__.validate_json(value)  # type: ignore[no-any-return]
            if type_name in self._registry.upcasters:
                return self._upcast(type_name, value)
        except ValidationError as error:
            raise DecodeError("; ".join(reasons(error))) from None
        except orjson.JSONDecodeError as error:
            raise DecodeError(f"value: not JSON: {error}") from None
        stem = type_name.rpartition(".v")[0]
        if stem in self._stems:
            raise UnknownVersion(f"ce_type: {type_name[:200]!r} is a version that this release can't read")
        raise UnknownType(f"ce_type: {type_name[:200]!r} is not a type of this system")

    def _upcast(self, type_name: str, value: bytes) -> EventData:
        data = orjson.loads(value)
        if not isinstance(data, dict):
            raise DecodeError("value: Input should be an object")
        while type_name not in self._registry.types:
            try:
                data = self._registry.upcasters[type_name](data)
            except (KeyError, TypeError, ValueError) as error:
                raise DecodeError(
                    f"value: no valid {type_name} ({type(error).__name__} in its upcaster)"
                ) from None
            stem, _, version = type_name.rpartition(".v")
            type_name = f"{stem}.v{int(version) + 1}"
        return self._registry.types[type_name].model_validate(data)


def reasons(error: ValidationError) -> list[str]:
    """`field: what is wrong with it`, without the offending value (it may be personal)."""
    return [
        f"{'.'.join(str(part) for part in e['loc']) or 'value'}: {e['msg']}"
        for e in error.errors(include_input=False, include_url=False, include_context=False)
    ]


LONGEST = 500
REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type")


def _attributes(headers: Headers) -> dict[str, str]:
    """The headers as text, by lower-case name; every record passes here, so what is well-formed takes one pass."""
    try:
        attributes = {name.lower(): str(value, "utf-8") for name, value in headers if value is not None}
    except UnicodeDecodeError:
        raise DecodeError("headers: not UTF-8") from None
    get = attributes.get
    identity, source, kind = get("ce_id"), get("ce_source"), get("ce_type")
    if not (identity and source and kind and get("ce_specversion")):
        missing = [name for name in REQUIRED if not get(name)]
        if get("content-type", "").startswith("application/cloudevents"):
            raise DecodeError("headers: structured mode is not read; send binary mode (ce_ headers)")
        raise DecodeError(f"headers: {', '.join(missing)} missing (CloudEvents 1.0, binary mode)")
    if max(len(identity), len(source), len(kind), len(get("ce_subject", ""))) > LONGEST:
        long = [n for n in ("ce_id", "ce_source", "ce_type", "ce_subject") if len(get(n, "")) > LONGEST]
        raise DecodeError(f"headers: {', '.join(long)} longer than {LONGEST} characters")
    if attributes["ce_specversion"] != "1.0":
        raise DecodeError("ce_specversion: must be 1.0")
    content_type = get("content-type", "application/json")
    if content_type != "application/json" and not _is_json(content_type):
        raise DecodeError("content-type: must be application/json")
    return attributes


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


_CANONICAL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII).fullmatch


def _uuid(text: str, source: str) -> UUID:
    """A foreign id that is no UUID gets one of its own, always the same.

    CloudEvents promises only that source and id together are unique.
    """
    if _CANONICAL(text):
        return UUID(int=int(text.replace("-", ""), 16))
    try:
        return UUID(text)
    except ValueError:
        return derived_id("foreign", source, text)


def _time(text: str | None) -> datetime:
    if text is None:
        raise ValueError("ce_time: missing")
    try:
        return moment(text)
    except ValueError as error:
        raise ValueError(f"ce_time: {error}") from None


def _cause(attributes: dict[str, str]) -> CausePosition | None:
    if "ce_causetopic" not in attributes:
        return None
    try:
        partition, offset = int(attributes["ce_causepartition"]), int(attributes["ce_causeoffset"])
    except (KeyError, ValueError):
        raise ValueError("ce_causepartition, ce_causeoffset: must be whole numbers") from None
    return CausePosition(attributes["ce_causetopic"], partition, offset)


def header(headers: Iterable[tuple[str, bytes]], name: str) -> str | None:
    """One header's text, for a record that may not be decodable."""
    return next((v.decode(errors="replace") for n, v in headers if n == name and v is not None), None)
