"""`python -m siaga_events.golden`: how a new stored version comes in, and why an old one can't change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from siaga_events import Codec, EventData
from siaga_events.golden import altered, draft, folder, gaps, load, load_all, seal, unsealed
from siaga_events.golden.__main__ import main
from siaga_events.registry import registry

ROOT = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two sealed golden files."""
    folder(tmp_path).mkdir(parents=True)
    for name in ("CallReported.v1.json", "AlarmAccepted.v1.json"):
        shutil.copy(folder(ROOT) / name, folder(tmp_path))
    seal(folder(tmp_path))
    return tmp_path


def test_an_edited_file_is_seen(root: Path) -> None:
    path = folder(root) / "CallReported.v1.json"
    path.write_text(path.read_text("utf-8").replace('"voice"', '"radio"'), "utf-8")
    assert altered(folder(root)) == ["CallReported.v1.json"]
    with pytest.raises(ValueError, match=r"never edit .* CallReported\.v1\.json"):
        seal(folder(root))


def test_a_removed_file_is_seen(root: Path) -> None:
    (folder(root) / "CallReported.v1.json").unlink()
    assert altered(folder(root)) == ["CallReported.v1.json"]


def test_a_new_file_is_drafted_and_sealed(root: Path) -> None:
    assert main(["--root", str(root), "new", "CallEnded"]) == 0
    assert unsealed(folder(root)) == ["CallEnded.v1.json"]
    drafted = load(folder(root) / "CallEnded.v1.json")
    assert drafted.value["started_at"] == "2021-06-01T02:14:07Z", "taken from the field of that name"
    assert Codec().decode(*drafted.record()).data.type_name() == "siaga112.CallEnded.v1"
    assert main(["--root", str(root), "seal"]) == 0
    assert unsealed(folder(root)) == []


def test_an_existing_file_is_not_overwritten(root: Path) -> None:
    before = (folder(root) / "CallReported.v1.json").read_bytes()
    with pytest.raises(SystemExit):
        main(["--root", str(root), "new", "CallReported"])
    assert (folder(root) / "CallReported.v1.json").read_bytes() == before
    assert main(["--root", str(root), "new", "CallReported", "--what", "depth"]) == 0
    assert unsealed(folder(root)) == ["CallReported.v1.depth.json"]


def test_an_unreleased_file_is_drafted_anew(root: Path) -> None:
    path = folder(root) / "CallReported.v1.json"
    before = load(path)
    path.write_text(path.read_text("utf-8").replace('"channel": "voice"', '"channel": "pigeon"'), "utf-8")
    assert main(["--root", str(root), "new", "CallReported", "--unreleased"]) == 0
    assert altered(folder(root)) == []
    assert unsealed(folder(root)) == ["CallReported.v1.json"]
    after = load(path)
    assert after.headers == before.headers
    assert after.value.pop("channel") == "voice"
    assert after.value.items() <= before.value.items(), "what still fits is kept"


def test_what_a_file_lacks_is_told(root: Path) -> None:
    path = folder(root) / "CallReported.v1.json"
    told = gaps(load_all(folder(root)))
    assert "CallReported" not in told
    assert told["CallEnded"] == ["a file"]
    path.write_text(path.read_text("utf-8").replace('"channel": "voice"', '"channel": ""'), "utf-8")
    assert gaps(load_all(folder(root)))["CallReported"][0].startswith(
        "CallReported.v1.json can't be read: channel"
    )
    path.write_text(path.read_text("utf-8").replace('"channel": ""', '"floor": 3'), "utf-8")
    assert gaps(load_all(folder(root)))["CallReported"] == ["channel"]


def test_all_that_lack_something_are_drafted_at_once(root: Path) -> None:
    assert main(["--root", str(root), "new", "--unreleased"]) == 0
    assert gaps(load_all(folder(root))) == {}
    assert altered(folder(root)) == []
    assert len(unsealed(folder(root))) == len(registry().types) - 2


def test_an_unknown_type_is_refused(root: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--root", str(root), "new", "CallTeleported"])


@pytest.mark.parametrize("event_type", registry().types.values(), ids=lambda c: c.__name__)
def test_any_type_can_be_drafted(event_type: type[EventData]) -> None:
    """From files of other types alone: what an author of a new type has."""
    path = Path(f"{event_type.__name__}.v{event_type.version}.json")
    others = [golden for golden in load_all(folder(ROOT)) if golden.type_name != event_type.type_name()]
    drafted = draft(event_type, path, others)
    assert drafted.type_name == event_type.type_name()
    assert Codec().decode(*drafted.record()).data.type_name() == event_type.type_name()
