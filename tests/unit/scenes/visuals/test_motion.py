"""Moves: they begin where one is, end where they should, in time, and never tilt over on the way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.model.scene import Scene
from scenes.model.view import CameraView, ViewPreset
from scenes.visuals import camera
from scenes.visuals.motion import LONGEST_SECS, Motion, eased
from scenes.visuals.navigator import Navigator

aims = st.builds(camera.Aim, st.floats(-math.pi, math.pi), st.floats(-math.pi / 2, math.pi / 2))


def looking(aim: camera.Aim, distance: float) -> CameraView:
    return camera.aimed(CameraView(), np.array([5e5, 3.4e6, 50.0]), aim, distance)


@given(aims, aims, st.floats(1.0, 1000.0), st.floats(0.0, 1.0))
def test_a_move_stays_level_and_ends_exactly(first, last, distance, share) -> None:
    begin, end = looking(first, 100.0), looking(last, distance)
    move = Motion(begin, end, 10.0, 5.0)
    assert move.at(10.0).position_m == pytest.approx(begin.position_m, abs=1e-3)
    between = move.at(10.0 + share * LONGEST_SECS)
    assert between.up[2] >= -1e-9
    assert move.at(10.001 + LONGEST_SECS) == end


def test_easing_is_slow_at_both_ends() -> None:
    assert (eased(0.0), eased(0.5), eased(1.0)) == (0.0, 0.5, 1.0)
    assert eased(0.05) < 0.05
    assert 1.0 - eased(0.95) < 0.05
    assert eased(-3.0) == 0.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_navigator_moves_in_time_and_can_be_interrupted() -> None:
    scene, clock = Scene(), Clock()
    bounds = np.array([0.0, 0.0, 0.0, 10.0, 10.0, 10.0])
    navigator = Navigator(scene, lambda: (400, 300), lambda: bounds, clock=clock)
    begin = scene.view.camera
    navigator.look(ViewPreset.TOP)
    assert scene.view.camera == begin
    clock.now = 0.25
    assert navigator.step()
    between = scene.view.camera
    assert between not in (begin, navigator.destination)
    navigator.interrupt()
    clock.now = 1.0
    assert not navigator.step()
    assert scene.view.camera == between
    navigator.look(ViewPreset.TOP)
    clock.now = 2.0
    navigator.step()
    assert not navigator.moving
    assert camera.aim_of(scene.view.camera).pitch_rad == pytest.approx(-math.pi / 2)


def test_without_animation_a_move_is_done_at_once() -> None:
    scene = Scene()
    navigator = Navigator(scene, lambda: (400, 300), lambda: None, animated=False)
    navigator.look(ViewPreset.NORTH)
    assert not navigator.moving
    assert camera.aim_of(scene.view.camera).heading_rad == pytest.approx(0.0)
