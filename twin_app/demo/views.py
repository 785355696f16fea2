"""The first picture of the demo city, and a bookmark for every BIM building."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.model.view import CameraView, Vector
from twin_app.demo.ifc.project import Spec
from twin_app.demo.program import Design
from twin_app.demo.streets import bridge_position_m
from twin_app.demo.terrain import Ground


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A named view."""

    key: str
    name_zh: str
    name_en: str
    view: CameraView


def _vector(values: object) -> Vector:
    x, y, z = np.asarray(values, dtype=np.float64)
    return (round(float(x), 2), round(float(y), 2), round(float(z), 2))


def _towards_river(spec: Spec) -> tuple[np.ndarray, np.ndarray]:
    """Unit plan vectors of a building: along its front, and out of its front to the river."""
    along = np.array([np.cos(spec.angle_rad), np.sin(spec.angle_rad)])
    return along, np.array([along[1], -along[0]])


def first_view(ground: Ground, specs: list[Spec]) -> CameraView:
    """Low over the river, looking at the BIM buildings with the skyline behind them."""
    middle = np.mean([[s.east_m, s.north_m] for s in specs], axis=0)
    along, out = _towards_river(specs[len(specs) // 2])
    k = ground.site.scale
    eye = middle + out * 345.0 * k + along * 545.0 * k
    target = middle - out * 60.0 * k - along * 75.0 * k
    return CameraView(_vector([*eye, 25.0 + 80.0 * k]), _vector([*target, 25.0 + 38.0 * k]), field_of_view_deg=44.0)


def _bridge_view(ground: Ground) -> CameraView:
    """From upstream over the water, through the cables to the skyline."""
    k, (east, north) = ground.site.scale, ground.site.south_west_m
    bridge_m = bridge_position_m(ground.site)
    eye, target = ground.river.point(
        np.array([bridge_m - 215 * k, bridge_m + 260 * k]), np.array([-30.0 * k, 210.0 * k])
    )
    return CameraView(
        _vector([east + eye[0], north + eye[1], 25.0 + 80.0 * k]),
        _vector([east + target[0], north + target[1], 25.0 + 40.0 * k]),
        field_of_view_deg=48.0,
    )


def bookmarks(ground: Ground, specs: list[tuple[Design, Spec]]) -> tuple[Bookmark, ...]:
    """The skyline, the bridge and each BIM building from its front corner."""
    marks = [
        Bookmark("skyline", "江岸天际线", "Riverside skyline", first_view(ground, [s for _, s in specs])),
        Bookmark("bridge", "长江二桥", "Yangtze Bridge", _bridge_view(ground)),
    ]
    for design, spec in specs:
        along, out = _towards_river(spec)
        at, far = np.array([spec.east_m, spec.north_m]), 38.0 + 0.95 * design.height_m
        eye = at + out * far + along * far * 0.55
        height = spec.height_m + 0.42 * design.height_m + 14.0
        target = [*at, spec.height_m + 0.42 * design.height_m]
        view = CameraView(_vector([*eye, height]), _vector(target), field_of_view_deg=46.0)
        marks.append(Bookmark(design.key, design.name_zh, design.name_en, view))
    return tuple(marks)
