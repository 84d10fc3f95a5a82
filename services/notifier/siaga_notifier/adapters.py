"""The WhatsApp Cloud API: one template message a request.

Protocol: POST /{version}/{phone_number_id}/messages, bearer token. What is surely not sent may be tried again; what may
have been sent is told apart, so that a repeat can say that it is one.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
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
        base = settings.whatsapp_api_url.rstrip("/")
        self._url = f"{base}/{settings.whatsapp_api_version}/{settings.whatsapp_phone_number_id}/messages"
        self._is_sandbox = urlsplit(settings.whatsapp_api_url).hostname in LOOPBACK
        self._sample_prefix = settings.sample_prefix
        self._headers = {
            "Authorization": f"Bearer {settings.whatsapp_access_token.get_secret_value()}",
            "Content-Type": "application/json",
        }
        seconds = settings.whatsapp_timeout_seconds
        self._timeout = aiohttp.ClientTimeout(total=3 * seconds, connect=seconds, sock_read=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def perform(self, attempt: Attempt) -> Outcome:
        request: Request = attempt.effect.what
        if self._refuses(request):
            return Unsent("nomor contoh tidak dikirim ke penyedia sungguhan", again=False)
        try:
            async with self._opened().post(
                self._url,
                data=orjson.dumps(message_body(request)),
                headers={"traceparent": attempt.traceparent},
                allow_redirects=False,
            ) as response:
                return _outcome(response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Unsent(f"penyedia tidak terhubung: {type(error).__name__}", again=True)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Unknown(f"jawaban penyedia hilang: {type(error).__name__}")

    def _opened(self) -> aiohttp.ClientSession:
        """Opened with the first request, in the loop that makes it; proxies are the environment's."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=64)
            self._session = aiohttp.ClientSession(
                connector=connector, headers=self._headers, timeout=self._timeout, trust_env=True
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _refuses(self, request: Request) -> bool:
        """Sample numbers are nobody's: a real provider must never get one."""
        return not self._is_sandbox and (request.sample or request.to.startswith(self._sample_prefix))


def _outcome(status: int, answer: bytes) -> Outcome:
    try:
        body = orjson.loads(answer)
    except ValueError:
        body = {}
    if 200 <= status < 300:
        messages = body.get("messages") if isinstance(body, dict) else None
        if not messages:
            return Unknown(f"penyedia menjawab {status} tanpa nomor pesan")
        return Accepted(str(messages[0]["id"]))
    error = body.get("error", {}) if isinstance(body, dict) else {}
    code = error.get("code") if isinstance(error, dict) else None
    why = f"penyedia menolak: HTTP {status}, kode {code}"
    if status >= 500:
        return Unknown(why)  # it may have been taken before the provider stumbled
    return Unsent(why, again=status == 429 or code in TRANSIENT_CODES)
