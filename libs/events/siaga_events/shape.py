"""How an event type is built: its parts, and the type of a field in words. For docs, schemas and drafts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from siaga_events.event import EventData
from siaga_events.topics import Topic

__all__ = ["parts_in", "parts_of", "spelled", "topics_of"]

NAMES: dict[Any, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    datetime: "time",
    AwareDatetime: "time",
    NoneType: "null",
}


def parts_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation mentions itself, in order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for argument in get_args(annotation) for part in parts_in(argument)]


def parts_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """All models inside `model`, at any depth, each once, outer ones first."""
    found: list[type[BaseModel]] = []
    for field in model.model_fields.values():
        for part in parts_in(field.annotation):
            found += [p for p in (part, *parts_of(part)) if p not in found]
    return found


def spelled(annotation: Any) -> str:
    """A field's type for readers: `text or null`, `list of Slot`, `"fire" or "medical"`. TypeError if unknown."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in NAMES:
        return NAMES[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.__name__
    if origin is Annotated:
        return spelled(arguments[0])
    if origin is Literal:
        return " or ".join(f'"{a}"' if isinstance(a, str) else str(a) for a in arguments)
    if origin in (Union, UnionType):
        return " or ".join(spelled(a) for a in arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"list of {spelled(arguments[0])}"
    if origin is tuple:
        return f"[{', '.join(spelled(a) for a in arguments)}]"
    if origin is dict:
        return f"{spelled(arguments[1])} for each of {spelled(arguments[0])}"
    raise TypeError(f"no words for the type {annotation!r}: add them in siaga_events.shape")


def topics_of(
    event_type: type[EventData],
    types_by_topic: Mapping[str, tuple[type[EventData], ...]],
    catalogue: Mapping[str, Topic],
) -> list[Topic]:
    """Where an event type may stand."""
    return [catalogue[name] for name, types in types_by_topic.items() if event_type in types]
