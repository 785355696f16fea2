"""The main window: puts panels, view, menus and bars together, and answers `usecases.workbench.Ui`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenuBar, QSizePolicy, QStackedWidget, QToolButton, QWidget

from loaders.model.errors import Finding, Severity
from scenes.model.canvas import PickHit
from scenes.model.groups import Group
from scenes.model.layers import Layer
from twin_app.services.messages import Message
from twin_app.ui import dialogs
from twin_app.ui.actions import Actions
from twin_app.ui.asking_window import AskingWindow
from twin_app.ui.canvas_widget import CanvasWidget
from twin_app.ui.context import UiContext
from twin_app.ui.docks import Docks
from twin_app.ui.doors import open_dropped, walk_through
from twin_app.ui.help_pages import AboutPage, ShortcutsPage
from twin_app.ui.inbox_pump import InboxPump
from twin_app.ui.no_gl_page import NoGlPage
from twin_app.ui.overlay import Overlay
from twin_app.ui.palette import Palette
from twin_app.ui.panels.every import make_panels
from twin_app.ui.panels.layers import LayersPanel
from twin_app.ui.panels.messages import MessagesPanel
from twin_app.ui.panels.objects import ObjectsPanel
from twin_app.ui.panels.placement import PlacementPanel
from twin_app.ui.reactions import Reactions
from twin_app.ui.settings_page import SettingsPage
from twin_app.ui.start_page import StartPage
from twin_app.ui.status_bar import StatusBar
from twin_app.ui.time_bar import TimeBar
from twin_app.ui.toasts import Toasts
from twin_app.ui.widgets import column
from twin_app.usecases import events, projects

DEFAULT_SIZE_PX, MINIMUM_SIZE_PX = (1440, 900), (860, 560)
AUTOSAVE_MS, WARM_UP_MS = 60_000, 120
OBJECT_MENU = (
    *("object.fit", "", "object.hide", "object.isolate", "object.ghost", "object.show_all", ""),
    *("select.same_class", "select.same_class_all", "select.copy_ids", "", "section.plane", "section.box"),
)
EMPTY_MENU = ("view.fit", "view.top", "view.iso", "", "object.show_all", "section.clear", "measure.clear")


class MainWindow(AskingWindow):
    """One window, one workbench. `close` ends everything that it started."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self._closing = False
        self._laid_out = False
        self._bare = False  # a show: no panels
        self._can_draw = True
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.setMinimumSize(*MINIMUM_SIZE_PX)
        self.resize(QSize(*DEFAULT_SIZE_PX).boundedTo(self.screen().availableSize()))
        workbench = context.workbench
        self.stack = QStackedWidget(self)
        self.view = self._make_view()
        workbench.canvas, workbench.ui = self.view.canvas, self
        self.actions_ = Actions(context, self)
        self._fill_stack()
        self.setMenuWidget(self._top_bar())
        self.status = StatusBar(context, self)
        self.setStatusBar(self.status)
        self._add_docks()
        self.toasts = Toasts(context, self, lambda: self.show_panel("messages"))
        self._pages: dict[str, Overlay] = {}
        self._renderer = ""
        self.pump = InboxPump(workbench.inbox, self)
        self.reactions = Reactions(self)
        self._connect()
        self._retitle()

    # -- building -------------------------------------------------------------------------------

    def _make_view(self) -> CanvasWidget:
        context = self.context
        animated = bool(context.workbench.settings.get("view.animate"))
        view = CanvasWidget(context.workbench.scene, self.stack, language=context.tr.language, animated=animated)
        view.drawn_first.connect(self._on_renderer)
        view.broken.connect(self._on_no_gl)
        return view

    def _fill_stack(self) -> None:
        self.start = StartPage(
            self.context,
            on_door=lambda name: walk_through(self.context, name),
            on_recent=lambda path: self.context.run("file.open", paths=[str(path)]),
            on_demo=lambda: self.context.run("demo.open"),
        )
        self.no_gl = NoGlPage(self.context)
        for page in (self.start, self.view, self.no_gl):
            self.stack.addWidget(page)
        self.time_bar = TimeBar(self.context, self)
        self.stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCentralWidget(column(self.stack, self.time_bar, spacing=0))
        self.stack.setCurrentWidget(self.start)

    def _top_bar(self) -> QWidget:
        bar = QFrame()
        bar.setObjectName("top_bar")
        bar.setFixedHeight(self.context.look.theme.size("bar"))
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(6, 0, 8, 0)
        layout.setSpacing(2)
        menus = QMenuBar(bar)
        menus.setNativeMenuBar(False)
        self.actions_.fill_menu_bar(menus)
        for more in menus.findChildren(QToolButton):  # Qt's own, for the menus that a narrow window has no room for
            more.setIconSize(QSize(12, 12))
            self.context.look.bind_icon(more.setIcon, "mdi6.chevron-double-right")
        layout.addWidget(menus, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addStretch(1)
        self.actions_.fill_tool_bar(layout, bar)
        return bar

    def _add_docks(self) -> None:
        context = self.context
        self.docks = Docks(context, self)
        self.panels = make_panels(context, self.actions_)
        for name, panel in self.panels.items():
            self.docks.add(name, panel)

    def _connect(self) -> None:
        workbench, context = self.context.workbench, self.context
        workbench.messages.added.connect(self._on_message)
        workbench.project.changed.connect(self._retitle)
        self.view.canvas.context_requested.connect(self._on_context)
        self.view.canvas.failed.connect(self._on_draw_failed)
        self.docks.changed.connect(self.actions_.refresh_soon)
        context.texts.on_change(self._retitle)
        self._autosave = QTimer(self)
        self._autosave.setInterval(AUTOSAVE_MS)
        self._autosave.timeout.connect(lambda: projects.autosave(workbench))
        self._autosave.start()

    # -- reacting -------------------------------------------------------------------------------

    def _retitle(self) -> None:
        tr, project = self.context.tr, self.context.workbench.project
        open_now = len(self.context.workbench.scene.layers) > 0
        name = project.path.stem if project.path is not None else tr("ui.unsaved_project") if open_now else ""
        mark = " •" if project.dirty and name else ""
        self.setWindowTitle(f"{name}{mark} — {tr('app.name')}" if name else tr("app.name"))
        self.actions_.refresh_soon()

    def _on_renderer(self, name: str, weak: bool) -> None:
        self._renderer = name
        self.status.show_renderer(name, weak)

    def _on_no_gl(self) -> None:
        self._can_draw = False
        if self.stack.currentWidget() is self.view:
            self.stack.setCurrentWidget(self.no_gl)

    def _on_message(self, message: Message) -> None:
        if message.severity is Severity.ERROR or not message.layer_id or message.is_answer:
            text, name = self.context.tr(message.code, **message.arguments), Path(message.place).name
            words = f"{name}\n{text}" if name and name not in text else text
            self.toasts.say(message.severity, words, folder=message.folder)

    def _on_draw_failed(self, layer: Layer, finding: Finding) -> None:
        layer.findings = (*layer.findings, finding)
        self.context.workbench.messages.finding(finding, layer.layer_id)

    def _on_context(self, x_px: int, y_px: int, hit: PickHit | None) -> None:
        scene = self.context.workbench.scene
        if hit is not None and hit.ref not in scene.selection:
            scene.select((hit.ref,))
        menu = self.actions_.context_menu(self, *(OBJECT_MENU if hit is not None else EMPTY_MENU))
        ratio = self.view.devicePixelRatioF()
        menu.popup(self.view.mapToGlobal(QPoint(round(x_px / ratio), round(y_px / ratio))))

    def show_view(self) -> None:
        """Show the 3D view and its panels instead of the start page."""
        if self.stack.currentWidget() is self.start:
            self.docks.show_only_sides(not self._bare)
            self.stack.setCurrentWidget(self.view if self._can_draw else self.no_gl)
            self.docks.fit_sizes()
            self.view.setFocus()
            self.view.wake()

    def _warm_up(self) -> None:
        self.view.warm_up(self.docks.size_between(self.stack.size()))

    def showEvent(self, event: QShowEvent) -> None:
        """Lay out when the size is known."""
        super().showEvent(event)
        if not self._laid_out:
            self._laid_out = True
            self.docks.arrange()
            self.docks.restore()
            self.docks.show_only_sides(self.stack.currentWidget() is not self.start)
            self.actions_.refresh()
            QTimer.singleShot(WARM_UP_MS, self, self._warm_up)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Notes stay in their corner."""
        super().resizeEvent(event)
        if hasattr(self, "toasts"):
            self.toasts.place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves whatever is going on."""
        if event.key() == Qt.Key.Key_Escape and not event.isAutoRepeat():
            self.context.run("view.escape")
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders are welcome."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        # The other program waits until the drop returns.
        QTimer.singleShot(0, self, lambda: open_dropped(self.context, paths))

    # -- Ui -------------------------------------------------------------------------------------

    def toast(self, severity: Severity, text: str) -> None:
        """Say something briefly."""
        self.toasts.say(severity, text)

    def toggle_panel(self, panel: str) -> None:
        """Show or hide a panel."""
        self.docks.toggle(panel)

    def panel_visible(self, panel: str) -> bool:
        """Whether a panel is shown."""
        return self.docks.visible(panel)

    def show_panel(self, panel: str) -> None:
        """Show and raise a panel."""
        self.docks.show(panel)
        if panel == "placement":
            placement = self.panels["placement"]
            if isinstance(placement, PlacementPanel):
                placement.follow_current()

    def _page(self, name: str, kind: Any) -> Any:
        if name not in self._pages:
            self._pages[name] = kind(self.context, self)
        return self._pages[name]

    def show_palette(self) -> None:
        """Open the command palette."""
        self._page("palette", Palette).toggle()

    def show_settings(self) -> None:
        """Open the settings."""
        self._page("settings", SettingsPage).toggle()

    def show_about(self) -> None:
        """Open About."""
        page = self._page("about", AboutPage)
        page.renderer = self._renderer
        page.toggle()

    def show_shortcuts(self) -> None:
        """Open the list of keys."""
        self._page("shortcuts", ShortcutsPage).toggle()

    def refresh_actions(self) -> None:
        """Ask all commands anew whether they can be used."""
        self.actions_.refresh_soon()

    def copy_text(self, text: str) -> None:
        """Put text on the clipboard."""
        QGuiApplication.clipboard().setText(text)
        self.toast(Severity.INFO, self.context.tr("ui.copied", count=len(text.splitlines())))

    def toggle_full_screen(self) -> None:
        """Enter or leave full screen; panels that a show put away come back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        if self._bare:
            self._bare = False
            self.docks.show_only_sides(self.stack.currentWidget() is not self.start)

    def begin_show(self) -> None:
        """Nothing but the city, on the whole screen."""
        if not self.isFullScreen():
            self.toggle_full_screen()
        self._bare = True
        for panel in self.panels:
            self.docks.hide_panel(panel)

    def focus_search(self) -> None:
        """Put the cursor into the object search."""
        self.docks.show("objects")
        objects = self.panels["objects"]
        if isinstance(objects, ObjectsPanel):
            objects.focus_search()

    def show_start_page(self) -> None:
        """Show the three doors instead of the 3D view."""
        self.docks.show_only_sides(False)
        self.stack.setCurrentWidget(self.start)

    def show_messages_of(self, layer_id: str) -> None:
        """Show what there is to say about one layer."""
        self.docks.show("messages")
        messages = self.panels["messages"]
        if isinstance(messages, MessagesPanel):
            messages.show_layer(layer_id)

    def edit_layer_name(self, key: str | Group) -> None:
        """Let the user type the name of a layer or a building in the layers panel."""
        self.docks.show("layers")
        layers = self.panels["layers"]
        if isinstance(layers, LayersPanel):
            layers.edit_name(key)

    def show_layer(self, layer_id: str) -> None:
        """Make a layer the current one, and look at it."""
        self.docks.show("layers")
        layers = self.panels["layers"]
        if isinstance(layers, LayersPanel):
            layers.choose(layer_id)
        self.context.run("layer.fit", layer_id=layer_id)

    # -- the end --------------------------------------------------------------------------------

    def _may_close(self) -> bool:
        workbench = self.context.workbench
        if not projects.may_close(workbench):
            return False
        return not workbench.jobs.running or dialogs.ask_stop_jobs(self.context, self)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask, then end jobs, drawing and window, in this order."""
        if not self._closing and not self._may_close():
            event.ignore()
            return
        self.shut_down()
        event.accept()

    def shut_down(self) -> None:
        """End everything without asking; idempotent."""
        if self._closing:
            return
        self._closing = True
        self.docks.save() if self._laid_out and not self.isFullScreen() else None
        projects.discard_autosave()
        self._autosave.stop()
        self.pump.stop()
        self.actions_.stop()
        self.toasts.clear()
        for page in self._pages.values():
            if page.isVisible():
                page.dismiss()
        self.context.workbench.jobs.shutdown()
        self.context.workbench.live.close()
        events.close(self.context.workbench)
        self.reactions.stop()
        self.view.shut_down()
        self.context.texts.forget()
        self.context.look.forget()
