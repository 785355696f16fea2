"""How values are spread: a column for each class, to be pressed for its streams."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from twin_app.live.numbers import number_text, streamed_label
from twin_app.ui.context import UiContext
from twin_app.usecases.topic_board import Band, TopicView, band_words, distribution

LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX, GAP_PX = 36, 36, 20, 38, 2


class TopicChart(QWidget):
    """`pressed` tells the rows of the streams of a class."""

    pressed = Signal(object)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._view = TopicView("", "", "", ())
        self.bands: list[Band] = []
        self.setMouseTracking(True)
        self._over = -1

    def show_view(self, view: TopicView) -> None:
        """Other values."""
        self._view, self.bands = view, distribution(view)
        words = [band_words(self._context.tr, band, view.unit) for band in self.bands]
        self.setAccessibleDescription("; ".join(words) or self._context.tr("topic.none_good"))
        self.update()

    def column(self, number: int) -> QRectF:
        """Where a class stands, in full height."""
        width = (self.width() - LEFT_PX - RIGHT_PX) / max(1, len(self.bands))
        return QRectF(LEFT_PX + number * width, TOP_PX, width, self.height() - TOP_PX - BOTTOM_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Columns with their counts, bounds below."""
        theme, painter = self._context.look.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(theme.size("font_small"))
        painter.setFont(font)
        if not self.bands:
            painter.setPen(QColor(theme.colour("text_muted")))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._context.tr("topic.none_good"))
            painter.end()
            return
        most = max(len(band.rows) for band in self.bands)
        for number, band in enumerate(self.bands):
            self._draw(painter, number, band, most)
        painter.setPen(QColor(theme.colour("text_muted")))
        label = streamed_label(self._view.unit, self._context.tr.language)
        line = QRectF(0, self.height() - 18, self.width(), 16)
        title = f"{self._view.title} · {label}" if label else self._view.title
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, title)
        painter.end()

    def _draw(self, painter: QPainter, number: int, band: Band, most: int) -> None:
        theme, whole = self._context.look.theme, self.column(number)
        height = whole.height() * len(band.rows) / most
        box = QRectF(whole.left() + GAP_PX, whole.bottom() - height, whole.width() - 2 * GAP_PX, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colour("accent_hover" if number == self._over else "accent")))
        painter.drawRect(box)
        painter.setPen(QColor(theme.colour("separator")))
        painter.drawLine(whole.bottomLeft(), whole.bottomRight())
        painter.setPen(QColor(theme.colour("text")))
        if band.rows:
            above = QRectF(whole.left(), box.top() - 17, whole.width(), 16)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, str(len(band.rows)))
        painter.setPen(QColor(theme.colour("text_muted")))
        bounds = [(whole.left(), band.low)] + ([(whole.right(), band.high)] if number == len(self.bands) - 1 else [])
        for at, value in bounds:
            text = number_text(value)
            room = QRectF(at - whole.width() / 2, whole.bottom() + 2, whole.width(), 16)
            room.moveLeft(min(max(room.left(), 0.0), self.width() - room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def band_at(self, x: float) -> int:
        """Which class is there; -1 for none."""
        return next((n for n in range(len(self.bands)) if self.column(n).left() <= x < self.column(n).right()), -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the streams of a class."""
        at = self.band_at(event.position().x())
        if event.button() is Qt.MouseButton.LeftButton and at >= 0 and self.bands[at].rows:
            self.pressed.emit(self.bands[at].rows)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up what would be chosen."""
        at = self.band_at(event.position().x())
        if at != self._over:
            self._over = at
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is lit up."""
        super().leaveEvent(event)
        self._over = -1
        self.update()

    def event(self, event: QEvent) -> bool:
        """A class in words."""
        if isinstance(event, QHelpEvent):
            at = self.band_at(event.pos().x())
            text = band_words(self._context.tr, self.bands[at], self._view.unit) if at >= 0 else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)
