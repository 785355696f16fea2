"""Cards above the window's content: palette, settings, About, keys. Not modal; Esc or a click beside closes them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainterPath, QRegion, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from twin_app.ui.context import UiContext
from twin_app.ui.widgets import button, label

MARGIN_PX = 24
PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)


class Overlay(QFrame):
    """A card in the middle of its window (or near its top), above the native 3D view."""

    def __init__(self, context: UiContext, window: QWidget, *, title_key: str = "", size: tuple[int, int]) -> None:
        super().__init__(window)
        self.context = context
        self._around = window
        self._wanted = QSize(*size)
        self.at_top = False
        self.setObjectName("overlay")
        # The 3D view is a native window: only another native window can lie above it.
        self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        if title_key:
            self.body.addWidget(self._head(title_key))
        self.hide()

    def _head(self, title_key: str) -> QWidget:
        head = QFrame()
        head.setObjectName("overlay_head")
        layout = QHBoxLayout(head)
        layout.setContentsMargins(18, 10, 10, 10)
        name = label("title")
        self.context.texts.bind(name.setText, text_key=title_key)
        close = button(self.context, "mdi6.close", tip_key="ui.close")
        close.clicked.connect(self.dismiss)
        layout.addWidget(name, 1)
        layout.addWidget(close)
        return head

    def present(self) -> None:
        """Show it above everything."""
        self.place()
        self.show()
        self.raise_()
        self.setFocus()
        self._application().installEventFilter(self)

    def dismiss(self) -> None:
        """Hide it, and give the keys back to the window."""
        self._application().removeEventFilter(self)
        self.hide()
        self.window().setFocus()

    @staticmethod
    def _application() -> QCoreApplication:
        application = QCoreApplication.instance()
        assert application is not None
        return application

    def toggle(self) -> None:
        """Show or hide it."""
        if self.isVisible():
            self.dismiss()
        else:
            self.present()

    def resize_to(self, height_px: int) -> None:
        """Want another height, as the content asks."""
        self._wanted.setHeight(height_px)
        if self.isVisible():
            self.place()

    def place(self) -> None:
        """Put it where it belongs in the window as large as that is."""
        around = self._around.rect()
        width = min(self._wanted.width(), around.width() - 2 * MARGIN_PX)
        height = min(self._wanted.height(), around.height() - 2 * MARGIN_PX)
        top = 56 if self.at_top else (around.height() - height) // 2
        self.setGeometry((around.width() - width) // 2, top, width, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A native window has no transparency: its corners are cut instead."""
        super().resizeEvent(event)
        radius = self.context.look.theme.size("radius_large")
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), radius, radius)
        self.setMask(QRegion(path.toFillPolygon().toPolygon()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it; no key reaches what lies below."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close on a press elsewhere in the window, follow the window's size, keep single letters for typing."""
        kind = event.type()
        if kind == QEvent.Type.Resize and watched is self.parentWidget():
            self.place()
        elif kind == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget) and self.isVisible():
            outside = watched is not self and not self.isAncestorOf(watched)
            if outside and watched.window() is self.window():
                self.dismiss()
        elif kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.modifiers() in PLAIN:
            event.accept()
        return False
