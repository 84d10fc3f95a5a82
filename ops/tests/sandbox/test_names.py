"""The pages name the post whose phone it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from siaga_ops.sandbox import SandboxSettings, create_app
from siaga_ops.sandbox.names import read_names

KNOWN, UNKNOWN = "6284000000001", "6284000000002"
POST = {
    "post_id": "damkar-liwa",
    "kind": "fire_station",
    "name": "Damkar <Liwa>",
    "lat": -5,
    "lon": 104,
    "contacts": [{"channel": "whatsapp", "number": f"+{KNOWN}"}],
}


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "here.json").write_text(json.dumps([POST]))
    return folder


async def test_list_and_chat_show_the_posts_name(
    settings: Callable[..., SandboxSettings], posts: Path
) -> None:
    transport = httpx.ASGITransport(create_app(settings(posts=posts)))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        for number in (KNOWN, UNKNOWN):
            await client.post(f"/phones/{number}/reply", data={"text": "halo"})
        listed = (await client.get("/")).text
        assert "<strong>Damkar &lt;Liwa&gt;</strong>" in listed
        assert f"+{KNOWN}" in listed
        assert f"<strong>+{UNKNOWN}</strong>" in listed
        assert f"di ponsel Damkar &lt;Liwa&gt; · +{KNOWN}" in (await client.get(f"/phones/{KNOWN}")).text
        assert f"di ponsel +{UNKNOWN}" in (await client.get(f"/phones/{UNKNOWN}")).text


def test_without_a_folder_there_are_no_names(tmp_path: Path) -> None:
    assert read_names(tmp_path / "nowhere") == {}


def test_a_file_that_is_no_list_of_posts_is_refused(posts: Path) -> None:
    (posts / "other.json").write_text('[{"name": "x"}]')
    with pytest.raises(ValueError, match="post_id"):
        read_names(posts)


def test_every_phone_of_the_sample_directory_has_a_name() -> None:
    names = read_names(Path(__file__).parents[3] / "data/posts")
    assert names["6284000112001"] == "Puskesmas Liwa"
    assert names["6284000112900"] == "Supervisor 112 Lampung Barat"
