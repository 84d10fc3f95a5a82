"""JSON Schema of event types, as a writer must meet it. Personal fields carry `"x-personal": true`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from siaga_events.event import EventData
from siaga_events.personal import personal_fields
from siaga_events.shape import parts_of

__all__ = ["json_schema"]


def json_schema(event_type: type[EventData]) -> dict[str, Any]:
    """The schema of the record's value (JSON Schema 2020-12). Unknown fields are allowed: readers ignore them."""
    schema = event_type.model_json_schema(mode="validation")
    _mark(schema, event_type)
    for part in parts_of(event_type):
        _mark(schema["$defs"][part.__name__], part)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event_type.type_name(),
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _mark(schema: dict[str, Any], model: type[BaseModel]) -> None:
    personal = personal_fields(model)
    for name, field in schema["properties"].items() if "properties" in schema else ():
        field.pop("title", None)
        if name in personal:
            field["x-personal"] = True
