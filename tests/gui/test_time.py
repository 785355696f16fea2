"""Time in the window: it stands still everywhere while data come, goes back, and trends reach into the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from scenes.model.overlays.labels import Labels
from tests.gui.driving import open_folder, until
from twin_app.live.batch import batch_of
from twin_app.live.feed import FeedSpec
from twin_app.live.playback import Mode
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import US_PER_S, Observation, State, now_us
from twin_app.ui.panels.live import LivePanel
from twin_app.ui.panels.trend import TrendPanel
from twin_app.usecases.projects import save_project

if TYPE_CHECKING:
    from pathlib import Path

    from twin_app.ui.main_window import MainWindow

DAY_US = 86_400 * US_PER_S


def _come(window: MainWindow, key: str, *told: tuple[float, float]) -> None:
    """Values of so many seconds ago."""
    live = window.context.workbench.live
    now = now_us()
    for ago_s, value in told:
        live.recent.take(live.table.accept([Observation(key, value, now - round(ago_s * US_PER_S))]))
    live.beat()


def _value_shown(window: MainWindow) -> str:
    panel = window.panels["live"]
    assert isinstance(panel, LivePanel)
    return str(panel.filter.index(0, 1).data())


def test_what_is_paused_stands_still_in_list_cards_and_bar_and_is_said(
    window: MainWindow, folders: dict[str, Path]
) -> None:
    layer = open_folder(window, folders["office"])
    workbench = window.context.workbench
    tileset = workbench.sources.tileset(layer)
    assert tileset is not None
    guids = tileset.objects()["guid"].to_pylist()
    row = next(n for n, shape in enumerate(tileset.objects()["triangles"].to_pylist()) if shape and guids[n])
    workbench.live.table.declare([StreamInfo("f/a", "Room A · Load", "kW", link=Link(LinkKind.GUID, guids[row]))])
    _come(window, "f/a", (0.0, 5.0))
    window.context.run("live.show_cards")
    [cards] = workbench.scene.overlays
    assert isinstance(cards, Labels)
    window.show_panel("live")
    bar = window.time_bar
    assert not bar.isVisible()
    window.context.run("time.pause")
    _come(window, "f/a", (0.0, 9.0))
    assert workbench.live.table.latest().value.tolist() == [9.0]
    assert (_value_shown(window), cards.readings.value.tolist()) == ("5 kW", [5.0])
    assert bar.isVisible()
    assert bar.state.text().startswith("Paused at ")
    assert cards.time_text.startswith("Paused at ")
    assert bar.property("held") is True
    assert window.status.lights.feeds.text() != "Paused"
    window.context.run("time.pause")
    assert (_value_shown(window), cards.readings.value.tolist()) == ("9 kW", [9.0])
    assert not bar.isVisible()
    assert not cards.time_text.startswith("Paused")


def test_the_line_of_time_goes_back_and_forward_and_plays(window: MainWindow) -> None:
    workbench = window.context.workbench
    workbench.live.table.declare([StreamInfo("f/a", "Load", "kW")])
    _come(window, "f/a", (500.0, 1.0), (300.0, 2.0), (100.0, 3.0))
    window.show_panel("live")
    workbench.settings.set("ui.time_bar", True)
    bar = window.time_bar
    until(bar.isVisible)
    assert bar.state.text().startswith("Live ")
    QTest.mouseClick(bar.line, Qt.MouseButton.LeftButton, pos=QPoint(bar.line.width() // 2, bar.line.height() // 2))
    until(lambda: _value_shown(window) == "2 kW")  # five of ten minutes back
    assert workbench.live.playback.mode is Mode.PAUSED
    window.context.run("time.speed_600")
    until(lambda: workbench.live.beat() is None and _value_shown(window) == "3 kW")
    until(lambda: workbench.live.beat() is None and workbench.live.playback.is_live)
    window.context.run("time.go", at="2001-02-03 04:05")
    until(lambda: _value_shown(window) == "–")
    assert "2001-02-03 04:05:00" in bar.state.text()
    window.context.run("time.go", at="soon")
    assert [one.code for one in workbench.messages] == ["time.no_time"]
    window.context.run("time.live")
    assert _value_shown(window) == "3 kW"


def _with_history(window: MainWindow, folders: dict[str, Path], tmp_path: Path, monkeypatch: Any) -> TrendPanel:
    """A saved project whose history has a stream, every ten minutes: 20 kW this week, 10 the last, none of a day."""
    open_folder(window, folders["office"])
    workbench = window.context.workbench
    data = tmp_path / "values.csv"
    data.write_text("time,sensor,indicator,value,unit\n2026-01-01T00:00:00Z,x,load,1,kW\n", "utf-8")
    assert save_project(workbench, tmp_path / "saved.citytwin")
    workbench.live.put(FeedSpec("f", str(data)))
    until(lambda: workbench.live.history is not None and len(workbench.live.table) == 1)
    info = workbench.live.table.info(0)
    now = now_us()
    times = [now - n * 600 * US_PER_S for n in range(1, 6 * 24 * 14) if not (144 < n < 288 or 1005 < n < 1011)]
    told = [Observation(info.key, 20.0 if now - t < 7 * DAY_US else 10.0, t, 0, 0, State.MEASURED) for t in times]
    until(lambda: workbench.live.history is not None and workbench.live.history.count() == 1)
    assert workbench.live.history is not None
    workbench.live.history.append([info], batch_of([0] * len(told), told, now))
    window.show_panel("trend")
    workbench.choose_streams((0,))
    trend = window.panels["trend"]
    assert isinstance(trend, TrendPanel)
    return trend


def test_trends_reach_into_the_history_and_are_compared(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path, monkeypatch: Any
) -> None:
    trend = _with_history(window, folders, tmp_path, monkeypatch)
    window.context.run("trend.span_week")
    until(lambda: trend.reader.read is not None and trend.reader.read.asked.span == "week")
    assert trend.plot is not None
    trend._refresh()
    seen = trend.plot.lines[0].whole.yData
    assert np.nanmin(seen) == np.nanmax(seen) == 20.0
    assert np.isnan(seen).any()  # the day without values is a gap
    window.context.run("trend.compare_week")
    until(lambda: "last week 10 kW" in trend.names.text())
    assert "20 kW on average, last week 10 kW: +10 kW (+100.0 %)" in trend.names.text()
    before = trend.plot.lines[0].before
    assert np.nanmax(before.yData) == 10.0
    window.context.run("trend.compare_week")
    window.context.run("trend.compare_year")
    until(lambda: "No values of last year." in trend.names.text())
    window.context.run("trend.span_year")
    until(lambda: "The history begins at 2026-01-01" in trend.names.text())


def test_without_a_history_the_panel_says_so(window: MainWindow) -> None:
    window.context.workbench.live.table.declare([StreamInfo("f/a", "Load", "kW")])
    _come(window, "f/a", (5.0, 1.0))
    window.show_panel("trend")
    window.context.workbench.choose_streams((0,))
    window.context.run("trend.span_day")
    trend = window.panels["trend"]
    assert isinstance(trend, TrendPanel)
    until(lambda: "No history is kept" in trend.names.text())
    window.context.run("history.keep")
    assert [one.code for one in window.context.workbench.messages] == ["time.save_first"]


def test_history_is_switched_off_in_the_project_and_says_where_it_is(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path, monkeypatch: Any
) -> None:
    trend = _with_history(window, folders, tmp_path, monkeypatch)
    workbench = window.context.workbench
    window.context.run("history.tell")
    window.context.run("history.keep")
    told = [one for one in workbench.messages if one.code.startswith("time.")]
    assert [one.code for one in told] == ["time.kept", "time.not_kept"]
    assert told[0].arguments["path"] == str(tmp_path / "saved.history")
    assert workbench.live.history is None
    until(lambda: "No history is kept" in (trend._refresh() or trend.names.text()))
    assert save_project(workbench)
    assert workbench.live.history is None
    window.context.run("file.open", paths=[str(tmp_path / "saved.citytwin")])
    assert not workbench.project.keeps_history
    window.context.run("history.keep")
    until(lambda: workbench.live.history is not None)


def test_only_streams_of_one_unit_share_the_axis(window: MainWindow) -> None:
    live = window.context.workbench.live
    live.table.declare([StreamInfo("f/a", "A", "kW"), StreamInfo("f/b", "Warmth", "Cel"), StreamInfo("f/c", "C", "kW")])
    for key in ("f/a", "f/b", "f/c"):
        _come(window, key, (5.0, 1.0))
    window.show_panel("trend")
    window.context.workbench.choose_streams((0, 1, 2))
    trend = window.panels["trend"]
    assert isinstance(trend, TrendPanel)
    until(lambda: trend.plot is not None and len(trend.plot.lines) == 2)
    trend._refresh()
    assert "Not drawn: 1," in trend.names.text()
    assert "Warmth" not in trend.names.text()
