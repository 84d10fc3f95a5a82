"""Drafts of golden files, filled with what fields of the same name hold in others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from siaga_events.codec import Codec
from siaga_events.event import CausePosition, Event, EventData
from siaga_events.golden.files import Golden
from siaga_events.ids import derived_id
from siaga_events.registry import TYPES_BY_TOPIC
from siaga_events.shape import parts_in, topics_of
from siaga_events.topics import CATALOGUE, TopicKind

__all__ = ["draft"]

BY_TYPE = ("text", "2021-06-01T02:14:07Z", 1, 0.5, "+6200001120001", ["text"], [["text", "text"]])
"""What a draft holds where no golden has a field of that name."""


def draft(event_type: type[EventData], path: Path, known: list[Golden]) -> Golden:
    """A new golden file, with values from fields of the same name (those of the same type first).

    Its author looks them over. ValidationError: a field that no such value fits.
    """
    same = [golden for golden in known if golden.type_name == event_type.type_name()]
    filled = _filled(event_type, _values_by_field([*same, *known]))
    data = event_type.model_validate_json(orjson.dumps(filled))
    event = Codec().decode(*same[0].record(filled)) if same else _around(data, known)
    return Golden.of(path, Codec().encode(event))


def _around(data: EventData, known: list[Golden]) -> Event[EventData]:
    """An event of `data` in the story that the golden files tell."""
    home = topics_of(type(data), TYPES_BY_TOPIC, CATALOGUE)[0]
    call = next((g.headers["ce_correlationid"] for g in known if "ce_correlationid" in g.headers), "call")
    name = type(data).__name__
    return Event(
        id=derived_id("golden", name),
        source=home.owner,
        subject=call,
        time=datetime(2021, 6, 1, 2, 14, 39, 412000, UTC),
        data=data,
        causation_id=derived_id("golden", "cause of", name),
        correlation_id=call,
        traceparent="00-5f0a3c1e9b7d4826a1c4e8f20b6d9357-9c2e41d07ab35f68-01",
        cause=CausePosition("calls", 7, 1299) if home.kind is TopicKind.LOG else None,
    )


def _filled(model: type[BaseModel], values: dict[str, list[Any]]) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        annotation: Any = field.annotation
        inner = [_filled(part, values) for part in parts_in(annotation)]
        choices = _choices(annotation)
        candidates = [*values.get(name, ()), *inner, *choices, *BY_TYPE]
        candidates += [[c] for c in (*inner, *choices)] + [
            {str(c): v} for c in (*choices, "text") for v in BY_TYPE
        ]
        fits: TypeAdapter[Any] = TypeAdapter(Annotated[(annotation, *field.metadata, None)])
        filled[name] = next((c for c in candidates if _valid(fits, c)), None)
    return filled


def _choices(annotation: Any) -> list[Any]:
    """The values of the Literals that an annotation mentions."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [choice for argument in get_args(annotation) for choice in _choices(argument)]


def _valid(adapter: TypeAdapter[Any], candidate: Any) -> bool:
    try:
        adapter.validate_json(orjson.dumps(candidate))
    except ValidationError:
        return False
    return True


def _values_by_field(known: list[Golden]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                values.setdefault(name, []).append(inner)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    for golden in known:
        walk(golden.value)
    return values
