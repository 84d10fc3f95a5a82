"""What the golden files lack, seen from the registry."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from siaga_events.codec import Codec, DecodeError
from siaga_events.golden.files import Golden
from siaga_events.registry import registry
from siaga_events.shape import parts_in

__all__ = ["gaps"]


def gaps(known: list[Golden]) -> dict[str, list[str]]:
    """Class name -> what its golden files lack: a file, a field that is filled in, or their readability."""
    found: dict[str, list[str]] = {}
    for name, event_type in registry().types.items():
        mine = [golden for golden in known if golden.type_name == name]
        lacking = [] if mine else ["a file"]
        lacking += [f"{g.path.name} can't be read: {why}" for g in mine if (why := _unreadable(g))]
        if lacking := lacking or _unfilled(event_type, [golden.value for golden in mine]):
            found[event_type.__name__] = lacking
    return found


def _unreadable(golden: Golden) -> str:
    try:
        Codec().decode(*golden.record())
    except DecodeError as error:
        return str(error)
    return ""


def _unfilled(model: type[BaseModel], values: list[dict[str, Any]]) -> list[str]:
    """Fields that are null, empty or absent in all of `values`, at any depth."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        given = [v[name] for v in values if v.get(name) not in (None, "", [], {})]
        if not given:
            found.append(name)
            continue
        flat = [item for g in given for item in (g if isinstance(g, list) else [g])]
        for part in parts_in(field.annotation):
            found += [f"{name}.{gap}" for gap in _unfilled(part, [f for f in flat if isinstance(f, dict)])]
    return found
