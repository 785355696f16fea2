"""Walking: feet on ramps and stairs, gravity over edges, walls that hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.model.view import CameraView
from scenes.visuals import camera
from scenes.visuals.walking import EYE_M, WALK_M_PER_SEC, Stride, Walker

NORTH = camera.Aim(0.0, 0.0)


def standing_at(x: float, y: float, feet_m: float, aim: camera.Aim = NORTH) -> CameraView:
    return camera.aimed(CameraView(), np.array([x, y, feet_m + EYE_M]), aim, 10.0)


def walk(walker: Walker, view: CameraView, stride: Stride, secs: float, step_secs: float = 0.02) -> CameraView:
    for _ in range(round(secs / step_secs)):
        view = walker.step(view, stride, step_secs)
    return view


def ground(height):
    """A floor oracle for a height field: only what is at or below the height asked from is a floor."""

    def under(x: float, y: float, below: float) -> float | None:
        z = height(x, y)
        return z if z is not None and z <= below else None

    return under


def nothing(_start, _direction):
    return None


@given(st.floats(-0.7, 0.7), st.floats(-math.pi, math.pi))
def test_on_a_ramp_the_eyes_stay_1_6_m_above_it(slope, heading) -> None:
    walker = Walker(ground(lambda x, y: slope * y), nothing)
    view = walk(walker, standing_at(0.0, 0.0, 0.0, camera.Aim(heading, 0.3)), Stride(1.0), 2.0)
    x, y, z = view.position_m
    assert z - slope * y == pytest.approx(EYE_M, abs=1e-6)
    assert math.hypot(x, y) == pytest.approx(2.0 * WALK_M_PER_SEC, rel=1e-6)


def test_stairs_are_climbed_and_a_wall_of_the_same_height_is_not() -> None:
    stairs = ground(lambda _x, y: 0.18 * math.floor(max(y, 0.0) / 0.3))
    view = walk(Walker(stairs, nothing), standing_at(0.0, -0.5, 0.0), Stride(1.0), 1.0)
    assert view.position_m[2] > EYE_M + 1.5


def test_over_an_edge_one_falls_with_g() -> None:
    cliff = ground(lambda _x, y: 0.0 if y < 0.0 else -20.0)
    walker = Walker(cliff, nothing)
    view = walk(walker, standing_at(0.0, -0.01, 0.0), Stride(1.0), 0.04)
    assert view.position_m[1] > 0.0
    view = walk(walker, view, Stride(), 1.0, 0.005)
    fallen = EYE_M - view.position_m[2]
    assert fallen == pytest.approx(0.5 * 9.81 * 1.0**2, rel=0.1)
    assert walk(walker, view, Stride(), 3.0).position_m[2] == pytest.approx(EYE_M - 20.0)


def test_over_nothing_one_does_not_fall_out_of_the_world() -> None:
    walker = Walker(lambda _x, _y, _z: None, nothing)
    assert walk(walker, standing_at(0.0, 0.0, 7.0), Stride(1.0), 2.0).position_m[2] == pytest.approx(7.0 + EYE_M)


def wall_at(y_m: float):
    def obstacle(start, direction):
        if direction[1] <= 0.0 or start[1] >= y_m:
            return None
        return (y_m - start[1]) / direction[1], np.array([0.0, -1.0, 0.0])

    return obstacle


def test_a_wall_holds_and_one_slides_along_it() -> None:
    walker = Walker(ground(lambda _x, _y: 0.0), wall_at(2.0))
    view = walk(walker, standing_at(0.0, 0.0, 0.0), Stride(1.0), 3.0)
    assert 1.0 < view.position_m[1] < 2.0
    slanted = walk(walker, standing_at(0.0, 0.0, 0.0, camera.Aim(math.pi / 4, 0.0)), Stride(1.0), 3.0)
    assert slanted.position_m[1] < 2.0
    assert slanted.position_m[0] > 5.0


def test_strafing_goes_right_and_running_is_faster() -> None:
    walker = Walker(ground(lambda _x, _y: 0.0), nothing)
    aside = walk(walker, standing_at(0.0, 0.0, 0.0), Stride(0.0, 1.0), 1.0)
    assert aside.position_m[:2] == pytest.approx((WALK_M_PER_SEC, 0.0), abs=1e-6)
    fast = walk(walker, standing_at(0.0, 0.0, 0.0), Stride(1.0, 0.0, True), 1.0)
    assert fast.position_m[1] > 2.0 * WALK_M_PER_SEC
