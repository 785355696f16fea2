"""The window as a whole: it opens, speaks both languages, wears every theme, and goes without a trace."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDockWidget,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QToolButton,
)

from loaders.model.errors import Finding, Severity
from scenes.model.canvas import Mode
from tests.gui.driving import open_folder, until
from twin_app.commands.catalogue import MENUS
from twin_app.services.translations import LANGUAGES, catalogue
from twin_app.ui import dialogs
from twin_app.ui.main_window import MainWindow
from twin_app.ui.theme import THEMES, load_theme, style_sheet


def test_starts_with_three_doors_and_no_panels(window: MainWindow) -> None:
    assert window.stack.currentWidget() is window.start
    assert set(window.start.doors) == {"inspect", "check", "show"}
    assert not any(dock.isVisible() for dock in window.docks.by_name.values())


def test_the_view_keeps_three_fifths(window: MainWindow, folders: dict[str, Path]) -> None:
    open_folder(window, folders["office"])
    window.docks.fit_sizes()
    QTest.qWait(50)
    assert window.width() * window.height() == 1280 * 800
    assert window.view.width() * window.view.height() >= 0.6 * 1280 * 800


def test_menus_hold_every_command_that_says_so(window: MainWindow) -> None:
    registry = window.context.registry
    for name in MENUS:
        menu = window.findChild(QMenu, f"menu_{name}")
        shown = [action.objectName() for action in menu.actions() if not action.isSeparator() and not action.menu()]
        assert shown == [command.id for command in registry if command.menu == name]
    buttons = [b for b in window.findChildren(QToolButton) if b.objectName().startswith("bar_")]
    assert [b.objectName()[4:] for b in buttons] == [command.id for command in registry if command.toolbar]
    assert 8 <= len(buttons) <= 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_a_visible_title(window: MainWindow, language: str) -> None:
    window.context.workbench.settings.set("ui.language", language)
    for command in window.context.registry:
        action = window.actions_.by_id[command.id]
        assert action.text() == catalogue(language)[command.title_key]
        assert catalogue(language)[command.tip_key] in action.toolTip()


def _texts(window: MainWindow) -> set[str]:
    found: set[str] = {window.windowTitle()}
    for widget in window.findChildren(QObject):
        if isinstance(widget, QLabel | QAbstractButton | QAction):
            found.add(widget.text())
        if isinstance(widget, QMenu):
            found.add(widget.title())
        if isinstance(widget, QLineEdit):
            found.add(widget.placeholderText())
        if isinstance(widget, QDockWidget):
            found.add(widget.windowTitle())
        if isinstance(widget, QTabBar):
            found |= {widget.tabText(i) for i in range(widget.count())}
        if isinstance(widget, QComboBox):
            found |= {widget.itemText(i) for i in range(widget.count())}
        if hasattr(widget, "toolTip"):
            found |= set(re.split(r"<[^>]*>|\n", widget.toolTip()))
        if hasattr(widget, "accessibleName"):
            found.add(widget.accessibleName())
    return {text.strip() for text in found if text.strip()}


def test_switching_to_chinese_leaves_no_english(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    for page in (window.show_settings, window.show_about, window.show_shortcuts, window.show_palette):
        page()
    window.panels["section"].add_plane("x")  # type: ignore[attr-defined]
    window.context.workbench.messages.finding(Finding.warning("open.unmeshed", "x", count=3), layer.layer_id)
    before = _texts(window)
    window.context.workbench.settings.set("ui.language", "zh_CN")
    until(lambda: "文件" in _texts(window))
    english = {text for key, text in catalogue("en").items() if catalogue("zh_CN")[key] != text}
    plain = {text for text in english if "{" not in text and re.search("[A-Za-z]{2}", text)}
    assert len(before & plain) > 100, "the walk sees the texts"
    left = _texts(window) & plain
    assert not left
    patterns = [re.escape(text) for text in english if "{" in text]
    shapes = [re.compile(re.sub(r"\\\{\w+\\\}", ".+", p)) for p in patterns if len(re.sub(r"\\\{\w+\\\}", "", p)) > 6]
    assert not [text for text in _texts(window) if any(shape.fullmatch(text) for shape in shapes)]


def test_qts_own_words_follow(window: MainWindow) -> None:
    from PySide6.QtCore import QCoreApplication

    settings = window.context.workbench.settings
    settings.set("ui.language", "zh_CN")
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"
    settings.set("ui.language", "en")
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"


@pytest.mark.parametrize("theme", THEMES)
def test_themes_switch_live(window: MainWindow, folders: dict[str, Path], theme: str) -> None:
    open_folder(window, folders["office"])
    workbench = window.context.workbench
    workbench.settings.set("ui.theme", THEMES[THEMES.index(theme) - 1])
    workbench.settings.set("ui.theme", theme)
    assert workbench.scene.view.display.background == theme
    QTest.qWait(60)
    bar = window.menuWidget().grab().toImage()
    assert bar.pixelColor(bar.width() // 2, 4) == load_theme(theme).colour("window")
    assert "@" not in style_sheet(theme).partition("*/")[2]


def test_errors_become_messages_and_toasts(window: MainWindow) -> None:
    window.context.run("file.open", paths=["/nowhere/at/all.citytwin"])
    messages = list(window.context.workbench.messages)
    assert messages[-1].severity is Severity.ERROR
    assert len(window.toasts._shown) == 1
    assert window.isEnabled()


def test_dropped_files_open(window: MainWindow, folders: dict[str, Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folders["office"])), QUrl.fromLocalFile(str(folders["ground"]))])
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(400, 300), action, data, button, keys)
    window.dropEvent(event)
    assert event.isAccepted()
    until(lambda: len(window.context.workbench.scene.layers) == 2)
    assert window.stack.currentWidget() is window.view


def test_a_folder_with_nothing_to_open_says_so(window: MainWindow, tmp_path: Path) -> None:
    from twin_app.ui.doors import open_dropped

    (tmp_path / "notes").mkdir()
    open_dropped(window.context, [tmp_path / "notes"])
    assert len(window.toasts._shown) == 1


def test_doors_are_never_dead(window: MainWindow, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "ask_open_paths", lambda: [folders["office"]])
    window.start.doors["check"].click()
    until(lambda: len(window.context.workbench.scene.layers) == 1)
    assert window.docks.by_name["messages"].isVisible()
    assert window.toasts._shown


def test_the_palette_finds_and_runs(window: MainWindow, folders: dict[str, Path]) -> None:
    open_folder(window, folders["office"])
    window.show_palette()
    palette = window._pages["palette"]
    palette.line.setText("测量")  # the other language's words find it too
    assert palette.list.item(0).text() == "Measure distance"
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.view.canvas.mode is Mode.MEASURE
    assert window.context.workbench.settings.get("recent.commands")[0] == "measure.distance"
    window.show_palette()
    assert palette.list.item(0).text() == "Measure distance"
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_settings_page_is_the_schema(window: MainWindow) -> None:
    from twin_app.services.settings import schema

    window.show_settings()
    page = window._pages["settings"]
    assert set(page.editors) == {key for key, spec in schema().items() if not spec.hidden}
    page.editors["view.edges"].click()
    assert window.context.workbench.settings.get("view.edges") is False
    assert window.context.workbench.scene.view.display.edges is False
    window.context.run("display.edges")
    assert page.editors["view.edges"].isChecked()


def test_panels_can_be_shown_and_hidden(window: MainWindow, folders: dict[str, Path]) -> None:
    open_folder(window, folders["office"])
    for panel in window.panels:
        window.show_panel(panel)
        QTest.qWait(30)
        assert window.panel_visible(panel)
    window.show_panel("jobs")  # others came before it
    QTest.qWait(30)
    window.context.run("window.panel_jobs")
    QTest.qWait(30)
    assert not window.panel_visible("jobs")


def test_layout_comes_back(window: MainWindow, folders: dict[str, Path], qapp: object) -> None:
    from twin_app.app import build_window, build_workbench

    open_folder(window, folders["office"])
    window.resize(1100, 700)
    window.shut_down()
    window.close()
    again = build_window(build_workbench())
    again.show()
    assert QTest.qWaitForWindowExposed(again, 5000)
    assert again.size() == window.size()
    again.shut_down()
    again.close()
    again.deleteLater()


def test_closing_stops_jobs_and_asks_first(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()

    def work(context: object) -> None:
        started.set()
        while not context.is_cancelled:  # type: ignore[attr-defined]
            threading.Event().wait(0.01)

    job = window.context.workbench.jobs.submit("slow", work, title_key="job.demo")
    assert started.wait(5)
    answers = iter([False, True])
    monkeypatch.setattr("twin_app.ui.dialogs.ask_stop_jobs", lambda *_: next(answers))
    window.close()
    assert window.isVisible()
    assert job.running
    window.close()
    assert not window.isVisible()
    assert not job.running
    assert not [t for t in threading.enumerate() if t.name.startswith("job-")]


def test_closing_asks_about_changes(
    window: MainWindow, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    open_folder(window, folders["office"])
    monkeypatch.setattr(window, "ask_keep_changes", lambda: "cancel")
    window.close()
    assert window.isVisible()
    target = tmp_path / "district.citytwin"
    monkeypatch.setattr(window, "ask_keep_changes", lambda: "save")
    monkeypatch.setattr(window, "ask_save_path", lambda **_: target)
    window.close()
    assert not window.isVisible()
    assert target.is_file()


class _Emitter(QObject):
    told = Signal(bool)


def test_signals_keep_their_references(qapp: object) -> None:
    """PySide6 6.12.0 on Python 3.11 drops a reference of True with every emit (docs/adr/0003)."""
    emitter, heard = _Emitter(), []
    emitter.told.connect(heard.append)
    before = sys.getrefcount(True)
    for _ in range(5000):
        emitter.told.emit(True)
    after = sys.getrefcount(True)
    assert len(heard) == 5000
    assert after >= before - 50


def test_a_question_has_plain_answers(window: MainWindow) -> None:
    from twin_app.ui.dialogs import Question

    question = Question(window, "Save?", "Words.", {"discard": "Don’t", "save": "Save"}, best="save")
    question.show()
    question.buttons["discard"].click()
    assert question.answer == "discard"
    question.deleteLater()


def test_no_picture_no_crash(window: MainWindow) -> None:
    window.view.broken.emit()
    assert window.stack.currentWidget() is window.start
    window.show_view()
    assert window.stack.currentWidget() is window.no_gl
    assert window.childAt(QPoint(640, 400)) is not None


def test_a_first_window_is_no_larger_than_its_screen(window: MainWindow) -> None:
    made = type(window)(window.context)
    available = made.screen().availableSize()
    assert (made.width(), made.height()) == (min(1440, available.width()), min(900, available.height()))
    made.shut_down()
    made.close()
    made.deleteLater()


def test_recent_files_are_in_the_menu_and_failed_ones_are_not(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.ifc"
    broken.write_bytes(b"ISO-10303-21;" + bytes(100))
    open_folder(window, folders["office"])
    window.context.run("file.open", paths=[str(broken)])
    until(lambda: not window.context.workbench.jobs.running)
    recent = window.findChild(QMenu, "menu_recent")
    recent.aboutToShow.emit()
    assert [action.text() for action in recent.actions()] == [folders["office"].name]
    before = len(window.context.workbench.scene.layers)
    recent.actions()[0].trigger()
    assert len(window.context.workbench.scene.layers) == before + 1


def test_a_show_has_no_panels_and_leaving_it_brings_them_back(window: MainWindow, folders: dict[str, Path]) -> None:
    window.begin_show()
    open_folder(window, folders["office"])
    assert not any(dock.isVisible() for dock in window.docks.by_name.values())
    window.context.run("window.full_screen")
    assert window.docks.by_name["layers"].isVisible()


def test_closing_a_project_takes_its_messages_along(window: MainWindow, folders: dict[str, Path]) -> None:
    layer = open_folder(window, folders["office"])
    window.context.workbench.messages.finding(Finding.warning("georef.none", "x"), layer.layer_id)
    window.context.workbench.project.set(None, dirty=False)
    window.context.run("file.close_project")
    assert not list(window.context.workbench.messages)


def test_the_doors_show_all_their_words(window: MainWindow) -> None:
    for door in window.start.doors.values():
        for part in door.findChildren(QLabel):
            if part.wordWrap():
                assert part.height() >= part.heightForWidth(part.width())


def test_the_view_is_warmed_up_at_the_size_it_is_shown_at(window: MainWindow) -> None:
    until(lambda: window.view.canvas.has_drawn)
    warmed = window.view.canvas.size_px()
    assert not window.view.isVisible()
    window.show_view()
    until(window.view.isVisible)
    QTest.qWait(50)
    assert window.view.canvas.size_px() == warmed


def test_the_file_dialog_speaks_the_language_of_the_window(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []

    def look(dialog: QFileDialog) -> int:
        seen.append({label.text() for label in dialog.findChildren(QLabel) if label.text()})
        return 0

    monkeypatch.setattr(QFileDialog, "exec", look)
    window.context.workbench.settings.set("ui.language", "zh_CN")
    assert dialogs.ask_open_paths(window.context, window) == []
    assert dialogs.ask_open_paths(window.context, window, (".csv",)) == []
    assert dialogs.ask_save_path(window.context, window, suffix=".citytwin", suggested="a") is None
    for words in seen:
        assert words >= {"查找范围：", "文件类型："}
        assert not any(word[:1].isascii() for word in words), words
