"""Overlays that move: pulses of alarms, dashes of flows, and how often they ask for a picture."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.model.overlays.flows import Flows
from scenes.model.overlays.readings import Readings
from scenes.model.overlays.signs import BLINK_HZ, AlarmLevel
from scenes.visuals.overlays.live import live_overlays
from scenes.visuals.overlays.live.live_overlays import BEAT_S
from tests.render.overlay_models import HIGH, alarmed
from tests.render.test_pictures import differs, top_view


def test_an_alarm_pulses_until_it_is_acknowledged_or_stilled(studio) -> None:
    assert BLINK_HZ <= 2.0
    s = studio(animated=True)
    signs = alarmed(s, AlarmLevel.CRITICAL)

    def moves() -> bool:
        s.canvas.live.set_time(10.0)
        one = s.shot()
        s.canvas.live.set_time(10.37)
        return differs(one, s.shot(), 25)

    assert moves()
    assert s.canvas.live.animate(0.0)
    signs.still = True
    assert not moves()
    assert not s.canvas.live.animate(1.0)
    signs.still = False
    s.scene.overlays.still = True
    assert not moves()
    s.scene.overlays.still = False
    signs.raise_alarms([AlarmLevel.CRITICAL], True)
    assert not moves()


def test_where_pictures_take_long_alarms_pulse_and_flows_rest(studio, monkeypatch: pytest.MonkeyPatch) -> None:
    s = studio(animated=True)
    flows = Flows()
    flows.draw([np.array([[-4.0, 0.0, 1.0], [4.0, 0.0, 1.0]])])
    flows.speeds = 5.0
    flows.readings = Readings.of([HIGH])
    s.scene.overlays.add(flows)
    monkeypatch.setattr(live_overlays, "SLOW_S", 1e9)
    s.shot()
    assert s.canvas.live.moves
    monkeypatch.setattr(live_overlays, "SLOW_S", 0.0)
    assert not s.canvas.live.moves
    alarmed(s, AlarmLevel.CRITICAL)
    s.shot()
    assert s.canvas.live.moves


def test_a_beat_that_draws_what_moves_for_the_first_time_asks_for_another(studio) -> None:
    s = studio(animated=True)
    signs = alarmed(s, AlarmLevel.HIGH)
    signs.visible = False
    while s.canvas.tick():
        pass
    signs.visible = True
    goes_on = [s.canvas.tick() for _ in range(50)]
    assert all(goes_on)


def test_what_moves_asks_for_ten_pictures_a_second_at_most_and_none_out_of_sight(studio) -> None:
    s = studio(animated=True)
    alarmed(s, AlarmLevel.HIGH)
    s.shot()
    asked = []
    s.canvas.render_requested.connect(lambda: asked.append(1))
    s.canvas.live._picture_s = 0.001
    for step in range(1000):
        assert s.canvas.live.animate(100.0 + step * 0.005)
    assert len(asked) <= 5.0 / BEAT_S + 1
    assert len(asked) >= 30
    s.canvas.live._picture_s = 0.15  # a weak machine: the window has three times as long to itself
    asked.clear()
    for step in range(2000):
        s.canvas.live.animate(200.0 + step * 0.01)
    assert len(asked) <= 20.0 / 0.6 + 1
    s.scene.view.camera = top_view((500.0, 0.0))
    s.shot()
    assert not s.canvas.live.animate(999.0)
