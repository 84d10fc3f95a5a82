"""`siaga posts list`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from siaga_events import Event, EventData
from siaga_events.ids import derived_id
from siaga_events.types import Contact, PostRegistered, PostStateChanged
from siaga_ops.cli import posts
from siaga_ops.testing import memory_client
from typer.testing import CliRunner

POST = PostRegistered(
    post_id="damkar", kind="fire_station", name="Damkar", lat=-5, lon=104,
    contacts=(Contact(channel="whatsapp", number="+6284000112018"),),
)  # fmt: skip
CLOSED = PostStateChanged(post_id="damkar", state="out", by="ani", why="ban pecah")


def listed(monkeypatch: pytest.MonkeyPatch, *datas: EventData) -> str:
    """What the command prints of these events where there is no terminal; its status is 0."""

    @asynccontextmanager
    async def connected(_: str) -> Any:
        client = memory_client()
        now = datetime(2026, 11, 24, tzinfo=UTC)
        told = [Event(derived_id("posts", n), "test", "damkar", now, data) for n, data in enumerate(datas)]
        await client.publish("posts", told)
        yield client

    monkeypatch.setattr(posts, "connected", connected)
    done = CliRunner().invoke(posts.app, ["list"])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_off_a_terminal_each_post_is_one_line_with_tabs_and_nothing_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = POST.model_copy(
        update={"name": "Pos  Pemadam\tKebakaran [Satu] " + "x" * 200, "kecamatan": "Balik Bukit"}
    )
    assert listed(monkeypatch, long).splitlines() == [
        "post\tkind\tname\tkecamatan\tnow\tcapabilities",
        f"damkar\tfire_station\tPos Pemadam Kebakaran [Satu] {'x' * 200}\tBalik Bukit\tsiap\t",
    ]


def test_a_closed_post_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\tsedang keluar: ban pecah\t" in listed(monkeypatch, POST, CLOSED)


@pytest.mark.parametrize(
    "opened",
    [
        CLOSED.model_copy(update={"until": datetime.now(UTC) - timedelta(days=1)}),
        CLOSED.model_copy(update={"state": "ready"}),
    ],
)
def test_a_post_that_is_open_again_says_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, opened: PostStateChanged
) -> None:
    shown = listed(monkeypatch, POST, CLOSED, opened)
    assert "\tsiap\t" in shown
    assert "ban pecah" not in shown


def test_a_closed_post_without_a_reason_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = listed(monkeypatch, POST, CLOSED.model_copy(update={"why": ""}))
    assert "\tsedang keluar\t" in shown
