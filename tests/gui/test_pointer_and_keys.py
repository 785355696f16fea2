"""Mouse and keyboard over the 3D view."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from scenes.model.canvas import Mode
from tests.gui.driving import open_folder, until
from twin_app.ui.main_window import MainWindow

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def opened(window: MainWindow, folders: dict[str, Path]) -> MainWindow:
    """The window with the office in it, seen whole."""
    open_folder(window, folders["office"])
    window.view.canvas.fit(animate=False)
    QTest.qWait(50)
    until(lambda: not window.view.canvas.visuals.pending)
    return window


def _middle(window: MainWindow) -> QPoint:
    return window.view.rect().center()


def test_a_click_selects_and_the_trees_follow(opened: MainWindow) -> None:
    scene, objects = opened.context.workbench.scene, opened.panels["objects"]
    QTest.mouseClick(opened.view, LEFT, pos=_middle(opened))
    until(lambda: len(scene.selection) == 1)
    for tree in objects.trees:  # type: ignore[attr-defined]
        chosen = tree.selectionModel().selectedIndexes()
        assert [tree.model().ref_of(index) for index in chosen] == [scene.selection[0]]
    QTest.mouseClick(opened.view, LEFT, pos=QPoint(5, 5))
    until(lambda: not scene.selection)


def test_a_drag_turns_and_selects_nothing(opened: MainWindow) -> None:
    scene = opened.context.workbench.scene
    before, start = scene.view.camera, _middle(opened)
    QTest.mousePress(opened.view, LEFT, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(opened.view, start + QPoint(12 * step, 0))
        QTest.qWait(15)
    QTest.mouseRelease(opened.view, LEFT, pos=start + QPoint(60, 0))
    assert scene.view.camera.position_m != before.position_m
    assert not scene.selection


def test_a_right_click_opens_the_menu_of_the_object(opened: MainWindow) -> None:
    QTest.mouseClick(opened.view, RIGHT, pos=_middle(opened))
    until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert {"object.hide", "object.isolate"} <= {action.objectName() for action in menu.actions()}
    assert len(opened.context.workbench.scene.selection) == 1
    menu.close()


def test_a_right_drag_opens_no_menu(opened: MainWindow) -> None:
    before, start = opened.context.workbench.scene.view.camera, _middle(opened)
    QTest.mousePress(opened.view, RIGHT, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(opened.view, start + QPoint(10 * step, 4 * step))
        QTest.qWait(15)
    QTest.mouseRelease(opened.view, RIGHT, pos=start + QPoint(50, 20))
    assert QApplication.activePopupWidget() is None
    assert opened.context.workbench.scene.view.camera != before


def test_the_status_bar_tells_where_the_pointer_is(opened: MainWindow) -> None:
    QTest.mouseMove(opened.view, _middle(opened) + QPoint(3, 3))
    until(lambda: "532," in opened.status._place.text())
    assert opened.status._crs.text() == "EPSG:4547"


def test_f_frames_and_esc_lets_go(opened: MainWindow) -> None:
    scene = opened.context.workbench.scene
    QTest.mouseClick(opened.view, LEFT, pos=_middle(opened))
    until(lambda: len(scene.selection) == 1)
    before = scene.view.camera
    opened.view.setFocus()
    opened.actions_.refresh()
    QTest.keyClick(opened.view, Qt.Key.Key_F)
    until(lambda: scene.view.camera != before)
    opened.view.canvas.navigator.interrupt()
    QTest.keyClick(opened.view, Qt.Key.Key_Escape)
    assert not scene.selection


def test_walking_keys_are_no_shortcuts(opened: MainWindow) -> None:
    opened.context.run("view.walk")
    canvas = opened.view.canvas
    assert canvas.mode is Mode.WALK
    opened.view.setFocus()
    QTest.keyPress(opened.view, Qt.Key.Key_W)
    assert canvas.stride.forward == 1
    QTest.keyRelease(opened.view, Qt.Key.Key_W)
    assert canvas.stride.forward == 0
    QTest.keyPress(opened.view, Qt.Key.Key_D)
    opened.panels["objects"].search.setFocus()  # type: ignore[attr-defined]
    QTest.qWait(30)
    assert canvas.stride.right == 0, "nobody walks on while the keys go elsewhere"
    canvas.navigator.interrupt()
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert canvas.mode is Mode.SELECT


def test_letters_in_a_search_line_are_letters(opened: MainWindow) -> None:
    line = opened.panels["objects"].search  # type: ignore[attr-defined]
    opened.activateWindow()
    line.setFocus()
    QTest.keyClicks(line, "fhx7")
    assert line.text() == "fhx7"
    assert opened.view.canvas.mode is Mode.SELECT


def test_the_view_follows_its_size(opened: MainWindow) -> None:
    opened.resize(1000, 700)
    QTest.qWait(60)
    ratio = opened.view.devicePixelRatioF()
    assert opened.view.canvas.size_px() == (round(opened.view.width() * ratio), round(opened.view.height() * ratio))


def test_ticking_stops_when_there_is_nothing_to_do(opened: MainWindow) -> None:
    until(lambda: not opened.view._timer.isActive())
    QTest.mouseMove(opened.view, _middle(opened) + QPoint(9, 9))
    until(lambda: opened.view._timer.isActive() or opened.status._place.text() != "")
    until(lambda: not opened.view._timer.isActive())


def test_a_key_turns_a_view_at_rest_without_the_pointer(opened: MainWindow) -> None:
    scene, view = opened.context.workbench.scene, opened.view
    until(lambda: not view._timer.isActive())
    before = scene.view.camera
    QTest.keyClick(opened, Qt.Key.Key_7)
    until(lambda: not view._timer.isActive() and scene.view.camera != before)
    forward = [t - p for t, p in zip(scene.view.camera.target_m, scene.view.camera.position_m, strict=True)]
    assert forward[2] < 0
    assert abs(forward[0]) + abs(forward[1]) < 0.01 * abs(forward[2])
