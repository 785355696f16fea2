"""The height of the terrain at a place, from its finest tiles."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from loaders.model.formats import LayerKind
from loaders.model.frames import transform_boxes, transform_points
from loaders.model.meshes import MeshChunk
from loaders.model.tiles import NO_NODE, TileNodes
from scenes.visuals.layer_visual import LayerVisual
from scenes.visuals.tile_source import ObjectTiles

Floats = NDArray[np.float64]


def terrain_height_m(visuals: Iterable[LayerVisual], x_m: float, y_m: float) -> float | None:
    """The highest point of all visible terrain above a world point, None where there is none."""
    heights = [
        height
        for visual in visuals
        if visual.layer.kind is LayerKind.TERRAIN and visual.layer.visible
        for height in _heights(visual, np.array([x_m, y_m]))
    ]
    return max(heights, default=None)


def _heights(visual: LayerVisual, place_m: Floats) -> list[float]:
    source = visual.source
    if source is None:
        return []
    world_from_model = visual.layer.world_from_model
    nodes = source.nodes()
    leaves = nodes.has_content & _at_place(nodes, world_from_model, place_m)
    leaves[nodes.parents[nodes.parents != NO_NODE]] = False
    found = []
    for number in np.flatnonzero(leaves):
        for chunk in _finest(source, nodes, int(number)):
            height = height_over(chunk, world_from_model, place_m)
            if height is not None:
                found.append(height)
    return found


def _at_place(nodes: TileNodes, world_from_model: Floats, place_m: Floats) -> NDArray[np.bool_]:
    """Which nodes have a world place (2,) in the plan of their boxes."""
    boxes = nodes.bounds_m
    if not world_from_model[2, :2].any() and not world_from_model[:2, 2].any():
        # Upright, as nearly everything stands: the place is moved and not a hundred thousand boxes.
        place_m = np.asarray(np.linalg.solve(world_from_model[:2, :2], place_m - world_from_model[:2, 3]), np.float64)
    else:
        boxes = transform_boxes(world_from_model, boxes)
    inside: NDArray[np.bool_] = (boxes[:, 0] <= place_m[0]) & (boxes[:, 3] >= place_m[0])
    inside &= (boxes[:, 1] <= place_m[1]) & (boxes[:, 4] >= place_m[1])
    return inside


def _finest(source: ObjectTiles, nodes: TileNodes, number: int) -> tuple[MeshChunk, ...]:
    """What a tile holds, or the one that it replaces where it cannot be read: told when it was to be shown."""
    while number != NO_NODE and nodes.has_content[number]:
        try:
            chunks = source.read(number).chunks
            return tuple(chunk for chunk in chunks if isinstance(chunk, MeshChunk))
        except CityTwinError:
            number = int(nodes.parents[number])
    return ()


def height_over(chunk: MeshChunk, world_from_model: Floats, place_m: Floats) -> float | None:
    """The highest point of a chunk's surface above a world place (2,), None where it has none."""
    points = transform_points(world_from_model, chunk.positions.astype(np.float64) + chunk.origin_m)
    flat = points[:, :2] - place_m
    corners = flat[chunk.triangles]
    near = (corners.min(axis=1) <= 0.0).all(axis=1) & (corners.max(axis=1) >= 0.0).all(axis=1)
    corners, triangles = corners[near], chunk.triangles[near]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    # Barycentric coordinates of the place, from the areas of the triangles that it makes with the corners.
    areas = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1)
    whole = areas.sum(axis=1)
    inside = (whole != 0.0) & ((areas * np.sign(whole)[:, None]) >= -1e-12 * np.abs(whole)[:, None]).all(axis=1)
    if not inside.any():
        return None
    weights = areas[inside] / whole[inside, None]
    return float((weights * points[triangles[inside], 2]).sum(axis=1).max())


def _cross(one: Floats, other: Floats) -> Floats:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
