"""LAS and LAZ files for tests, written by laspy; and what a loader says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import rasterio  # noqa: F401 - its import sets variables of the process, once

from loaders.model.events import Found, Geometry, LoadEvent, Opened, Preview, Tree
from loaders.model.frames import Georeference, transform_points
from loaders.model.points import PointChunk
from loaders.pointcloud.load import load
from tests.support.tables import Tables, tables_of


@dataclass
class Context:
    """A `LoadContext` that never cancels."""

    scratch: Path
    options: dict[str, Any] = field(default_factory=dict)

    def checkpoint(self) -> None:
        """Go on."""


@dataclass
class Loaded:
    """Everything that a loader yielded."""

    events: list[LoadEvent]

    @property
    def georeference(self) -> Georeference:
        (opened,) = [event for event in self.events if isinstance(event, Opened)]
        return opened.georeference

    @property
    def tiles(self) -> list[tuple[int, PointChunk]]:
        return [(event.node, event.chunk) for event in self.events if isinstance(event, Geometry)]

    @property
    def previews(self) -> list[PointChunk]:
        return [event.chunk for event in self.events if isinstance(event, Preview)]

    @property
    def tree(self) -> Tree:
        (tree,) = [event for event in self.events if isinstance(event, Tree)]
        return tree

    @property
    def tables(self) -> Tables:
        return tables_of(self.events)

    @property
    def codes(self) -> list[str]:
        return [event.finding.code for event in self.events if isinstance(event, Found)]

    def points_m(self) -> np.ndarray:
        """(n, 3) world points of all tiles, in the order of the tiles."""
        parts = [chunk.positions.astype(np.float64) + chunk.origin_m for _, chunk in self.tiles]
        return transform_points(self.georeference.world_from_model, np.concatenate(parts))

    def facts(self, row: int = 0) -> dict[str, Any]:
        rows = self.tables.properties.to_pylist()
        return {one["name"]: one["value"] for one in rows if one["object"] == row}


def load_all(path: Path, scratch: Path, **options: Any) -> Loaded:
    scratch.mkdir(exist_ok=True)
    return Loaded(list(load(path, Context(scratch, options))))


def hills(count: int, *, size_m: float = 100.0, seed: int = 0) -> np.ndarray:
    """(n, 3) points of a wavy ground."""
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, count)) * size_m
    return np.column_stack([x, y, 5.0 * np.sin(x / 9.0) + rng.normal(size=count) * 0.05])


def write_las(
    path: Path, points: np.ndarray, *, version: str = "1.4", point_format: int = 6, scale: float = 0.001, **fields: Any
) -> Path:
    """A file of some points; ``fields`` are laspy's dimensions. ``.laz`` is compressed."""
    header = laspy.LasHeader(version=version, point_format=point_format)
    header.scales, header.offsets = np.full(3, scale), np.floor(points.min(axis=0)) if len(points) else np.zeros(3)
    for key, value in fields.pop("header", {}).items():
        setattr(header, key, value)
    header.vlrs.extend(fields.pop("vlrs", []))
    las = laspy.LasData(header)
    las.x, las.y, las.z = points.T
    for name, values in fields.items():
        setattr(las, name, values)
    las.write(str(path))
    return path


def assert_same_points(found: np.ndarray, expected: np.ndarray, step_m: float = 0.001, atol_m: float = 3e-4) -> None:
    """Two sets of points that lie on steps of coordinates: each point as often in one as in the other."""
    assert np.abs(found - np.rint(found / step_m) * step_m).max() < atol_m
    steps = [np.rint(points / step_m).astype(np.int64) for points in (found, expected)]
    np.testing.assert_array_equal(*(rows[np.lexsort(rows.T)] for rows in steps))


def by_place(points: np.ndarray) -> np.ndarray:
    """The points in an order of their own, for comparing few of them."""
    return points[np.argsort(points @ (1.0, np.pi, np.e))]
