"""Settings of the classifier."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from siaga_streams.settings import ServiceSettings

__all__ = ["ClassifierSettings"]


class ClassifierSettings(ServiceSettings):
    gazetteer: Path = Field(default=Path("data/gazetteer"), description="folder of the gazetteer's files")
