"""Settings of the notifier."""

from __future__ import annotations

from pydantic import Field, SecretStr
from siaga_streams.settings import ServiceSettings

__all__ = ["NotifierSettings"]


class NotifierSettings(ServiceSettings):
    whatsapp_api_url: str = Field(
        default="http://127.0.0.1:8090",
        description="the WhatsApp Cloud API, or the sandbox of `siaga sandbox`",
    )
    whatsapp_api_version: str = Field(
        default="v23.0", pattern=r"^v\d+\.\d+$", description="Graph API version"
    )
    whatsapp_phone_number_id: str = Field(default="112000000000001", description="id of our business number")
    whatsapp_access_token: SecretStr = Field(default=SecretStr("sandbox-token"), description="bearer token")
    whatsapp_app_secret: SecretStr = Field(
        default=SecretStr("sandbox-secret"), description="key of the webhooks' X-Hub-Signature-256"
    )
    whatsapp_verify_token: SecretStr = Field(
        default=SecretStr("sandbox-verify"), description="what the provider says when it verifies the webhook"
    )
    whatsapp_timeout_seconds: float = Field(default=10.0, gt=0, description="time-out of one request")
    sample_prefix: str = Field(
        default="+6284000",
        description="sample contacts begin with this; refused unless the provider is the sandbox",
    )
