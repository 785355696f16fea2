"""The camera's laws: never upside down, pivots and anchors stay on their pixels, fits show everything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.model.view import CameraView, ViewPreset
from scenes.visuals import camera

SIZE_PX = (640, 480)
angles = st.floats(-10.0, 10.0)
coordinates = st.floats(-500.0, 500.0)
places = st.tuples(coordinates, coordinates, coordinates)
aims = st.builds(camera.Aim, st.floats(-math.pi, math.pi), st.floats(-math.pi / 2, math.pi / 2))
origins = st.sampled_from([(0.0, 0.0, 0.0), (5e5, 3.4e6, 20.0), (1e7, -1e7, 0.0)])


def view_at(origin: tuple[float, float, float], aim: camera.Aim, *, orthographic: bool = False) -> CameraView:
    lens = CameraView(orthographic=orthographic, height_m=120.0)
    return camera.aimed(lens, np.add(origin, (10.0, -40.0, 30.0)), aim, 150.0)


def before_the_eye(view: CameraView, x: float, y: float, depth_m: float) -> tuple[float, float, float]:
    origin, direction = camera.ray(view, (x, y), SIZE_PX)
    return camera.vector(origin + direction * depth_m)


@given(aims, st.lists(st.tuples(angles, angles), min_size=1, max_size=8), places)
def test_orbit_never_turns_the_world_upside_down(aim, moves, pivot) -> None:
    view = view_at((0.0, 0.0, 0.0), aim)
    for turn, tilt in moves:
        view = camera.orbit(view, pivot, turn, tilt)
        up, forward = np.asarray(view.up), np.subtract(view.target_m, view.position_m)
        assert up[2] >= -1e-9
        assert abs(np.cross(forward, up)[2]) <= 1e-6 * np.linalg.norm(forward), "the horizon is level"


@given(origins, aims, angles, angles, st.floats(1.0, 639.0), st.floats(1.0, 479.0), st.booleans())
def test_orbit_keeps_the_pivot_on_its_pixel(origin, aim, turn, tilt, x, y, parallel) -> None:
    view = view_at(origin, aim, orthographic=parallel)
    pivot = before_the_eye(view, x, y, 90.0)
    after = camera.orbit(view, pivot, turn, tilt)
    shown = camera.project(after, np.array([pivot]), SIZE_PX)[0]
    assert shown[:2] == pytest.approx([x, y], abs=0.01)


@given(origins, aims, st.floats(0.05, 8.0), st.floats(1.0, 639.0), st.floats(1.0, 479.0), st.booleans())
def test_zoom_keeps_what_is_under_the_pointer_there(origin, aim, factor, x, y, parallel) -> None:
    view = view_at(origin, aim, orthographic=parallel)
    anchor = before_the_eye(view, x, y, 70.0)
    after = camera.zoom(view, anchor, factor)
    assert camera.project(after, np.array([anchor]), SIZE_PX)[0, :2] == pytest.approx([x, y], abs=0.01)
    assert camera.distance_of(after) == pytest.approx(camera.distance_of(view) * factor, rel=1e-6)


@given(origins, aims, st.floats(-200.0, 200.0), st.floats(-200.0, 200.0), st.booleans())
def test_pan_moves_what_was_grabbed_with_the_pointer(origin, aim, right, down, parallel) -> None:
    view = view_at(origin, aim, orthographic=parallel)
    grabbed = before_the_eye(view, 300.0, 200.0, 60.0)
    after = camera.pan(view, grabbed, (right, down), SIZE_PX[1])
    shown = camera.project(after, np.array([grabbed]), SIZE_PX)[0, :2]
    assert shown == pytest.approx([300.0 + right, 200.0 + down], abs=0.01)


@given(aims)
def test_aim_survives_a_view(aim) -> None:
    found = camera.aim_of(view_at((0.0, 0.0, 0.0), aim))
    assert camera.basis(found) == pytest.approx(camera.basis(aim), abs=2e-6)


@given(aims, st.floats(0.0, 640.0), st.floats(0.0, 480.0), st.booleans())
def test_projecting_a_ray_gives_its_pixel(aim, x, y, parallel) -> None:
    view = view_at((5e5, 3.4e6, 0.0), aim, orthographic=parallel)
    point = before_the_eye(view, x, y, 33.0)
    assert camera.project(view, np.array([point]), SIZE_PX)[0, :2] == pytest.approx([x, y], abs=0.01)


@given(
    aims,
    st.tuples(st.floats(0.0, 400.0), st.floats(0.0, 400.0), st.floats(0.0, 400.0)),
    st.floats(0.3, 4.0),
    st.booleans(),
)
def test_fit_shows_every_corner_and_wastes_little(aim, size, aspect, parallel) -> None:
    bounds = np.array([100.0, 200.0, 5.0, 100.0 + size[0], 200.0 + size[1], 5.0 + size[2]])
    picture = (round(400 * aspect), 400)
    view = camera.fit(CameraView(orthographic=parallel), bounds, picture[0] / picture[1], aim)
    corners = np.array([[bounds[x], bounds[y], bounds[z]] for x in (0, 3) for y in (1, 4) for z in (2, 5)])
    shown = camera.project(view, corners, picture)
    assert (shown[:, 2] > 0.0).all()
    assert (shown[:, 0] >= -0.5).all()
    assert (shown[:, 0] <= picture[0] + 0.5).all()
    assert (shown[:, 1] >= -0.5).all()
    assert (shown[:, 1] <= picture[1] + 0.5).all()


def test_fit_fills_the_picture() -> None:
    bounds = np.array([0.0, 0.0, 0.0, 100.0, 1.0, 100.0])
    view = camera.fit(CameraView(), bounds, 1.0, camera.PRESET_AIMS[ViewPreset.NORTH])
    shown = camera.project(view, np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 100.0]]), (500, 500))
    assert np.ptp(shown[:, 0]) > 0.85 * 500


@pytest.mark.parametrize(
    ("preset", "forward", "up"),
    [
        (ViewPreset.TOP, (0, 0, -1), (0, 1, 0)),
        (ViewPreset.BOTTOM, (0, 0, 1), None),
        (ViewPreset.NORTH, (0, 1, 0), (0, 0, 1)),
        (ViewPreset.SOUTH, (0, -1, 0), (0, 0, 1)),
        (ViewPreset.EAST, (1, 0, 0), (0, 0, 1)),
        (ViewPreset.WEST, (-1, 0, 0), (0, 0, 1)),
    ],
)
def test_presets_look_where_they_say(preset, forward, up) -> None:
    axes = camera.basis(camera.PRESET_AIMS[preset])
    assert -axes[:, 2] == pytest.approx(forward, abs=1e-9)
    if up is not None:
        assert axes[:, 1] == pytest.approx(up, abs=1e-9)


def test_changing_the_projection_keeps_sizes_at_the_target() -> None:
    view = view_at((5e5, 3.4e6, 0.0), camera.Aim(0.4, -0.5))
    beside = np.asarray(view.target_m) + camera.basis(camera.aim_of(view))[:, 0] * 9.0
    wide = camera.with_projection(view, True)
    back = camera.with_projection(wide, False)
    for other in (wide, back):
        assert camera.project(other, beside[None], SIZE_PX)[0, :2] == pytest.approx(
            camera.project(view, beside[None], SIZE_PX)[0, :2], abs=0.01
        )


def test_a_broken_view_still_aims_somewhere() -> None:
    here = CameraView(position_m=(1.0, 1.0, 1.0), target_m=(1.0, 1.0, 1.0))
    assert math.isfinite(camera.aim_of(here).pitch_rad)
    lost = CameraView(position_m=(math.nan, 0.0, 0.0))
    assert math.isfinite(camera.aim_of(lost).heading_rad)


def test_zoom_stops_before_it_goes_through_or_out_of_the_world() -> None:
    view = view_at((0.0, 0.0, 0.0), camera.Aim(0.0, 0.0))
    for _ in range(400):
        view = camera.zoom(view, view.target_m, 0.5)
    assert camera.distance_of(view) >= camera.MIN_DISTANCE_M
    for _ in range(400):
        view = camera.zoom(view, view.target_m, 2.0)
    assert camera.distance_of(view) <= camera.MAX_DISTANCE_M
