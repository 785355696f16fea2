"""Polygons with holes in space to triangles: all simple ones at once, the others by ear clipping."""

from __future__ import annotations

from typing import NamedTuple

import mapbox_earcut
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Twice the area (m²) below which a surface has no direction.
_NO_AREA = 1e-10


class Polygons(NamedTuple):
    """Surfaces as flat arrays: ``indices`` (k,) of vertices ring after ring, ``ring_lengths`` (r,), and rings (s,)."""

    indices: Ints
    ring_lengths: Ints
    rings_per_surface: Ints


class Triangulation(NamedTuple):
    """``triangles`` (t, 3) vertex indices, counter-clockwise about the surface's normal, ascending by ``surface`` (t,).

    ``normals`` (s, 3) are unit vectors, zero for surfaces without any. ``out_of_range`` (s,) and
    ``degenerate`` (s,) tell which surfaces gave no triangle, and why.
    """

    triangles: Ints
    surface: Ints
    normals: Points
    out_of_range: Flags
    degenerate: Flags


class _Rings(NamedTuple):
    """Corners without repeated points, hopeless rings and surfaces; each surface's outer ring comes first.

    ``indices`` (k,) vertices, ``starts`` (r + 1,) first corners of rings, ``surface`` (r,) of each ring.
    """

    indices: Ints
    starts: Ints
    surface: Ints


def triangulate(points_m: Points, polygons: Polygons) -> Triangulation:
    """Triangles of all surfaces over ``points_m`` (n, 3), metres.

    The normal is Newell's of the outer ring, so slightly bent surfaces do; holes may run either way.
    """
    count = len(polygons.rings_per_surface)
    ring_surface = np.repeat(np.arange(count), polygons.rings_per_surface)
    out_of_range = _out_of_range(points_m, polygons, ring_surface)
    rings = _clean_rings(points_m, polygons, ring_surface, out_of_range)
    area_vectors = _newell(points_m, rings, count)
    lengths = np.linalg.norm(area_vectors, axis=1)
    flat = ~(lengths > _NO_AREA) | ~np.isfinite(lengths)
    normals = np.zeros((count, 3))
    normals[~flat] = area_vectors[~flat] / lengths[~flat, None]
    triangles, surface = _filled(points_m, rings, normals)
    return Triangulation(triangles, surface, normals, out_of_range, flat & ~out_of_range)


def _out_of_range(points_m: Points, polygons: Polygons, ring_surface: Ints) -> Flags:
    indices = polygons.indices
    inside = (indices >= 0) & (indices < len(points_m))
    inside[inside] = np.isfinite(points_m[indices[inside]]).all(axis=1)
    bad = np.zeros(len(polygons.rings_per_surface), bool)
    bad[np.repeat(ring_surface, polygons.ring_lengths)[~inside]] = True
    return bad


def _clean_rings(points_m: Points, polygons: Polygons, ring_surface: Ints, skip: Flags) -> _Rings:
    lengths, indices = polygons.ring_lengths, polygons.indices
    ring = np.repeat(np.arange(len(lengths)), lengths)
    ends = np.cumsum(lengths)
    following = np.arange(1, len(ring) + 1)
    filled = lengths > 0
    following[ends[filled] - 1] = (ends - lengths)[filled]
    keep = ~skip[ring_surface[ring]]
    usable = np.flatnonzero(keep)
    keep[usable] = (points_m[indices[usable]] != points_m[indices[following[usable]]]).any(axis=1)
    counts = np.bincount(ring[keep], minlength=len(lengths))
    is_first = np.ones(len(lengths), bool)
    is_first[1:] = ring_surface[1:] != ring_surface[:-1]
    has_outer = np.zeros(len(polygons.rings_per_surface), bool)
    has_outer[ring_surface[is_first & (counts >= 3)]] = True
    kept = (counts >= 3) & has_outer[ring_surface]
    keep &= kept[ring]
    return _Rings(indices[keep], np.concatenate([[0], np.cumsum(counts[kept])]), ring_surface[kept])


def _newell(points_m: Points, rings: _Rings, count: int) -> Points:
    """Twice the area vector (s, 3) of each surface's outer ring, after M. E. Newell (Sutherland and others, 1974)."""
    found = np.zeros((count, 3))
    if not len(rings.surface):
        return found
    starts, lengths = rings.starts[:-1], np.diff(rings.starts)
    corners = points_m[rings.indices] - np.repeat(points_m[rings.indices[starts]], lengths, axis=0)
    following = np.arange(1, len(corners) + 1)
    following[rings.starts[1:] - 1] = starts
    sums = np.add.reduceat(np.cross(corners, corners[following]), starts, axis=0)
    outer = np.flatnonzero(np.diff(rings.surface, prepend=-1))
    found[rings.surface[outer]] = sums[outer]
    return found


def _filled(points_m: Points, rings: _Rings, normals: Points) -> tuple[Ints, Ints]:
    """Triangles (t, 3) as vertex indices and their surfaces (t,), ascending."""
    lengths = np.diff(rings.starts)
    rings_of_surface = np.bincount(rings.surface, minlength=len(normals))
    has_normal = (normals != 0).any(axis=1)[rings.surface]
    alone = (rings_of_surface[rings.surface] == 1) & has_normal
    three = np.flatnonzero(alone & (lengths == 3))
    four = np.flatnonzero(alone & (lengths == 4))
    four = four[_is_convex(points_m, rings, four, normals)]
    simple = np.zeros(len(lengths), bool)
    simple[three] = simple[four] = True
    at3, at4 = rings.starts[three], rings.starts[four]
    corners = [at3[:, None] + [0, 1, 2], at4[:, None] + [0, 1, 2], at4[:, None] + [0, 2, 3]]
    surfaces = [rings.surface[three], rings.surface[four], rings.surface[four]]
    cut, cut_surfaces = _ear_clipped(points_m, rings, normals, np.flatnonzero(has_normal & ~simple))
    corner = np.concatenate([*corners, cut]).astype(np.int64)
    surface = np.concatenate([*surfaces, cut_surfaces]).astype(np.int64)
    order = np.argsort(surface, kind="stable")
    return rings.indices[corner[order]], surface[order]


def _is_convex(points_m: Points, rings: _Rings, chosen: Ints, normals: Points) -> Flags:
    """Which of the chosen rings of four corners turn the same way at each of them."""
    corners = points_m[rings.indices[rings.starts[chosen][:, None] + np.arange(4)]]
    edges = np.roll(corners, -1, axis=1) - corners
    turns = np.cross(np.roll(edges, 1, axis=1), edges)
    return np.asarray((np.einsum("fcx,fx->fc", turns, normals[rings.surface[chosen]]) > 0).all(axis=1))


def _ear_clipped(points_m: Points, rings: _Rings, normals: Points, chosen: Ints) -> tuple[Ints, Ints]:
    """The surfaces of the chosen rings, one by one."""
    if not len(chosen):
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    parts: list[Ints] = []
    surfaces: list[int] = []
    cuts = np.flatnonzero(np.diff(rings.surface[chosen])) + 1
    for group in np.split(chosen, cuts):
        first, last = int(rings.starts[group[0]]), int(rings.starts[group[-1] + 1])
        surface = int(rings.surface[group[0]])
        flat = _on_plane(points_m[rings.indices[first:last]], normals[surface])
        ends = (rings.starts[group + 1] - first).astype(np.uint32)
        found = mapbox_earcut.triangulate_float64(flat, ends).reshape(-1, 3).astype(np.int64)
        if len(found):
            parts.append(_turned(flat, found) + first)
            surfaces += [surface] * len(found)
    return np.concatenate(parts) if parts else np.zeros((0, 3), np.int64), np.array(surfaces, np.int64)


def _on_plane(corners_m: Points, normal: Points) -> Points:
    """The corners without the axis that the normal follows most, so that the outer ring runs counter-clockwise."""
    axis = int(np.abs(normal).argmax())
    first, second = (axis + 1) % 3, (axis + 2) % 3
    if normal[axis] < 0:
        first, second = second, first
    return np.ascontiguousarray((corners_m - corners_m[0])[:, [first, second]])


def _turned(flat: Points, triangles: Ints) -> Ints:
    """All triangles counter-clockwise; ear clipping gives one direction for a whole polygon."""
    a, b, c = flat[triangles[:, 0]], flat[triangles[:, 1]], flat[triangles[:, 2]]
    ab, ac = b - a, c - a
    doubled = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    return triangles[:, ::-1] if doubled.sum() < 0 else triangles
