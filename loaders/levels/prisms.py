"""CIM2 of many buildings at once: the prism over each one's ground, as high as its roof is in the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.levels.pieces import Index, Pieces
from loaders.levels.solids import Solid, boxes
from loaders.levels.surfaces import surface_of

Floats = NDArray[np.float64]
_FLAT = 0.9  # of a unit normal's height: a ground or a roof
_KEY_M = 1e-3  # corners nearer than this are one


@dataclass(frozen=True, slots=True, eq=False)
class Buildings:
    """Figures of buildings by object row, ascending.

    ``rows``, ``footprint_m2``, ``low_m``, ``high_m`` (b,), ``centres_m`` (b, 2), ``colours`` (b, 4),
    ``boxes_m`` (b, 6), ``num_triangles`` (b,) of their full geometry.
    """

    rows: Index
    footprint_m2: Floats
    low_m: Floats
    high_m: Floats
    centres_m: Floats
    colours: NDArray[np.uint8]
    boxes_m: Floats
    num_triangles: Index

    def take(self, chosen: Index | NDArray[np.bool_]) -> Buildings:
        """Some of them."""
        return Buildings(*(getattr(self, name)[chosen] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Prisms:
    """Walls and roofs: points (n, 3) about ``origin_m``, triangles (t, 3), the building (position) of each point."""

    origin_m: Floats
    points_m: NDArray[np.float32]
    triangles: NDArray[np.int64]
    owners: Index


def buildings_of(pieces: Pieces) -> tuple[Buildings, Prisms]:
    """Figures of all objects of ``pieces``, and their prisms; one without a level ground gets its box."""
    rows, place = np.unique(pieces.row, return_inverse=True)
    surface = surface_of(pieces)
    owners = place[surface.owners]
    count = len(rows)
    around = np.concatenate([np.full((count, 3), np.inf), np.full((count, 3), -np.inf)], axis=1)
    np.minimum.at(around[:, :3], place, pieces.boxes_m[:, :3])
    np.maximum.at(around[:, 3:], place, pieces.boxes_m[:, 3:])
    edges = surface.corners[:, 1:] - surface.corners[:, :1]
    rise = np.cross(edges[:, 0], edges[:, 1])[:, 2].astype(np.float64) / 2.0  # of the area, upward
    areas = np.maximum(surface.areas_m2, 1e-30)
    height = surface.corners[:, :, 2].mean(axis=1).astype(np.float64) + surface.origin_m[2]
    ground = (rise < -_FLAT * areas) & (height <= around[owners, 2] + 0.5)
    roof = rise > 0.1 * areas
    footprint = np.bincount(owners[ground], -rise[ground], count)
    roofed = np.bincount(owners[roof], rise[roof], count)
    mean_roof = np.bincount(owners[roof], (rise * height)[roof], count) / np.maximum(roofed, 1e-30)
    extent = around[:, 3:] - around[:, :3]
    has_ground, has_roof = footprint > 0.0, roofed > 0.0
    figures = Buildings(
        rows=rows,
        footprint_m2=np.where(has_ground, footprint, extent[:, 0] * extent[:, 1]),
        low_m=around[:, 2],
        high_m=np.where(has_roof, np.clip(mean_roof, around[:, 2], around[:, 5]), around[:, 5]),
        centres_m=(around[:, :2] + around[:, 3:5]) / 2.0,
        colours=mean_colours(surface.colours, owners, surface.areas_m2, count),
        boxes_m=around,
        num_triangles=np.bincount(owners, minlength=count),
    )
    return figures, _prisms(figures, surface.corners[ground], owners[ground], surface.origin_m)


def mean_colours(colours: NDArray[np.uint8], owners: Index, areas: Floats, count: int) -> NDArray[np.uint8]:
    """The mean colour (count, 4) of the triangles of each owner by area, opaque."""
    weights = areas * (colours[:, 3] / 255.0) + 1e-12
    total = np.bincount(owners, weights, count)
    channels = [np.bincount(owners, weights * colours[:, axis], count) / np.maximum(total, 1e-30) for axis in range(3)]
    return np.stack([*channels, np.full(count, 255.0)], axis=1).round().astype(np.uint8)


def _prisms(figures: Buildings, ground: NDArray[np.float32], owners: Index, origin_m: Floats) -> Prisms:
    """The ground of each building once more as its roof, and walls along its outline."""
    keys = np.rint(ground[:, :, :2].astype(np.float64) / _KEY_M).astype(np.int64).reshape(-1, 2)
    tagged = np.concatenate([np.repeat(owners, 3)[:, None], keys], axis=1)
    order = np.lexsort(tagged.T[::-1])
    ordered = tagged[order]
    new = np.ones(len(ordered), np.bool_)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    corner = np.empty(len(ordered), np.int64)
    corner[order] = np.cumsum(new) - 1
    flat = ground[:, :, :2].reshape(-1, 2)[order[new]].astype(np.float64)
    owner_of = np.repeat(owners, 3)[order[new]]
    triangles = corner.reshape(-1, 3)
    count = len(flat)
    low = figures.low_m[owner_of] - origin_m[2]
    high = figures.high_m[owner_of] - origin_m[2]
    lower, upper = np.column_stack([flat, low]), np.column_stack([flat, high])
    outline = _outline(triangles)
    # The ground looks down: seen from above its outline runs clockwise, so walls go the other way round.
    a, b = outline[:, 0], outline[:, 1]
    walls = np.concatenate([np.stack([b, a, a + count], axis=1), np.stack([b, a + count, b + count], axis=1)])
    roofs = triangles[:, ::-1] + count
    others, box_owners = _boxes(figures, owners, origin_m)
    points = np.concatenate([lower, upper, others.points_m])
    all_owners = np.concatenate([owner_of, owner_of, box_owners])
    return Prisms(
        origin_m,
        points.astype(np.float32),
        np.concatenate([walls, roofs, others.triangles + 2 * count]),
        all_owners,
    )


def _outline(triangles: NDArray[np.int64]) -> NDArray[np.int64]:
    """Directed edges (e, 2) that no other triangle runs along the other way."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    size = int(edges.max()) + 1 if len(edges) else 1
    forward, backward = edges[:, 0] * size + edges[:, 1], edges[:, 1] * size + edges[:, 0]
    outline: NDArray[np.int64] = edges[~np.isin(forward, backward)]
    return outline


def _boxes(figures: Buildings, owners: Index, origin_m: Floats) -> tuple[Solid, Index]:
    without = np.setdiff1d(np.arange(len(figures)), owners)
    some = figures.take(without)
    sizes = some.boxes_m[:, 3:5] - some.boxes_m[:, :2]
    solid = boxes(
        some.centres_m - origin_m[:2], sizes, some.low_m - origin_m[2], some.high_m - origin_m[2], some.colours
    )
    return solid, np.repeat(without, 8)
