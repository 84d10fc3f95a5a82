"""Settings of the router."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from siaga_streams.settings import ServiceSettings

__all__ = ["RouterSettings"]


class RouterSettings(ServiceSettings):
    plan: Path = Field(default=Path("data/plan/response-plan.json"), description="the response plan")
    deadlines: Path = Field(default=Path("data/plan/deadlines.json"), description="the deadlines")
    deadline_scale: float = Field(default=1.0, gt=0, description="shortens all deadlines, for demonstrations")
