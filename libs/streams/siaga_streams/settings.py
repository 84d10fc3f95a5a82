"""Settings that every service has. All are read from the environment with the prefix `SIAGA_`."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from siaga_events import DEFAULT_PARTITIONS

__all__ = ["ServiceSettings"]


class ServiceSettings(BaseSettings):
    """What a service needs to run; `python -m siaga_<service> --help` lists it."""

    model_config = SettingsConfigDict(env_prefix="SIAGA_", frozen=True)

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
