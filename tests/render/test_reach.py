"""How far a picture reaches: what lies beyond the horizon, what is brought into view."""

from __future__ import annotations

import numpy as np
import pytest

from loaders.model.formats import LayerKind
from scenes.model.view import ViewPreset
from scenes.visuals import camera
from tests.render.models import boxes, height_field

RED = (220, 40, 40, 255)


def _num_red(shot: np.ndarray) -> int:
    return int(((shot[..., 0] > 120) & (shot[..., 1] < 90)).sum())


def test_a_layer_in_another_country_does_not_hide_what_is_looked_at(studio) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 0]], [[10, 10, 10]], RED))
    s.canvas.look(ViewPreset.NORTH, animate=False)
    alone = _num_red(s.shot())
    assert alone > 2000
    s.add(boxes([[0, 7e5, 0]], [[10, 10, 10]], RED), kind=LayerKind.CITY)
    assert _num_red(s.shot()) == pytest.approx(alone, rel=0.02)


def test_to_fit_everything_takes_in_the_ground(studio) -> None:
    s = studio()
    s.add(boxes([[-5, -5, 0]], [[10, 10, 10]], RED))
    s.add(height_field(lambda x, y: 0 * x, half_m=400.0), kind=LayerKind.TERRAIN)
    s.canvas.look(ViewPreset.ISO, animate=False)
    near = camera.distance_of(s.scene.view.camera)
    s.canvas.fit(animate=False)
    assert camera.distance_of(s.scene.view.camera) > 10 * near
