"""Every version ever written can be read for ever: the golden files are the proof."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from siaga_events import Codec
from siaga_events.golden import SUMS, Golden, altered, folder, gaps, load_all, unsealed
from siaga_events.registry import UPCASTERS, registry

ROOT = Path(__file__).parents[3]
GOLDENS = load_all(folder(ROOT))
CURRENT = [golden for golden in GOLDENS if golden.type_name in registry().types]

each_golden = pytest.mark.parametrize("golden", GOLDENS, ids=lambda g: g.path.stem)
each_current = pytest.mark.parametrize("golden", CURRENT, ids=lambda g: g.path.stem)


def like(value: Any, golden: Any) -> Any:
    """`value` without the fields that a golden file doesn't have: those came later under the same version."""
    if isinstance(value, dict) and isinstance(golden, dict):
        return {name: like(inner, golden[name]) for name, inner in value.items() if name in golden}
    if isinstance(value, list) and isinstance(golden, list) and len(value) == len(golden):
        return [like(inner, other) for inner, other in zip(value, golden, strict=True)]
    return value


@each_golden
def test_is_read(golden: Golden) -> None:
    event = Codec().decode(*golden.record())
    assert type(event.data).__name__ == golden.path.name.split(".")[0]


@each_golden
def test_is_named_after_its_type(golden: Golden) -> None:
    assert golden.headers["ce_type"] == golden.type_name


@each_current
def test_is_written_as_it_was_read(golden: Golden) -> None:
    encoded = Codec().encode(Codec().decode(*golden.record()))
    written = Golden.of(golden.path, encoded)
    assert len(encoded.headers) == len(written.headers), "a header stands twice"
    assert written.headers == golden.headers
    assert like(written.value, golden.value) == golden.value
    assert encoded.key.decode() == golden.headers["ce_subject"]


@each_current
def test_reading_it_again_changes_nothing(golden: Golden) -> None:
    event = Codec().decode(*golden.record())
    encoded = Codec().encode(event)
    assert Codec().decode(encoded.headers, encoded.value) == event


def test_every_type_and_version_has_one() -> None:
    names = {golden.type_name for golden in GOLDENS}
    missing = sorted(set(registry().known_names()) - names)
    assert not missing, f"python -m siaga_events.golden new <Type>, then seal; missing: {missing}"


def test_every_one_has_a_reader() -> None:
    unread = {golden.type_name for golden in GOLDENS} - {*registry().types, *UPCASTERS}
    assert not unread, "a version that was written must stay readable: add an upcaster"


def test_every_field_is_filled_in_one() -> None:
    lacking = gaps(GOLDENS)
    assert not lacking, "python -m siaga_events.golden new <Type> --what <field> (or --unreleased), then seal"


def test_none_was_altered() -> None:
    assert altered(folder(ROOT)) == [], "a stored event is never edited: restore it and add a new file"


def test_all_are_sealed() -> None:
    assert unsealed(folder(ROOT)) == [], "python -m siaga_events.golden seal"


def test_the_sums_are_in_the_form_of_sha256sum() -> None:
    for line in (folder(ROOT) / SUMS).read_text("utf-8").splitlines():
        digest, blanks, name = line[:64], line[64:66], line[66:]
        assert int(digest, 16) > 0
        assert blanks == "  "
        assert (folder(ROOT) / name).exists()


def test_numbers_are_invented_ones() -> None:
    for golden in GOLDENS:
        for number in re.findall(r"\+[0-9]{6,15}", golden.path.read_text("utf-8")):
            assert number.startswith("+620000"), golden.path.name
