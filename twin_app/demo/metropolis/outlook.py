"""Views of the city: the whole, the centre over the river, a street, and a model of each design."""

from __future__ import annotations

import numpy as np

from scenes.model.view import CameraView
from twin_app.demo.frame import Points
from twin_app.demo.metropolis.build import Filled
from twin_app.demo.metropolis.grid import Block
from twin_app.demo.metropolis.land import PLAIN_M, Land
from twin_app.demo.metropolis.models import DESIGNS, Placed
from twin_app.demo.views import Bookmark

_EYE_M = 1.7


def bookmarks(land: Land, filled: list[Filled], placed: list[Placed]) -> tuple[Bookmark, ...]:
    """The first is what one sees first."""
    origin = np.array([*land.site.south_west_m, 0.0])
    k = land.site.width_m / 20_000.0
    middle = np.array([land.middle_m, land.middle_m, PLAIN_M])
    marks = [
        _mark("overview", ("城市全景", "Whole city"), origin + middle, (-3600.0 * k, -8200.0 * k, 3900.0 * k), 0.0),
        _mark(
            "skyline", ("江岸天际线", "Riverside skyline"), origin + middle, (-900.0 * k, -3300.0 * k, 420.0 * k), 60.0
        ),
    ]
    street = _street(filled)
    if street is not None:
        marks.append(Bookmark("street", "市中心街道", "Street in the centre", _along(street, origin)))
    for design in DESIGNS:
        first = next((one for one in placed if one.design is design), None)
        if first is not None:
            spec = first.spec
            along = np.array([np.cos(spec.angle_rad), np.sin(spec.angle_rad)])
            far = 42.0 + 0.95 * design.height_m
            out = np.array([along[1], -along[0]]) * far + along * far * 0.55
            at = np.array([spec.east_m, spec.north_m, spec.height_m])
            shift = (float(out[0]), float(out[1]), 0.42 * design.height_m + 16.0)
            marks.append(_mark(design.key, (design.name_zh, design.name_en), at, shift, 0.42 * design.height_m))
    return tuple(marks)


def _street(filled: list[Filled]) -> Block | None:
    """A block with houses beside an avenue, near the middle."""
    return next((one.block for one in filled if one.houses and one.block.cell[1] % 8 == 0), None)


def _along(block: Block, origin_m: Points) -> CameraView:
    """Over the pavement of the street south of a block, down that street."""
    west, east = block.around_m[0], block.around_m[1]
    ahead = (east - west) / np.linalg.norm(east - west)
    height = PLAIN_M + 0.4 + _EYE_M
    eye, target = np.array([*west, height]), np.array([*(west + ahead * 160.0), height + 8.0])
    return CameraView(_vector(origin_m + eye), _vector(origin_m + target), field_of_view_deg=60.0)


def _mark(
    key: str, names: tuple[str, str], at_m: Points, eye_from_m: tuple[float, float, float], target_up_m: float
) -> Bookmark:
    target = np.add(at_m, (0.0, 0.0, target_up_m))
    view = CameraView(_vector(np.add(at_m, eye_from_m)), _vector(target), field_of_view_deg=44.0)
    return Bookmark(key, names[0], names[1], view)


def _vector(values: Points) -> tuple[float, float, float]:
    x, y, z = (round(float(one), 2) for one in values)
    return x, y, z
