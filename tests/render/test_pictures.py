"""What is on the picture, pixel by pixel where it matters."""

from __future__ import annotations

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from loaders.model.frames import translation
from scenes.model.layers import ObjectFlag
from scenes.model.scene import ObjectRef
from scenes.model.view import CameraView, SectionBox, SectionPlane, ViewPreset
from scenes.visuals import camera
from scenes.visuals.look import LOOKS
from tests.render.models import FAR_ORIGIN, ORIGIN, boxes

RED, BLUE = (220, 40, 40, 255), (40, 60, 220, 255)


def top_view(centre=(0.0, 0.0), height_m=40.0, z=0.0) -> CameraView:
    """Straight down, ``height_m`` of the world over the height of the picture."""
    above = (centre[0], centre[1], z + 100.0)
    return CameraView(above, (centre[0], centre[1], z), (0.0, 1.0, 0.0), orthographic=True, height_m=height_m)


def at(picture, x_m, y_m, height_m=40.0):
    """The pixel that shows a point of a `top_view` about the origin."""
    height, width = picture.shape[:2]
    scale = height / height_m
    return picture[round(height / 2 - y_m * scale), round(width / 2 + x_m * scale)]


def differs(a, b, least=12) -> bool:
    return bool(np.abs(np.asarray(a) - np.asarray(b)).max() >= least)


@pytest.mark.parametrize("theme", sorted(LOOKS))
def test_an_empty_scene_shows_a_sky_that_is_a_gradient(studio, theme) -> None:
    s = studio()
    s.scene.view.set_display(background=theme)
    s.scene.view.camera = CameraView((0.0, 0.0, 10.0), (0.0, 100.0, 12.0))
    picture = s.shot()
    column = picture[:, 160]
    horizon = np.asarray(LOOKS[theme].horizon) * 255.0
    assert np.abs(picture[125, 160] - horizon).max() < 40, "the horizon is where one looks level"
    assert differs(column[5], column[125], 25), "the sky darkens upwards"
    assert np.abs(np.diff(column[:118], axis=0)).max() <= 8, "and softly so"


@pytest.mark.parametrize("origin", [ORIGIN, FAR_ORIGIN, (1e7, -1e7, 0.0)])
def test_a_box_is_where_it_should_be(studio, origin) -> None:
    s = studio()
    s.add(boxes([[-5, -3, 0]], [[10, 6, 4]], RED, origin=origin))
    s.scene.view.camera = top_view(origin[:2], z=origin[2])
    picture = s.shot()
    is_red = (picture[..., 0] > picture[..., 2] + 60).nonzero()
    scale = 240 / 40.0
    assert is_red[1].min() == pytest.approx(160 - 5 * scale, abs=1)
    assert is_red[1].max() == pytest.approx(160 + 5 * scale, abs=1)
    assert is_red[0].min() == pytest.approx(120 - 3 * scale, abs=1)
    assert is_red[0].max() == pytest.approx(120 + 3 * scale, abs=1)


def test_a_layer_stands_where_its_placement_says_and_moves_live(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-2, -2, 0]], [[4, 4, 4]], RED))
    s.scene.view.camera = top_view()
    assert differs(at(s.shot(), 0, 0), at(s.shot(), 10, 0))
    layer.world_from_model = translation((10.0, 0.0, 0.0))
    picture = s.shot()
    assert at(picture, 10, 0)[0] > at(picture, 10, 0)[2] + 60
    assert not differs(at(picture, 0, 0), at(picture, -10, 0))


def test_a_selected_object_is_tinted_and_its_neighbour_is_not(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-8, -2, 0], [4, -2, 0]], [[4, 4, 4]] * 2))
    s.scene.view.camera = top_view()
    before = s.shot()
    s.scene.select([ObjectRef(layer.layer_id, 0)])
    after = s.shot()
    accent = np.asarray(LOOKS["office_light"].accent) * 255
    assert np.abs(at(after, -6, 0) - accent).sum() < np.abs(at(before, -6, 0) - accent).sum() - 60
    assert not differs(at(after, 6, 0), at(before, 6, 0))
    s.scene.select(())
    assert not differs(at(s.shot(), -6, 0), at(before, -6, 0), 2), "and gets its own colour back"


def test_a_selected_object_has_an_outline_even_behind_a_wall(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-3, 5, 0], [-8, 0, 0]], [[6, 2, 6], [16, 1, 12]]))
    s.canvas.look(ViewPreset.NORTH)
    s.canvas.pump_all()
    before = s.shot()
    s.scene.select([ObjectRef(layer.layer_id, 0)])
    changed = np.abs(s.shot() - before).max(axis=2) > 8
    assert 20 < changed.sum() < 2000, "lines through the wall, and nothing but lines"


def test_hidden_objects_are_gone_and_come_back(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-8, -2, 0], [4, -2, 0]], [[4, 4, 4]] * 2, RED))
    s.scene.view.camera = top_view()
    before = s.shot()
    layer.set_flags(np.array([0]), ObjectFlag.HIDDEN, True)
    after = s.shot()
    assert not differs(at(after, -6, 0), at(after, 0, 0))
    assert not differs(at(after, 6, 0), at(before, 6, 0), 2)
    layer.set_flags(np.array([0]), ObjectFlag.HIDDEN, False)
    assert not differs(at(s.shot(), -6, 0), at(before, -6, 0), 2)


def test_ghosts_let_through_what_is_behind_them(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-4, -4, 10], [-1, -1, 0]], [[8, 8, 1], [2, 2, 2]], [(230, 230, 230, 255), RED]))
    s.scene.view.camera = top_view()
    solid = at(s.shot(), 0, 0)
    layer.set_flags(np.array([0]), ObjectFlag.GHOST, True)
    picture = s.shot()
    assert at(picture, 0, 0)[0] > at(picture, 0, 0)[2] + 40, "the red one below shows"
    assert not differs(solid[0], solid[2], 30)
    assert differs(at(picture, 3, 3), at(picture, 10, 0), 4), "and the ghost is still there"


def test_flags_of_a_whole_new_array_are_noticed(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-2, -2, 0]], [[4, 4, 4]], RED))
    s.scene.view.camera = top_view()
    s.shot()
    layer.flags = np.array([ObjectFlag.HIDDEN], np.uint8)
    s.canvas.tick()
    picture = s.shot()
    assert not differs(at(picture, 0, 0), at(picture, 10, 0))


def test_colours_by_object_stand_in_for_the_objects_own(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-8, -2, 0], [4, -2, 0]], [[4, 4, 4]] * 2, RED))
    s.scene.view.camera = top_view()
    layer.colours = np.array([BLUE, RED], np.uint8)
    picture = s.shot()
    assert at(picture, -6, 0)[2] > at(picture, -6, 0)[0] + 60
    assert at(picture, 6, 0)[0] > at(picture, 6, 0)[2] + 60
    layer.colours = None
    assert at(s.shot(), -6, 0)[0] > 150


def test_layers_are_shown_hidden_and_faded_live(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-2, -2, 0]], [[4, 4, 4]], RED))
    s.scene.view.camera = top_view()
    full = at(s.shot(), 0, 0)
    layer.opacity = 0.4
    faded = at(s.shot(), 0, 0)
    layer.visible = False
    picture = s.shot()
    bare = at(picture, 0, 0)
    assert not differs(bare, at(picture, 10, 0))
    # Two of its faces lie on the line of sight: 1 - 0.6² of it is seen.
    assert np.abs(faded - (0.64 * full + 0.36 * bare)).max() < 12
    layer.visible, layer.opacity = True, 1.0
    assert not differs(at(s.shot(), 0, 0), full, 2)


def test_glass_in_front_colours_more_than_glass_behind(studio) -> None:
    s = studio()
    above, below = [[-5, -5, 10]], [[-5, -5, 0]]
    red, blue = (255, 0, 0, 128), (0, 0, 255, 128)
    first = s.add(boxes(above, [[10, 10, 1]], red, transparent=True))
    second = s.add(boxes(below, [[10, 10, 1]], blue, transparent=True))
    s.scene.view.camera = top_view()
    red_on_top = at(s.shot(), 0, 0)
    first.colours, second.colours = np.array([[0, 0, 255, 255]], np.uint8), np.array([[255, 0, 0, 255]], np.uint8)
    blue_on_top = at(s.shot(), 0, 0)
    assert red_on_top[0] > red_on_top[2] + 40
    assert blue_on_top[2] > blue_on_top[0] + 40


def test_glass_lets_through_what_is_behind_and_not_what_is_before(studio) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 5]], [[10, 10, 1]], (120, 180, 220, 90), transparent=True))
    s.add(boxes([[-2, -2, 0]], [[2, 4, 2]], RED), boxes([[1, -2, 8]], [[2, 4, 2]], RED))
    s.scene.view.camera = top_view()
    picture = s.shot()
    behind, before = at(picture, -1, 0), at(picture, 2, 0)
    assert behind[0] > behind[2] + 8
    assert before[0] - before[2] > behind[0] - behind[2] + 30


@pytest.mark.parametrize("by_box", [False, True])
def test_sections_cut_and_show_the_inside(studio, by_box) -> None:
    s = studio()
    s.add(boxes([[-8, -4, 0]], [[16, 8, 10]], RED))
    s.scene.view.camera = top_view()
    full = s.shot()
    if by_box:
        s.scene.view.section_box = SectionBox((-20.0, -20.0, -1.0, 0.0, 20.0, 30.0))
    else:
        s.scene.view.section_planes = (SectionPlane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),)
    cut = s.shot()
    assert differs(at(cut, 5, 0), at(full, 5, 0), 60), "cut away"
    assert not differs(at(cut, -5, 0), at(full, -5, 0), 3), "kept"
    s.scene.view.section_planes, s.scene.view.section_box = (), None
    assert not differs(at(s.shot(), 5, 0), at(full, 5, 0), 3)


def test_a_horizontal_cut_is_filled_rather_than_hollow(studio) -> None:
    s = studio()
    s.add(boxes([[-8, -4, 0]], [[16, 8, 10]], RED))
    s.canvas.pump_all()
    s.scene.view.camera = top_view()
    s.scene.view.section_planes = (SectionPlane((0.0, 0.0, 5.0), (0.0, 0.0, 1.0)),)
    assert s.canvas.pick(160, 120).point_world_m[2] == pytest.approx(0.0, abs=1e-4)
    filled = at(s.shot(), 0, 0)
    assert np.abs(filled - np.asarray(LOOKS["office_light"].cut) * 255).max() < 12 or filled[0] > filled[2] + 60


def test_edges_darken_creases_and_leave_faces_alone(studio) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 0]], [[10, 10, 10]]))
    s.canvas.look(ViewPreset.ISO)
    s.canvas.pump_all()
    plain = s.shot()
    s.scene.view.set_display(edges=True)
    darker = (plain - s.shot()).max(axis=2)
    on_edges = darker > 20
    assert 200 < on_edges.sum() < 0.06 * on_edges.size
    assert (np.abs(darker) < 3).mean() > 0.9


def test_every_switch_of_the_display_draws_without_a_word(studio) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 0]], [[10, 10, 10]]), boxes([[0, 0, 10]], [[3, 3, 3]], (9, 90, 200, 90), transparent=True))
    for switch in ("ambient_occlusion", "edges", "view_cube", "north_arrow", "scale_bar"):
        s.scene.view.set_display(**{switch: True})
        assert s.shot().std() > 5
    for theme in LOOKS:
        s.scene.view.set_display(background=theme)
        assert s.shot().std() > 5


def test_level_one_is_the_bare_terrain_and_any_other_leaves_a_layer_its_coarsest(studio) -> None:
    s = studio()
    s.add(boxes([[-2, -2, 0]], [[4, 4, 4]], RED), level=6)
    s.scene.view.camera = top_view()
    assert at(s.shot(), 0, 0)[0] > 150
    s.scene.view.set_display(max_level=3)
    assert at(s.shot(), 0, 0)[0] > 150
    s.scene.view.set_display(max_level=1)
    picture = s.shot()
    assert not differs(at(picture, 0, 0), at(picture, 10, 0))
    assert s.canvas.pick(160, 120) is None


def test_nothing_trembles_far_from_the_origin(studio) -> None:
    """A millimetre of camera at 10 000 km moves the picture as little as at the origin."""
    shots = []
    for origin in (ORIGIN, (1e7, 1e7, 0.0)):
        s = studio()
        s.add(boxes([[0, 0, 0], [0.3, 0.3, 0.2]], [[0.2, 0.2, 0.4]] * 2, [RED, BLUE], origin=origin))
        eye = np.add(origin, (1.2, -1.0, 0.9))
        s.scene.view.camera = camera.aimed(CameraView(), eye, camera.Aim(-0.7, -0.35), 1.5)
        shots.append(s.shot())
    assert (np.abs(shots[0] - shots[1]).max(axis=2) > 16).mean() < 0.003


def test_the_sky_and_ground_kinds_take_the_theme(studio) -> None:
    s = studio()
    s.add(boxes([[-20, -20, -1]], [[40, 40, 1]]), kind=LayerKind.TERRAIN)
    s.scene.view.camera = top_view()
    light = at(s.shot(), 0, 0)
    s.scene.view.set_display(background="show")
    assert at(s.shot(), 0, 0).mean() < 0.5 * light.mean()


def test_what_was_hidden_is_back_when_a_whole_new_array_hides_nothing(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-5, -5, 0]], [[10, 10, 10]], RED))
    layer.flags = np.zeros(1, np.uint8)
    s.canvas.look(ViewPreset.ISO, animate=False)
    before = s.shot()
    layer.flags = np.array([int(ObjectFlag.HIDDEN)], np.uint8)
    s.canvas.visuals.refresh_flags()
    assert (np.abs(s.shot() - before).max(axis=2) > 30).sum() > 2000
    layer.flags = np.zeros(1, np.uint8)
    s.canvas.visuals.refresh_flags()
    assert np.abs(s.shot() - before).max() <= 1
