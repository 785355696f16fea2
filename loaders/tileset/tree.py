"""The tree of tiles of ``tileset.json``: empty inner nodes around spatial groups of leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from loaders.tileset.meta import TileExtras

CHILDREN = 8
_MARGIN_M = 1e-3  # a box without volume is not valid everywhere; the same on all levels keeps them nested


@dataclass(frozen=True, slots=True)
class Leaf:
    """A tile with content: its folder-relative URI and what we say of it."""

    uri: str
    extras: TileExtras


def box(bounds_m: NDArray[np.float64], origin_m: NDArray[np.float64]) -> dict[str, list[float]]:
    """The 3D Tiles bounding volume of a box (6,), relative to ``origin_m`` (3,)."""
    centre = (bounds_m[:3] + bounds_m[3:]) / 2 - origin_m
    half = ((bounds_m[3:] - bounds_m[:3]) / 2 + _MARGIN_M).tolist()
    return {"box": [*centre.tolist(), half[0], 0.0, 0.0, 0.0, half[1], 0.0, 0.0, 0.0, half[2]]}


def build_tree(leaves: list[Leaf]) -> dict[str, Any]:
    """The root tile in the model frame, without content and transform.

    Inner nodes refine by adding. The geometric error of a node is the diagonal of its box: what is
    below it appears when the box covers more than the viewer's error in pixels. Leaves have 0.
    """
    if not leaves:
        empty = np.zeros(6)
        extras = {"citytwin": {"around_m": empty.tolist()}}
        return {"boundingVolume": box(empty, np.zeros(3)), "geometricError": 0.0, "refine": "ADD", "extras": extras}
    bounds = np.array([leaf.extras.bounds_m for leaf in leaves])
    return _node(leaves, bounds, np.arange(len(leaves))) | {"refine": "ADD"}


def _node(leaves: list[Leaf], bounds: NDArray[np.float64], members: NDArray[np.int64]) -> dict[str, Any]:
    around = np.concatenate([bounds[members, :3].min(axis=0), bounds[members, 3:].max(axis=0)])
    if len(members) <= CHILDREN:
        children = [_leaf(leaves[index]) for index in members]
    else:
        children = [_child(leaves, bounds, group) for group in _groups(bounds, members)]
    return {
        "boundingVolume": box(around, np.zeros(3)),
        "geometricError": float(np.linalg.norm(around[3:] - around[:3])),
        "extras": {"citytwin": {"around_m": around.tolist()}},
        "children": children,
    }


def _child(leaves: list[Leaf], bounds: NDArray[np.float64], members: NDArray[np.int64]) -> dict[str, Any]:
    return _leaf(leaves[members[0]]) if len(members) == 1 else _node(leaves, bounds, members)


def _groups(bounds: NDArray[np.float64], members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Up to `CHILDREN` groups by halving along the longest axis, three times over: balanced in count."""
    centres = (bounds[:, :3] + bounds[:, 3:]) / 2
    groups = [members]
    while len(groups) < CHILDREN:
        groups = [half for group in groups for half in _halves(centres, group)]
    return groups


def _halves(centres: NDArray[np.float64], members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    if len(members) < 2:
        return [members]
    axis = int(np.argmax(np.ptp(centres[members], axis=0)))
    order = members[np.argsort(centres[members, axis], kind="stable")]
    middle = len(order) // 2
    return [order[:middle], order[middle:]]


def _leaf(leaf: Leaf) -> dict[str, Any]:
    origin_m = np.array(leaf.extras.origin_m)
    transform = np.eye(4)
    transform[:3, 3] = origin_m
    return {
        "boundingVolume": box(np.array(leaf.extras.bounds_m), origin_m),
        "geometricError": 0.0,
        "transform": transform.T.reshape(16).tolist(),  # column-major by the standard
        "content": {"uri": leaf.uri},
        "extras": {"citytwin": msgspec.to_builtins(leaf.extras) | {"around_m": leaf.extras.bounds_m}},
    }
