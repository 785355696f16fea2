"""A stream in a ranking: its rank, its name, a bar from zero, its value; hatched where the value is not good."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from twin_app.live.values import State
from twin_app.ui.context import UiContext
from twin_app.ui.panels.topic_model import ENTRY
from twin_app.usecases.topic_board import Entry, condition_words, value_words

RANK_PX, VALUE_PX, STAMP_PX, GAP_PX = 34, 96, 44, 8
NAME_SHARE, LEAST_BAR_PX = 0.28, 2


class TopicDelegate(QStyledItemDelegate):
    """``largest`` is the size that fills the whole bar, ``has_negative`` moves its zero to the middle."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.largest, self.has_negative, self.has_stamps = 0.0, False, False

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """A row of a table."""
        return QSize(200, self._context.look.theme.size("row"))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Background as any item has it, then the parts from left to right."""
        self.initStyleOption(option, index)
        option.text = ""
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        one: Entry = index.data(ENTRY)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        theme = self._context.look.theme
        text = QColor(theme.colour("selected_text" if chosen else "text"))
        muted = text if chosen else QColor(theme.colour("text_muted"))
        painter.save()
        painter.setFont(option.font)
        painter.setPen(option.palette.color(role))
        box = option.rect.adjusted(6, 0, -8, 0)
        rank = QRect(box.left(), box.top(), RANK_PX, box.height())
        name = QRect(rank.right() + GAP_PX, box.top(), round(box.width() * NAME_SHARE), box.height())
        stamp = STAMP_PX if self.has_stamps else 0
        value = QRect(box.right() - VALUE_PX - stamp, box.top(), VALUE_PX, box.height())
        bar = QRect(name.right() + GAP_PX, box.top(), value.left() - name.right() - 2 * GAP_PX, box.height())
        right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
        self._write(painter, rank, "–" if one.rank is None else str(one.rank), (muted, right))
        self._write(painter, name, one.name, (text if one.is_good else muted, left))
        self._write(painter, value, value_words(self._context.tr, one), (text if one.is_good else muted, right))
        if one.state is State.SIMULATED:
            self._stamp(painter, QRect(value.right() + GAP_PX, box.top(), stamp - GAP_PX, box.height()), chosen=chosen)
        if one.is_good:
            self._bar(painter, bar, one, chosen=chosen)
        else:
            self._hatch(painter, bar, condition_words(self._context.tr, one), muted)
        painter.restore()

    def _write(self, painter: QPainter, box: QRect, text: str, how: tuple[QColor, Qt.AlignmentFlag]) -> None:
        painter.setPen(how[0])
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, how[1] | Qt.AlignmentFlag.AlignVCenter, shown)

    def _stamp(self, painter: QPainter, box: QRect, *, chosen: bool) -> None:
        theme = self._context.look.theme
        font, before = painter.font(), painter.font()
        font.setPixelSize(theme.size("font_small") - 1)
        painter.setFont(font)
        colour = QColor(theme.colour("selected_text" if chosen else "accent_two"))
        self._write(painter, box, self._context.tr("topic.stamp"), (colour, Qt.AlignmentFlag.AlignRight))
        painter.setFont(before)

    def _bar(self, painter: QPainter, box: QRect, one: Entry, *, chosen: bool) -> None:
        share = abs(one.value) / self.largest if self.largest else 0.0
        room = box.width() / 2 if self.has_negative else box.width()
        zero = box.left() + (room if self.has_negative else 0)
        length = max(LEAST_BAR_PX, room * min(share, 1.0))
        start = zero - length if one.value < 0 else zero
        theme = self._context.look.theme
        colour = QColor(theme.colour("selected_text" if chosen else "accent"))
        if one.state is State.SIMULATED and not chosen:
            colour.setAlpha(150)  # what is real stands out
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(start, box.center().y() - 4, length, 9), 2, 2)

    def _hatch(self, painter: QPainter, box: QRect, text: str, muted: QColor) -> None:
        width = min(painter.fontMetrics().horizontalAdvance(text) + 4, box.width())
        told = QRect(box.left(), box.top(), width, box.height())
        self._write(painter, told, text, (muted, Qt.AlignmentFlag.AlignLeft))
        rest = QRectF(box.left() + width + 4, box.center().y() - 4, box.width() - width - 4, 9)
        if rest.width() > 8:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(QColor(self._context.look.theme.colour("border")), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(rest)
