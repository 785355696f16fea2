"""Rasters made up for tests, and running the loaders on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from loaders.model.errors import Finding
from loaders.model.events import Found, Geometry, LoadEvent, Opened, Progress
from loaders.model.formats import Format
from loaders.model.meshes import MeshChunk
from loaders.terrain import imagery_format, raster_format
from tests.support.tables import Tables, tables_of

UTM = "EPSG:32650"
EAST, NORTH = 240_000.0, 3_390_000.0
NORTH_UP = Affine(10.0, 0.0, EAST, 0.0, -10.0, NORTH)


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
    def chunks(self) -> list[MeshChunk]:
        return [e.chunk for e in self.events if isinstance(e, Geometry)]

    @property
    def findings(self) -> list[Finding]:
        return [e.finding for e in self.events if isinstance(e, Found)]

    @property
    def codes(self) -> set[str]:
        return {finding.code for finding in self.findings}

    @property
    def fractions(self) -> list[float]:
        return [e.fraction for e in self.events if isinstance(e, Progress)]

    @property
    def facts(self) -> dict[str, Any]:
        rows = self.tables.properties.to_pylist()
        return {row["name"]: row["value"] if row["number"] is None else row["number"] for row in rows}

    def vertices(self) -> np.ndarray:
        """(n, 3) of all chunks, world metres."""
        world = self.opened.georeference.world_from_model[:3, 3]
        return np.concatenate([chunk.positions.astype(np.float64) + chunk.origin_m + world for chunk in self.chunks])

    def corners(self) -> np.ndarray:
        """(t, 3, 3) of all triangles, model metres."""
        return np.concatenate([(c.positions.astype(np.float64) + c.origin_m)[c.triangles] for c in self.chunks])


def run(path: Path, one: Format = raster_format.FORMAT, **options: Any) -> Result:
    """All events of a loader."""
    return Result(list(one.load(path, Context(**options))))


def run_picture(path: Path, **options: Any) -> Result:
    """All events of the loader of pictures."""
    return run(path, imagery_format.FORMAT, **options)


def write(path: Path, values: np.ndarray, **profile: Any) -> Path:
    """A GeoTIFF (or what ``driver`` says) of bands (count, rows, columns) or one band (rows, columns)."""
    bands = values if values.ndim == 3 else values[None]
    extra = {
        key: profile.pop(key) for key in ("units", "scales", "offsets", "tags", "colours", "names") if key in profile
    }
    settings = {"driver": "GTiff", "crs": UTM, "transform": NORTH_UP, "dtype": bands.dtype.name} | profile
    size = {"count": bands.shape[0], "height": bands.shape[1], "width": bands.shape[2]}
    with rasterio.open(path, "w", **size, **settings) as out:
        if "colours" in extra:
            out.write_colormap(1, extra["colours"])
        for name in ("units", "scales", "offsets"):
            if name in extra:
                setattr(out, name, extra[name])
        if "names" in extra:
            out.descriptions = extra["names"]
        if "tags" in extra:
            out.update_tags(**extra["tags"])
        out.write(bands)
    return path


def centres(shape: tuple[int, int], matrix: Affine = NORTH_UP) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the pixel centres."""
    i, j = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    return matrix.a * j + matrix.b * i + matrix.c, matrix.d * j + matrix.e * i + matrix.f


def plane(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A tilted plane about the test site."""
    return 50.0 + 0.05 * (x - EAST) - 0.03 * (y - NORTH)
