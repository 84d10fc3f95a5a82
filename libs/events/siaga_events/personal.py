"""`Personal[...]` marks a field that tells who somebody is or how their health is.

The mark changes nothing in the JSON. It is there so that sealing, redaction and the check that logs hold
no personal data have one place to ask: `personal_fields`.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["Personal", "personal_fields"]

T = TypeVar("T")


class _PersonalMark:
    def __repr__(self) -> str:
        return "Personal"


PERSONAL = _PersonalMark()
Personal: TypeAlias = Annotated[T, PERSONAL]


def personal_fields(model: type[BaseModel]) -> frozenset[str]:
    """Dotted paths of the personal fields of `model`, models inside it included (`report.caller`)."""
    return frozenset(_paths(model, ()))


def _paths(model: type[BaseModel], inside: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name, field in model.model_fields.items():
        path = (*inside, name)
        if _is_personal(field):
            found.append(".".join(path))
        for part in _models_in(field.annotation):
            found.extend(_paths(part, path))
    return found


def _is_personal(field: FieldInfo) -> bool:
    return PERSONAL in field.metadata or _mentions_mark(field.annotation)


def _mentions_mark(annotation: Any) -> bool:
    if PERSONAL in getattr(annotation, "__metadata__", ()):
        return True
    return any(_mentions_mark(a) for a in getattr(annotation, "__args__", ()))


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for a in getattr(annotation, "__args__", ()) for m in _models_in(a)]
