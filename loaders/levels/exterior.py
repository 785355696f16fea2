"""Which objects of a building are seen from outside, found by rays from their surfaces to the sky."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.levels.pieces import Index, Pieces
from loaders.levels.surfaces import Surface, in_triangles, surface_of

ROUNDS = (16, 48)  # rays an object
SHARE = 1.0 / 32.0  # of the rays of an object that must get away
_CLEAR = 0.2  # a share so large in the first round settles it
_LOWEST = -0.3  # rays go no further down: nobody looks at a building from below the ground
_HIDING = 0.95  # of the opaque surface that stops rays
_OFF_M = 2e-3  # from the surface that a ray starts on

Floats = NDArray[np.float32]


def can_trace() -> bool:
    """Whether there is something to cast rays with."""
    return importlib.util.find_spec("embreex") is not None


def visible_from_outside(pieces: Pieces, surface: Surface | None = None, seed: int = 0) -> NDArray[np.bool_]:
    """(k,) whether a piece is seen from outside: rays from its surface get away past everything opaque.

    Glass does not stop a ray. Pieces whose surface is nothing but points or lines are not seen.
    ``surface`` is that of ``pieces`` where it is known.
    """
    if not len(pieces):
        return np.zeros(0, np.bool_)
    surface = surface or surface_of(pieces)
    owners, areas = surface.owners, surface.areas_m2
    scene = _scene(surface.corners[_occluders(areas, ~pieces.transparent[owners])])
    sampler = _Sampler(surface, len(pieces), seed)
    escaped, tried = np.zeros(len(pieces)), np.zeros(len(pieces))
    open_pieces = np.flatnonzero(np.bincount(owners, areas, len(pieces)) > 0.0)
    for count in ROUNDS:
        starts, directions = sampler.rays(open_pieces, count)
        free = np.ones(len(starts), np.bool_) if scene is None else scene.run(starts, directions) < 0
        escaped[open_pieces] += free.reshape(-1, count).sum(axis=1)
        tried[open_pieces] += count
        open_pieces = open_pieces[escaped[open_pieces] < _CLEAR * tried[open_pieces]]
    return escaped > SHARE * np.maximum(tried, 1.0)


def _occluders(areas_m2: NDArray[np.float64], opaque: NDArray[np.bool_]) -> Index:
    """The largest opaque triangles, which hide nearly everything that is hidden; taking in the rest costs the most."""
    index = np.flatnonzero(opaque)
    order = index[np.argsort(-areas_m2[index])]
    share = np.cumsum(areas_m2[order])
    return order[: int(np.searchsorted(share, _HIDING * share[-1])) + 1] if len(order) else order


def _scene(corners: Floats) -> Any:
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    if not len(corners):
        return None
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(corners))
    return scene


class _Sampler:
    """Points spread over the surface of each piece by area, each with a direction."""

    def __init__(self, surface: Surface, num_pieces: int, seed: int) -> None:
        order = np.argsort(surface.owners, kind="stable")
        self._corners, self._areas = surface.corners[order], surface.areas_m2[order]
        self._first = np.searchsorted(surface.owners[order], np.arange(num_pieces + 1))
        self._sum = np.concatenate([[0.0], np.cumsum(self._areas)])
        self._chance = np.random.default_rng(seed)

    def rays(self, pieces: Index, count: int) -> tuple[Floats, Floats]:
        """``count`` rays for each piece: starts and unit directions, each (len(pieces) * count, 3)."""
        low, high = self._sum[self._first[pieces]], self._sum[self._first[pieces + 1]]
        steps = (np.arange(count) + self._chance.random((len(pieces), count))) / count
        at = (low[:, None] + steps * (high - low)[:, None]).ravel()
        triangle = np.clip(np.searchsorted(self._sum, at, side="right") - 1, 0, len(self._areas) - 1)
        points = in_triangles(self._corners[triangle], self._chance)
        turned = np.argsort(self._chance.random((len(pieces), count)), axis=1).ravel()
        directions = _sky(count)[turned]
        return points + directions * np.float32(_OFF_M), directions


def _sky(count: int) -> Floats:
    """Unit directions (count, 3) spread evenly over the sky and a little below the horizon (Fibonacci lattice)."""
    z = 1.0 - (np.arange(count) + 0.5) / count * (1.0 - _LOWEST)
    turn = np.arange(count) * np.pi * (3.0 - np.sqrt(5.0))
    across = np.sqrt(1.0 - z * z)
    return np.stack([across * np.cos(turn), across * np.sin(turn), z], axis=1).astype(np.float32)
