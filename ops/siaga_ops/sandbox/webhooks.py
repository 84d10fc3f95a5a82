"""The webhooks' way to the callback: handshake, signature, order, repeats.

Meta verifies a callback with a GET before it sends anything, and repeats what is not answered with 200. Here the webhooks of
one phone keep their order, each waiting for the one before; Meta promises none. A receiver must take a webhook twice.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from siaga_ops.sandbox.protocol.payloads import encoded, signature
from siaga_ops.sandbox.settings import SandboxSettings

__all__ = ["Handshake", "Webhooks"]

log = logging.getLogger("siaga.sandbox")

HANDSHAKE_WAIT_MAX_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Handshake:
    """`off`: no callback is set. `waiting`: nobody answers yet. `failed`: an answer, but the wrong one."""

    state: Literal["off", "waiting", "verified", "failed"]
    detail: str = ""


class Webhooks:
    """Counts: `delivered` were answered with 200, `repeated` attempts were not, `dropped` found the queue full."""

    def __init__(self, settings: SandboxSettings, client: httpx.AsyncClient) -> None:
        """Raises ValueError if the callback is no http(s) URL."""
        self._settings = settings
        self._client = client
        self._url = httpx.URL(settings.callback_url) if settings.callback_url else None
        if self._url is not None and (self._url.scheme not in ("http", "https") or not self._url.host):
            raise ValueError(f"callback_url is no http(s) URL: {settings.callback_url}")
        self.handshake = Handshake("off" if self._url is None else "waiting")
        self.waiting = self.delivered = self.repeated = self.dropped = 0
        self._verified = asyncio.Event()
        self._queues: dict[str, deque[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = asyncio.Semaphore(settings.webhook_connections)

    def start(self) -> None:
        if self._url is not None:
            self._spawn(self._shake_hands(self._url))

    async def close(self) -> None:
        """What still waits is lost, as the sandbox forgets everything at its end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def put(self, number: str, payload: dict[str, object]) -> None:
        """Sends it after all earlier webhooks of that phone, once the callback is verified."""
        if self._url is None:
            return
        if self.waiting >= self._settings.webhook_queue_max:
            self.dropped += 1
            if self.dropped == 1:
                log.error("the webhook queue is full (%d): webhooks are dropped", self.waiting)
            return
        self.waiting += 1
        queue = self._queues.get(number)
        if queue is not None:
            queue.append(encoded(payload))
            return
        self._queues[number] = queue = deque([encoded(payload)])
        self._spawn(self._drain(number, queue, self._url))

    async def _drain(self, number: str, queue: deque[bytes], url: httpx.URL) -> None:
        await self._verified.wait()
        while queue:
            await self._deliver(queue[0], url)
            queue.popleft()
            self.waiting -= 1
        del self._queues[number]

    async def _deliver(self, body: bytes, url: httpx.URL) -> None:
        wait = self._settings.webhook_retry_first_seconds
        while not await self._post(body, url):
            self.repeated += 1
            await asyncio.sleep(wait)
            wait = min(2 * wait, self._settings.webhook_retry_max_seconds)
        self.delivered += 1
        every = self._settings.duplicate_every
        if every and self.delivered % every == 0:
            await self._post(body, url)

    async def _post(self, body: bytes, url: httpx.URL) -> bool:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(body, self._settings.app_secret.get_secret_value()),
        }
        async with self._connections:
            try:
                response = await self._client.post(url, content=body, headers=headers)
            except httpx.HTTPError as error:
                log.debug("webhook: %s", type(error).__name__)
                return False
        return response.status_code == 200

    async def _shake_hands(self, url: httpx.URL) -> None:
        wait = 0.2
        while (outcome := await self._handshake(url)).state != "verified":
            if outcome != self.handshake:
                log.warning("webhook handshake with %s: %s, %s", url, outcome.state, outcome.detail)
            self.handshake = outcome
            await asyncio.sleep(wait)
            wait = min(2 * wait, HANDSHAKE_WAIT_MAX_SECONDS)
        log.info("webhook handshake with %s: verified", url)
        self.handshake = outcome
        self._verified.set()

    async def _handshake(self, url: httpx.URL) -> Handshake:
        challenge = str(secrets.randbelow(9_000_000_000) + 1_000_000_000)
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": self._settings.verify_token.get_secret_value(),
        }
        try:
            response = await self._client.get(url.copy_merge_params(query))
        except httpx.HTTPError as error:
            return Handshake("waiting", f"no answer ({type(error).__name__})")
        if response.status_code != 200:
            return Handshake(
                "failed", f"HTTP {response.status_code}; is the verify token the same on both sides?"
            )
        if response.text != challenge:
            return Handshake("failed", "the answer is not the challenge")
        return Handshake("verified")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the webhooks of a phone have stopped", exc_info=error)
