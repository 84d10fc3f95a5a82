"""Kafka's jars: pinned in jars.json, fetched once into a cache, checked before use.

The pinned list is what Maven resolves for `org.apache.kafka:kafka_2.13`, plus the binding that gives the broker
a log. Each coordinate is fetched by itself: a resolver asked for several at once may quietly choose another
version of kafka-clients. A jar enters the cache's folder by a rename after its sha256 was compared, so an
interrupted download leaves nothing half done. The stamp is written last; with it, a later start compares only
sizes, and a jar that is missing or has another size is fetched again.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from jgo.maven import MavenContext
from platformdirs import user_cache_dir

from .errors import CacheNotWritable, CorruptJar, DownloadFailed, NoDiskSpace
from .lock import lock_blocking
from .progress import Progress

__all__ = ["KAFKA_VERSION", "Jar", "cache_dir", "ensure_jars", "pinned_jars", "verify_jars"]

_PARALLEL_DOWNLOADS = 4
_TIMEOUT_SECONDS = 30
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned file. The coordinate is group:artifact:version."""

    coordinate: str
    file: str
    bytes: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where a Maven repository keeps it."""
        group, artifact, version = self.coordinate.split(":")
        return Path(*group.split("."), artifact, version, self.file)


@cache
def _pins() -> tuple[str, tuple[Jar, ...]]:
    pins = json.loads(files(__package__).joinpath("jars.json").read_text())
    return pins["kafka"], tuple(Jar(**jar) for jar in pins["jars"])


KAFKA_VERSION: str = _pins()[0]


def pinned_jars() -> tuple[Jar, ...]:
    """Everything that goes on the broker's class path."""
    return _pins()[1]


def cache_dir() -> Path:
    """Where the jars live: SIAGA_CACHE_DIR, else the user's cache folder; never inside the checkout."""
    chosen = os.environ.get("SIAGA_CACHE_DIR")
    return Path(chosen).expanduser().absolute() if chosen else Path(user_cache_dir("siaga112"))


def ensure_jars(cache: Path | None = None) -> tuple[Path, ...]:
    """The pinned jars' paths, after fetching those that are missing (44 MB the first time).

    Safe to call from several processes at once: one fetches, the others wait.
    Raises DownloadFailed, CorruptJar, NoDiskSpace or CacheNotWritable.
    """
    root = (cache or cache_dir()) / f"kafka-{KAFKA_VERSION}"
    paths = tuple(root / jar.file for jar in pinned_jars())
    if _stamped(root) and not _wrong_size(root):
        return paths
    try:
        lock = lock_blocking(root / "lock")
    except OSError as cause:
        raise CacheNotWritable(root, cause) from cause
    try:
        if not _stamped(root):
            _drop_all_but_pinned(root)
        if missing := _wrong_size(root):
            _fetch(root, missing)
            _write_stamp(root)
        elif not _stamped(root):
            verify_jars(cache)
            _write_stamp(root)
    finally:
        os.close(lock)
    return paths


def verify_jars(cache: Path | None = None) -> None:
    """Compare every jar's sha256 with its pin (0.1 s). A wrong one is deleted and CorruptJar raised."""
    root = (cache or cache_dir()) / f"kafka-{KAFKA_VERSION}"
    for jar in pinned_jars():
        _check(root / jar.file, jar)


def _check(path: Path, jar: Jar) -> None:
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != jar.sha256:
        path.unlink()
        raise CorruptJar(path, jar.sha256, found)


def _stamp_text() -> str:
    return hashlib.sha256("".join(jar.sha256 for jar in pinned_jars()).encode()).hexdigest()


def _stamped(root: Path) -> bool:
    stamp = root / "checked"
    return stamp.exists() and stamp.read_text() == _stamp_text()


def _write_stamp(root: Path) -> None:
    fresh = root / "checked.new"
    fresh.write_text(_stamp_text())
    fresh.replace(root / "checked")


def _wrong_size(root: Path) -> list[Jar]:
    return [jar for jar in pinned_jars() if _size(root / jar.file) != jar.bytes]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _drop_all_but_pinned(root: Path) -> None:
    """What an interrupted or older run left: half-fetched folders, and jars that are no longer pinned."""
    pinned = {jar.file for jar in pinned_jars()}
    for path in root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix == ".jar" and path.name not in pinned:
            path.unlink()


def _fetch(root: Path, missing: Iterable[Jar]) -> None:
    wanted = tuple(missing)
    needed = sum(jar.bytes for jar in wanted)
    free = shutil.disk_usage(root).free
    if free < 2 * needed:
        raise NoDiskSpace(root, 2 * needed // 2**20 + 1, free // 2**20)
    with tempfile.TemporaryDirectory(dir=root, prefix="fetch-") as staging_name:
        staging = Path(staging_name)
        context = MavenContext(repo_cache=staging, local_repos=[], timeout=_TIMEOUT_SECONDS)

        def fetch(jar: Jar) -> None:
            staged = _fetch_one(context, jar, root)
            _check(staged, jar)
            staged.replace(root / jar.file)

        def arrived() -> int:
            return sum(max(0, _size(staging / jar.path), _size(root / jar.file)) for jar in wanted)

        with (
            Progress(f"Kafka {KAFKA_VERSION}", needed, arrived),
            ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool,
        ):
            fetches = [pool.submit(fetch, jar) for jar in wanted]
            try:
                for running in fetches:
                    running.result()
            finally:
                pool.shutdown(cancel_futures=True)


def _fetch_one(context: MavenContext, jar: Jar, root: Path) -> Path:
    group, artifact, version = jar.coordinate.split(":")
    try:
        return Path(context.project(group, artifact).at_version(version).artifact().resolve())
    except OSError as cause:  # the HTTP client's errors are OSErrors too, without an errno of ours
        if cause.errno in _NO_SPACE:
            raise NoDiskSpace(root, jar.bytes // 2**20 + 1, shutil.disk_usage(root).free // 2**20) from cause
        if cause.errno in _NOT_WRITABLE:
            raise CacheNotWritable(root, cause) from cause
        raise DownloadFailed(jar.coordinate, cause, root) from cause
    except RuntimeError as cause:  # not found there, or not what the repository's own checksum says
        raise DownloadFailed(jar.coordinate, cause, root) from cause
