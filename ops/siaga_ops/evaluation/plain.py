"""Figures as plain values for a JSON writer, with the ratios worked out."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from siaga_ops.evaluation.classes import ClassFigures, Confusion
from siaga_ops.evaluation.pranks import OperatingPoint
from siaga_ops.evaluation.ratios import Share

__all__ = ["plain"]


def plain(value: Any) -> Any:
    """Dataclasses become objects, tuples lists; what a property says of a ratio is said too."""
    match value:
        case Share():
            return {**_fields(value), "value": value.value, "interval_95": value.interval}
        case ClassFigures():
            return {**_fields(value), "precision": value.precision, "recall": value.recall, "f1": value.f1}
        case Confusion():
            return {
                **_fields(value),
                "right": plain(value.right),
                "macro_f1": value.macro_f1,
                "classes": plain(value.classes),
            }
        case OperatingPoint():
            return {**_fields(value), "cost": value.cost}
        case dict():
            return {str(key): plain(part) for key, part in value.items()}
        case tuple() | list():
            return [plain(part) for part in value]
        case _ if is_dataclass(value):
            return _fields(value)
        case _:
            return value


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
