"""Overlays of live values on the picture: where they must be, in the colours they must have, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from scenes.model.layers import Layer
from scenes.model.overlays.bars import Bars, BarShape
from scenes.model.overlays.domes import Domes
from scenes.model.overlays.flows import Flows
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.labels import Labels
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.overlays.readings import Condition, Readings
from scenes.model.overlays.registry import KINDS
from scenes.model.overlays.signs import AlarmLevel, SensorField
from scenes.model.scene import ObjectRef
from scenes.model.view import CameraView, SectionPlane, ViewPreset
from scenes.visuals.look import LOOKS
from scenes.visuals.overlays.live.registry import VISUALS
from tests.render.models import boxes, height_field
from tests.render.overlay_models import HIGH, LOW, SCALE, VIRIDIS, alarmed, flat
from tests.render.test_pictures import at, differs, top_view


def region(picture, x_m, y_m, reach_m=1.5, height_m=40.0):
    """The pixels (n, 3) about a point of a `top_view`."""
    scale, (height, width) = picture.shape[0] / height_m, picture.shape[:2]
    row, column, reach = height / 2 - y_m * scale, width / 2 + x_m * scale, reach_m * scale
    part = picture[round(row - reach) : round(row + reach), round(column - reach) : round(column + reach)]
    return part.reshape(-1, 3)


def hue_is(pixel, colour) -> bool:
    """Whether a lit pixel has a colour's proportions."""
    one, other = np.asarray(pixel, float), np.asarray(colour, float)
    return bool(np.abs(one / max(one.max(), 1) - other / max(other.max(), 1)).max() < 0.12)


def coloured(s, conditions, values=None):
    """Boxes side by side, coloured by values."""
    count = len(conditions)
    lows = [[-18 + 9 * i, -3, 0] for i in range(count)]
    layer = s.add(boxes(lows, [[6, 6, 4]] * count))
    overlay = ObjectValues("energy", SCALE)
    overlay.bind([layer.layer_id], np.zeros(count), np.arange(count))
    overlay.readings = Readings.of(values or [HIGH] * count, conditions)
    s.scene.overlays.add(overlay)
    s.scene.view.camera = top_view()
    return layer, overlay


def test_every_kind_has_something_that_draws_it() -> None:
    assert list(KINDS) == list(VISUALS)
    assert all(kind.kind == name for name, kind in KINDS.items())


def test_objects_take_the_colours_of_their_classes_and_give_them_back(studio) -> None:
    s = studio()
    layer, overlay = coloured(s, [0, 0, 0], [LOW, 15.0, HIGH])
    picture = s.shot()
    for index, colour in enumerate(VIRIDIS):
        assert hue_is(at(picture, -15 + 9 * index, 0), colour)
    overlay.readings = Readings.of([HIGH, 15.0, HIGH])
    again = s.shot()
    assert hue_is(at(again, -15, 0), VIRIDIS[2])
    assert not differs(at(again, 3, 0), at(picture, 3, 0), 2)
    overlay.visible = False
    assert np.ptp(at(s.shot(), -15, 0)) < 30
    assert layer.live_colours is None
    overlay.visible = True
    s.scene.overlays.remove(overlay)
    assert np.ptp(at(s.shot(), -15, 0)) < 30


def test_missing_is_hatched_grey_and_stale_a_hatched_shade_of_its_class(studio) -> None:
    s = studio()
    coloured(s, [Condition.GOOD, Condition.STALE, Condition.MISSING, Condition.BAD])
    picture = s.shot()
    good, stale, missing, bad = (region(picture, -15 + 9 * index, 0, 2.4) for index in range(4))
    assert good.std(axis=0).max() < 3, "good is plain"
    for hatched in (stale, missing, bad):
        light = hatched.sum(axis=1) / 3
        assert np.percentile(light, 97) - np.percentile(light, 3) > 25
        dark = light < (light.max() + light.min()) / 2
        assert 0.08 < dark.mean() < 0.6
    spread = [np.ptp(some, axis=1).mean() for some in (good, stale, missing)]
    assert spread[1] < 0.45 * spread[0]
    assert spread[2] < 0.25 * spread[0]


def test_unbound_objects_keep_their_own_colours_and_selection_still_shows(studio) -> None:
    s = studio()
    layer = s.add(boxes([[-8, -3, 0], [3, -3, 0]], [[6, 6, 4]] * 2, (220, 40, 40, 255)))
    overlay = ObjectValues("energy", SCALE)
    overlay.bind([layer.layer_id], [0], [1])
    overlay.readings = Readings.of([HIGH])
    s.scene.overlays.add(overlay)
    s.scene.view.camera = top_view()
    picture = s.shot()
    assert at(picture, -5, 0)[0] > at(picture, -5, 0)[1] + 80
    assert hue_is(at(picture, 6, 0), VIRIDIS[2])
    s.scene.select([ObjectRef(layer.layer_id, 1)])
    assert differs(at(s.shot(), 6, 0), at(picture, 6, 0), 40)
    s.scene.select([])
    assert not differs(at(s.shot(), 6, 0), at(picture, 6, 0), 2)


def test_values_set_before_the_tiles_come_are_there_when_they_come(studio) -> None:
    s = studio()
    layer = s.scene.layers.add(Layer("late", LayerKind.BUILDING))
    overlay = ObjectValues("energy", SCALE)
    overlay.bind([layer.layer_id], [0, 0], [0, 1])
    overlay.readings = Readings.of([LOW, HIGH])
    s.scene.overlays.add(overlay)
    s.scene.view.camera = top_view()
    s.shot()
    layer.flags = np.zeros(2, np.uint8)
    tiles = [[boxes([[-18, -3, 0], [-9, -3, 0]], [[6, 6, 4]] * 2)]]
    layer.tileset_folder = s.store.keep(Path("/memory/late"), tiles)
    s.shot()  # the first picture takes them to the graphics card
    assert hue_is(at(s.shot(), -6, 0), VIRIDIS[2])
    layer.colours = np.tile(np.array([[200, 30, 30, 255]], np.uint8), (2, 1))
    assert hue_is(at(s.shot(), -6, 0), VIRIDIS[2]), "values lie over other colours"
    overlay.visible = False
    assert hue_is(at(s.shot(), -6, 0), (200, 30, 30))


@pytest.mark.parametrize("origin", [(0.0, 0.0, 0.0), (5e5, 3.4e6, 20.0)])
def test_bars_stand_where_they_should_as_high_as_they_should(studio, origin) -> None:
    s = studio()
    s.add(height_field(lambda x, y: 0.0 * x, origin=origin), kind=LayerKind.TERRAIN)
    bars = Bars("visitors", SCALE)
    bars.shape = BarShape.BAR
    bars.stand([np.add(origin, (-8.0, 0.0, 0.0)), np.add(origin, (8.0, 0.0, 0.0))], 4.0)
    bars.full_value, bars.full_height_m = 30.0, 18.0
    bars.readings = Readings.of([30.0, np.nan])
    s.scene.overlays.add(bars)
    x, y, z = origin
    s.scene.view.camera = CameraView((x, y - 100.0, z + 10.0), (x, y, z + 10.0), orthographic=True, height_m=40.0)
    picture = s.shot()
    is_yellow = ((picture[..., 0] > 190) & (picture[..., 2] < 90)).nonzero()
    scale = 240 / 40.0
    assert is_yellow[1].min() == pytest.approx(160 - 10 * scale, abs=1)
    assert is_yellow[1].max() == pytest.approx(160 - 6 * scale, abs=1)
    assert is_yellow[0].min() == pytest.approx(120 - 8 * scale, abs=1)
    assert hue_is(picture[100, 112], VIRIDIS[2])
    assert np.ptp(picture[100, 208]) < 60, "no bar where nothing is known"


def test_sections_cut_bars_and_domes_and_rays_pass_through_both(studio) -> None:
    s = studio()
    layer = flat(s)
    bars = Bars("b", SCALE)
    bars.stand([[6.0, 0.0, 0.0], [-6.0, 0.0, 0.0]], 6.0)
    bars.full_height_m, bars.full_value = 10.0, HIGH
    bars.readings = Readings.of([HIGH, HIGH])
    s.scene.overlays.add(bars)
    s.scene.view.camera = top_view()
    full = s.shot()
    s.scene.view.section_planes = (SectionPlane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),)
    cut = s.shot()
    assert differs(at(cut, 6, 0), at(full, 6, 0), 60)
    assert not differs(at(cut, -6, 0), at(full, -6, 0), 3)
    s.scene.view.section_planes = ()
    hit = s.canvas.pick(160 + 36, 120)
    assert hit.ref.layer_id == layer.layer_id
    assert hit.point_world_m[2] == pytest.approx(0.0, abs=1e-3)


def test_a_heat_map_lies_on_the_ground_within_its_radius_and_not_on_roofs(studio) -> None:
    s = studio()
    flat(s)
    s.add(boxes([[-3, 7, 0]], [[6, 6, 20]]))
    s.scene.view.camera = top_view()
    bare = s.shot()
    heat = HeatMap("noise", SCALE)
    heat.radius_m, heat.opacity = 14.0, 1.0
    heat.place([[0.0, 0.0, 0.0]])
    heat.readings = Readings.of([HIGH])
    s.scene.overlays.add(heat)
    picture = s.shot()
    assert np.abs(at(picture, 0, 0) - VIRIDIS[2]).max() < 12
    assert differs(at(picture, 8, 0), at(bare, 8, 0), 40)
    for x, y in ((14.5, 0), (-14.5, 0), (11, -11), (19, 9)):
        assert not differs(at(picture, x, y), at(bare, x, y), 3), "nothing beyond the radius"
    assert not differs(at(picture, 0, 10), at(bare, 0, 10), 3), "a roof is no ground"
    heat.readings = Readings.of([np.nan])
    light = region(s.shot(), 0, -4, 3.0).sum(axis=1) / 3
    assert np.ptp(light) > 30, "hatched where the only point has no value"


def test_a_heat_map_follows_the_ground_up_a_hill(studio) -> None:
    s = studio()
    s.add(height_field(lambda x, y: 0.8 * x, half_m=60.0), kind=LayerKind.TERRAIN)
    heat = HeatMap("noise", SCALE)
    heat.radius_m, heat.opacity = 15.0, 1.0
    heat.place([[0.0, 0.0, 0.0]])
    heat.readings = Readings.of([HIGH])
    s.scene.view.camera = top_view()
    bare = s.shot()
    s.scene.overlays.add(heat)
    picture = s.shot()
    for x in (-9, 0, 9):
        assert hue_is(at(picture, x, 0), VIRIDIS[2])
    assert not differs(at(picture, 0, 16.5), at(bare, 0, 16.5), 3)


def test_flows_are_as_wide_as_told_and_hide_behind_walls(studio) -> None:
    s = studio()
    flat(s)
    s.add(boxes([[-2, -6, 0]], [[4, 12, 8]]))
    flows = Flows("traffic", SCALE)
    flows.draw([[[-15.0, 0.0, 1.0], [15.0, 0.0, 1.0]]])
    flows.readings, flows.widths_px = Readings.of([HIGH]), 6.0
    s.scene.view.camera = top_view()
    bare = s.shot()
    s.scene.overlays.add(flows)
    changed = np.abs(s.shot() - bare).max(axis=2) > 25
    rows = np.flatnonzero(changed[:, 100])
    assert 5 <= len(rows) <= 8
    assert rows.mean() == pytest.approx(120, abs=1.0)
    assert not changed[:, 150:170].any(), "the building stands before it"
    columns = np.flatnonzero(changed.any(axis=0))
    assert columns.min() == pytest.approx(160 - 90, abs=2)
    flows.through = 0.5
    assert (np.abs(s.shot() - bare).max(axis=2) > 12)[:, 152:168].any(), "faintly through it when asked to"


def test_domes_are_translucent_and_end_at_their_radius(studio) -> None:
    s = studio()
    flat(s)
    s.scene.view.camera = top_view()
    bare = s.shot()
    domes = Domes("signal", SCALE)
    domes.cover([[0.0, 0.0, 0.0]], 12.0)
    domes.readings = Readings.of([HIGH])
    s.scene.overlays.add(domes)
    picture = s.shot()
    changed = np.abs(picture - bare).max(axis=2)
    assert changed[120, 160 - 6 * 11] > changed[120, 160] > 1, "clearest at its rim"
    assert np.abs(changed[120, 160]) < 60, "and one sees through"
    assert (changed[120, : 160 - 6 * 12 - 2] <= 2).all()


@pytest.mark.parametrize("theme", sorted(LOOKS))
def test_only_alarms_have_alarm_colours_each_level_its_own(studio, theme) -> None:
    s = studio()
    s.scene.view.set_display(background=theme)
    alarmed(s, AlarmLevel.NONE, AlarmLevel.LOW, AlarmLevel.MEDIUM, AlarmLevel.CRITICAL, acknowledged=True)
    picture = s.shot()
    alarms = np.array(LOOKS[theme].alarms) * 255.0
    for index, level in ((1, AlarmLevel.LOW), (2, AlarmLevel.MEDIUM), (3, AlarmLevel.CRITICAL)):
        about = region(picture, -12 + 8 * index, 0, 2.2)
        near = np.abs(about - alarms[level - 1]).max(axis=1) < 14
        assert near.sum() > 60
    sensor = region(picture, -12, 0, 2.2)
    assert all((np.abs(sensor - colour).max(axis=1) < 14).sum() == 0 for colour in alarms)


def test_each_field_has_an_icon_of_its_own_and_what_has_no_value_none(studio) -> None:
    s = studio()
    signs = alarmed(s, *[AlarmLevel.NONE] * 4)
    plain = s.shot()
    signs.fields = [SensorField.NONE, SensorField.TRAFFIC, SensorField.ECOLOGY, SensorField.ECOLOGY]
    picture = s.shot()
    shapes = [region(picture, -12 + 8 * index, 0, 3.2) for index in range(4)]
    assert not differs(shapes[0], region(plain, -12, 0, 3.2), 2)
    dark = [(shape.sum(axis=1) < 180) for shape in shapes]
    assert 30 < dark[1].sum() < 300
    assert (dark[1] != dark[2]).sum() > 20
    assert (dark[2] != dark[3]).sum() < 12
    signs.readings = Readings.of([HIGH, np.nan, HIGH, HIGH])
    hatched = region(s.shot(), -4, 0, 3.2)
    assert (hatched.sum(axis=1) < 180).sum() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_nonsense_draws_nothing_and_says_nothing(studio, kind) -> None:
    s = studio()
    flat(s)
    s.scene.view.camera = top_view()
    bare = s.shot()
    overlay = KINDS[kind]("", SCALE)
    s.scene.overlays.add(overlay)
    nowhere = np.full((3, 3), np.nan)
    if isinstance(overlay, ObjectValues):
        overlay.bind(["gone"], [0, 0, 0], [0, 5, 10**9])
    elif isinstance(overlay, Flows):
        overlay.draw([nowhere, np.zeros((2, 3)), np.zeros((0, 3))])
    elif isinstance(overlay, Labels):
        overlay.describe(nowhere, ["", "x" * 5000, "\n\t"])
    elif isinstance(overlay, Bars):
        overlay.stand(nowhere, [np.nan, -5.0, np.inf])
    elif isinstance(overlay, Domes):
        overlay.cover(nowhere, [np.nan, -5.0, np.inf])
    else:
        overlay.place(nowhere)
    overlay.readings = Readings.of([np.nan, np.inf, 1e300])
    assert not differs(s.shot(), bare, 2)
    s.scene.overlays.clear()
    assert not differs(s.shot(), bare, 2)


def test_a_picture_of_another_size_has_the_overlays_too(studio, tmp_path) -> None:
    from PIL import Image

    s = studio()
    coloured(s, [0, 0, 0], [LOW, 15.0, HIGH])
    s.canvas.look(ViewPreset.TOP)
    s.shot()
    s.canvas.screenshot(tmp_path / "large.png", (640, 480))
    colours = np.asarray(Image.open(tmp_path / "large.png").convert("RGB")).reshape(-1, 3).astype(int)
    assert ((colours[:, 0] > 150) & (colours[:, 1] > 140) & (colours[:, 2] < 90)).sum() > 500


def test_many_changes_make_one_picture(studio) -> None:
    s = studio()
    _, overlay = coloured(s, [0, 0, 0])
    s.shot()
    drawn = []
    s.canvas.window.AddObserver("EndEvent", lambda *_: drawn.append(1))
    for number in range(20):
        overlay.readings = Readings.of([number, 15.0, HIGH])
    assert not drawn
    for _ in range(6):  # a beat that took long with uploads leaves the picture to the next one
        s.canvas.tick()
    assert len(drawn) == 1
