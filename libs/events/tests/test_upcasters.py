"""Old versions are read through a chain of upcasters, one step for each version."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from siaga_events import Codec, DecodeError, EventData, UnknownVersion
from siaga_events.registry import UPCASTERS, TypeRegistry, registry


class PostCalled(EventData):
    """A type whose third version is the current one: metres, and a list of numbers."""

    version: ClassVar[int] = 3
    distance_m: int
    numbers: tuple[str, ...]


def metres(data: dict[str, Any]) -> dict[str, Any]:
    """v1 -> v2: kilometres became metres."""
    return {"distance_m": data["distance_km"] * 1000, "number": data["number"]}


def several_numbers(data: dict[str, Any]) -> dict[str, Any]:
    """v2 -> v3: one number became a list."""
    return {"distance_m": data["distance_m"], "numbers": [data["number"]]}


CODEC = Codec(
    TypeRegistry.of(
        iter([PostCalled]),
        {"siaga112.PostCalled.v1": metres, "siaga112.PostCalled.v2": several_numbers},
    )
)


def decode(version: int, value: bytes) -> EventData:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "00000000-0000-0000-0000-000000000001",
        "ce_source": "router",
        "ce_type": f"siaga112.PostCalled.v{version}",
        "ce_time": "2021-06-01T02:14:07Z",
    }
    return CODEC.decode([(name, text.encode()) for name, text in headers.items()], value).data


@pytest.mark.parametrize(
    ("version", "value"),
    [
        (1, b'{"distance_km": 2, "number": "+6200001120101"}'),
        (2, b'{"distance_m": 2000, "number": "+6200001120101"}'),
        (3, b'{"distance_m": 2000, "numbers": ["+6200001120101"]}'),
    ],
)
def test_every_version_is_read_as_the_current_one(version: int, value: bytes) -> None:
    assert decode(version, value) == PostCalled(distance_m=2000, numbers=("+6200001120101",))


def test_what_was_read_is_written_in_the_current_version() -> None:
    assert decode(1, b'{"distance_km": 2, "number": "1"}').type_name() == "siaga112.PostCalled.v3"


@pytest.mark.parametrize("version", [0, 4])
def test_a_version_without_a_step_is_unknown(version: int) -> None:
    with pytest.raises(UnknownVersion):
        decode(version, b"{}")


def test_malformed_json_of_an_old_version() -> None:
    with pytest.raises(DecodeError, match="value: not JSON"):
        decode(1, b'{"distance_km": ')


def test_an_old_version_is_validated_after_the_last_step() -> None:
    with pytest.raises(DecodeError, match="distance_m: Input should be a valid integer") as caught:
        decode(2, b'{"distance_m": "Siti", "number": "1"}')
    assert "Siti" not in str(caught.value)


def test_the_known_names_are_all_that_can_be_read() -> None:
    types = TypeRegistry.of(iter([PostCalled]), {"siaga112.PostCalled.v2": several_numbers})
    assert types.known_names() == ["siaga112.PostCalled.v2", "siaga112.PostCalled.v3"]


def test_every_chain_ends_in_a_current_type() -> None:
    known = set(registry().known_names())
    for name in UPCASTERS:
        stem, _, version = name.rpartition(".v")
        assert f"{stem}.v{int(version) + 1}" in known, f"{name} leads nowhere"
        assert name not in registry().types, f"{name} is current: its upcaster would never run"


def test_no_version_lies_between_the_first_and_the_current_unread() -> None:
    for name, event_type in registry().types.items():
        stem = name.rpartition(".v")[0]
        missing = {f"{stem}.v{n}" for n in range(1, event_type.version)} - set(UPCASTERS)
        assert not missing, "a version ever written must stay readable"
