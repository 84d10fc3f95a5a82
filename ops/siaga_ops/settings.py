"""Settings of the command line, from the environment with the prefix `SIAGA_`; options go before them."""

from __future__ import annotations

import getpass
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from siaga_events import DEFAULT_PARTITIONS

__all__ = ["OpsSettings"]


class OpsSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SIAGA_", frozen=True, extra="ignore")

    bootstrap: str = "127.0.0.1:9092"
    partitions: int = Field(default=DEFAULT_PARTITIONS, ge=1)
    operator: str = Field(default_factory=getpass.getuser)
    data: Path = Path("data")
    kafka_dir: Path = Path(".siaga/kafka")
