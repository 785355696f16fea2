"""The canvas as a whole: uploads, previews, gestures, modes, overlays, pictures on disk, an end without a trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from loaders.model.errors import CityTwinError
from loaders.model.formats import LayerKind
from scenes.model.canvas import Canvas, Mode
from scenes.model.layers import Layer
from scenes.model.scene import ObjectRef, Scene
from scenes.model.view import CameraView, Measurement, ViewPreset
from scenes.visuals import camera
from scenes.visuals.canvas import SceneCanvas
from scenes.visuals.gestures import Button, Gestures
from scenes.visuals.gl import gl_info
from scenes.visuals.offscreen import render_scene
from scenes.visuals.walking import EYE_M
from tests.render.models import FAR_ORIGIN, SIZE_PX, Store, boxes, height_field

RED = (220, 40, 40, 255)


def answers(canvas: SceneCanvas) -> Canvas:
    """mypy's and the reader's proof that the protocol is answered."""
    return canvas


def test_previews_show_at_once_and_give_way_without_a_flash(studio) -> None:
    s = studio()
    layer = s.scene.layers.add(Layer("house", LayerKind.BUILDING))
    answers(s.canvas).look(ViewPreset.ISO, animate=False)
    bare = s.shot()
    s.canvas.show_preview(layer.layer_id, boxes([[-5, -5, 0]], [[10, 10, 10]], RED))
    s.canvas.fit()
    shown = (np.abs(s.shot() - bare).max(axis=2) > 30).sum()
    assert shown > 2000
    layer.flags = np.zeros(2, np.uint8)
    tiles = [[boxes([[-5, -5, 0]], [[10, 10, 5]], RED)], [boxes([[-5, -5, 5]], [[10, 10, 5]], RED, first_row=1)]]
    layer.tileset_folder = s.store.keep(Path("/memory/final"), tiles)
    visual = s.canvas.visuals.get(layer.layer_id)
    while visual.preview_chunks or s.canvas.visuals.pending:
        s.canvas.pump()
        s.canvas.render()
        from scenes.visuals.images import pixels

        count = (np.abs(pixels(s.canvas.window).astype(int) - bare).max(axis=2) > 30).sum()
        assert count > 0.9 * shown, "never a hole while the tiles come"
    assert not visual.preview_chunks
    assert s.canvas.pick(160, 120).ref.layer_id == layer.layer_id
    s.canvas.show_preview("gone", boxes([[0, 0, 0]], [[1, 1, 1]]))


def test_uploads_keep_to_their_budget_and_tiles_come_one_after_the_other(studio) -> None:
    s = studio()
    s.add(*[boxes([[i * 3, 0, 0]], [[2, 2, 2]], first_row=i) for i in range(40)])
    s.canvas.look(ViewPreset.TOP)
    s.canvas.tick()
    assert s.canvas.visuals.pending >= 39
    shown = []
    for _ in range(2000):
        going_on = s.canvas.tick()
        shown.append(s.canvas.visuals.tiles_drawn)
        if not going_on:
            break
    assert shown == sorted(shown)
    assert len(set(shown)) > 3
    assert s.canvas.visuals.pending == 0
    assert s.canvas.visuals.tiles_drawn == 40
    assert s.canvas.visuals.triangles_drawn == 40 * 12


def test_a_view_can_be_chosen_before_any_tile_is_there(studio) -> None:
    s = studio()
    layer = s.scene.layers.add(Layer("far", LayerKind.CITY))
    folder = s.store.keep(Path("/memory/far"), [[boxes([[0, 0, 0]], [[20, 20, 20]], RED, origin=FAR_ORIGIN)]])
    layer.tileset_folder = folder
    s.canvas.look(ViewPreset.ISO)
    assert s.scene.view.camera.target_m == pytest.approx(np.array(FAR_ORIGIN) + 10.0, abs=4.0)
    assert (s.shot()[..., 0] > s.shot()[..., 2] + 50).sum() > 2000


def test_a_tileset_that_cannot_be_read_is_told_and_the_rest_goes_on(studio) -> None:
    s = studio()
    good = s.add(boxes([[0, 0, 0]], [[4, 4, 4]]))

    def broken(_index):
        raise CityTwinError("tileset.damaged", "tile 0")

    bad = s.scene.layers.add(Layer("bad", LayerKind.BUILDING))
    folder = s.store.keep(Path("/memory/bad"), [[boxes([[0, 0, 0]], [[4, 4, 4]])]])
    read, s.store.folders[folder].read = s.store.folders[folder].read, broken
    bad.tileset_folder = folder
    s.shot()
    assert [finding.code for finding in bad.unread] == ["tileset.damaged"]
    assert s.canvas.visuals.get(good.layer_id).tiles_drawn == 1
    s.store.folders[folder].read = read
    bad.unread = ()
    s.shot()
    assert not bad.unread
    assert s.canvas.visuals.get(bad.layer_id).tiles_drawn == 1


def test_fit_objects_and_double_click_bring_one_there(studio) -> None:
    s = studio()
    layer = s.add(boxes([[0, 0, 0], [200, 0, 0]], [[4, 4, 4]] * 2), kind=LayerKind.CITY)
    s.canvas.look(ViewPreset.NORTH)
    s.canvas.pump_all()
    s.canvas.fit_objects((ObjectRef(layer.layer_id, 1),))
    assert s.scene.view.camera.target_m == pytest.approx((202.0, 2.0, 2.0))
    before = camera.distance_of(s.scene.view.camera)
    s.canvas.fit_objects((ObjectRef("gone", 0), ObjectRef(layer.layer_id, 77)))
    assert camera.distance_of(s.scene.view.camera) == before
    Gestures(s.canvas).double_click(160, 120)
    assert camera.distance_of(s.scene.view.camera) < before


def test_a_fit_is_about_what_stands_on_the_ground(studio) -> None:
    s = studio()
    s.add(height_field(lambda x, y: 0.0 * x, half_m=5000.0, step_m=500.0), kind=LayerKind.TERRAIN)
    s.canvas.look(ViewPreset.ISO)
    s.canvas.pump_all()
    wide = camera.distance_of(s.scene.view.camera)
    s.add(boxes([[0, 0, 0]], [[40, 40, 40]]))
    s.canvas.look(ViewPreset.ISO)
    s.canvas.pump_all()
    assert camera.distance_of(s.scene.view.camera) < wide / 20


def drag(gestures: Gestures, button: Button, begin, end, **keys) -> None:
    gestures.press(button, *begin, **keys)
    for share in (0.3, 0.7, 1.0):
        gestures.move(begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share)
    gestures.release(*end)


def test_dragging_orbits_about_what_is_under_the_pointer(studio) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 0]], [[10, 10, 10]], origin=FAR_ORIGIN))
    s.canvas.look(ViewPreset.ISO)
    s.canvas.pump_all()
    pivot = s.canvas.pick(140, 130).point_world_m
    drag(Gestures(s.canvas), Button.LEFT, (140, 130), (200, 90))
    shown = camera.project(s.scene.view.camera, np.array([pivot]), SIZE_PX)[0]
    assert shown[:2] == pytest.approx((140, 130), abs=0.05)
    assert s.scene.selection == (), "a drag is no click"


def test_panning_and_the_wheel_hold_what_is_under_the_pointer(studio) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 0]], [[10, 10, 10]], origin=FAR_ORIGIN))
    s.canvas.look(ViewPreset.ISO)
    s.canvas.pump_all()
    gestures = Gestures(s.canvas)
    for button, keys in ((Button.MIDDLE, {}), (Button.LEFT, {"shift": True}), (Button.RIGHT, {})):
        grabbed = s.canvas.pick(160, 120).point_world_m
        drag(gestures, button, (160, 120), (175, 112), **keys)
        shown = camera.project(s.scene.view.camera, np.array([grabbed]), SIZE_PX)[0]
        assert shown[:2] == pytest.approx((175, 112), abs=0.05)
        s.canvas.look(ViewPreset.ISO)
    under = s.canvas.pick(150, 125).point_world_m
    gestures.wheel(150, 125, 3.0)
    gestures.wheel(150, 125, 0.25)
    shown = camera.project(s.scene.view.camera, np.array([under]), SIZE_PX)[0]
    assert shown[:2] == pytest.approx((150, 125), abs=0.05)


def test_clicks_select_extend_and_clear(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-8, 0, 0], [4, 0, 0]], [[4, 4, 4]] * 2))
    s.canvas.pump_all()
    s.scene.view.camera = CameraView((0.0, -30.0, 2.0), (0.0, 0.0, 2.0))
    left, right = (camera.project(s.scene.view.camera, np.array([[x, 0.0, 2.0]]), SIZE_PX)[0, :2] for x in (-6.0, 6.0))
    gestures = Gestures(s.canvas)
    heard = []
    s.canvas.clicked.connect(heard.append)
    for point, keys in ((left, {}), (right, {"extend": True})):
        gestures.press(Button.LEFT, *point, **keys)
        gestures.release(*point)
    assert s.scene.selection == (ObjectRef(layer.layer_id, 0), ObjectRef(layer.layer_id, 1))
    gestures.press(Button.LEFT, *left, extend=True)
    gestures.release(*left)
    assert s.scene.selection == (ObjectRef(layer.layer_id, 1),)
    gestures.press(Button.LEFT, 5, 5)
    gestures.release(5, 5)
    assert s.scene.selection == ()
    assert [hit is not None for hit in heard] == [True, True, True, False]


def test_measuring_snaps_to_corners_and_gives_their_distance(studio) -> None:
    s = studio(language="zh_CN")
    s.add(boxes([[-5, -5, 0]], [[10, 10, 8]], origin=FAR_ORIGIN))
    s.canvas.look(ViewPreset.ISO)
    s.canvas.pump_all()
    s.canvas.mode = Mode.MEASURE
    gestures = Gestures(s.canvas)
    for corner in ((5, -5, 0), (5, -5, 8)):
        x, y = camera.project(s.scene.view.camera, np.array([corner]) + FAR_ORIGIN, SIZE_PX)[0, :2]
        gestures.move(x - 2, y - 2)
        s.canvas.tick()
        gestures.press(Button.LEFT, x - 2, y - 2)
        gestures.release(x - 2, y - 2)
    (measured,) = s.scene.view.measurements
    assert measured.distance_m == pytest.approx(8.0, abs=1e-3)
    assert measured.snapped == ("vertex", "vertex")
    drawn = s.shot()
    s.scene.view.measurements = ()
    assert (np.abs(drawn - s.shot()).max(axis=2) > 30).sum() > 100, "line and card were on the picture"


def test_escape_leaves_one_thing_at_a_time(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-5, -5, 0]], [[10, 10, 8]]))
    s.canvas.look(ViewPreset.ISO)
    s.canvas.pump_all()
    s.scene.select([ObjectRef(layer.layer_id, 0)])
    s.canvas.mode = Mode.MEASURE
    s.canvas.click(160, 120)
    s.canvas.escape()
    assert s.canvas.mode is Mode.MEASURE, "first the half-made distance"
    s.canvas.escape()
    assert s.canvas.mode is Mode.SELECT
    assert s.scene.selection
    s.canvas.escape()
    assert not s.scene.selection
    assert s.scene.view.measurements == ()


def test_a_click_in_section_mode_cuts_at_the_face(studio) -> None:
    s = studio()
    s.add(boxes([[-5, 0, 0], [-5, 10, 0]], [[10, 2, 10]] * 2))
    s.canvas.pump_all()
    s.scene.view.camera = CameraView((0.0, -40.0, 5.0), (0.0, 0.0, 5.0))
    s.canvas.mode = Mode.SECTION
    s.canvas.click(160, 120)
    (plane,) = s.scene.view.section_planes
    assert plane.normal == pytest.approx((0, -1, 0))
    assert plane.origin_m[1] == pytest.approx(0.0, abs=0.02)
    assert s.canvas.pick(160, 120).point_world_m[1] == pytest.approx(2.0), "the front face is gone"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_walking_climbs_a_ramp_and_stops_at_a_wall(studio) -> None:
    clock = Clock()
    s = studio(clock=clock)
    s.add(height_field(lambda _x, y: 0.2 * y, origin=FAR_ORIGIN), kind=LayerKind.TERRAIN)
    s.add(boxes([[-20, 12, -10]], [[40, 1, 40]], origin=FAR_ORIGIN))
    eye = np.add(FAR_ORIGIN, (0.0, -6.0, 4.0))
    s.scene.view.camera = camera.aimed(CameraView(), eye, camera.Aim(0.0, -0.9), 10.0)
    s.canvas.pump_all()
    s.canvas.mode = Mode.WALK
    gestures = Gestures(s.canvas)
    gestures.key_down("w")
    heights = []
    for _ in range(120):
        clock.now += 0.05
        s.canvas.tick()
        x, y, z = np.subtract(s.scene.view.camera.position_m, FAR_ORIGIN)
        heights.append(z - 0.2 * y)
    assert heights[5:] == pytest.approx([EYE_M] * len(heights[5:]), abs=0.02)
    assert 10.0 < y < 12.0
    assert abs(x) < 0.1
    gestures.key_up("w")
    clock.now += 0.05
    s.canvas.tick()
    assert s.scene.view.camera.position_m[1] - FAR_ORIGIN[1] == pytest.approx(y)


def test_the_view_cube_is_drawn_and_takes_clicks(studio) -> None:
    s = studio((480, 400))
    s.add(boxes([[-5, -5, 0]], [[10, 10, 8]]))
    s.canvas.look(ViewPreset.NORTH)
    s.canvas.pump_all()
    bare = s.shot()
    s.scene.view.set_display(view_cube=True, north_arrow=True)
    corner = (np.abs(s.shot() - bare).max(axis=2) > 25)[:160, 320:]
    assert corner.sum() > 1500
    x, y = 480 - 10 - 66, 10 + 66
    s.canvas.click(x, y - 26)
    assert camera.aim_of(s.scene.view.camera).pitch_rad < -0.5, "its upper edge leads up"
    s.canvas.look(ViewPreset.NORTH)
    s.canvas.click(x, y)
    assert camera.aim_of(s.scene.view.camera).heading_rad == pytest.approx(0.0, abs=1e-6)
    assert s.scene.selection == ()


def test_the_compass_alone_is_seen_from_above_at_any_time(studio) -> None:
    s = studio((480, 400))
    s.add(boxes([[-5, -5, 0]], [[10, 10, 8]]))
    s.canvas.look(ViewPreset.NORTH)
    s.canvas.pump_all()
    bare = s.shot()
    s.scene.view.set_display(north_arrow=True)
    drawn = (np.abs(s.shot() - bare).max(axis=2) > 15)[10:142, 338:470]
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    assert np.ptp(columns) > 80
    assert np.ptp(rows) > 60, "level with the horizon it would be a line"
    assert abs(rows.mean() - 66) < 12


def test_labels_change_with_the_language_and_scale_bar_with_the_view(studio) -> None:
    s = studio((480, 400))
    s.scene.view.set_display(view_cube=True, scale_bar=True)
    english = s.shot()
    s.canvas.set_language("zh_CN")
    chinese = s.shot()
    assert (np.abs(english - chinese).max(axis=2) > 30).sum() > 30
    s.canvas.navigator.zoom(s.scene.view.camera.target_m, 0.4)
    assert (np.abs(chinese - s.shot()).max(axis=2) > 30)[340:, :200].sum() > 10


def test_a_picture_on_disk_may_have_another_size(studio, tmp_path) -> None:
    from vtkmodules.vtkIOImage import vtkPNGReader

    s = studio()
    layer = s.add(boxes([[-5, -5, 0]], [[10, 10, 8]], RED))
    s.scene.select([ObjectRef(layer.layer_id, 0)])
    s.scene.view.measurements = (Measurement((0.0, 0.0, 8.0), (3.0, 0.0, 8.0)),)
    s.canvas.look(ViewPreset.ISO)
    s.canvas.pump_all()
    for name, size in (("same.png", None), ("larger.png", (500, 300))):
        s.canvas.screenshot(tmp_path / name, size)
        reader = vtkPNGReader()
        reader.SetFileName(str(tmp_path / name))
        reader.Update()
        assert reader.GetOutput().GetDimensions()[:2] == (size or SIZE_PX)
    assert s.canvas.size_px() == SIZE_PX
    with pytest.raises(OSError, match="missing"):
        s.canvas.screenshot(tmp_path / "missing" / "folder.png")


def test_render_scene_tells_what_it_drew(tmp_path) -> None:
    scene, store = Scene(), Store()
    store.add(scene, LayerKind.CITY, boxes([[0, 0, 0], [9, 0, 0]], [[4, 4, 4]] * 2), boxes([[0, 9, 0]], [[4, 4, 4]]))
    stats = render_scene(scene, (200, 150), tmp_path / "city.png", ViewPreset.ISO, open_tiles=store.open)
    assert (stats.triangles_drawn, stats.tiles_drawn) == (36, 2)
    assert stats.seconds > 0.0
    assert stats.gl_renderer
    assert (tmp_path / "city.png").read_bytes().startswith(b"\x89PNG")


def test_opengl_is_asked_in_a_child(monkeypatch) -> None:
    found = gl_info()
    assert found["ok"]
    assert found["renderer"]
    assert found["version"]


def test_a_canvas_ends_without_a_word_or_a_listener() -> None:
    """In a child of its own: nothing on standard error, no crash at exit, nothing left listening."""
    script = (
        "import numpy as np, pathlib\n"
        "from scenes.model.scene import Scene\n"
        "from scenes.visuals.canvas import SceneCanvas\n"
        "from loaders.model.formats import LayerKind\n"
        "from tests.render.models import Store, boxes\n"
        "scene, store = Scene(), Store()\n"
        "layer = store.add(scene, LayerKind.CITY, boxes([[0,0,0]], [[4,4,4]]))\n"
        "for _ in range(3):\n"
        "    canvas = SceneCanvas.off_screen(scene, (200, 150), open_tiles=store.open)\n"
        "    canvas.pump_all(); canvas.render(); canvas.tick(); canvas.close(); canvas.close()\n"
        "left = [len(s) for s in (layer.changed, layer.flags_changed, scene.layers.added, scene.selection_changed,\n"
        "        scene.view.camera_changed, scene.view.display_changed, scene.view.sections_changed)]\n"
        "print(left)\n"
    )
    root = Path(__file__).parents[2]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=env, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    # The layer list itself goes on listening to its layers; nobody else does.
    assert done.stdout.strip() == "[1, 0, 0, 0, 0, 0, 0]"
