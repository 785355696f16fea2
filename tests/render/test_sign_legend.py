"""The legend of alarms' signs: each level that there is, in its shape and colour."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.model.overlays.signs import AlarmLevel, Signs
from scenes.visuals.look import LOOKS
from scenes.visuals.overlays.live.lettering import rgb
from scenes.visuals.overlays.live.sign_legend import counts_of, mark_picture, sign_legend_picture
from tests.render.overlay_models import alarmed


def signs_of(*levels: AlarmLevel) -> Signs:
    signs = Signs("alarms")
    signs.place(np.zeros((len(levels), 3)))
    signs.raise_alarms(levels)
    return signs


def has(picture, colour) -> bool:
    return bool((np.abs(picture[..., :3].astype(int) - colour).max(axis=2) <= 3).sum() > 20)


@pytest.mark.parametrize("theme", sorted(LOOKS))
def test_only_levels_that_there_are_have_their_colour(theme: str) -> None:
    look = LOOKS[theme]
    picture = sign_legend_picture(signs_of(AlarmLevel.CRITICAL, AlarmLevel.LOW), look, "zh_CN", 296)
    shown = [has(picture, np.array(rgb(colour))) for colour in look.alarms]
    assert shown == [True, False, False, True]


def test_what_has_no_place_is_not_counted() -> None:
    signs = signs_of(AlarmLevel.HIGH, AlarmLevel.HIGH, AlarmLevel.NONE)
    signs.place([[0, 0, 0], [np.nan, 0, 0], [0, 0, 0]])
    assert counts_of(signs) == (0, 0, 1, 0)


def test_shapes_differ_as_the_signs_do() -> None:
    covers = {level: np.asarray(mark_picture(level, (255, 0, 0), 40))[..., 3] / 255.0 for level in AlarmLevel if level}
    areas = {level: cover.mean() for level, cover in covers.items()}
    assert areas[AlarmLevel.LOW] == pytest.approx(np.pi / 4, abs=0.02)
    assert areas[AlarmLevel.MEDIUM] == pytest.approx(0.64, abs=0.03)
    assert areas[AlarmLevel.HIGH] == pytest.approx(0.5, abs=0.02)
    assert areas[AlarmLevel.CRITICAL] == pytest.approx(0.5, abs=0.02)
    assert covers[AlarmLevel.HIGH][38].mean() > 0.9 > covers[AlarmLevel.CRITICAL][38].mean()


def test_the_card_stands_in_the_picture_while_there_are_alarms(studio) -> None:
    s = studio((800, 600))
    signs = alarmed(s, AlarmLevel.CRITICAL)

    def in_corner() -> bool:
        return has(s.shot()[420:, 490:], np.array(rgb(s.canvas.stage.look.alarms[3])))

    assert in_corner()
    signs.raise_alarms([AlarmLevel.NONE])
    assert not in_corner()
