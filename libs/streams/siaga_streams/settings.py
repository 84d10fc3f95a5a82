"""Settings that every service has, from the environment with the prefix `SIAGA_`, or from files as containers get secrets."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from siaga_events import DEFAULT_PARTITIONS

__all__ = ["SECRETS", "ServiceSettings"]

SECRETS = Path("/run/secrets")


class ServiceSettings(BaseSettings):
    """What a service needs to run; `python -m siaga_<service> --help` lists it.

    The environment goes before the files of SECRETS (`/run/secrets/siaga_whatsapp_access_token`); a variable that is set but
    empty counts as not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="SIAGA_",
        frozen=True,
        env_ignore_empty=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    bootstrap: str = Field(default="127.0.0.1:9092", description="Kafka brokers, host:port,host:port")
    partitions: int = Field(
        default=DEFAULT_PARTITIONS, ge=1, description="partitions of every topic keyed by call"
    )
    worker_id: str = Field(
        default="1", description="name of this worker, different for each worker of a service"
    )
    http_host: str = Field(
        default="127.0.0.1", description="address of the HTTP door (health, metrics, state)"
    )
    http_port: int = Field(default=0, ge=0, le=65535, description="port of the HTTP door; 0 takes a free one")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
