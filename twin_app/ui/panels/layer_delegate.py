"""Draws a row of the layers panel: eye, kind, name, progress, badge of findings."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from loaders.model.errors import Severity
from scenes.model.layers import Layer, LayerState
from twin_app.ui.context import UiContext
from twin_app.ui.panels.class_words import LAYER_ICONS

LAYER_ROLE = Qt.ItemDataRole.UserRole + 1
EYE_PX, GAP_PX, BADGE_HEIGHT_PX, BAR_PX = 24, 6, 16, 2
Index = QModelIndex | QPersistentModelIndex


class LayerDelegate(QStyledItemDelegate):
    """``on_eye`` and ``on_badge`` are called with the layer's id."""

    def __init__(
        self, context: UiContext, on_eye: Callable[[str], None], on_badge: Callable[[str], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._on_eye = on_eye
        self._on_badge = on_badge

    def _layer(self, index: Index) -> Layer | None:
        layer_id = index.data(LAYER_ROLE)
        return self._context.workbench.scene.layers.get(layer_id) if layer_id else None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """A heading for a kind, else the layer's row."""
        layer = self._layer(index)
        theme = self._context.look.theme
        if layer is None:
            painter.save()
            font = QFont(option.font)
            font.setPixelSize(theme.size("font_small"))
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(theme.colour("text_muted"))
            flags = int(Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(option.rect.adjusted(10, 0, 0, 0), flags, str(index.data() or ""))
            painter.restore()
            return
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        self._paint_layer(painter, option, layer)

    def _paint_layer(self, painter: QPainter, option: QStyleOptionViewItem, layer: Layer) -> None:
        theme, look = self._context.look.theme, self._context.look
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        size, rect = theme.size("icon"), option.rect
        middle = rect.center().y() - size // 2
        eye = "mdi6.eye-outline" if layer.visible else "mdi6.eye-off-outline"
        eye_colour = "text_muted" if layer.visible else "text_disabled"
        look.icon(eye, eye_colour).paint(painter, QRect(rect.right() - EYE_PX + 4, middle, size, size))
        icon = look.icon(LAYER_ICONS[str(layer.kind)], "selected_text" if chosen else "accent")
        icon.paint(painter, QRect(rect.left() + 4, middle, size, size))
        right = rect.right() - EYE_PX - self._paint_badge(painter, option, layer)
        text_rect = QRect(rect.left() + 4 + size + GAP_PX, rect.top(), 0, rect.height())
        text_rect.setRight(right - GAP_PX)
        token = "text_disabled" if not layer.visible else "selected_text" if chosen else "text"
        painter.setPen(theme.colour("error" if layer.state is LayerState.FAILED and not chosen else token))
        metrics = QFontMetrics(option.font)
        level = f"  CIM{layer.max_level}" if layer.max_level else ""  # shown with less than the view asks for
        room_px = text_rect.width() - metrics.horizontalAdvance(level)
        name = metrics.elidedText(layer.name, Qt.TextElideMode.ElideMiddle, room_px)
        painter.drawText(text_rect, int(Qt.AlignmentFlag.AlignVCenter), name + level)
        if layer.state is LayerState.LOADING:
            self._paint_progress(painter, text_rect, layer.progress)

    def _paint_progress(self, painter: QPainter, rect: QRect, fraction: float) -> None:
        theme = self._context.look.theme
        bar = QRectF(rect.left(), rect.bottom() - BAR_PX, rect.width(), BAR_PX)
        painter.fillRect(bar, theme.colour("pressed"))
        bar.setWidth(bar.width() * min(1.0, max(0.0, fraction)))
        painter.fillRect(bar, theme.colour("accent"))

    @staticmethod
    def _badge_text(layer: Layer) -> str:
        count = sum(1 for finding in layer.findings if finding.severity is not Severity.INFO)
        return f"{min(count, 999)}" if count else ""

    def _badge_rect(self, option: QStyleOptionViewItem, layer: Layer) -> QRect:
        text = self._badge_text(layer)
        if not text:
            return QRect()
        width = max(BADGE_HEIGHT_PX + 4, QFontMetrics(option.font).horizontalAdvance(text) + 12)
        top = option.rect.center().y() - BADGE_HEIGHT_PX // 2
        return QRect(option.rect.right() - EYE_PX - width, top, width, BADGE_HEIGHT_PX)

    def _paint_badge(self, painter: QPainter, option: QStyleOptionViewItem, layer: Layer) -> int:
        rect = self._badge_rect(option, layer)
        if rect.isEmpty():
            return 0
        theme = self._context.look.theme
        bad = any(finding.severity is Severity.ERROR for finding in layer.findings)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("error" if bad else "warning"))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._badge_text(layer))
        painter.restore()
        return rect.width()

    def editorEvent(
        self, event: QEvent, _model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A click on the eye or on the badge."""
        layer = self._layer(index)
        if layer is None or event.type() != QEvent.Type.MouseButtonRelease or not isinstance(event, QMouseEvent):
            return False
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if event.position().x() >= option.rect.right() - EYE_PX:
            self._on_eye(layer.layer_id)
            return True
        if self._badge_rect(option, layer).contains(event.position().toPoint()):
            self._on_badge(layer.layer_id)
            return True
        return False

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """What the layer is, and how it is doing."""
        layer = self._layer(index)
        if layer is None:
            return super().helpEvent(event, view, option, index)
        tr = self._context.tr
        lines = [layer.name, tr(f"ui.state.{layer.state}")]
        if layer.source is not None:
            lines.insert(1, str(layer.source))
        if self._badge_text(layer):
            lines.append(tr("ui.layers.findings", count=self._badge_text(layer)))
        QToolTip.showText(event.globalPos(), "\n".join(lines), view)
        return True
