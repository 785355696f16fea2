"""Points in pictures: round and closed from afar, hidden and coloured by object, cut, picked and measured to."""

from __future__ import annotations

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from loaders.model.frames import translation
from loaders.model.points import PointChunk
from scenes.model.layers import ObjectFlag
from scenes.model.scene import ObjectRef
from scenes.model.view import CameraView, Measurement, SectionPlane, ViewPreset
from scenes.visuals import camera
from scenes.visuals.images import pixels
from tests.render.models import FAR_ORIGIN, ORIGIN, SIZE_PX, boxes

RED, GREEN = (220, 30, 30, 255), (30, 200, 30, 255)


def carpet(half_m=20.0, step_m=0.5, *, origin=ORIGIN, height_m=0.0, refined=False) -> PointChunk:
    """Two objects: the western half red, the eastern green, level, with points at every step."""
    axis = np.arange(-half_m, half_m, step_m)
    x, y = np.meshgrid(axis, axis)
    positions = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, height_m)]).astype(np.float32)
    rows = (positions[:, 0] >= 0.0).astype(np.uint32)
    order = np.argsort(rows, kind="stable")
    colours = np.where(rows[order, None] == 0, RED, GREEN).astype(np.uint8)
    return PointChunk(np.asarray(origin, float), positions[order], rows[order], colours, step_m, refined)


def from_above(height_m: float, origin=ORIGIN) -> CameraView:
    x, y, z = origin
    return CameraView((x, y - 0.001, z + height_m), (x, y, z), (0.0, 1.0, 0.0))


def is_red(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 0] > 120) & (picture[..., 1] < 90)


def is_green(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 1] > 110) & (picture[..., 0] < 90)


@pytest.mark.parametrize("origin", [ORIGIN, FAR_ORIGIN])
@pytest.mark.parametrize("height_m", [15.0, 60.0, 400.0])
@pytest.mark.parametrize("parallel", [False, True])
def test_a_carpet_of_points_has_no_holes(studio, origin, height_m, parallel) -> None:
    s = studio()
    s.add(carpet(origin=origin), kind=LayerKind.POINTS)
    s.scene.view.camera = from_above(height_m, origin)
    s.canvas.set_orthographic(parallel)
    half_px = int(min(50.0, 2900.0 / height_m))
    middle = s.shot()[120 - half_px // 2 : 120 + half_px // 2, 160 - half_px : 160 + half_px]
    assert (is_red(middle) | is_green(middle)).all()
    assert is_red(middle[:, : half_px // 2]).all()
    assert is_green(middle[:, -half_px // 2 :]).all()


def test_points_hide_what_is_behind_and_are_hidden(studio) -> None:
    s = studio()
    s.add(carpet(height_m=5.0), kind=LayerKind.POINTS)
    s.add(boxes([[-3, -3, 0]], [[6, 6, 2]]))
    s.add(boxes([[8, -3, 6]], [[3, 6, 2]], (40, 40, 220, 255)))
    s.scene.view.camera = from_above(40.0)
    picture = s.shot()
    assert (is_red(picture[115:125, 145:175]) | is_green(picture[115:125, 145:175])).all()
    assert (picture[120, 240:255, 2] > 150).all()


def test_counts_leave_hidden_objects_out(studio) -> None:
    s = studio()
    layer = s.add(carpet(), boxes([[0, 0, 1]], [[1, 1, 1]]), kind=LayerKind.POINTS)
    layer.flags = np.zeros(2, np.uint8)
    s.canvas.pump_all()
    assert (s.canvas.visuals.points_drawn, s.canvas.visuals.triangles_drawn) == (6400, 12)
    layer.set_flags(np.array([1]), ObjectFlag.HIDDEN, True)
    assert s.canvas.visuals.points_drawn == 3200
    layer.visible = False
    assert s.canvas.visuals.points_drawn == 0


def test_objects_hide_show_fade_and_are_selected(studio) -> None:
    s = studio()
    layer = s.add(carpet(), kind=LayerKind.POINTS)
    layer.flags = np.zeros(2, np.uint8)
    s.scene.view.camera = from_above(30.0)
    before = s.shot()
    layer.set_flags(np.array([0]), ObjectFlag.HIDDEN, True)
    hidden = s.shot()
    assert not is_red(hidden).any()
    assert is_green(hidden).sum() == pytest.approx(is_green(before).sum(), rel=0.03)
    layer.set_flags(np.array([0]), ObjectFlag.HIDDEN, False)
    np.testing.assert_array_equal(s.shot(), before)
    layer.set_flags(np.array([0]), ObjectFlag.GHOST, True)
    ghost = s.shot()
    assert not is_red(ghost).any()
    assert (ghost[100:140, 60:140] != hidden[100:140, 60:140]).any()
    layer.set_flags(np.array([0]), ObjectFlag.GHOST, False)
    s.scene.select((ObjectRef(layer.layer_id, 1),))
    chosen = s.shot()
    assert chosen[120, 220, 2] > before[120, 220, 2] + 60
    np.testing.assert_array_equal(chosen[120, 60:140], before[120, 60:140])


def test_colours_by_object_and_opacity(studio) -> None:
    s = studio()
    layer = s.add(carpet(), kind=LayerKind.POINTS)
    layer.flags = np.zeros(2, np.uint8)
    s.scene.view.camera = from_above(30.0)
    before = s.shot()
    layer.colours = np.array([[20, 20, 200, 255], [200, 200, 20, 255]], np.uint8)
    assert s.shot()[120, 100, 2] > 150
    layer.colours = None
    np.testing.assert_array_equal(s.shot(), before)
    layer.opacity = 0.3
    assert s.shot()[120, 100, 1] > before[120, 100, 1] + 40


def test_points_without_a_value_are_hatched_and_those_with_one_are_not(studio) -> None:
    s = studio()
    layer = s.add(carpet(), kind=LayerKind.POINTS)
    s.scene.view.camera = from_above(40.0)
    s.shot()
    before = s.shot()
    layer.set_live_colours(np.array([[30, 60, 200, 255], [201, 201, 196, 253]], np.uint8))
    picture = s.shot()
    west, east = picture[90:150, 60:140].reshape(-1, 3), picture[90:150, 180:260].reshape(-1, 3)
    assert (west[:, 2] > west[:, 0] + 60).all()
    assert west.std(axis=0).max() < 4
    assert np.ptp(east.mean(axis=1)) > 30
    layer.set_live_colours(None)
    assert np.abs(s.shot() - before).max() <= 2


def test_a_section_cuts_points(studio) -> None:
    s = studio()
    s.add(carpet(), kind=LayerKind.POINTS)
    s.scene.view.camera = from_above(30.0)
    s.scene.view.section_planes = (SectionPlane((-4.0, 0.0, 0.0), (-1.0, 0.0, 0.0)),)
    picture = s.shot()
    assert not is_red(picture[:, :110]).any()
    assert is_red(picture[10:230, 132:148]).all()
    assert s.canvas.pick(60, 120) is None
    assert s.canvas.pick(150, 120) is not None


@pytest.mark.parametrize("origin", [ORIGIN, FAR_ORIGIN])
@pytest.mark.parametrize("parallel", [False, True])
def test_a_pick_gives_a_point_under_the_pointer(studio, origin, parallel) -> None:
    s = studio()
    chunk = carpet(origin=origin, step_m=1.0)
    layer = s.add(chunk, kind=LayerKind.POINTS)
    s.scene.view.camera = CameraView((origin[0] - 30.0, origin[1] - 40.0, origin[2] + 30.0), origin)
    s.canvas.set_orthographic(parallel)
    s.canvas.pump_all()
    places = chunk.positions.astype(np.float64) + chunk.origin_m
    on_screen = camera.project(s.scene.view.camera, places, SIZE_PX)
    hits = 0
    for number in range(0, len(places), 37):
        x, y = on_screen[number, :2]
        if not (0 <= x < SIZE_PX[0] and 0 <= y < SIZE_PX[1]):
            continue
        found = s.canvas.pick(x, y, snap=True)
        assert found is not None
        assert np.linalg.norm(np.subtract(found.point_world_m, places[number])) < 1e-3
        assert found.ref == ObjectRef(layer.layer_id, int(chunk.rows[number]))
        assert found.snapped == "vertex"
        assert found.normal_world[2] == pytest.approx(1.0, abs=0.01), "a level surface faces up"
        hits += 1
    assert hits > 15
    assert s.canvas.pick(3, 3) is None


def test_a_pick_passes_hidden_points_and_follows_a_moved_layer(studio) -> None:
    s = studio()
    above = s.add(carpet(height_m=5.0), kind=LayerKind.POINTS)
    below = s.add(carpet(), kind=LayerKind.POINTS)
    above.flags = np.zeros(2, np.uint8)
    s.scene.view.camera = from_above(30.0)
    s.canvas.pump_all()
    assert s.canvas.pick(100, 120).ref == ObjectRef(above.layer_id, 0)
    above.set_flags(np.array([0]), ObjectFlag.HIDDEN, True)
    assert s.canvas.pick(100, 120).ref == ObjectRef(below.layer_id, 0)
    below.world_from_model = translation((0.0, 0.0, -7.0))
    s.canvas.pump_all()
    assert s.canvas.pick(100, 120).point_world_m[2] == pytest.approx(-7.0, abs=1e-3)


def test_the_ends_of_measurements_keep_their_size(studio) -> None:
    """They are points too, of a renderer that is drawn after those of clouds."""
    ends = []
    for with_cloud in (False, True):
        s = studio()
        s.add(boxes([[-30, -30, -2]], [[60, 60, 1]]))
        if with_cloud:
            s.add(carpet(half_m=2.0), kind=LayerKind.POINTS)
        s.scene.view.camera = from_above(60.0)
        before = s.shot()
        s.scene.view.measurements = (Measurement((-20.0, 10.0, 3.0), (-10.0, 10.0, 3.0)),)
        ends.append((np.abs(s.shot() - before).max(axis=2) > 20)[40:100, 50:70].sum())
    assert ends[0] > 30
    assert ends[1] == pytest.approx(ends[0], rel=0.1)


def test_what_comes_to_the_graphics_card_is_not_seen_before_its_time(studio) -> None:
    """A point has a width however small its batch is shrunk."""
    s = studio()
    layer = s.add(carpet(), kind=LayerKind.POINTS)
    s.canvas.look(ViewPreset.TOP)
    s.canvas.pump_all()
    empty = studio()
    empty.add(carpet(), kind=LayerKind.POINTS).visible = False
    empty.scene.view.camera = s.scene.view.camera
    s.canvas.render()
    (batch,) = s.canvas.visuals.get(layer.layer_id).batches
    batch.warm_at(np.zeros(3))
    s.canvas.window.Render()
    np.testing.assert_array_equal(pixels(s.canvas.window), empty.shot())
    batch.warmed()
    assert is_red(s.shot()).any()


def test_steps_are_told_by_shade_where_edges_are_on(studio) -> None:
    s = studio()
    low, high = carpet(step_m=0.25), carpet(half_m=5.0, step_m=0.25, height_m=4.0)
    s.add(low, high, kind=LayerKind.POINTS)
    s.scene.view.camera = from_above(40.0)
    plain = s.shot()
    s.scene.view.set_display(edges=True)
    told = s.shot()
    darker = plain.sum(axis=2) - told.sum(axis=2)
    assert darker.max() > 60
    assert (darker > 30).mean() < 0.1, "only beside the step"
    assert np.abs(darker[118:122, 150:170]).max() < 30, "not on what is level"
