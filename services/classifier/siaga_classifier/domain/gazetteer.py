"""The regency's names, read from `data/gazetteer`: what each written form can stand for."""

import csv
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from siaga_classifier.domain.polygons import Polygons
from siaga_classifier.domain.tokens import plain, tokens

__all__ = ["FILES", "Area", "Gazetteer", "Level", "folded", "load_gazetteer"]

Level = Literal["point", "settlement", "landmark", "pekon", "kecamatan", "regency", "outside"]

FILES = (
    "lampung_barat_gazetteer.csv",
    "settlements.csv",
    "lampung_barat_pekon_kelurahan.geojson",
    "lampung_prov_kabupaten.geojson",
    "aliases.toml",
)
_NUMBERS = frozenset("123456789ab")
_REMEMBERED = 20_000
"""Words whose coarser spelling is kept."""
_FOLD = str.maketrans({"o": "a", "e": None, "f": "p", "v": "p"})


@dataclass(frozen=True, slots=True)
class Area:
    """A place with a name. `kode` is the pekon's or kecamatan's; None only outside the regency."""

    kode: str | None
    name: str
    level: Level
    kecamatan: str | None
    lat: float | None
    lon: float | None

    @property
    def kode_kecamatan(self) -> str | None:
        return None if self.kode is None else self.kode[:8]


@dataclass(frozen=True, slots=True)
class Gazetteer:
    names: Mapping[str, tuple[Area, ...]]
    """Letters and digits of a name, without spaces -> what it can mean."""
    long_names: tuple[str, ...]
    """Those of at least six letters: only they are looked for by likeness."""
    by_letter: Mapping[str, tuple[str, ...]]
    """The same by their first letter."""
    folded: Mapping[str, tuple[Area, ...]]
    """The same by a coarser spelling (see `folded`)."""
    prefixes: frozenset[str]
    folded_prefixes: frozenset[str]
    abbreviations: Mapping[str, str]
    common: frozenset[str]
    ordinary: frozenset[str]
    shared: frozenset[str]
    """Taken as a whole and then for no place: half of it is a neighbour's."""
    by_kode: Mapping[str, Area]
    polygons: Polygons
    version: str


@lru_cache(_REMEMBERED)
def folded(word: str) -> str:
    """Javanese o for a, a swallowed e, f for p: "argomulya" and "Argomulyo" are one."""
    return word.translate(_FOLD)


def load_gazetteer(folder: Path) -> Gazetteer:
    """Reads the folder's files. Raises OSError if one is missing, ValueError or KeyError if one is malformed."""
    raw = {name: (folder / name).read_bytes() for name in FILES}
    digest = hashlib.sha256(b"".join(raw[name] for name in FILES)).hexdigest()
    aliases: dict[str, Any] = tomllib.loads(raw["aliases.toml"].decode())
    polygons = Polygons.from_geojson(
        raw["lampung_barat_pekon_kelurahan.geojson"], raw["lampung_prov_kabupaten.geojson"]
    )
    by_kode = _areas(raw["lampung_barat_gazetteer.csv"].decode())
    short: dict[str, str] = aliases["abbreviations"]

    def key(name: str) -> str:
        return "".join(short.get(t.form, t.form) for t in tokens(name, {}))

    names: dict[str, dict[Area, None]] = {}

    def learn(name: str, area: Area) -> None:
        if len(key(name)) >= 3:
            names.setdefault(key(name), {}).setdefault(area)

    for area in by_kode.values():
        if area.level != "regency":
            learn(area.name, area)
            learn(area.name.replace(" ", ""), area)
    for area in _settlements(raw["settlements.csv"].decode(), by_kode, polygons):
        learn(area.name, area)
        base = _without_number(area.name, short)
        if base is not None:
            learn(base, area)
    for name, kode in aliases["names"].items():
        learn(name, by_kode[kode])
    muara_jaya = [a for a in by_kode.values() if a.level == "pekon" and _without_number(a.name, short)]
    for area in muara_jaya:
        learn(_without_number(area.name, short) or "", area)
    for landmark in aliases["landmark"]:
        at = by_kode[landmark["kode"]]
        for name in _listed(landmark["names"]):
            learn(name, replace(at, name=landmark["name"], level="landmark", lat=None, lon=None))
    for name in _listed(aliases["outside"]["names"]):
        if key(name) not in names:
            learn(name, Area(None, name.title(), "outside", None, None, None))
    for name in _listed(aliases["shared"]["names"]):
        learn(name, Area(None, name.title(), "outside", None, None, None))
    final = {k: tuple(areas) for k, areas in names.items()}
    coarse: dict[str, dict[Area, None]] = {}
    for k, areas in final.items():
        if len(folded(k)) >= 6:
            coarse.setdefault(folded(k), {}).update(dict.fromkeys(areas))
    coarse_names = {k: tuple(areas) for k, areas in coarse.items()}
    long_names = tuple(name for name in final if len(name) >= 6)
    return Gazetteer(
        names=final,
        long_names=long_names,
        by_letter={
            letter: tuple(name for name in long_names if name[0] == letter)
            for letter in {name[0] for name in long_names}
        },
        folded=coarse_names,
        prefixes=_prefixes(final),
        folded_prefixes=_prefixes(coarse_names),
        abbreviations=short,
        common=frozenset(key(name) for name in _listed(aliases["common"]["words"])),
        ordinary=frozenset(key(name) for name in _listed(aliases["ordinary"]["words"])),
        shared=frozenset(key(name) for name in _listed(aliases["shared"]["names"])),
        by_kode=by_kode,
        polygons=polygons,
        version="places-" + digest[:12],
    )


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.replace("\n", " ").split(",") if word.strip()]


def _prefixes(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name[:n] for name in names for n in range(1, len(name) + 1))


def _areas(text: str) -> dict[str, Area]:
    found: dict[str, Area] = {}
    for row in csv.DictReader(text.splitlines()):
        level: Level
        match row["level"]:
            case "kabupaten":
                level = "regency"
            case "kecamatan":
                level = "kecamatan"
            case "pekon" | "kelurahan":
                level = "pekon"
            case other:
                raise ValueError(f"gazetteer: unknown level {other!r} of {row['kode']}")
        found[row["kode"]] = Area(
            row["kode"],
            row["nama"],
            level,
            row["nama_kecamatan"] or None,
            float(row["inside_lat"]),
            float(row["inside_lon"]),
        )
    return found


def _settlements(text: str, by_kode: Mapping[str, Area], polygons: Polygons) -> list[Area]:
    """One area for all points of a name in one pekon, at their mean. The point decides the pekon."""
    points: dict[tuple[str, str], list[tuple[float, float]]] = {}
    pekon = {(a.kecamatan, a.name): k for k, a in by_kode.items() if a.level == "pekon"}
    for row in csv.DictReader(text.splitlines()):
        lat, lon = float(row["lat"]), float(row["lon"])
        kode = pekon.get((row["kecamatan"], row["pekon"])) or polygons.pekon_at(lat, lon)
        if kode is not None:
            points.setdefault((row["name"], kode), []).append((lat, lon))
    return [
        Area(
            kode,
            name,
            "settlement",
            by_kode[kode].kecamatan,
            round(sum(lat for lat, _ in at) / len(at), 6),
            round(sum(lon for _, lon in at) / len(at), 6),
        )
        for (name, kode), at in points.items()
    ]


def _without_number(name: str, abbreviations: Mapping[str, str]) -> str | None:
    """ "Pasundan Dua" is also called Pasundan; None where the name has no number."""
    words = name.split()
    last = plain(words[-1])
    if len(words) < 2 or plain(words[0]) in ("dusun", "pemangku", "simpang", "talang"):
        return None
    return " ".join(words[:-1]) if abbreviations.get(last, last) in _NUMBERS else None
