"""Which objects of a building are seen from outside, found by rays from their surfaces to the sky."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.levels.pieces import Index
from loaders.levels.rays import RayScene
from loaders.levels.surfaces import Surface, in_triangles

ROUNDS = (16, 48)  # rays an object
SHARE = 1.0 / 32.0  # of the rays of an object that must get away
EDGE_SHARE = 0.3  # of the rays of an object that start from upright faces at least, if it has any
_CLEAR = 0.2  # a share so large in the first round settles it
_LOWEST = -0.3  # rays go no further down: nobody looks at a building from below the ground
_OFF_M = 2e-3  # from the surface that a ray starts on

Floats = NDArray[np.float32]


def visible_from_outside(
    surface: Surface, num_owners: int, scene: RayScene | None = None, seed: int = 0
) -> NDArray[np.bool_]:
    """(num_owners,) whether an owner is seen from outside: rays from its surface get away past everything opaque.

    Glass does not stop a ray. Whose surface is nothing but points or lines is not seen.
    ``scene`` is that of ``surface`` where it is there already.
    """
    if not len(surface.corners):
        return np.zeros(num_owners, np.bool_)
    scene = scene or RayScene(surface)
    owners, areas = surface.owners, surface.areas_m2
    sampler = _Sampler(surface, num_owners, seed)
    escaped, tried = np.zeros(num_owners), np.zeros(num_owners)
    unsettled = np.flatnonzero(np.bincount(owners, areas, num_owners) > 0.0)
    for count in ROUNDS:
        starts, directions = sampler.rays(unsettled, count)
        escaped[unsettled] += (~scene.blocked(starts, directions)).reshape(-1, count).sum(axis=1)
        tried[unsettled] += count
        unsettled = unsettled[escaped[unsettled] < _CLEAR * tried[unsettled]]
    return escaped > SHARE * np.maximum(tried, 1.0)


def _weights(surface: Surface, num_owners: int) -> NDArray[np.float64]:
    """The areas; those of upright faces larger, where they are little of an owner.

    A slab whose edge lies in the facade is seen by nothing but that edge, a fiftieth of its surface.
    """
    areas = surface.areas_m2
    upright = np.where(surface.upright, areas, 0.0)
    of_all = np.bincount(surface.owners, areas, num_owners)
    of_upright = np.bincount(surface.owners, upright, num_owners)
    wanted = EDGE_SHARE / (1.0 - EDGE_SHARE) * (of_all - of_upright)
    grown = np.maximum(1.0, wanted / np.maximum(of_upright, 1e-12))[surface.owners]
    weights: NDArray[np.float64] = np.where(surface.upright & (areas > 0.0), areas * grown, areas)
    return weights


class _Sampler:
    """Points spread over the surface of each owner, each with a direction."""

    def __init__(self, surface: Surface, num_owners: int, seed: int) -> None:
        self._corners, owners = surface.corners, surface.owners
        self._areas = _weights(surface, num_owners)
        if (owners[1:] < owners[:-1]).any():
            order = np.argsort(owners, kind="stable")
            self._corners, self._areas, owners = self._corners[order], self._areas[order], owners[order]
        self._first = np.searchsorted(owners, np.arange(num_owners + 1))
        self._sum = np.concatenate([[0.0], np.cumsum(self._areas)])
        self._chance = np.random.default_rng(seed)

    def rays(self, owners: Index, count: int) -> tuple[Floats, Floats]:
        """``count`` rays for each owner: starts and unit directions, each (len(owners) * count, 3)."""
        low, high = self._sum[self._first[owners]], self._sum[self._first[owners + 1]]
        steps = (np.arange(count) + self._chance.random((len(owners), count))) / count
        at = (low[:, None] + steps * (high - low)[:, None]).ravel()
        triangle = np.clip(np.searchsorted(self._sum, at, side="right") - 1, 0, len(self._areas) - 1)
        points = in_triangles(self._corners[triangle], self._chance)
        turned = np.argsort(self._chance.random((len(owners), count)), axis=1).ravel()
        directions = _sky(count)[turned]
        return points + directions * np.float32(_OFF_M), directions


def _sky(count: int) -> Floats:
    """Unit directions (count, 3) spread evenly over the sky and a little below the horizon (Fibonacci lattice)."""
    z = 1.0 - (np.arange(count) + 0.5) / count * (1.0 - _LOWEST)
    turn = np.arange(count) * np.pi * (3.0 - np.sqrt(5.0))
    across = np.sqrt(1.0 - z * z)
    return np.stack([across * np.cos(turn), across * np.sin(turn), z], axis=1).astype(np.float32)
