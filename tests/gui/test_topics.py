"""Streams of a kind side by side, and the way between them and the objects of the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from scenes.model.scene import ObjectRef
from tests.gui.driving import open_folder, until
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import Observation, Quality, Reason, State
from twin_app.ui.panels.live import LivePanel
from twin_app.ui.panels.topic import TopicPanel
from twin_app.ui.panels.topic_model import ENTRY

if TYPE_CHECKING:
    from pathlib import Path

    from scenes.model.layers import Layer
    from twin_app.ui.main_window import MainWindow


def _guids(window: MainWindow, layer: Layer) -> list[str]:
    tileset = window.context.workbench.sources.tileset(layer)
    assert tileset is not None
    return [guid or "" for guid in tileset.objects()["guid"].to_pylist()]


def _panel(window: MainWindow) -> TopicPanel:
    panel = window.panels["topic"]
    assert isinstance(panel, TopicPanel)
    return panel


def _streams(window: MainWindow, targets: list[str]) -> None:
    """Loads of four rooms, at objects as far as there are targets; the last two are bad and missing. One of heat."""
    live = window.context.workbench.live
    links = [Link(LinkKind.GUID, target) for target in targets] + [Link()] * (4 - len(targets))
    live.table.declare([StreamInfo(f"f/{n}", f"Room {n} · Load", "kW", link=links[n]) for n in range(4)])
    live.table.declare([StreamInfo("f/h", "Room 1 · Heat", "Cel", link=links[1])])
    bad = {"quality": Quality.BAD, "reason": Reason.SENSOR_FAILURE}
    told = [Observation("f/0", 5.0), Observation("f/1", 9.0, state=State.SIMULATED), Observation("f/2", 7.0, **bad)]
    live.table.accept(told)
    live.beat()


def _names(panel: TopicPanel) -> list[str]:
    return [panel.ranks.index(n, 0).data(ENTRY).name for n in range(panel.ranks.rowCount())]


def test_streams_are_ranked_and_what_is_not_good_stands_below(window: MainWindow) -> None:
    _streams(window, [])
    window.context.run("topic.show")
    panel = _panel(window)
    until(panel.isVisible)
    assert _names(panel) == ["Room 1", "Room 0", "Room 2", "Room 3"]
    assert panel.count.text() == "2 of 4 good · Highest first"
    assert panel.stamp.text() == "Simulated"
    window.context.run("topic.turn")
    assert _names(panel) == ["Room 0", "Room 1", "Room 2", "Room 3"]
    panel._shown_s = 0.0
    window.context.workbench.live.table.accept([Observation("f/3", 1.0)])
    until(lambda: window.context.workbench.live.beat() is None and _names(panel)[0] == "Room 3")
    window.context.run("topic.show", topic="nothing")
    assert [one.code for one in window.context.workbench.messages] == ["live.no_streams"]


def test_a_table_sorts_by_any_column_and_keeps_what_is_missing_last(window: MainWindow) -> None:
    _streams(window, [])
    window.context.run("topic.show")
    window.context.run("topic.table")
    panel = _panel(window)
    until(panel.table.isVisible)
    for order, wanted in ((Qt.SortOrder.AscendingOrder, "0 2 1 3"), (Qt.SortOrder.DescendingOrder, "1 2 0 3")):
        panel.table.sortByColumn(2, order)
        names = [panel.sorted.index(n, 1).data() for n in range(4)]
        assert names == [f"Room {n}" for n in wanted.split()]
    texts = [[panel.sorted.index(n, c).data() for c in range(6)] for n in (0, 3)]
    assert texts[0][:5] == ["1", "Room 1", "9 kW", "Simulated", "Good"]
    assert texts[1] == ["–", "Room 3", "Missing", "Missing", "No value yet", "–"]


def test_a_column_of_the_distribution_chooses_its_streams(window: MainWindow) -> None:
    _streams(window, [])
    window.context.run("topic.show")
    window.context.run("topic.distribution")
    chart = _panel(window).chart
    until(chart.isVisible)
    assert sum(len(band.rows) for band in chart.bands) == 2
    last = len(chart.bands) - 1
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(round(chart.column(last).center().x()), 60))
    assert window.context.workbench.chosen_streams == (1,)


def test_picking_goes_both_ways(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    tileset = window.context.workbench.sources.tileset(layer)
    assert tileset is not None
    guids, parents = _guids(window, layer), tileset.objects()["parent"].to_pylist()
    shaped = [n for n, shape in enumerate(tileset.objects()["triangles"].to_pylist()) if shape and guids[n]]
    wall, storey = shaped[0], parents[shaped[0]]
    other = next(n for n in shaped if n != wall)
    _streams(window, [guids[other], guids[storey]])
    workbench, panel = window.context.workbench, _panel(window)
    live = window.panels["live"]
    assert isinstance(live, LivePanel)
    window.context.run("topic.show", topic="Load [kW]")
    until(panel.isVisible)
    # An object without streams of its own is part of one that has some: its storey; loads are what is compared.
    workbench.scene.select((ObjectRef(layer.layer_id, wall),))
    assert workbench.chosen_streams == (1, 4)
    chosen = [index.data(ENTRY).name for index in panel.list.selectionModel().selectedRows()]
    assert chosen == ["Room 1"]
    picked = {live.filter.mapToSource(index).row() for index in live.table.selectionModel().selectedRows()}
    assert picked == {1, 4}
    # And back: a row of the ranking selects its object, a double click goes there.
    row = next(n for n in range(4) if panel.ranks.index(n, 0).data(ENTRY).row == 0)
    place = panel.list.visualRect(panel.ranks.index(row, 0)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert workbench.scene.selection == (ObjectRef(layer.layer_id, other),)
    assert workbench.chosen_streams == (0,)
    before = workbench.scene.view.camera
    panel.list.doubleClicked.emit(panel.ranks.index(row, 0))
    until(lambda: workbench.scene.view.camera != before)
    window.context.run("topic.choose", row=3, fly=True)
    assert [one.code for one in workbench.messages] == ["live.no_object"]
    assert workbench.chosen_streams == (3,)
