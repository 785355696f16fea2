"""Brief notes in the corner of the window; they go by themselves, a click opens the messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from loaders.model.errors import Severity
from twin_app.ui.context import UiContext

LIFE_MS = {Severity.INFO: 3500, Severity.WARNING: 6000, Severity.ERROR: 9000}
ICONS = {
    Severity.INFO: ("mdi6.information-outline", "info"),
    Severity.WARNING: ("mdi6.alert-outline", "warning"),
    Severity.ERROR: ("mdi6.alert-circle-outline", "error"),
}
MOST = 3
WIDTH_PX, GAP_PX, EDGE_PX = 360, 8, 14


class Toast(QFrame):
    """One note."""

    def __init__(
        self, context: UiContext, parent: QWidget, severity: Severity, text: str, folder: Path | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setProperty("severity", str(severity))
        self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 9)
        layout.setSpacing(10)
        picture, words = QLabel(), QLabel(text)
        name, colour = ICONS[severity]
        picture.setPixmap(context.look.icon(name, colour).pixmap(18, 18))
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(words, 1)
        if folder is not None:
            self.show_it = QPushButton(context.tr("ui.messages.show_folder"))
            self.show_it.clicked.connect(lambda: show_folder(folder))
            layout.addWidget(self.show_it, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setFixedWidth(WIDTH_PX)
        self.setFixedHeight(max(40, layout.heightForWidth(WIDTH_PX)))


def show_folder(folder: Path) -> None:
    """Open a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


class Toasts:
    """The notes that are shown, newest lowest; at most three."""

    def __init__(self, context: UiContext, window: QWidget, on_click: Callable[[], None]) -> None:
        self._context = context
        self._window = window
        self._on_click = on_click
        self._shown: list[Toast] = []

    def say(self, severity: Severity, text: str, *, folder: Path | None = None) -> None:
        """Show a note, with a button for a folder; one that is shown already is not shown twice."""
        if any(toast.property("text") == text for toast in self._shown):
            return
        toast = Toast(self._context, self._window, severity, text, folder)
        toast.setProperty("text", text)
        self._shown.append(toast)
        while len(self._shown) > MOST:
            self._drop(self._shown[0])
        timer = QTimer(toast)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._drop(toast))
        timer.start(LIFE_MS[severity] if folder is None else LIFE_MS[Severity.ERROR])
        toast.mousePressEvent = lambda event: self._clicked(toast, event)  # type: ignore[method-assign]
        self.place()
        toast.show()
        toast.raise_()

    def _clicked(self, toast: Toast, _event: QMouseEvent) -> None:
        self._drop(toast)
        self._on_click()

    def _drop(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            toast.hide()
            toast.deleteLater()
            self.place()

    def place(self) -> None:
        """Stack them in the lower right corner of the window's middle."""
        around = self._window.centralWidget().geometry()  # type: ignore[attr-defined]
        bottom = around.bottom() - EDGE_PX
        for toast in reversed(self._shown):
            bottom -= toast.height()
            toast.move(around.right() - EDGE_PX - WIDTH_PX, bottom)
            bottom -= GAP_PX

    def clear(self) -> None:
        """Drop all."""
        for toast in tuple(self._shown):
            self._drop(toast)
