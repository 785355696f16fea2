"""What stands behind other things is left out, and no picture shows it."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.model.layers import ObjectFlag
from scenes.model.view import CameraView, SectionPlane
from scenes.visuals import occlusion
from tests.render.models import boxes, height_field

SIDE = 9
STREET = CameraView((2.0, -6.0, 1.8), (2.0, 60.0, 3.0), field_of_view_deg=55.0)


def _city(s):
    """Blocks of houses on a ground, a batch each, and a pane of glass across the street."""
    chance = np.random.default_rng(5)
    chunks = [height_field(lambda x, y: 0.02 * x - 0.01 * y, half_m=120.0)]
    for i in range(SIDE):
        for j in range(SIDE):
            lows = [[12.0 * i + 4.0, 12.0 * j, -2.0], [-12.0 * i - 10.0, 12.0 * j + 1.0, -2.0]]
            sizes = np.column_stack([np.full(2, 8.0), np.full(2, 9.0), chance.uniform(9.0, 40.0, 2)])
            colour = (*chance.integers(60, 240, 3).tolist(), 255)
            chunks.append(boxes(lows, sizes, colour, first_row=1 + 2 * (SIDE * i + j)))
    chunks.append(boxes([[-2, 20, 0]], [[6, 0.2, 5]], (120, 170, 220, 90), transparent=True, first_row=500))
    layer = s.add(*chunks)
    layer.flags = np.zeros(501, np.uint8)
    return layer


def _walk(view: CameraView, steps: int) -> list[CameraView]:
    """Along the street, turning and rising."""
    found = []
    for number in range(steps):
        forward, turn = 0.7 * number, 0.9 * np.sin(number / 5.0)
        eye = np.add(view.position_m, (0.0, forward, 0.15 * max(0, number - 20)))
        target = eye + 40.0 * np.array([np.sin(turn), np.cos(turn), 0.05])
        found.append(CameraView(tuple(eye), tuple(target), field_of_view_deg=55.0))
    return found


@pytest.fixture
def pair(studio, monkeypatch: pytest.MonkeyPatch):
    """The same city twice; only the first one may leave anything out."""
    monkeypatch.setattr(occlusion, "PAUSE", 2)
    with_it, without = studio(), studio()
    monkeypatch.setattr(without.canvas.occlusion, "_pays", lambda: False)
    layers = [_city(with_it), _city(without)]
    return (with_it, without), layers


def _differs(pair) -> int:
    with_it, without = pair
    return int((np.abs(with_it.shot() - without.shot()).max(axis=2) > 2).sum())


def test_walking_through_a_city_no_picture_differs_though_half_of_it_is_left_out(pair) -> None:
    studios, _ = pair
    most = 0
    for view in _walk(STREET, 45):
        for s in studios:
            s.scene.view.camera = view
        assert _differs(studios) == 0, view
        most = max(most, len(studios[0].canvas.occlusion.left_out))
    assert most > 0.5 * SIDE * SIDE
    assert not studios[1].canvas.occlusion.left_out


def test_jumps_show_at_once_what_was_left_out(pair) -> None:
    studios, _ = pair
    above = CameraView((0.0, -80.0, 120.0), (0.0, 40.0, 0.0), field_of_view_deg=55.0)
    for _ in range(4):
        for view in (*[STREET] * 5, above):
            for s in studios:
                s.scene.view.camera = view
            assert _differs(studios) == 0


def test_hiding_ghosting_and_cutting_uncover_what_was_left_out(pair) -> None:
    studios, layers = pair
    for s in studios:
        s.scene.view.camera = STREET
    for _ in range(12):
        assert _differs(studios) == 0
    assert studios[0].canvas.occlusion.left_out
    for flag in (ObjectFlag.HIDDEN, ObjectFlag.GHOST):
        for s, layer in zip(studios, layers, strict=True):
            flags = np.zeros(501, np.uint8)
            flags[1:60] = int(flag)
            layer.flags = flags
            s.canvas.visuals.refresh_flags()
        assert _differs(studios) == 0
    for s in studios:
        s.scene.view.section_planes = (SectionPlane((0.0, 0.0, 6.0), (0.0, 0.0, 1.0)),)
    assert _differs(studios) == 0


def test_what_is_left_out_is_still_found_and_counted(pair) -> None:
    studios, _ = pair
    for s in studios:
        s.scene.view.camera = STREET
    for _ in range(12):
        _differs(studios)
    one, other = studios
    assert one.canvas.occlusion.left_out
    assert one.canvas.visuals.triangles_drawn == other.canvas.visuals.triangles_drawn
    hits = [s.canvas.pick(160, 120) for s in studios]
    assert hits[0].ref.row == hits[1].ref.row
    assert hits[0].point_world_m == hits[1].point_world_m


def test_where_nothing_is_covered_nothing_is_asked(studio) -> None:
    s = studio()
    s.add(*[boxes([[3.0 * i, 0, 0]], [[2, 2, 2]], first_row=i) for i in range(40)])
    s.scene.view.camera = CameraView((60.0, -80.0, 60.0), (60.0, 0.0, 0.0))
    for _ in range(8):
        s.shot()
    assert not s.canvas.occlusion.left_out
    assert s.canvas.occlusion._pause > 0


def test_a_handful_of_batches_is_just_drawn(studio) -> None:
    s = studio()
    s.add(boxes([[0, 0, 0]], [[9, 1, 9]]), boxes([[0, 5, 0]], [[1, 1, 1]], first_row=1))
    s.scene.view.camera = CameraView((4.0, -20.0, 4.0), (4.0, 0.0, 4.0))
    for _ in range(6):
        s.shot()
    assert not s.canvas.occlusion.left_out
