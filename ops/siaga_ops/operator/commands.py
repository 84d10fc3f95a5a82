"""Operators' commands: published at their door, and their outcome waited for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from siaga_events import Event, EventData
from siaga_events.ids import canonical_json, derived_id
from siaga_events.types import CommandRefused, CorrectedPlace, OperatorCommand

from siaga_ops.client import Client
from siaga_ops.errors import OpsError
from siaga_ops.stories import STORY_TOPICS, CallStory, Stories

__all__ = ["find_call", "give", "place_of"]

SOURCE = "siaga operator"
OUTCOME_SECONDS = 15.0


async def find_call(client: Client, identity: str) -> CallStory:
    """By id, the beginning of it, or the gateway's reference. Raises OpsError if none or several fit."""
    stories = Stories()
    stories.take_all(event for _, event in await client.read(STORY_TOPICS))
    found = [story for story in stories.find(identity) if story.is_reported]
    if not found:
        raise OpsError(
            f"panggilan {identity!r} tidak dikenal, tidak ada perintah yang dikirim. Periksa id, awal id atau nomor "
            "rujukannya; `siaga operator watch` menampilkan panggilan yang menunggu"
        )
    if len(found) > 1:
        raise OpsError(f"{len(found)} panggilan cocok dengan {identity!r}; tulis id yang lebih panjang")
    return found[0]


async def give(client: Client, call: str, command: OperatorCommand) -> tuple[bool, list[Event[EventData]]]:
    """Publish the command and wait for what the router made of it; True if it was accepted.

    Raises OpsError if no router answers: the command stands in the log and will be judged when one does.
    """
    now = datetime.now(UTC)
    content = canonical_json(command.model_dump(mode="json")).decode()
    identity = derived_id(SOURCE, call, type(command).__name__, content, now.isoformat())
    event = Event(identity, SOURCE, call, now, command, correlation_id=call)
    async with client.following(["routings"], call) as routings:
        await client.publish("operator.commands", [event])
        outcome: list[Event[EventData]] = []
        try:
            async with asyncio.timeout(OUTCOME_SECONDS):
                async for _, decided in routings:
                    if decided.causation_id == identity:
                        outcome.append(decided)
                        break
        except TimeoutError:
            raise OpsError(
                f"router belum menjawab setelah {OUTCOME_SECONDS:.0f} detik; perintah tersimpan dan dinilai begitu router hidup"
            ) from None
    return not isinstance(outcome[0].data, CommandRefused), outcome


def place_of(
    gazetteer: Path, kode: str | None, lat: float | None, lon: float | None
) -> CorrectedPlace | None:
    """The place that an operator names by kode or coordinates. Raises OpsError for one that is not there."""
    if kode is None and lat is None and lon is None:
        return None
    from siaga_classifier.domain.places import Places  # heavy, and only a correction needs it

    places = Places.load(gazetteer)
    if lat is not None and lon is not None:
        found = places.at(lat, lon)
        if found.level == "outside":
            raise OpsError(f"{lat}, {lon} berada di luar kabupaten")
        return CorrectedPlace(kode=found.kode, name=found.name, kecamatan=found.kecamatan, lat=lat, lon=lon)
    if kode is None:
        raise OpsError("beri --kode, atau --lat dan --lon bersama-sama")
    named = places.by_kode(kode)
    if named is None or named.lat is None or named.lon is None:
        raise OpsError(f"tidak ada kode {kode!r} di gazetir")
    return CorrectedPlace(
        kode=named.kode, name=named.name, kecamatan=named.kecamatan, lat=named.lat, lon=named.lon
    )
