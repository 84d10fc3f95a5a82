"""What the provider's answers, and their absence, are taken for; over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pydantic import SecretStr
from siaga_notifier.adapters import WhatsApp
from siaga_notifier.domain.delivery import Accepted, Outcome, Request, Unknown, Unsent
from siaga_notifier.settings import NotifierSettings
from siaga_streams.decider import Effect
from siaga_streams.partition import Attempt

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def request(to: str = "+6284000000001", *, sample: bool = True) -> Request:
    return Request("a1", "alarm", 1, False, to, sample, "siaga_alarm", ("SATU", "4821"), True)


def answering(status: int, body: str, *, close: bool = False) -> Answer:
    async def answer(said: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()
        if close:
            writer.close()

    return answer


async def hanging_up(said: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def silent(said: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@asynccontextmanager
async def provider(answer: Answer) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Its address, and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                (length,) = (
                    int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")
                )
                asked.append(head + await reader.readexactly(length))
                await answer(asked[-1], writer)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


async def performed(url: str, *requests: Request) -> list[Outcome]:
    settings = NotifierSettings(
        whatsapp_api_url=url,
        whatsapp_access_token=SecretStr("token-of-the-test"),
        whatsapp_timeout_seconds=0.5,
    )
    whatsapp = WhatsApp(settings)
    try:
        return [
            await whatsapp.perform(Attempt(Effect(uuid4(), "c1", NOON, False, each), "00-0-0-01"))
            for each in requests
        ]
    finally:
        await whatsapp.close()


async def test_a_taken_message_has_its_id_and_the_request_is_the_providers() -> None:
    async with provider(answering(200, '{"messages": [{"id": "wamid.7"}]}')) as (url, asked):
        assert await performed(url, request(), request()) == [Accepted("wamid.7")] * 2
    head = asked[0].decode()
    assert head.startswith("POST /v")
    assert "/messages HTTP/1.1" in head
    assert "Authorization: Bearer token-of-the-test" in head
    assert "traceparent: 00-0-0-01" in head
    assert '"biz_opaque_callback_data":"a1"' in head


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (answering(200, "{}"), Unknown("penyedia menjawab 200 tanpa nomor pesan")),
        (answering(200, "no json"), Unknown("penyedia menjawab 200 tanpa nomor pesan")),
        (answering(500, ""), Unknown("penyedia menolak: HTTP 500, kode None")),
        (answering(429, "{}"), Unsent("penyedia menolak: HTTP 429, kode None", again=True)),
        (
            answering(400, '{"error": {"code": 131056}}'),
            Unsent("penyedia menolak: HTTP 400, kode 131056", again=True),
        ),
        (
            answering(400, '{"error": {"code": 131026}}'),
            Unsent("penyedia menolak: HTTP 400, kode 131026", again=False),
        ),
        (answering(302, ""), Unsent("penyedia menolak: HTTP 302, kode None", again=False)),
    ],
    ids=["no id", "no json", "stumbled", "throttled", "pair rate", "not on whatsapp", "moved"],
)
async def test_an_answer_says_whether_it_was_sent(answer: Answer, expected: Outcome) -> None:
    async with provider(answer) as (url, _):
        assert await performed(url, request()) == [expected]


@pytest.mark.parametrize("answer", [hanging_up, silent], ids=["hangs up", "silent"])
async def test_without_an_answer_it_may_have_been_sent(answer: Answer) -> None:
    async with provider(answer) as (url, _):
        (outcome,) = await performed(url, request())
    assert isinstance(outcome, Unknown)
    assert outcome.why.startswith("jawaban penyedia hilang")


async def test_without_a_connection_it_was_not_sent() -> None:
    async with provider(silent) as (url, _):
        pass
    (outcome,) = await performed(url, request())
    assert isinstance(outcome, Unsent)
    assert outcome.again


async def test_a_connection_that_the_provider_closed_meanwhile_is_not_used_again() -> None:
    async with provider(answering(200, '{"messages": [{"id": "w"}]}', close=True)) as (url, asked):
        assert await performed(url, request(), request(), request()) == [Accepted("w")] * 3
    assert len(asked) == 3


@pytest.mark.parametrize("each", [request(), request("+6284000999999", sample=False)])
async def test_a_sample_number_never_reaches_a_real_provider(each: Request) -> None:
    (outcome,) = await performed("https://graph.example.invalid", each)
    assert outcome == Unsent("nomor contoh tidak dikirim ke penyedia sungguhan", again=False)
