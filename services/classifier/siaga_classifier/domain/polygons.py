"""Which pekon, or which other regency, a point lies in."""

import json
import math

from shapely import STRtree
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry
from shapely.prepared import PreparedGeometry, prep

__all__ = ["Polygons"]

_OWN_REGENCY = "18.04"


class Polygons:
    """Built once, then only read."""

    def __init__(
        self, pekon: list[tuple[str, BaseGeometry]], regencies: list[tuple[str, BaseGeometry]]
    ) -> None:
        self._pekon = [(kode, prep(geometry)) for kode, geometry in pekon]
        self._tree = STRtree([geometry for _, geometry in pekon])
        self._regencies: list[tuple[str, PreparedGeometry]] = [(n, prep(g)) for n, g in regencies]

    @classmethod
    def from_geojson(cls, pekon: bytes, regencies: bytes) -> "Polygons":
        """FeatureCollections with properties `kode` and `nama`, coordinates as longitude, latitude."""
        return cls(
            [(f["properties"]["kode"], shape(f["geometry"])) for f in json.loads(pekon)["features"]],
            [
                (f["properties"]["nama"], shape(f["geometry"]))
                for f in json.loads(regencies)["features"]
                if f["properties"]["kode"] != _OWN_REGENCY
            ],
        )

    def pekon_at(self, lat: float, lon: float) -> str | None:
        """The pekon's code; on a border the lower code; None outside the regency or for no point on earth."""
        if not (math.isfinite(lat) and math.isfinite(lon)):
            return None
        point = Point(lon, lat)
        kodes = [self._pekon[i][0] for i in self._tree.query(point) if self._pekon[i][1].covers(point)]
        return min(kodes, default=None)

    def other_regency_at(self, lat: float, lon: float) -> str | None:
        """Name of another regency of Lampung; None elsewhere."""
        if not (math.isfinite(lat) and math.isfinite(lon)):
            return None
        point = Point(lon, lat)
        return next((name for name, area in self._regencies if area.covers(point)), None)
