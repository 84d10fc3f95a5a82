"""Settings of intake."""

from __future__ import annotations

from pydantic import Field
from siaga_streams.settings import ServiceSettings

__all__ = ["IntakeSettings"]


class IntakeSettings(ServiceSettings):
    gateway_tokens: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description='who may report over HTTP: JSON of token -> gateway (ce_source), {"secret": "//pbx.example/1"}',
    )
