"""The triangles of many objects as one surface: areas, directions, mean colours, points spread over it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from loaders.levels.pieces import Index, Pieces, ranges

Floats = NDArray[np.float64]
_UPRIGHT = 0.35  # of a unit normal's height: less is a wall
_ENOUGH = 4000  # triangles to tell a direction from
OPAQUE = 250  # at least so much alpha stops a ray
_GREY = np.array([205, 205, 200, 255], np.uint8)


@dataclass(frozen=True, eq=False)
class Surface:
    """``corners`` (t, 3, 3) float32 about ``origin_m`` (3,), ``owners`` (t,) whose each triangle is,
    ``colours`` (t, 4) that of its first corner.
    """

    origin_m: Floats
    corners: NDArray[np.float32]
    owners: Index
    colours: NDArray[np.uint8]

    @staticmethod
    def empty() -> Surface:
        """No triangle."""
        return Surface(np.zeros(3), np.zeros((0, 3, 3), np.float32), np.zeros(0, np.int64), np.zeros((0, 4), np.uint8))

    def take(self, chosen: NDArray[np.bool_]) -> Surface:
        """Some of the triangles."""
        if chosen.all():
            return self
        part = Surface(self.origin_m, self.corners[chosen], self.owners[chosen], self.colours[chosen])
        part.__dict__["_normals"], part.__dict__["areas_m2"] = self._normals[chosen], self.areas_m2[chosen]
        return part

    def see_through(self) -> Surface:
        """The triangles that are not opaque."""
        return self.take(self.colours[:, 3] < OPAQUE)

    def facing_up(self) -> Surface:
        """The triangles that rain falls on, or all where there are none."""
        chosen = self._normals[:, 2] > 0.1 * self.areas_m2
        return self.take(chosen) if chosen.any() else self

    @cached_property
    def _normals(self) -> Floats:
        edges = self.corners[:, 1:] - self.corners[:, :1]
        (ax, ay, az), (bx, by, bz) = edges[:, 0].T.astype(np.float64), edges[:, 1].T.astype(np.float64)
        return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=1)

    @cached_property
    def areas_m2(self) -> Floats:
        """(t,) areas."""
        x, y, z = self._normals.T
        areas: Floats = np.sqrt(x * x + y * y + z * z) / 2.0
        return areas

    @property
    def total_area_m2(self) -> float:
        """The area of all triangles."""
        return float(self.areas_m2.sum())

    @property
    def extent_m(self) -> Floats:
        """(3,) how large it is along the axes."""
        if not len(self.corners):
            return np.zeros(3)
        columns = self.corners.reshape(-1, 3).T.copy()
        extent: Floats = (columns.max(axis=1) - columns.min(axis=1)).astype(np.float64)
        return extent

    @cached_property
    def upright(self) -> NDArray[np.bool_]:
        """(t,) whether a triangle belongs to a wall."""
        upright: NDArray[np.bool_] = np.abs(self._normals[:, 2]) < _UPRIGHT * 2.0 * np.maximum(self.areas_m2, 1e-30)
        return upright

    @cached_property
    def direction_rad(self) -> float:
        """Along which most walls run, modulo a right angle: the mean of four times their angles."""
        walls = self._normals[np.flatnonzero(self.upright)[:: 1 + len(self.corners) // _ENOUGH]]
        size = np.linalg.norm(walls[:, :2], axis=1)
        angle = np.arctan2(walls[:, 1], walls[:, 0])
        mean = (size * np.exp(4j * angle)).sum()
        return float(np.angle(mean) / 4.0) if abs(mean) > 1e-12 else 0.0

    def mean_colour(self, *, upright: bool) -> NDArray[np.uint8]:
        """The mean colour by area of opaque walls, or of what is no wall; opaque grey where there are none."""
        chosen = (self.upright == upright) & (self.colours[:, 3] > 127)
        weight = self.areas_m2[chosen]
        if weight.sum() <= 0.0:
            return _GREY
        mean = (self.colours[chosen, :3] * weight[:, None]).sum(axis=0) / weight.sum()
        return np.append(np.rint(mean), 255).astype(np.uint8)

    def points(self, count: int, chance: np.random.Generator) -> NDArray[np.float32]:
        """Points (count, 3) spread evenly over the surface."""
        share = np.cumsum(self.areas_m2)
        at = (np.arange(count) + chance.random(count)) / count * share[-1]
        corners = self.corners[np.minimum(np.searchsorted(share, at), len(share) - 1)]
        return in_triangles(corners, chance)


def in_triangles(corners: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    """A point somewhere in each triangle (n, 3, 3), evenly (Osada et al. 2002, equation 1)."""
    one, two = chance.random((2, len(corners), 1), np.float32)
    root = np.sqrt(one)
    points: NDArray[np.float32] = (
        corners[:, 0] * (1 - root) + corners[:, 1] * (root * (1 - two)) + corners[:, 2] * (root * two)
    )
    return points


def surface_of(pieces: Pieces) -> Surface:
    """All triangles of some pieces, about the middle of their box."""
    origin_m = (pieces.around_m[:3] + pieces.around_m[3:]) / 2.0 if len(pieces) else np.zeros(3)
    corners, owners = [np.zeros((0, 3, 3), np.float32)], [np.zeros(0, np.int64)]
    colours = [np.zeros((0, 4), np.uint8)]
    for number in np.unique(pieces.chunk):
        chunk = pieces.chunks[number]
        mine = np.flatnonzero(pieces.chunk == number)
        triangles = chunk.triangles[ranges(pieces.triangles[mine])]
        points = (chunk.positions + (chunk.origin_m - origin_m)).astype(np.float32)
        corners.append(points[triangles])
        colours.append(chunk.colours[triangles[:, 0]])
        owners.append(np.repeat(mine, pieces.num_triangles[mine]))
    return Surface(origin_m, np.concatenate(corners), np.concatenate(owners), np.concatenate(colours))
