"""Menus, tool bar and keys, made from the command registry and kept in step with what can be done."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMenuBar, QToolButton, QWidget

from twin_app.commands.catalogue import MENUS
from twin_app.commands.registry import Command
from twin_app.ui.context import UiContext

REFRESH_MS = 60


class Actions(QObject):
    """One QAction per command. `refresh_soon` asks anew what is possible, many times at once as one."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.by_id: dict[str, QAction] = {}
        for command in context.registry:
            self.by_id[command.id] = self._action(command, parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        context.texts.on_change(self._word)
        self._word()

    def _action(self, command: Command, parent: QWidget) -> QAction:
        action = QAction(parent)
        action.setObjectName(command.id)
        action.setCheckable(command.checked is not None)
        # A switch shows its tick in menus, an action its icon.
        action.setIconVisibleInMenu(command.checked is None)
        if command.shortcut:
            action.setShortcut(QKeySequence(command.shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if command.icon:
            self._context.look.bind_icon(action.setIcon, command.icon)
        action.triggered.connect(lambda _checked=False: self._run(command.id))
        parent.addAction(action)
        return action

    def _run(self, command_id: str) -> None:
        self._context.run(command_id)
        self.refresh()

    def _word(self) -> None:
        tr = self._context.tr
        for command in self._context.registry:
            action = self.by_id[command.id]
            title, tip = tr(command.title_key), tr(command.tip_key)
            action.setText(title)
            action.setStatusTip("")
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            shown = f"{title.rstrip('…')}  {keys}" if keys else title.rstrip("…")
            action.setToolTip(f"<b>{shown}</b><br/>{tip}")

    def refresh_soon(self) -> None:
        """Ask anew after the current burst of changes."""
        if not self._timer.isActive():
            self._timer.start()

    def refresh(self) -> None:
        """Ask every command whether it can be used and whether it is on."""
        workbench = self._context.workbench
        for command in self._context.registry:
            action = self.by_id[command.id]
            action.setEnabled(bool(command.enabled(workbench)))
            if command.checked is not None:
                action.setChecked(bool(command.checked(workbench)))

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()

    # -- places ---------------------------------------------------------------------------------

    def fill_menu_bar(self, bar: QMenuBar) -> None:
        """All menus, in the catalogue's order."""
        for name in MENUS:
            menu = bar.addMenu("")
            menu.setObjectName(f"menu_{name}")
            self._context.texts.bind(menu.setTitle, text_key=f"ui.menu.{name}")
            menu.setToolTipsVisible(False)
            self._fill(menu, [command for command in self._context.registry if command.menu == name])
            if name == "file":
                self._add_recent(menu)
            menu.aboutToShow.connect(self.refresh)

    def _add_recent(self, menu: QMenu) -> None:
        """What was opened lately, below "Open"."""
        recent = QMenu(menu)
        recent.setObjectName("menu_recent")
        self._context.texts.bind(recent.setTitle, text_key="ui.menu.recent")
        self._context.look.bind_icon(recent.setIcon, "mdi6.history")
        actions = menu.actions()
        after = actions.index(self.by_id["file.open"]) + 1
        menu.insertMenu(actions[after], recent)

        def fill() -> None:
            recent.clear()
            for path in self._context.workbench.settings.get("recent.paths"):
                name = Path(path).name
                action = recent.addAction(name, partial(self._context.run, "file.open", paths=[path]))
                action.setToolTip(path)

        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(fill)
        menu.aboutToShow.connect(lambda: recent.setEnabled(bool(self._context.workbench.settings.get("recent.paths"))))

    def _fill(self, menu: QMenu, commands: list[Command]) -> None:
        before = ""
        for command in commands:
            group = _group(command)
            if before and group != before:
                menu.addSeparator()
            before = group
            menu.addAction(self.by_id[command.id])

    def context_menu(self, parent: QWidget, *command_ids: str) -> QMenu:
        """A menu of some commands; "" draws a line."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.refresh()
        for command_id in command_ids:
            if command_id:
                menu.addAction(self.by_id[command_id])
            else:
                menu.addSeparator()
        return menu

    def fill_tool_bar(self, row: QHBoxLayout, parent: QWidget) -> None:
        """One button for each command that says so."""
        size = self._context.look.theme.size("icon_bar")
        for command in self._context.registry:
            if command.toolbar:
                button = QToolButton(parent)
                button.setObjectName(f"bar_{command.id}")
                button.setProperty("role", "bar")
                button.setDefaultAction(self.by_id[command.id])
                button.setIconSize(button.iconSize().scaled(size, size, Qt.AspectRatioMode.KeepAspectRatio))
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
                row.addWidget(button)


def _group(command: Command) -> str:
    """What keeps company in a menu: ``view.top`` and ``view.north``; ``window.panel_…``, ``window.theme_…``."""
    topic, _, verb = command.id.partition(".")
    family = verb.partition("_")[0]
    if topic == "window":
        return f"window.{family}" if family in ("panel", "theme", "language") else "window"
    if command.id in ("file.quit", "file.screenshot", "file.clear_cache"):
        return "file.out" if command.id != "file.quit" else "file.quit"
    if command.id == "view.walk" or verb.endswith("detail"):
        return "view.more"
    return topic if topic != "demo" else "file"
