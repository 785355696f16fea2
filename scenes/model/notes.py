"""Measurements and sections that go along when everything they belong to is moved."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from loaders.model.frames import Matrix, transform_bounds, transform_points
from scenes.model.view import SectionBox, SectionPlane, Vector, ViewState

_ALIKE_M = 1e-3


def carry_notes(view: ViewState, motions: Sequence[Matrix]) -> bool:
    """Move what was measured and cut as the layers were moved, by ``motions`` (4 x 4, world to world).

    Where the layers went different ways, nobody knows whose they are: they are taken away, and it tells False.
    """
    if not view.measurements and not view.section_planes and view.section_box is None:
        return True
    motion = motions[0]
    if any(np.abs(other - motion).max() > _ALIKE_M for other in motions[1:]):
        view.measurements, view.section_planes, view.section_box = (), (), None
        return False
    view.measurements = tuple(
        dataclasses.replace(one, start_m=_point(motion, one.start_m), end_m=_point(motion, one.end_m))
        for one in view.measurements
    )
    view.section_planes = tuple(_plane(motion, plane) for plane in view.section_planes)
    if view.section_box is not None:
        view.section_box = _box(motion, view.section_box)
    return True


def _point(motion: Matrix, point_m: Vector) -> Vector:
    x, y, z = transform_points(motion, np.array([point_m]))[0].tolist()
    return (x, y, z)


def _plane(motion: Matrix, plane: SectionPlane) -> SectionPlane:
    # Motions are rigid, so a normal turns as any direction does.
    x, y, z = (motion[:3, :3] @ np.asarray(plane.normal)).tolist()
    return dataclasses.replace(plane, origin_m=_point(motion, plane.origin_m), normal=(x, y, z))


def _box(motion: Matrix, box: SectionBox) -> SectionBox:
    """The box around the moved box: it stays along the axes."""
    x0, y0, z0, x1, y1, z1 = transform_bounds(motion, np.asarray(box.bounds_m)).tolist()
    return dataclasses.replace(box, bounds_m=(x0, y0, z0, x1, y1, z1))
