"""The tree of tiles of ``tileset.json``: what was planned and written, with boxes, errors and transforms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from loaders.model.tiles import NO_NODE
from loaders.tileset.meta import TileExtras

CHILDREN = 8
_MARGIN_M = 1e-3  # a box without volume is not valid everywhere; the same on all levels keeps them nested

Floats = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Branch:
    """A node that was written: its content (URI and what we say of it), and the nodes below.

    ``error_m`` is infinite for a node that only groups others. ``around_m`` (6,) is the box around everything,
    ``given`` the node's number in the tree that the source brought.
    """

    uri: str = ""
    extras: TileExtras | None = None
    error_m: float = 0.0
    replaces: bool = False
    optional: bool = False
    given: int = NO_NODE
    children: list[Branch] = field(default_factory=list)
    around_m: Floats = field(default_factory=lambda: np.zeros(6))

    def close(self) -> Branch:
        """Find the box around the node and all below it; many children are put into groups of neighbours."""
        if len(self.children) > CHILDREN:
            self.children = _grouped(self.children)
        boxes = [child.around_m for child in self.children]
        if self.extras is not None:
            boxes.append(np.array(self.extras.bounds_m))
        if boxes:
            stacked = np.array(boxes)
            self.around_m = np.append(stacked[:, :3].min(axis=0), stacked[:, 3:].max(axis=0))
        return self

    @property
    def geometric_error_m(self) -> float:
        """Of the node for any viewer: finite, and not less than that of its children (3D Tiles 1.1, section 6.3)."""
        below = max((child.geometric_error_m for child in self.children), default=0.0)
        own = self.error_m
        if not np.isfinite(own):
            own = float(np.linalg.norm(self.around_m[3:] - self.around_m[:3]))
        return max(own, below)


def box(bounds_m: Floats, origin_m: Floats) -> dict[str, list[float]]:
    """The 3D Tiles bounding volume of a box (6,), relative to ``origin_m`` (3,)."""
    centre = (bounds_m[:3] + bounds_m[3:]) / 2 - origin_m
    half = ((bounds_m[3:] - bounds_m[:3]) / 2 + _MARGIN_M).tolist()
    return {"box": [*centre.tolist(), half[0], 0.0, 0.0, 0.0, half[1], 0.0, 0.0, 0.0, half[2]]}


def tile_json(branch: Branch, parent_origin_m: Floats | None = None) -> dict[str, Any]:
    """A node and all below it as tiles, in the model frame; ``parent_origin_m`` is where its parent's frame lies."""
    above_m = np.zeros(3) if parent_origin_m is None else parent_origin_m
    origin_m = above_m if branch.extras is None else np.array(branch.extras.origin_m)
    tile: dict[str, Any] = {
        "boundingVolume": box(branch.around_m, origin_m),
        "geometricError": branch.geometric_error_m,
        "refine": "REPLACE" if branch.replaces else "ADD",
        "extras": {"citytwin": _extras(branch)},
    }
    if branch.extras is not None:
        tile["content"] = {"uri": branch.uri}
        if (origin_m != above_m).any():
            tile["transform"] = _translation(origin_m - above_m)
    if branch.children:
        tile["children"] = [tile_json(child, origin_m) for child in branch.children]
    return tile


def _extras(branch: Branch) -> dict[str, Any]:
    known = {} if branch.extras is None else msgspec.to_builtins(branch.extras)
    error_m = branch.error_m if np.isfinite(branch.error_m) else None
    known |= {"given": branch.given} if branch.given != NO_NODE else {}
    return known | {"around_m": branch.around_m.tolist(), "error_m": error_m, "optional": branch.optional}


def _translation(offset_m: Floats) -> list[float]:
    transform = np.eye(4)
    transform[:3, 3] = offset_m
    return [float(value) for value in transform.T.reshape(16)]  # column-major by the standard


def _grouped(branches: list[Branch]) -> list[Branch]:
    """At most `CHILDREN` nodes around neighbours, by halving along the longest axis three times over."""
    centres = np.array([(b.around_m[:3] + b.around_m[3:]) / 2.0 for b in branches])
    groups = [np.arange(len(branches))]
    while len(groups) < CHILDREN:
        groups = [half for group in groups for half in _halves(centres, group)]
    return [
        branches[group[0]]
        if len(group) == 1
        else Branch(error_m=np.inf, children=[branches[index] for index in group]).close()
        for group in groups
    ]


def _halves(centres: Floats, members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    if len(members) < 2:
        return [members]
    axis = int(np.argmax(np.ptp(centres[members], axis=0)))
    order = members[np.argsort(centres[members, axis], kind="stable")]
    middle = len(order) // 2
    return [order[:middle], order[middle:]]
