"""The docks around the view: their title bars, default places, and how the user left them."""

from __future__ import annotations

import base64

from PySide6.QtCore import QByteArray, QRegularExpression, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QFrame, QHBoxLayout, QMainWindow, QStyle, QWidget

from twin_app.ui.context import UiContext
from twin_app.ui.widgets import ElidedLabel, button

WINDOW_SETTING = "ui.window"
LAYOUT_VERSION = 6
LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
# Panel -> where it lives, whether it is shown at first, its minimum width.
PLACES = {
    "layers": (LEFT, True),
    "objects": (LEFT, True),
    "properties": (RIGHT, True),
    "placement": (RIGHT, False),
    "section": (RIGHT, False),
    "indicators": (RIGHT, False),
    "messages": (BOTTOM, False),
    "jobs": (BOTTOM, False),
    "live": (BOTTOM, False),
    "trend": (BOTTOM, False),
    "topic": (BOTTOM, False),
    "alarms": (BOTTOM, False),
    "events": (BOTTOM, False),
}
# Shares of the window's width, so that the view keeps three fifths of a window of 1280 x 800.
LEFT_SHARE, RIGHT_SHARE, LAYERS_SHARE = 0.173, 0.162, 0.42
SIDE_MIN_PX, SIDE_MAX_PX, BOTTOM_PX = 200, 360, 210


class DockTitle(QFrame):
    """A slim title: the panel's name and a cross."""

    def __init__(self, context: UiContext, dock: QDockWidget, panel: str) -> None:
        super().__init__(dock)
        self.setObjectName("dock_title")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 3, 4, 3)
        name = ElidedLabel("strong")
        context.texts.bind(name.setText, text_key=f"ui.panel.{panel}")
        close = button(context, "mdi6.close", tip_key="ui.close_panel")
        close.clicked.connect(dock.close)
        layout.addWidget(name, 1)
        layout.addWidget(close)


class Docks(QWidget):
    """All docks of a main window by panel name. `changed` tells that one was shown or hidden."""

    changed = Signal()

    def __init__(self, context: UiContext, window: QMainWindow) -> None:
        super().__init__(window)
        self.hide()
        self._context = context
        self._window = window
        self.by_name: dict[str, QDockWidget] = {}
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)

    def add(self, panel: str, content: QWidget) -> QDockWidget:
        """Put a panel into its dock."""
        dock = QDockWidget(self._window)
        dock.setObjectName(f"dock_{panel}")
        self._context.texts.bind(dock.setWindowTitle, text_key=f"ui.panel.{panel}")
        content.setObjectName("panel")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        dock.setWidget(content)
        dock.setTitleBarWidget(DockTitle(self._context, dock, panel))
        for unseen in dock.findChildren(QAbstractButton, QRegularExpression("qt_dockwidget_.*")):
            self._context.texts.bind(unseen.setAccessibleName, text_key="ui.close_panel")
        self._window.addDockWidget(PLACES[panel][0], dock)
        dock.visibilityChanged.connect(lambda _visible: self.changed.emit())
        self.by_name[panel] = dock
        return dock

    def arrange(self) -> None:
        """The first layout of a fresh program."""
        window, docks = self._window, self.by_name
        window.splitDockWidget(docks["layers"], docks["objects"], Qt.Orientation.Vertical)
        window.tabifyDockWidget(docks["properties"], docks["placement"])
        window.tabifyDockWidget(docks["placement"], docks["section"])
        window.tabifyDockWidget(docks["section"], docks["indicators"])
        window.tabifyDockWidget(docks["messages"], docks["jobs"])
        window.tabifyDockWidget(docks["jobs"], docks["live"])
        window.tabifyDockWidget(docks["live"], docks["alarms"])
        window.tabifyDockWidget(docks["alarms"], docks["events"])
        window.splitDockWidget(docks["live"], docks["trend"], Qt.Orientation.Horizontal)
        window.tabifyDockWidget(docks["trend"], docks["topic"])
        for panel, (_, shown) in PLACES.items():
            docks[panel].setVisible(shown)
        self.fit_sizes()

    def fit_sizes(self) -> None:
        """Widths that suit the window's size."""
        window, docks, height = self._window, self.by_name, self._window.height()
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window.resizeDocks([docks["layers"], docks["properties"]], self._side_widths(), horizontal)
        layers = round(height * LAYERS_SHARE)
        window.resizeDocks([docks["layers"], docks["objects"]], [layers, height - layers], vertical)
        window.resizeDocks([docks["messages"]], [BOTTOM_PX], vertical)

    def _side_widths(self) -> list[int]:
        width = self._window.width()
        return [min(max(round(width * share), SIDE_MIN_PX), SIDE_MAX_PX) for share in (LEFT_SHARE, RIGHT_SHARE)]

    def size_between(self, whole: QSize) -> QSize:
        """What the sides will leave of the ``whole`` that the start page has."""
        kind = QStyle.PixelMetric.PM_DockWidgetSeparatorExtent
        separators = 2 * self._window.style().pixelMetric(kind, None, self._window)
        return QSize(whole.width() - sum(self._side_widths()) - separators, whole.height())

    def show_only_sides(self, shown: bool) -> None:
        """On the start page there is nothing that panels could show."""
        for panel, (area, at_first) in PLACES.items():
            if area != BOTTOM:
                self.by_name[panel].setVisible(shown and at_first)

    def visible(self, panel: str) -> bool:
        """Whether a panel can be seen: shown, and not behind another tab."""
        dock = self.by_name[panel]
        return dock.isVisible() and not dock.visibleRegion().isEmpty() if dock.isVisible() else False

    def show(self, panel: str | None = None) -> None:
        """Show and raise a panel."""
        if panel is not None:
            self.by_name[panel].show()
            self.by_name[panel].raise_()

    def hide_panel(self, panel: str) -> None:
        """Put a panel away."""
        self.by_name[panel].hide()

    def toggle(self, panel: str) -> None:
        """Show or hide a panel; one that lies behind another comes to the front."""
        if self.visible(panel):
            self.by_name[panel].hide()
        else:
            self.show(panel)

    def save(self) -> None:
        """Remember size and layout."""
        parts = [bytes(self._window.saveGeometry().data()), bytes(self._window.saveState(LAYOUT_VERSION).data())]
        self._context.workbench.settings.set(WINDOW_SETTING, ",".join(base64.b64encode(p).decode() for p in parts))

    def restore(self) -> bool:
        """Bring back size and layout of the last run; False when there is none."""
        stored = self._context.workbench.settings.get(WINDOW_SETTING).split(",")
        if len(stored) != 2:
            return False
        try:
            geometry, state = (QByteArray(base64.b64decode(part, validate=True)) for part in stored)
        except ValueError:
            return False
        return self._window.restoreGeometry(geometry) and self._window.restoreState(state, LAYOUT_VERSION)
