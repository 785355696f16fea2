"""How a feed looks in its list: a light, its name, and a line on how it is."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from twin_app.ui.context import UiContext

HEIGHT_PX, LIGHT_PX, LEFT_PX = 42, 9, 30


class FeedDelegate(QStyledItemDelegate):
    """Item data: the name as text, the token of the light's colour, the second line."""

    LIGHT = Qt.ItemDataRole.UserRole + 2
    SECOND = Qt.ItemDataRole.UserRole + 3

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines."""
        return QSize(super().sizeHint(option, index).width(), HEIGHT_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Background as any item has it, then light and lines."""
        self.initStyleOption(option, index)
        name, option.text = option.text, ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        theme = self._context.look.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colour(index.data(self.LIGHT) or "text_muted")))
        middle = option.rect.center().y()
        painter.drawEllipse(QRectF(option.rect.left() + 12, middle - LIGHT_PX / 2 + 0.5, LIGHT_PX, LIGHT_PX))
        box = option.rect.adjusted(LEFT_PX, 4, -8, -4)
        half = box.height() // 2
        metrics = option.fontMetrics
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        painter.drawText(
            box.adjusted(0, 0, 0, -half),
            Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, box.width()),
        )
        font = painter.font()
        font.setPixelSize(theme.size("font_small"))
        painter.setFont(font)
        painter.setPen(QColor(theme.colour("text_muted")))
        second = painter.fontMetrics().elidedText(
            index.data(self.SECOND) or "", Qt.TextElideMode.ElideRight, box.width()
        )
        painter.drawText(box.adjusted(0, half, 0, 0), Qt.AlignmentFlag.AlignVCenter, second)
        painter.restore()
