"""The cache of jars: pinned, checked, and clear about what went wrong. Nothing here leaves this computer."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from siaga_localkafka import (
    KAFKA_VERSION,
    CorruptJar,
    DownloadFailed,
    NoDiskSpace,
    cache_dir,
    ensure_jars,
    verify_jars,
)
from siaga_localkafka.jars import pinned_jars

_Usage = namedtuple("_Usage", "total used free")
_FOLDER = f"kafka-{KAFKA_VERSION}"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A copy of the filled cache."""
    ensure_jars()
    shutil.copytree(cache_dir() / _FOLDER, tmp_path / _FOLDER)
    return tmp_path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def _change_a_byte(jar: Path) -> None:
    content = bytearray(jar.read_bytes())
    content[len(content) // 2] ^= 1
    jar.write_bytes(content)


def test_every_kafka_jar_is_of_one_version() -> None:
    kafka = [jar.coordinate for jar in pinned_jars() if jar.coordinate.startswith("org.apache.kafka:")]

    assert len(kafka) > 10
    assert {coordinate.rpartition(":")[2] for coordinate in kafka} == {KAFKA_VERSION}


def test_a_changed_jar_is_found_and_thrown_away(cache: Path) -> None:
    jar = cache / _FOLDER / pinned_jars()[0].file
    _change_a_byte(jar)

    with pytest.raises(CorruptJar, match=jar.name):
        verify_jars(cache)

    assert not jar.exists()


def test_a_cache_without_its_stamp_is_checked_in_full(cache: Path) -> None:
    (cache / _FOLDER / "checked").unlink()
    _change_a_byte(cache / _FOLDER / pinned_jars()[-1].file)

    with pytest.raises(CorruptJar, match=pinned_jars()[-1].file):
        ensure_jars(cache)


@pytest.mark.usefixtures("no_network")
def test_a_full_cache_needs_no_network(cache: Path) -> None:
    assert [path.name for path in ensure_jars(cache)] == [jar.file for jar in pinned_jars()]


@pytest.mark.usefixtures("no_network")
def test_a_cut_jar_is_fetched_again_and_the_missing_network_is_named(cache: Path) -> None:
    cut = pinned_jars()[3]
    (cache / _FOLDER / cut.file).write_bytes(b"PK")

    with pytest.raises(DownloadFailed, match=f"{cut.coordinate}.*Check the network"):
        ensure_jars(cache)

    assert [path.name for path in (cache / _FOLDER).iterdir() if path.is_dir()] == []


def test_a_full_disk_is_named_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(2**40, 2**40, 3 * 2**20))

    with pytest.raises(NoDiskSpace, match="3 MB are free"):
        ensure_jars(tmp_path)


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_CACHE_DIR", str(tmp_path / "elsewhere"))

    assert cache_dir() == tmp_path / "elsewhere"
