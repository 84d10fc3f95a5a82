"""Where the incident is: from coordinates, else from the words.

A pekon's name goes before a settlement's; a name that occurs more than once stays unresolved unless the
kecamatan or pekon is named with it. A place outside the regency is said to be so, if the incident is there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from siaga_classifier.domain.choosing import continues_a_route, corrected, meant, read_together, score
from siaga_classifier.domain.gazetteer import Area, Gazetteer, Level, load_gazetteer
from siaga_classifier.domain.mentions import Mention, is_alone, joined, mentions, span
from siaga_classifier.domain.tokens import Token

__all__ = ["SURELY_OUTSIDE", "Alternative", "Level", "PlaceFound", "Places"]

_REGENCY = re.compile(r"\b(?:(?:kabupaten|kab)\.? ?)?(?:lampung barat|lambar)\b", re.IGNORECASE)
_ALTERNATIVES = 8
_HERE = ("at", "pekon", "kecamatan", "hamlet", "beside")
"""What is said before a place where something is."""
_HERE_IS = frozenset({"sini", "disini"})
"""Who says "here" may well be here, whatever place he names."""
SURELY_OUTSIDE = 0.85
"""The confidence of a place outside the regency that is said to be the incident's."""
_PERHAPS_OUTSIDE = 0.5
"""Of one that is only named: "the bus to Bengkulu"."""
_REMEMBERED = 4
"""Texts whose mentions are kept: a report's are asked for twice, once by `spans`, once by `resolve`."""


@dataclass(frozen=True, slots=True)
class Alternative:
    kode: str | None
    name: str
    level: Level
    kecamatan: str | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class PlaceFound:
    text: str | None
    """The place as mentioned, with words of direction; None if it came from coordinates alone."""
    kode: str | None
    """Kemendagri code of the pekon or kecamatan; None when unresolved or outside."""
    level: Level
    name: str
    kecamatan: str | None
    lat: float | None
    lon: float | None
    """Degrees; estimated (a point inside the area) unless the level is point, settlement or landmark."""
    confidence: float
    alternatives: tuple[Alternative, ...] = ()


class Places:
    """Built once from the data files, then only read: threads may share it."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._mentions = lru_cache(_REMEMBERED)(partial(mentions, gazetteer=gazetteer))
        self.version = gazetteer.version

    @classmethod
    def load(cls, folder: Path) -> "Places":
        """`folder` is data/gazetteer. Raises OSError, ValueError or KeyError if the data is missing or malformed."""
        return cls(load_gazetteer(folder))

    def in_text(self, text: str | None) -> PlaceFound | None:
        """The incident's place; None when no place is mentioned."""
        if not text:
            return None
        words, found = self._mentions(text)
        found = read_together(corrected(words, found))
        scored = [(score(m), -i, m) for i, m in enumerate(found) if not continues_a_route(found, i)]
        scored = [s for s in scored if s[0] >= 0.5]
        if not scored:
            return None
        _, _, chosen = max(scored, key=lambda s: s[:2])
        others = [m for _, _, m in scored if m is not chosen]
        return self._resolved(text, words, chosen, others)

    def at(self, lat: float, lon: float) -> PlaceFound:
        """By polygon: level `point` with the pekon's code, or level `outside`."""
        kode = self._gazetteer.polygons.pekon_at(lat, lon)
        if kode is None:
            name = self._gazetteer.polygons.other_regency_at(lat, lon) or "di luar Lampung"
            return PlaceFound(None, None, "outside", name, None, lat, lon, 0.95)
        pekon = self._gazetteer.by_kode[kode]
        return PlaceFound(None, kode, "point", pekon.name, pekon.kecamatan, lat, lon, 0.98)

    def resolve(self, text: str | None, lat: float | None, lon: float | None) -> PlaceFound | None:
        """Coordinates win over the text unless they lie outside the regency and the text names a place in it."""
        said = self.in_text(text)
        if lat is None or lon is None:
            return said
        given = self.at(lat, lon)
        if given.level == "outside" and said is not None and said.level != "outside":
            return said
        return PlaceFound(
            None if said is None else said.text,
            given.kode,
            given.level,
            given.name,
            given.kecamatan,
            lat,
            lon,
            given.confidence,
        )

    def by_kode(self, kode: str) -> PlaceFound | None:
        """A pekon, kecamatan or the regency by its Kemendagri code."""
        area = self._gazetteer.by_kode.get(kode)
        return None if area is None else _place(None, area, 1.0)

    def spans(self, text: str | None) -> tuple[tuple[int, int], ...]:
        """Where names of pekon, kecamatan and settlements stand in the text: no word there speaks of an incident."""
        if not text:
            return ()
        words, found = self._mentions(text)
        named = [
            (words[m.first].start, words[m.last - 1].end)
            for m in found
            if m.likeness == "exact" and any(a.level in ("pekon", "kecamatan", "settlement") for a in m.areas)
        ]
        return tuple(sorted([*named, *(match.span() for match in _REGENCY.finditer(text))]))

    def _resolved(
        self, text: str, words: Sequence[Token], chosen: Mention, others: Sequence[Mention]
    ) -> PlaceFound:
        first, last = joined(words, chosen, others)
        start, end = span(words, first, last)
        said = text[start:end]
        level, areas = meant(chosen)
        if level == "outside":
            says_here = any(word.form in _HERE_IS for word in words)
            said_here = not says_here and (
                chosen.cue in _HERE or is_alone(words, chosen) or _has_neighbour(chosen, others)
            )
            name, confidence = areas[0].name, SURELY_OUTSIDE if said_here else _PERHAPS_OUTSIDE
            return PlaceFound(said, None, "outside", name, None, None, None, confidence)
        kecamatan = {a.kode for m in others for a in m.areas if a.level == "kecamatan"}
        if level != "kecamatan":
            kecamatan |= {
                a.kode for a in chosen.areas if a.level == "kecamatan" and chosen.cue == "kecamatan"
            }
        pekon = {a.kode for m in others for a in m.areas if a.level == "pekon"}
        inside = [a for a in areas if a.kode_kecamatan in kecamatan]
        named = [a for a in areas if a.kode in pekon] if level == "settlement" else []
        sure = {"exact": 0.0, "spelling": 0.07, "similar": 0.2}[chosen.likeness]
        if level == "kecamatan":
            return _place(said, areas[0], round((0.92 if chosen.cue else 0.85) - sure, 2))
        if not inside and kecamatan and level == "pekon":
            hamlets = [a for a in chosen.areas if a.level == "settlement" and a.kode_kecamatan in kecamatan]
            if hamlets:
                inside, level, areas = hamlets, "settlement", tuple(hamlets)
        if not inside and kecamatan and level == "pekon":
            inside = self._contained(chosen.key, kecamatan)
            sure += 0.15 if inside else 0.0
        candidates = named or inside or list(areas)
        kodes = {a.kode for a in candidates}
        if len(kodes) == 1:
            confirmed = bool(named or inside)
            contradicted = bool(kecamatan) and not confirmed
            confidence = 0.97 if confirmed else 0.92 if level == "pekon" else 0.82
            if contradicted:
                confidence = 0.55
            area = self._refined(candidates[0], others) if level == "pekon" else candidates[0]
            return _place(said, area, round(confidence - sure, 2))
        alternatives = tuple(
            Alternative(a.kode, a.name, a.level, a.kecamatan, a.lat, a.lon)
            for a in candidates[:_ALTERNATIVES]
        )
        shared = {a.kode_kecamatan for a in candidates}
        common = self._gazetteer.by_kode.get(next(iter(shared)) or "") if len(shared) == 1 else None
        if common is not None:
            return PlaceFound(
                said, common.kode, "kecamatan", common.name, common.kecamatan, common.lat, common.lon,
                round(0.8 - sure, 2), alternatives,
            )  # fmt: skip
        name = candidates[0].name
        return PlaceFound(said, None, level, name, None, None, None, round(0.4 - sure / 2, 2), alternatives)

    def _contained(self, key: str, kecamatan: set[str | None]) -> list[Area]:
        """The pekon of the kecamatan named whose longer name contains the key: Tawan Suka Mulya."""
        if len(key) < 6:
            return []
        found = [
            area
            for name, areas in self._gazetteer.names.items()
            if key in name
            for area in areas
            if area.level == "pekon" and area.kode_kecamatan in kecamatan
        ]
        return list(dict.fromkeys(found))

    def _refined(self, pekon: Area, others: Sequence[Mention]) -> Area:
        """A settlement of the pekon that is named with it gives the better point."""
        for mention in others:
            for area in mention.areas:
                if area.level == "settlement" and area.kode == pekon.kode:
                    return area
        return pekon


def _has_neighbour(chosen: Mention, others: Sequence[Mention]) -> bool:
    """Whether another place outside stands right beside it: "Banding Agung Ranau"."""
    return any(
        min(abs(other.first - chosen.last), abs(chosen.first - other.last)) <= 1
        and any(area.level == "outside" for area in other.areas)
        for other in others
    )


def _place(text: str | None, area: Area, confidence: float) -> PlaceFound:
    return PlaceFound(text, area.kode, area.level, area.name, area.kecamatan, area.lat, area.lon, confidence)
