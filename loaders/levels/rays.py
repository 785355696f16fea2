"""Rays against the opaque triangles of a surface."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.levels.pieces import Index
from loaders.levels.surfaces import OPAQUE, Surface

_HIDING = 0.95  # of the opaque surface that stops rays
_FEW = 2000  # triangles that are taken in at any rate

Floats = NDArray[np.float32]


def can_trace() -> bool:
    """Whether there is something to cast rays with."""
    return importlib.util.find_spec("embreex") is not None


class RayScene:
    """What stops rays of a surface: its largest opaque triangles, which hide nearly everything that is hidden.

    Taking in the rest would cost the most. Points are about the surface's origin.
    """

    def __init__(self, surface: Surface) -> None:
        opaque = np.flatnonzero(surface.colours[:, 3] >= OPAQUE)
        areas = surface.areas_m2[opaque]
        order = np.argsort(-areas)
        share = np.cumsum(areas[order])
        count = len(order)
        if count > _FEW:
            count = max(_FEW, int(np.searchsorted(share, _HIDING * share[-1])) + 1)
        self._triangles = opaque[order[:count]]
        self._scene = _embree(surface.corners[self._triangles]) if count else None

    def blocked(self, starts: Floats, directions: Floats) -> NDArray[np.bool_]:
        """(n,) whether something stops rays (n, 3)."""
        if self._scene is None:
            return np.zeros(len(starts), np.bool_)
        blocked: NDArray[np.bool_] = self._scene.run(starts, directions) >= 0
        return blocked

    def first_hits(self, starts: Floats, directions: Floats) -> tuple[Index, Floats]:
        """The triangle of the surface that each ray meets first, -1 for none, and how far away."""
        if self._scene is None:
            return np.full(len(starts), -1), np.full(len(starts), np.inf, np.float32)
        found = self._scene.run(starts, directions, output=True)
        number = found["primID"].astype(np.int64)
        return np.where(number >= 0, self._triangles[np.maximum(number, 0)], -1), found["tfar"]


def _embree(corners: Floats) -> Any:
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(corners))
    return scene
