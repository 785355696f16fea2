"""Trees from afar: a crown of eight triangles each, and one for several."""

from __future__ import annotations

import numpy as np

from loaders.levels.pieces import Index, Pieces
from loaders.levels.prisms import Buildings, mean_colours
from loaders.levels.quarters import standing_chunk
from loaders.levels.solids import Colour, Floats, Solid
from loaders.levels.surfaces import surface_of
from loaders.model.meshes import MeshChunk

ERROR_M = 1.6  # of a tree's crown: about a quarter of its width
_WAIST = 0.3  # of the height: where a crown is widest
_INSET = 0.42  # of the width: its corners, from the middle
_COVERS = (2.0 * _INSET) ** 2  # of its box's ground
_RING = _INSET * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
_FACES = np.array([face for i in range(4) for face in ((i, (i + 1) % 4, 5), ((i + 1) % 4, i, 4))])


def crowns(centres_m: Floats, sizes_m: Floats, low_m: Floats, high_m: Floats, colours: Colour) -> Solid:
    """Double pyramids: centres and sizes (k, 2) of their boxes, heights (k,), colours (k, 4)."""
    count = len(centres_m)
    waist_m = low_m + _WAIST * (high_m - low_m)
    points = np.empty((count, 6, 3))
    points[:, :4, :2] = centres_m[:, None] + _RING * sizes_m[:, None]
    points[:, :4, 2] = waist_m[:, None]
    points[:, 4:, :2] = centres_m[:, None]
    points[:, 4, 2], points[:, 5, 2] = low_m, high_m
    triangles = (_FACES + 6 * np.arange(count)[:, None, None]).reshape(-1, 3)
    return Solid(points.reshape(-1, 3), triangles, np.repeat(colours, 6, axis=0))


class Crowns:
    """Plants, as `loaders.levels.quarters.Shape`."""

    error_m = ERROR_M
    triangles_each = 8
    tile_triangles = 12_000

    def __init__(self, pieces: Pieces) -> None:
        self.figures = _figures(pieces)
        self.solids = crowns

    def num_triangles(self, members: Index) -> int:
        """See `Shape`."""
        return self.triangles_each * len(members)

    def chunk(self, members: Index) -> MeshChunk:
        """See `Shape`."""
        some = self.figures.take(np.sort(members))
        origin = np.append(some.centres_m.mean(axis=0), some.low_m.min())
        sizes = some.boxes_m[:, 3:5] - some.boxes_m[:, :2]
        solid = crowns(
            some.centres_m - origin[:2], sizes, some.low_m - origin[2], some.high_m - origin[2], some.colours
        )
        return standing_chunk(solid, origin, np.repeat(some.rows, 6))


def _figures(pieces: Pieces) -> Buildings:
    rows, place = np.unique(pieces.row, return_inverse=True)
    count = len(rows)
    around = np.concatenate([np.full((count, 3), np.inf), np.full((count, 3), -np.inf)], axis=1)
    np.minimum.at(around[:, :3], place, pieces.boxes_m[:, :3])
    np.maximum.at(around[:, 3:], place, pieces.boxes_m[:, 3:])
    surface = surface_of(pieces)
    owners = place[surface.owners]
    sizes = around[:, 3:5] - around[:, :2]
    return Buildings(
        rows=rows,
        footprint_m2=_COVERS * sizes[:, 0] * sizes[:, 1],
        low_m=around[:, 2],
        high_m=around[:, 5],
        centres_m=(around[:, :2] + around[:, 3:5]) / 2.0,
        colours=mean_colours(surface.colours, owners, surface.areas_m2, count),
        boxes_m=around,
        num_triangles=np.bincount(owners, minlength=count),
    )
