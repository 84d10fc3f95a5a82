"""The golden files and the sums that tell whether one was altered."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from siaga_events.codec import Encoded, Headers

__all__ = ["SUMS", "Golden", "altered", "folder", "forget", "load", "load_all", "seal", "unsealed"]

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Golden:
    """One file: `CallRouted.v1.json`, or `CallRouted.v1.depth.json` for a field that came later."""

    path: Path
    headers: dict[str, str]
    value: dict[str, Any]

    @property
    def type_name(self) -> str:
        name, version, *_ = self.path.name.split(".")
        return f"siaga112.{name}.{version}"

    @classmethod
    def of(cls, path: Path, encoded: Encoded) -> Golden:
        """What a file at `path` would hold for a record."""
        headers = {name: value.decode() for name, value in encoded.headers}
        return cls(path, headers, orjson.loads(encoded.value))

    def record(self, value: dict[str, Any] | None = None) -> tuple[Headers, bytes]:
        """Headers and value as Kafka holds them; another value in its place, if given."""
        headers = [(name, text.encode()) for name, text in self.headers.items()]
        return headers, orjson.dumps(self.value if value is None else value)


def folder(root: Path) -> Path:
    """The golden files of the repository at `root`."""
    return root / "libs" / "events" / "tests" / "golden"


def load(path: Path) -> Golden:
    content = orjson.loads(path.read_bytes())
    return Golden(path, content["headers"], content["value"])


def load_all(where: Path) -> list[Golden]:
    """Every golden file, by name."""
    return [load(path) for path in sorted(where.glob("*.json"))]


def altered(where: Path) -> list[str]:
    """Sealed files that were edited or removed since."""
    return [name for name, noted in _noted(where).items() if _sum(where / name) != noted]


def unsealed(where: Path) -> list[str]:
    """Files without a sum as yet."""
    return sorted({path.name for path in where.glob("*.json")} - set(_noted(where)))


def seal(where: Path) -> list[str]:
    """Notes the sums of new files; gives their names. ValueError if a sealed one was altered."""
    if bad := altered(where):
        raise ValueError(f"never edit a stored event; restore {', '.join(bad)} and add a new file instead")
    new = unsealed(where)
    sums = _noted(where) | {name: _sum(where / name) for name in new}
    _note(where, sums)
    return new


def forget(where: Path, name: str) -> None:
    """Takes a file's sum out: only for a version that no release ever wrote."""
    _note(where, {other: digest for other, digest in _noted(where).items() if other != name})


def _note(where: Path, sums: dict[str, str]) -> None:
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    (where / SUMS).write_text(text, encoding="utf-8")


def _noted(where: Path) -> dict[str, str]:
    path = where / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _sum(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.exists() else "removed"
