"""CityJSON documents made up for tests, and running the loader on them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.city.cityjson_format import FORMAT
from loaders.model.errors import Finding
from loaders.model.events import Found, Geometry, LoadEvent, Opened, Progress, Unmeshed
from tests.support.tables import Tables, tables_of

CUBE = [[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)]
# Outward: bottom, top, south, north, west, east.
FACES = [[[0, 2, 3, 1]], [[4, 5, 7, 6]], [[0, 1, 5, 4]], [[2, 6, 7, 3]], [[0, 4, 6, 2]], [[1, 3, 7, 5]]]
KINDS = ["GroundSurface", "RoofSurface", *["WallSurface"] * 4]


class Context:
    """A loader's context without anybody behind it."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.checkpoints = 0

    def checkpoint(self) -> None:
        self.checkpoints += 1


@dataclass
class Result:
    """A loader's events, sorted."""

    events: list[LoadEvent]
    opened: Opened = field(init=False)
    tables: Tables = field(init=False)

    def __post_init__(self) -> None:
        (self.opened,) = [e for e in self.events if isinstance(e, Opened)]
        self.tables = tables_of(self.events)

    @property
    def geometries(self) -> list[Geometry]:
        return [e for e in self.events if isinstance(e, Geometry)]

    @property
    def findings(self) -> list[Finding]:
        return [e.finding for e in self.events if isinstance(e, Found)]

    @property
    def codes(self) -> set[str]:
        return {finding.code for finding in self.findings}

    @property
    def unmeshed(self) -> list[Unmeshed]:
        return [e for e in self.events if isinstance(e, Unmeshed)]

    @property
    def fractions(self) -> list[float]:
        return [e.fraction for e in self.events if isinstance(e, Progress)]

    def soup(self, row: int | None = None) -> np.ndarray:
        """Corners (t, 3, 3) of all triangles, or those of one row, in world metres."""
        world = self.opened.georeference.world_from_model[:3, 3]
        parts = []
        for event in self.geometries:
            chunk = event.chunk
            points = chunk.positions.astype(np.float64) + chunk.origin_m + world
            keep = slice(None) if row is None else chunk.rows[chunk.triangles[:, 0]] == row
            parts.append(points[chunk.triangles[keep]])
        return np.concatenate(parts) if parts else np.zeros((0, 3, 3))

    def column(self, name: str) -> list[Any]:
        return self.tables.objects.column(name).to_pylist()

    def properties(self, row: int) -> dict[str, tuple[str, float | None, str, str | None]]:
        table: pa.Table = self.tables.properties
        return {
            r["name"]: (r["value"], r["number"], r["value_type"], r["unit"])
            for r in table.to_pylist()
            if r["object"] == row
        }


def run(path: Path, **options: Any) -> Result:
    """All events of the loader."""
    return Result(list(FORMAT.load(path, Context(**options))))


def volume(corners: np.ndarray) -> float:
    """The volume that triangles (t, 3, 3) enclose."""
    moved = corners - corners.reshape(-1, 3).mean(axis=0)
    return float(np.einsum("tx,tx->", moved[:, 0], np.cross(moved[:, 1], moved[:, 2])) / 6)


def areas(corners: np.ndarray) -> np.ndarray:
    """The area of each triangle."""
    return np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2


def solid(lod: str = "2", **more: Any) -> dict[str, Any]:
    """A unit cube with semantics."""
    kinds = sorted(set(KINDS))
    semantics = {"surfaces": [{"type": k} for k in kinds], "values": [[kinds.index(k) for k in KINDS]]}
    return {"type": "Solid", "lod": lod, "boundaries": [FACES], "semantics": semantics, **more}


def building(*geometry: dict[str, Any], kind: str = "Building", **more: Any) -> dict[str, Any]:
    """A city object."""
    return {"type": kind, "geometry": list(geometry), **more}


def document(objects: dict[str, Any], vertices: Any = None, **more: Any) -> dict[str, Any]:
    """A CityJSON 2.0 file in EPSG:4547, about 1 km from its origin."""
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [1.0, 1.0, 1.0], "translate": [532_000.0, 3_380_000.0, 20.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4547"},
        "CityObjects": objects,
        "vertices": CUBE if vertices is None else vertices,
        **more,
    }


def write(path: Path, value: Any) -> Path:
    """The document as a file."""
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path
