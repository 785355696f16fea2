"""The alarms panel: what stands is shown, acknowledged, shelved, found in the scene, exported."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scenes.model.overlays.signs import Signs
from tests.gui.driving import open_folder, until
from twin_app.live.alarms.engine import Who
from twin_app.live.alarms.model import AlarmState
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import Observation, State, now_us
from twin_app.ui.panels.alarms import AlarmsPanel

if TYPE_CHECKING:
    from pathlib import Path

    from twin_app.ui.main_window import MainWindow


def _panel(window: MainWindow) -> AlarmsPanel:
    panel = window.panels["alarms"]
    assert isinstance(panel, AlarmsPanel)
    return panel


def _feed(window: MainWindow, guid: str = "", value: float = 9.5) -> None:
    """Two streams of an indicator that has a limit without a delay: one far beyond, one fine."""
    live = window.context.workbench.live
    link = Link(LinkKind.GUID, guid) if guid else Link()
    live.table.declare(
        [
            StreamInfo("f/a", "CO2 2F", "[ppm]", "room_load", link, State.SIMULATED),
            StreamInfo("f/b", "CO2 3F", "[ppm]", "room_load"),
        ]
    )
    live.table.accept([Observation("f/a", value, now_us()), Observation("f/b", 1.0, now_us())])
    live.beat()


def _pack(config: Path) -> None:
    folder = config / "indicators"
    folder.mkdir(parents=True)
    (folder / "own.toml").write_text(
        """[pack]
id = "own"
name = { zh = "自定", en = "Own" }
[[indicator]]
id = "room_load"
name = { zh = "负荷", en = "Load" }
unit = "[ppm]"
[[indicator.threshold]]
level = "HH"
value = 8.0
dead_band = 0.5
""",
        "utf-8",
    )


def _texts(panel: AlarmsPanel) -> list[list[str]]:
    model = panel.filter
    return [[str(model.index(r, c).data()) for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_an_alarm_is_raised_shown_and_acknowledged(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path
) -> None:
    _pack(tmp_path / "config")
    layer = open_folder(window, folders["office"])
    tileset = window.context.workbench.sources.tileset(layer)
    assert tileset is not None
    guids, solid = tileset.objects()["guid"].to_pylist(), np.isfinite(tileset.object_bounds_m()).all(axis=1)
    row, guid = next((row, guid) for row, guid in enumerate(guids) if guid and solid[row])
    panel = _panel(window)
    window.show_panel("alarms")
    until(panel.isVisible)
    assert "No limits" in panel.empty.text()
    _feed(window, guid)
    until(lambda: panel.filter.rowCount() == 1)
    level, stream, value, limit, state, since, by = _texts(panel)[0]
    assert (level, stream, value, limit) == ("Far too high", "CO2 2F", "9.5 ppm", "8 ppm")
    assert state == "Active, not acknowledged · Simulated"
    assert since
    assert not by
    lights = window.status.lights
    assert lights.alarms.isVisible()
    assert lights.alarms.text() == "Alarms: 1"
    signs = window.context.workbench.scene.overlays.get("alarms")
    assert isinstance(signs, Signs)
    assert (signs.levels.tolist(), signs.acknowledged.tolist(), signs.is_simulated) == ([4], [False], True)
    lit = panel.model.lit
    until(lambda: panel.model.lit != lit, 1500)
    panel.table.setCurrentIndex(panel.filter.index(0, 0))
    window.context.run("alarm.acknowledge", note="seen")
    assert window.context.workbench.live.alarms.standing()[0].state is AlarmState.ACTIVE_ACKNOWLEDGED
    assert _texts(panel)[0][6]
    assert signs.acknowledged.tolist() == [True]
    assert not panel._timer.isActive()
    panel.table.doubleClicked.emit(panel.filter.index(0, 0))
    assert [ref.row for ref in window.context.workbench.scene.selection] == [row]


def test_shelving_hides_and_is_kept_in_the_journal(window: MainWindow, tmp_path: Path) -> None:
    _pack(tmp_path / "config")
    panel, workbench = _panel(window), window.context.workbench
    _feed(window)
    until(lambda: panel.filter.rowCount() == 1)
    panel.table.setCurrentIndex(panel.filter.index(0, 0))
    window.context.run("alarm.shelve", minutes=60, reason="filter is changed")
    assert _texts(panel)[0][4].startswith("Shelved")
    assert not window.status.lights.alarms.isVisible()
    window.context.run("alarm.announce")
    assert workbench.live.alarms.standing()[0].state is AlarmState.ACTIVE_UNACKNOWLEDGED
    window.context.run("alarm.take_out", reason="")
    assert [one.code for one in workbench.messages] == ["alarm.no_reason"]
    window.context.run("alarm.export", path=str(tmp_path / "journal.csv"))
    lines = (tmp_path / "journal.csv").read_text("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert "filter is changed" in lines[2]


def test_still_alarms_do_not_blink(window: MainWindow, tmp_path: Path) -> None:
    _pack(tmp_path / "config")
    panel = _panel(window)
    window.context.workbench.settings.set("view.still_alarms", True)
    _feed(window)
    until(lambda: panel.filter.rowCount() == 1)
    assert not panel._timer.isActive()
    assert panel.model.lit
    window.context.workbench.settings.set("view.still_alarms", False)
    assert panel._timer.isActive()


def test_a_flood_is_told_with_the_first_one_out(window: MainWindow, tmp_path: Path) -> None:
    _pack(tmp_path / "config")
    panel, live = _panel(window), window.context.workbench.live
    window.show_panel("alarms")
    names = ["f/pump/power", *(f"f/hall/{number}" for number in range(12))]
    live.table.declare([StreamInfo(name, name.rpartition("/")[2], "[ppm]", "room_load") for name in names])
    for name in names:
        live.table.accept([Observation(name, 9.5, now_us())])
        live.beat()
    until(lambda: panel.filter.rowCount() == len(names))
    assert panel.flood.isVisible()
    assert panel.flood.text.text() == (
        "Flood of alarms: 13 in 10 minutes, beginning with power; most are of f/hall (12) · f/pump (1)."
    )
    window.context.run("alarm.show_first")
    assert window.context.workbench.chosen_alarms == ("f/pump/power#hh",)
    assert [one.code for one in window.context.workbench.messages] == ["live.no_object"]


def test_alarms_sound_once_switched_on(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = tmp_path / "heard"
    player = tmp_path / "bin" / "pw-play"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\necho "$1" >> {heard}\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(player.parent), prepend=":")
    _pack(tmp_path / "config")
    panel = _panel(window)
    _feed(window, value=9.5)
    until(lambda: panel.filter.rowCount() == 1)
    assert not heard.exists()
    window.context.run("alarm.sound")
    _feed(window, value=1.0)
    window.context.workbench.live.alarms.acknowledge(["f/a#hh"], Who("王芳"))
    _feed(window, value=9.5)
    until(heard.exists)
    [file] = heard.read_text().split()
    with wave.open(file) as sound:
        assert sound.getnframes() > sound.getframerate() / 2


def test_a_shelving_ends_though_no_source_runs(window: MainWindow, tmp_path: Path) -> None:
    _pack(tmp_path / "config")
    live = window.context.workbench.live
    _feed(window)
    assert [one.state for one in live.alarms.standing()] == [AlarmState.ACTIVE_UNACKNOWLEDGED]
    assert live.specs() == ()
    window.context.workbench.chosen_alarms = (live.alarms.standing()[0].rule.id,)
    window.context.run("alarm.shelve", minutes=0.01, reason="seen to")
    assert [one.state for one in live.alarms.standing()] == [AlarmState.SHELVED]
    until(lambda: [one.state for one in live.alarms.standing()] == [AlarmState.ACTIVE_UNACKNOWLEDGED])
