"""The WhatsApp Cloud API: one template message a request.

Protocol: POST /{version}/{phone_number_id}/messages, bearer token. What is surely not sent may be tried again; what may
have been sent is told apart, so that a repeat can say that it is one.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from siaga_streams.partition import Attempt

from siaga_notifier.domain.delivery import Accepted, Outcome, Request, Unknown, Unsent
from siaga_notifier.domain.reply import button_payload
from siaga_notifier.settings import NotifierSettings

__all__ = ["WhatsApp", "message_body"]

log = structlog.get_logger()

LANGUAGE = "id"
REPEAT_WORD = "ULANGAN "
TRANSIENT_CODES = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 131057, 133004})
"""Meta's error codes after which the same request may succeed: throttling, service unavailable, unknown error."""
LOOPBACK = ("127.0.0.1", "::1", "localhost", "sandbox")


def message_body(request: Request) -> dict[str, Any]:
    """The request's JSON. A repeat says so in its first parameter; our alarm id comes back in every status."""
    first, *rest = request.parameters
    parameters = [f"{REPEAT_WORD}{first}" if request.repeat else first, *rest]
    components: list[dict[str, Any]] = [
        {"type": "body", "parameters": [{"type": "text", "text": p} for p in parameters]}
    ]
    if request.buttons:
        for index, word in enumerate(("TERIMA", "TOLAK")):
            payload = button_payload("TERIMA" if word == "TERIMA" else "TOLAK", request.alarm_id)
            components.append(
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": str(index),
                    "parameters": [{"type": "payload", "payload": payload}],
                }
            )
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": request.to.removeprefix("+"),
        "type": "template",
        "template": {"name": request.template, "language": {"code": LANGUAGE}, "components": components},
        "biz_opaque_callback_data": request.alarm_id
        if request.kind == "alarm"
        else f"{request.alarm_id}/batal",
    }


class WhatsApp:
    """Sends requests; `perform` is what the runtime calls for an effect."""

    def __init__(self, settings: NotifierSettings) -> None:
        self._path = f"/{settings.whatsapp_api_version}/{settings.whatsapp_phone_number_id}/messages"
        self._is_sandbox = urlsplit(settings.whatsapp_api_url).hostname in LOOPBACK
        self._sample_prefix = settings.sample_prefix
        self._client = httpx.AsyncClient(
            base_url=settings.whatsapp_api_url,
            headers={"Authorization": f"Bearer {settings.whatsapp_access_token.get_secret_value()}"},
            timeout=settings.whatsapp_timeout_seconds,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
        )

    async def perform(self, attempt: Attempt) -> Outcome:
        request: Request = attempt.effect.what
        if self._refuses(request):
            return Unsent("nomor contoh tidak dikirim ke penyedia sungguhan", again=False)
        try:
            response = await self._client.post(
                self._path, json=message_body(request), headers={"traceparent": attempt.traceparent}
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Unsent(f"penyedia tidak terhubung: {type(error).__name__}", again=True)
        except httpx.HTTPError as error:
            return Unknown(f"jawaban penyedia hilang: {type(error).__name__}")
        return _outcome(response)

    async def close(self) -> None:
        await self._client.aclose()

    def _refuses(self, request: Request) -> bool:
        """Sample numbers are nobody's: a real provider must never get one."""
        return not self._is_sandbox and (request.sample or request.to.startswith(self._sample_prefix))


def _outcome(response: httpx.Response) -> Outcome:
    try:
        body = response.json()
    except ValueError:
        body = {}
    if response.is_success:
        messages = body.get("messages") if isinstance(body, dict) else None
        if not messages:
            return Unknown(f"penyedia menjawab {response.status_code} tanpa nomor pesan")
        return Accepted(str(messages[0]["id"]))
    error = body.get("error", {}) if isinstance(body, dict) else {}
    code = error.get("code") if isinstance(error, dict) else None
    why = f"penyedia menolak: HTTP {response.status_code}, kode {code}"
    if response.status_code >= 500:
        return Unknown(why)  # it may have been taken before the provider stumbled
    return Unsent(why, again=response.status_code == 429 or code in TRANSIENT_CODES)
