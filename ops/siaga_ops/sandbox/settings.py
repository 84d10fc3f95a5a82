"""Settings of the sandbox, from the environment with the prefix `SIAGA_SANDBOX_`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["SandboxSettings"]


class SandboxSettings(BaseSettings):
    """A stand-in for the far end of the WhatsApp Cloud API. Each option is also read from the environment: SIAGA_SANDBOX_PORT.

    The defaults fit the notifier's own defaults; its tokens here are no secrets.
    """

    model_config = SettingsConfigDict(
        env_prefix="SIAGA_SANDBOX_",
        frozen=True,
        extra="ignore",
        cli_kebab_case=True,
    )

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8090, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    access_token: SecretStr = Field(
        default=SecretStr("sandbox-token"), description="bearer token a sender must show"
    )
    app_secret: SecretStr = Field(
        default=SecretStr("sandbox-secret"), description="key of the webhooks' X-Hub-Signature-256"
    )
    verify_token: SecretStr = Field(
        default=SecretStr("sandbox-verify"), description="hub.verify_token of the webhook's handshake"
    )
    phone_number_id: str = Field(
        default="112000000000001", pattern=r"^\d+$", description="id of the business number"
    )
    business_account_id: str = Field(
        default="112000000000000", pattern=r"^\d+$", description="entry.id in the webhooks"
    )
    business_number: str = Field(
        default="628400000112", pattern=r"^\d+$", description="the business number as shown, digits alone"
    )
    business_name: str = Field(default="Siaga 112", description="the business as the phones show it")
    callback_url: str = Field(
        default="", description="where the webhooks go; empty: nowhere, statuses change on the page alone"
    )
    templates: Path = Field(
        default=Path("data/templates/whatsapp.json"),
        description="the approved templates, a JSON list in Meta's format",
    )
    posts: Path = Field(
        default=Path("data/posts"),
        description="folder of the posts' files, for the names on the page; without it numbers alone",
    )
    sent_delay_seconds: float = Field(
        default=0.05, ge=0, description="from the request to status sent (or failed)"
    )
    delivered_delay_seconds: float = Field(
        default=0.4, ge=0, description="from the request to status delivered"
    )
    read_delay_seconds: float = Field(
        default=0.2, ge=0, description="from opening a phone's page to status read"
    )
    window_hours: float = Field(
        default=24, gt=0, description="the customer service window after a phone's last message"
    )
    fail_numbers: frozenset[str] = Field(
        default=frozenset(), description="JSON list of numbers that are not on WhatsApp (error 131026)"
    )
    webhook_timeout_seconds: float = Field(default=10.0, gt=0, description="time-out of one webhook request")
    webhook_retry_first_seconds: float = Field(
        default=0.5, gt=0, description="first wait before a webhook is repeated"
    )
    webhook_retry_max_seconds: float = Field(
        default=15.0, gt=0, description="the waits double up to this; Meta's grow to hours"
    )
    webhook_queue_max: int = Field(
        default=20_000, ge=1, description="webhooks that may wait; further ones are dropped and counted"
    )
    webhook_connections: int = Field(default=8, ge=1, description="webhook requests at a time")
    duplicate_every: int = Field(
        default=0, ge=0, description="send every n-th webhook twice, as Meta may; 0: never"
    )
    keep_messages: int = Field(default=20_000, ge=1, description="messages kept; older ones are forgotten")
