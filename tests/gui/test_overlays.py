"""Overlays in the window: what blinks does so by itself, at ten pictures a second at most, and rests when told."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from PySide6.QtTest import QTest

from scenes.model.overlays.readings import Readings
from scenes.model.overlays.signs import AlarmLevel, Signs
from tests.gui.driving import open_folder, until
from twin_app.ui.main_window import MainWindow


def test_an_alarm_blinks_by_itself_and_leaves_the_window_alone_when_stilled(
    window: MainWindow, folders: dict[str, Path]
) -> None:
    layer = open_folder(window, folders["office"])
    canvas, scene = window.view.canvas, window.context.workbench.scene
    until(lambda: canvas.has_drawn and not canvas.visuals.pending)
    signs = Signs("sensors")
    bounds = canvas.visuals.get(layer.layer_id).bounds_world_m()
    signs.place(((bounds[:3] + bounds[3:]) / 2.0)[None])
    signs.readings = Readings.of([1.0])
    signs.raise_alarms([AlarmLevel.CRITICAL])
    scene.overlays.add(signs)
    QTest.qWait(1500)
    pictures: list[float] = []
    tag = canvas.window.AddObserver("EndEvent", lambda *_: pictures.append(time.monotonic()))
    until(lambda: len(pictures) >= 4)
    assert min(np.diff(pictures)) > 0.07, "it goes on by itself, and not faster than it may"
    signs.raise_alarms([AlarmLevel.CRITICAL], np.array([True]))
    QTest.qWait(800)
    pictures.clear()
    QTest.qWait(1000)
    assert len(pictures) <= 1, "once somebody took note, nothing moves"
    canvas.window.RemoveObserver(tag)
    scene.overlays.clear()
