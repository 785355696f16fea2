"""Picks against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from loaders.model.frames import rotation_z, translation
from scenes.model.layers import ObjectFlag
from scenes.model.scene import ObjectRef
from scenes.model.view import CameraView, SectionPlane, ViewPreset
from scenes.visuals import camera
from tests.render.models import FAR_ORIGIN, ORIGIN, SIZE_PX, boxes, height_field


def box_hit(origin, direction, low, high):
    """The slab method: where a ray enters a box, None where it misses."""
    with np.errstate(divide="ignore"):
        first, second = (low - origin) / direction, (high - origin) / direction
    near, far = np.minimum(first, second).max(), np.maximum(first, second).min()
    return origin + direction * near if 0 < near <= far else None


@pytest.mark.parametrize("origin", [ORIGIN, FAR_ORIGIN, (1e7, -1e7, 0.0)])
@pytest.mark.parametrize("parallel", [False, True])
def test_a_pick_is_where_the_ray_meets_the_box(studio, origin, parallel) -> None:
    s = studio()
    low, size = np.array([-4.0, 2.0, 1.0]), np.array([9.0, 5.0, 7.0])
    layer = s.add(boxes([low], [size], origin=origin))
    s.canvas.look(ViewPreset.ISO)
    s.canvas.set_orthographic(parallel)
    s.canvas.pump_all()
    misses = hits = 0
    for x in range(5, SIZE_PX[0], 31):
        for y in range(5, SIZE_PX[1], 23):
            start, direction = camera.ray(s.scene.view.camera, (x, y), SIZE_PX)
            expected = box_hit(start - origin, direction, low, low + size)
            found = s.canvas.pick(x, y)
            assert (found is None) == (expected is None)
            if found is None:
                misses += 1
                continue
            hits += 1
            assert found.ref == ObjectRef(layer.layer_id, 0)
            assert np.subtract(found.point_world_m, origin) == pytest.approx(expected, abs=2e-4)
            assert abs(float(np.dot(found.normal_world, direction))) > 0
            assert float(np.dot(found.normal_world, direction)) < 0, "the normal faces the eye"
    assert hits > 15
    assert misses > 15


def test_a_pick_honours_a_turned_and_moved_layer(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-1, -1, 0]], [[2, 2, 2]]))
    layer.world_from_model = translation((100.0, 50.0, 7.0)) @ rotation_z(np.pi / 4)
    s.scene.view.camera = CameraView((100.0, 0.0, 8.0), (100.0, 50.0, 8.0))
    s.canvas.pump_all()
    hit = s.canvas.pick(160, 120)
    assert hit.point_world_m == pytest.approx((100.0, 50.0 - np.sqrt(2.0), 8.0), abs=0.15)


def test_hidden_and_cut_away_objects_are_passed_through(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-5, 0, 0], [-5, 10, 0], [-5, 20, 0]], [[10, 2, 10]] * 3))
    s.canvas.pump_all()
    s.scene.view.camera = CameraView((0.0, -40.0, 5.0), (0.0, 0.0, 5.0))
    assert s.canvas.pick(160, 120).ref.row == 0
    layer.set_flags(np.array([0]), ObjectFlag.HIDDEN, True)
    assert s.canvas.pick(160, 120).ref.row == 1
    layer.set_flags(np.array([0]), ObjectFlag.GHOST, True)
    layer.set_flags(np.array([0]), ObjectFlag.HIDDEN, False)
    assert s.canvas.pick(160, 120).ref.row == 0, "a ghost can be picked"
    s.scene.view.section_planes = (SectionPlane((0.0, 11.0, 0.0), (0.0, -1.0, 0.0)),)
    hit = s.canvas.pick(160, 120)
    assert hit.ref.row == 1
    assert hit.point_world_m[1] == pytest.approx(12.0), "through the cut, the far wall from inside"
    layer.visible = False
    assert s.canvas.pick(160, 120) is None


def test_the_nearest_of_several_layers_wins(studio) -> None:
    s = studio()
    far = s.add(boxes([[-5, 30, 0]], [[10, 2, 10]]))
    near = s.add(boxes([[-5, 10, 0]], [[10, 2, 10]]), kind=LayerKind.CITY)
    s.canvas.pump_all()
    s.scene.view.camera = CameraView((0.0, -40.0, 5.0), (0.0, 0.0, 5.0))
    assert s.canvas.pick(160, 120).ref.layer_id == near.layer_id
    s.scene.layers.remove(near)
    assert s.canvas.pick(160, 120).ref.layer_id == far.layer_id


@pytest.mark.parametrize("origin", [ORIGIN, FAR_ORIGIN])
@pytest.mark.parametrize("parallel", [False, True])
def test_snaps_take_vertices_then_edges_then_faces(studio, origin, parallel) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 0]], [[10, 10, 10]], origin=origin))
    s.canvas.look(ViewPreset.ISO)
    s.canvas.set_orthographic(parallel)
    s.canvas.pump_all()
    view = s.scene.view.camera

    def pixel(*point):
        return camera.project(view, np.array([point]) + origin, SIZE_PX)[0]

    corner = pixel(5, -5, 10)
    hit = s.canvas.pick(round(corner[0]) - 3, round(corner[1]) - 3, snap=True)
    assert hit.snapped == "vertex"
    assert np.subtract(hit.point_world_m, origin) == pytest.approx((5, -5, 10), abs=1e-3)
    edge = pixel(5, -5, 6)
    hit = s.canvas.pick(round(edge[0]) + 3, round(edge[1]), snap=True)
    assert hit.snapped == "edge"
    assert np.subtract(hit.point_world_m, origin)[:2] == pytest.approx((5, -5), abs=1e-3)
    assert hit.point_world_m[2] - origin[2] == pytest.approx(6.0, abs=0.5)
    face = pixel(0, 0, 10)
    hit = s.canvas.pick(round(face[0]), round(face[1]), snap=True)
    assert hit.snapped == "face", "the diagonal of a face is no edge"
    assert s.canvas.pick(2, 2, snap=True) is None


def test_a_pointer_just_beside_a_corner_still_snaps(studio) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 0]], [[10, 10, 10]]))
    s.canvas.look(ViewPreset.NORTH)
    s.canvas.pump_all()
    corner = camera.project(s.scene.view.camera, np.array([[-5.0, -5.0, 10.0]]), SIZE_PX)[0]
    x, y = round(corner[0]) - 4, round(corner[1]) - 4
    assert s.canvas.pick(x, y) is None
    assert s.canvas.pick(x, y, snap=True).point_world_m == pytest.approx((-5, -5, 10), abs=1e-3)


def test_ground_height_asks_the_terrain_alone_and_before_it_is_drawn(studio) -> None:
    s = studio()
    s.add(height_field(lambda x, y: 0.1 * x - 0.2 * y, origin=FAR_ORIGIN), kind=LayerKind.TERRAIN)
    s.add(boxes([[-5, -5, 0]], [[10, 10, 90]], origin=FAR_ORIGIN))
    height = s.canvas.ground_height_m(FAR_ORIGIN[0] + 3.0, FAR_ORIGIN[1] + 4.0)
    assert height == pytest.approx(FAR_ORIGIN[2] + 0.3 - 0.8, abs=1e-3)
    assert s.canvas.ground_height_m(0.0, 0.0) is None


def test_an_empty_scene_has_nothing_to_pick(studio) -> None:
    s = studio()
    assert s.canvas.pick(10, 10) is None
    assert s.canvas.pick(10, 10, snap=True) is None
    assert s.canvas.ground_height_m(0.0, 0.0) is None


def test_a_batch_of_many_parts_is_hit_where_the_surface_is(studio) -> None:
    s = studio()
    s.add(height_field(lambda x, y: 0.05 * x + 0.03 * y, half_m=150.0, step_m=2.0), kind=LayerKind.TERRAIN)
    s.canvas.pump_all()
    steps = 0
    while s.canvas.probe.picker.build_next():
        steps += 1
    assert steps == 6, "45 000 triangles, 8 192 a step"
    for x, y in np.random.default_rng(3).uniform(-140.0, 140.0, (60, 2)):
        assert s.canvas.ground_height_m(x, y) == pytest.approx(0.05 * x + 0.03 * y, abs=1e-4)


def test_thousands_of_batches_can_be_picked(studio) -> None:
    """Embree has room for about a thousand devices, and every batch has a scene of its own."""
    s = studio()
    s.add(*[boxes([[3.0 * (i % 40), 3.0 * (i // 40), 0]], [[3, 3, 2]], first_row=i) for i in range(1300)])
    s.canvas.look(ViewPreset.TOP)
    s.canvas.pump_all()
    s.canvas.render()
    picker = s.canvas.probe.picker
    while picker.build_next():
        pass
    assert s.canvas.pick(160, 120) is not None
