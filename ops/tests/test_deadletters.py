"""`siaga deadletters list`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import DeadLettered, DeadLetterResolved
from siaga_ops.cli import deadletters
from siaga_ops.client import Client
from siaga_ops.testing import memory_client
from typer.testing import CliRunner

LETTER = DeadLettered(
    service="intake", topic="gateway.calls", partition=0, offset=7, timestamp_ms=0, key=None, value=None,
    headers=(), why="no JSON",
)  # fmt: skip
LETTER_ID = derived_id("letter")
RESOLVED = DeadLetterResolved(dead_letter=str(LETTER_ID), by="ani", note="told the exchange")


def listed(monkeypatch: pytest.MonkeyPatch, *datas: EventData, options: tuple[str, ...] = ()) -> str:
    """What the command prints of these events; its status is 0."""

    @asynccontextmanager
    async def connected(_: str) -> AsyncIterator[Client]:
        client = memory_client()
        now = datetime(2026, 11, 24, tzinfo=UTC)
        ids = (LETTER_ID, derived_id("resolved"))
        done = [Event(i, "test", str(LETTER_ID), now, data) for i, data in zip(ids, datas, strict=False)]
        await client.publish("dead-letters", done)
        yield client

    monkeypatch.setattr(deadletters, "connected", connected)
    done = CliRunner().invoke(deadletters.app, ["list", *options])
    assert done.exit_code == 0, done.output
    return done.output


def test_off_a_terminal_an_open_letter_is_one_line_with_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    told = LETTER.model_copy(update={"why": "no JSON: " + "x" * 150})
    assert listed(monkeypatch, told).splitlines() == [
        "id\ttime\tservice\tfrom\tstate\twhy",
        f"{str(LETTER_ID)[:8]}\t07:00:00 WIB\tintake\tgateway.calls/0/7\topen\t{told.why}",
        "1 dead letter",
    ]


def test_without_open_letters_a_sentence_says_what_that_means(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = listed(monkeypatch, LETTER, RESOLVED)
    assert shown.startswith("No open dead letters: no record waits for a human.")
    assert "service" not in shown


def test_without_any_letter_a_sentence_says_what_that_means(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = listed(monkeypatch, options=("--all",))
    assert shown == "No dead letters: every record so far could be handled.\n"
