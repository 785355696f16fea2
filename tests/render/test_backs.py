"""Backs that nobody sees are not drawn, and nobody sees a difference."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from scenes.model.view import SectionPlane, ViewPreset
from tests.render.models import boxes

LOWS, SIZES = [[0, 0, 0], [12, 3, 0], [5, 14, 0]], [[8, 10, 6], [6, 6, 12], [4, 4, 4]]
RED, GREEN, BLUE = (210, 60, 50, 255), (60, 170, 80, 255), (70, 90, 200, 255)


def _culled(layer_visual) -> list[bool]:
    return [bool(batch.actors[0].GetProperty().GetBackfaceCulling()) for batch in layer_visual.batches]


def _pictures(studio, change) -> tuple[list[np.ndarray], list[list[bool]]]:
    """The same boxes as open and as closed ones, after the same change."""
    shots, culled = [], []
    for closed in (False, True):
        s = studio()
        layer = s.add(dataclasses.replace(boxes(LOWS, SIZES, (RED, GREEN, BLUE)), closed=closed))
        s.canvas.look(ViewPreset.ISO, animate=False)
        change(s, layer)
        s.canvas.pump_all()
        shots.append(s.shot())
        culled.append(_culled(s.canvas.visuals.get(layer.layer_id)))
    return shots, culled


def _mirror(_s, layer) -> None:
    layer.world_from_model = np.diag([-1.0, 1.0, 1.0, 1.0])


def _thin(_s, layer) -> None:
    layer.opacity = 0.5


def _cut(s, _layer) -> None:
    s.scene.view.section_planes = (SectionPlane((4.0, 4.0, 3.0), (0.0, -1.0, 0.0)),)


@pytest.mark.parametrize(
    ("change", "leaves_out"),
    [(lambda _s, _layer: None, True), (_mirror, False), (_thin, False), (_cut, False)],
    ids=["plain", "mirrored", "thin", "cut"],
)
def test_closed_things_look_the_same_with_half_of_their_triangles(studio, change, leaves_out) -> None:
    (open_shot, closed_shot), (never, whether) = _pictures(studio, change)
    assert np.abs(open_shot.astype(int) - closed_shot).max() <= 2
    assert never == [False]
    assert whether == [leaves_out]


def test_after_a_cut_backs_are_left_out_again(studio) -> None:
    s = studio()
    layer = s.add(dataclasses.replace(boxes(LOWS, SIZES), closed=True))
    s.canvas.look(ViewPreset.ISO, animate=False)
    visual = s.canvas.visuals.get(layer.layer_id)
    seen = []
    for sections in ((), (SectionPlane((4.0, 4.0, 3.0), (0.0, -1.0, 0.0)),), ()):
        s.scene.view.section_planes = sections
        s.canvas.pump_all()
        seen.append(_culled(visual))
    assert seen == [[True], [False], [True]]
