"""Many calls for a campaign: distinct callers and references, words that are dispatched, held, answered or dismissed."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import orjson
from siaga_events.types import CallReported, WordsAdded

from .system import DATA

__all__ = ["MadeCall", "make_calls"]

INCIDENTS = (
    "kebakaran rumah di pekon {place}, api besar",
    "ada kecelakaan motor di pekon {place}, dua orang luka",
    "tolong pak, bapak saya pingsan tidak sadar di pekon {place}",
    "longsor di pekon {place}, jalan putus, ada rumah tertimbun",
    "ada orang berkelahi bawa golok di pekon {place}",
    "ibu saya demam sudah tiga hari di pekon {place}, minta ambulan",
)
MORE_WORDS = ("pak cepat pak, ada yang terjebak di dalam", "tambah parah pak, korbannya dua orang")
BEGAN = datetime.now(UTC).replace(microsecond=0)
"""The same for all runs of one process, and no long time ago: the age of a report moves deadlines."""


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A report, when the gateway says that it said it, and perhaps more words after it."""

    report: CallReported
    said_at: datetime
    more: WordsAdded | None = None


def make_calls(count: int, seed: int) -> list[MadeCall]:
    """The same seed makes the same calls, to the last byte, in one process."""
    rng = Random(seed)
    narratives = _given_narratives()
    places = _pekon_names()
    calls = []
    for number in range(count):
        if rng.random() < 0.5:
            words: str | None = rng.choice(INCIDENTS).format(place=rng.choice(places))
        else:
            words = rng.choice(narratives)
        began = BEGAN + timedelta(milliseconds=number)
        said = CallReported(
            reference=f"K-{number:06}",
            started_at=began,
            caller=f"+62813{1000000 + number}" if rng.random() < 0.95 else None,
            narrative=words,
        )
        more = None
        if rng.random() < 0.1:
            more = WordsAdded(
                reference=said.reference, started_at=began, sequence=2, narrative=rng.choice(MORE_WORDS)
            )
        calls.append(MadeCall(said, began + timedelta(seconds=5), more))
    return calls


def _given_narratives() -> list[str | None]:
    files = (DATA / "demo/day.jsonl", DATA / "reports/narrative-examples.jsonl")
    return [orjson.loads(line)["narrative"] for file in files for line in file.read_bytes().splitlines()]


def _pekon_names() -> list[str]:
    with (DATA / "gazetteer/lampung_barat_gazetteer.csv").open(encoding="utf-8") as rows:
        return [row["nama"] for row in csv.DictReader(rows) if row["level"] == "pekon"]
