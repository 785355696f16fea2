"""The outline of each object on the ground, in the world's frame."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from loaders.handover.part import Part
from loaders.handover.rows import world_bounds
from loaders.handover.shapes import OnTile, finest_chunks, rows_of_items, runs
from loaders.model.frames import Matrix, transform_points
from loaders.model.points import Chunk, PointChunk

MOST_TRIANGLES = 4000  # of one object in one tile: beyond, its hull
_SMALLEST_M2 = 1e-8
_STEP_M = 0.001  # corners that lie straight within this go

FOOTPRINT, HULL, BOX = "footprint", "hull", "bounds"


class Outline(NamedTuple):
    """A polygon or several, and how it came about: `FOOTPRINT`, `HULL` or `BOX`."""

    shape: Any
    kind: str


def outlines(part: Part, on_tile: OnTile) -> dict[int, Outline]:
    """The outlines by object row; what has no extent on the ground has none."""
    matrix = part.georeference.world_from_model
    pieces: dict[int, list[Outline]] = {}
    count = part.tileset.num_objects
    for chunk in finest_chunks(part.tileset, on_tile):
        points = transform_points(matrix, chunk.positions.astype(np.float64) + chunk.origin_m)[:, :2]
        items = rows_of_items(chunk)
        for low, high in runs(items):
            row = int(items[low])
            piece = _piece(chunk, points, low, high) if row < count else None
            if piece is not None:
                pieces.setdefault(row, []).append(piece)
    found = {row: joined for row, own in pieces.items() if (joined := _joined(own)) is not None}
    return _boxes(matrix, part.tileset.object_bounds_m(), found) | found


def _piece(chunk: Chunk, points: NDArray[np.float64], low: int, high: int) -> Outline | None:
    if isinstance(chunk, PointChunk):
        return Outline(shapely.convex_hull(shapely.multipoints(points[low:high])), HULL)
    corners = points[chunk.triangles[low:high]]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = 0.5 * (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
    # Of a closed body what faces up covers all that it stands on.
    corners = corners[(area if chunk.closed else np.abs(area)) > _SMALLEST_M2]
    if not len(corners):
        return None
    if len(corners) > MOST_TRIANGLES:
        return Outline(shapely.convex_hull(shapely.multipoints(corners.reshape(-1, 2))), HULL)
    return Outline(_union(shapely.polygons(corners)), FOOTPRINT)


def _union(shapes: Any) -> Any:
    try:
        return shapely.union_all(shapes)
    except shapely.GEOSException:  # slivers that cross themselves: on a grid they do not
        return shapely.union_all(shapes, grid_size=_STEP_M)


def _joined(pieces: list[Outline]) -> Outline | None:
    shape = pieces[0].shape if len(pieces) == 1 else _union([piece.shape for piece in pieces])
    plain = shapely.simplify(shape, _STEP_M)
    shape = plain if shapely.area(plain) > 0.0 and shapely.is_valid(plain) else shape
    polygons = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon" and one.area > _SMALLEST_M2]
    if not polygons:
        return None
    kind = HULL if any(piece.kind == HULL for piece in pieces) else FOOTPRINT
    return Outline(shapely.multipolygons(polygons), kind)


def _boxes(matrix: Matrix, bounds_m: NDArray[np.float64], found: dict[int, Outline]) -> dict[int, Outline]:
    boxes = world_bounds(matrix, bounds_m)
    wide = np.isfinite(boxes).all(axis=1) & (boxes[:, 3] > boxes[:, 0]) & (boxes[:, 4] > boxes[:, 1])
    rows = [row for row in np.flatnonzero(wide).tolist() if row not in found]
    shapes = shapely.box(boxes[rows, 0], boxes[rows, 1], boxes[rows, 3], boxes[rows, 4])
    return {row: Outline(shapely.multipolygons([shape]), BOX) for row, shape in zip(rows, shapes, strict=True)}
