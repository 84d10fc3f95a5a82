"""Plan and deadlines from their files."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from siaga_events.codec import reasons

from siaga_router.domain.deadlines import Deadlines
from siaga_router.domain.plan import ResponsePlan

__all__ = ["load_deadlines", "load_plan"]


def load_plan(path: Path) -> ResponsePlan:
    """Raises ValueError, which names file and field, or OSError."""
    try:
        return ResponsePlan.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path}: {'; '.join(reasons(error))}") from None


def load_deadlines(path: Path, scale: float = 1.0) -> Deadlines:
    """Raises ValueError, which names file and field, or OSError."""
    try:
        return Deadlines.model_validate_json(path.read_bytes()).model_copy(update={"scale": scale})
    except ValidationError as error:
        raise ValueError(f"{path}: {'; '.join(reasons(error))}") from None
