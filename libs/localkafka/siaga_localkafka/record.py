"""What a broker's folder says of the process that was last started there. The lock tells whether it lives."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

__all__ = ["ProcessRecord"]

_FILE = "process.json"


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """Written when the process starts; kept after its end, so that the next start may take the same port."""

    pid: int
    port: int
    version: str

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """None when no process was ever started there."""
        file = directory / _FILE
        return cls(**json.loads(file.read_text())) if file.exists() else None

    def write(self, directory: Path) -> None:
        """Whole or not at all."""
        fresh = directory / f"{_FILE}.new"
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(directory / _FILE)
