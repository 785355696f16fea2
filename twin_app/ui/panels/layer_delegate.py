"""Draws a row of the layers panel, a layer's or a group's: icon, name, notes, progress, badge of findings, eye."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractItemModel, QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from scenes.model.groups import Group
from twin_app.ui.context import UiContext
from twin_app.ui.panels.class_words import BUILDING_ICON, DISCIPLINE_ICONS
from twin_app.ui.panels.layer_model import Index, LayerModel
from twin_app.ui.panels.layer_objects import Shown
from twin_app.ui.panels.layer_rows import LayerRow, row_of

LEAST_NAME_SHARE, LEAST_NOTE_PX = 0.55, 12  # of a row's width, for its name
EYE_PX, GAP_PX, BADGE_HEIGHT_PX, BAR_PX, SWATCH_PX = 24, 6, 16, 2, 10
EYES = {Shown.ALL: "mdi6.eye-outline", Shown.NONE: "mdi6.eye-off-outline", Shown.PARTLY: "mdi6.eye-minus-outline"}


class LayerDelegate(QStyledItemDelegate):
    """``on_eye`` and ``on_badge`` are called with the index that was clicked."""

    def __init__(
        self, context: UiContext, on_eye: Callable[[Index], None], on_badge: Callable[[Index], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._on_eye = on_eye
        self._on_badge = on_badge

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All rows are alike."""
        return QSize(60, self._context.look.theme.size("row") + 1)

    def _row(self, index: Index) -> LayerRow | None:
        model = index.model()
        layers = model.layers(index) if isinstance(model, LayerModel) else []
        return row_of(model.key_of(index), layers) if isinstance(model, LayerModel) and layers else None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Background by the style sheet, the rest by hand."""
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        row = self._row(index)
        if row is None:
            return
        theme, look = self._context.look.theme, self._context.look
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        size, rect = theme.size("icon"), option.rect
        middle = rect.center().y() - size // 2
        eye_colour = "text_disabled" if row.shown is Shown.NONE else "text_muted"
        look.icon(EYES[row.shown], eye_colour).paint(painter, QRect(rect.right() - EYE_PX + 4, middle, size, size))
        quiet = "text_muted" if isinstance(row.key, Group) else "accent"
        look.icon(_icon(row), "selected_text" if chosen else quiet).paint(
            painter, QRect(rect.left() + 2, middle, size, size)
        )
        right = rect.right() - EYE_PX - self._paint_badge(painter, option, row)
        if row.colour:
            right = self._paint_swatch(painter, right, rect, row.colour)
        text_rect = QRect(rect.left() + 2 + size + GAP_PX, rect.top(), 0, rect.height())
        text_rect.setRight(right - GAP_PX)
        self._paint_words(painter, option, text_rect, row, str(index.data() or ""))
        if row.progress is not None:
            self._paint_progress(painter, text_rect, row.progress)

    def _paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, row: LayerRow, name: str
    ) -> None:
        theme = self._context.look.theme
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        token = "text_disabled" if row.shown is Shown.NONE else "selected_text" if chosen else "text"
        metrics = QFontMetrics(option.font)
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        note_px = metrics.horizontalAdvance(row.note) + GAP_PX if row.note else 0
        room_px = max(rect.width() - note_px, round(LEAST_NAME_SHARE * rect.width()))
        painter.setPen(theme.colour("error" if row.failed and not chosen else token))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room_px)
        painter.drawText(rect, flags, shown)
        rect = rect.adjusted(metrics.horizontalAdvance(shown) + GAP_PX, 0, 0, 0)
        if row.note and rect.width() > LEAST_NOTE_PX:
            painter.setPen(theme.colour("selected_text" if chosen else "text_muted"))
            painter.drawText(rect, flags, metrics.elidedText(row.note, Qt.TextElideMode.ElideRight, rect.width()))

    def _paint_swatch(self, painter: QPainter, right: int, rect: QRect, colour: str) -> int:
        """The one colour of all that is in the row."""
        place = QRectF(right - SWATCH_PX - GAP_PX, rect.center().y() - SWATCH_PX / 2 + 1, SWATCH_PX, SWATCH_PX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(place, 3, 3)
        painter.restore()
        return right - SWATCH_PX - GAP_PX

    def _paint_progress(self, painter: QPainter, rect: QRect, fraction: float) -> None:
        theme = self._context.look.theme
        bar = QRectF(rect.left(), rect.bottom() - BAR_PX, rect.width(), BAR_PX)
        painter.fillRect(bar, theme.colour("pressed"))
        bar.setWidth(bar.width() * min(1.0, max(0.0, fraction)))
        painter.fillRect(bar, theme.colour("accent"))

    def _badge_rect(self, option: QStyleOptionViewItem, row: LayerRow) -> QRect:
        if not row.badge:
            return QRect()
        width = max(BADGE_HEIGHT_PX + 4, QFontMetrics(option.font).horizontalAdvance(row.badge) + 12)
        top = option.rect.center().y() - BADGE_HEIGHT_PX // 2
        return QRect(option.rect.right() - EYE_PX - width, top, width, BADGE_HEIGHT_PX)

    def _paint_badge(self, painter: QPainter, option: QStyleOptionViewItem, row: LayerRow) -> int:
        rect = self._badge_rect(option, row)
        if rect.isEmpty():
            return 0
        theme = self._context.look.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("error" if row.is_bad else "warning"))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        font = QFont(painter.font())
        font.setPixelSize(11)
        painter.setFont(font)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), row.badge)
        painter.restore()
        return rect.width()

    def editorEvent(
        self, event: QEvent, _model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A click on the eye or on the badge."""
        row = self._row(index)
        if row is None or event.type() != QEvent.Type.MouseButtonRelease or not isinstance(event, QMouseEvent):
            return False
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if event.position().x() >= option.rect.right() - EYE_PX:
            self._on_eye(index)
            return True
        if self._badge_rect(option, row).contains(event.position().toPoint()):
            self._on_badge(index)
            return True
        return False

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """What the row is, and how it is doing."""
        row = self._row(index)
        if row is None:
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), "\n".join(self.tip_lines(row, str(index.data()))), view)
        return True

    def tip_lines(self, row: LayerRow, name: str) -> list[str]:
        """All that there is to say of a row."""
        tr, lines = self._context.tr, [name]
        if isinstance(row.key, Group):
            lines.append(tr("ui.layers.count", count=len(row.layers)))
        else:
            (layer,) = row.layers
            lines += [str(layer.source)] if layer.source is not None else []
            words = [layer.building, tr(f"ui.discipline.{layer.discipline}")]
            lines += [" · ".join(word for word in words if word), tr(f"ui.state.{layer.state}")]
            if layer.max_level:
                level = tr("ui.status.level", level=layer.max_level, name=tr(f"ui.level.cim{layer.max_level}"))
                lines.append(tr("ui.layers.own_level", level=level))
            if layer.opacity < 1.0:
                lines.append(tr("ui.layers.opacity") + f" {round(100 * layer.opacity)} %")
        unread = [finding for layer in row.layers for finding in layer.unread]
        if unread:
            reason = tr(unread[-1].code, **unread[-1].arguments)
            lines.append(tr("ui.layers.unread", count=len(unread), reason=reason))
        if row.badge:
            lines.append(tr("ui.layers.findings", count=row.badge))
        return lines


def _icon(row: LayerRow) -> str:
    if not isinstance(row.key, Group):
        return DISCIPLINE_ICONS[row.layers[0].discipline]
    return BUILDING_ICON if row.key.discipline is None else DISCIPLINE_ICONS[row.key.discipline]
