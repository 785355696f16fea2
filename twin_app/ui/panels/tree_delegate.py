"""Draws a row of an object tree: icon, name, class or count, and the eye."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from twin_app.ui.context import UiContext
from twin_app.ui.panels.class_words import LAYER_ICONS, class_icon, class_text
from twin_app.ui.panels.layer_objects import Shown
from twin_app.ui.panels.tree_model import CLASS_ROLE, COUNT_ROLE, SHOWN_ROLE, ClassModel, ObjectTreeModel, slot_of

EYE_PX, PAD_PX = 24, 6
EYES = {Shown.ALL: "mdi6.eye-outline", Shown.NONE: "mdi6.eye-off-outline", Shown.PARTLY: "mdi6.eye-minus-outline"}
Index = QModelIndex | QPersistentModelIndex


class TreeDelegate(QStyledItemDelegate):
    """``on_eye`` is called with the index whose eye was clicked."""

    def __init__(self, context: UiContext, on_eye: Callable[[Index], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._on_eye = on_eye

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All rows are alike."""
        return QSize(80, self._context.look.theme.size("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Background by the style sheet, the rest by hand."""
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        theme = self._context.look.theme
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        shown = index.data(SHOWN_ROLE)
        rect = option.rect.adjusted(2, 0, -EYE_PX, 0)
        name, note = self._words(index)
        icon = self._context.look.icon(self._icon(index), "selected_text" if chosen else "text_muted")
        size = theme.size("icon")
        icon.paint(painter, QRect(rect.left(), rect.center().y() - size // 2, size, size))
        rect.setLeft(rect.left() + size + PAD_PX)
        strong, weak = ("selected_text", "selected_text") if chosen else ("text", "text_muted")
        if shown == Shown.NONE:
            strong = weak = "text_disabled" if not chosen else "selected_text"
        metrics = QFontMetrics(option.font)
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.setPen(theme.colour(strong))
        # A count is never left out: it is what a search is for.
        count_px = metrics.horizontalAdvance(note) + 2 * PAD_PX if index.data(COUNT_ROLE) else 0
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, rect.width() - count_px)
        painter.drawText(rect, flags, text)
        rect.setLeft(rect.left() + metrics.horizontalAdvance(text) + 2 * PAD_PX)
        if note and (count_px or rect.width() > 24):
            painter.setPen(theme.colour(weak))
            painter.drawText(rect, flags, metrics.elidedText(note, Qt.TextElideMode.ElideRight, rect.width()))
        self._paint_eye(painter, option, shown)

    def _paint_eye(self, painter: QPainter, option: QStyleOptionViewItem, shown: Shown | None) -> None:
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if shown is None or (shown == Shown.ALL and not hovered):
            return
        size = self._context.look.theme.size("icon")
        place = QRect(option.rect.right() - EYE_PX + 4, option.rect.center().y() - size // 2, size, size)
        icon: QIcon = self._context.look.icon(EYES[Shown(shown)], "text_muted")
        icon.paint(painter, place)

    def _words(self, index: Index) -> tuple[str, str]:
        model = index.model()
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        object_class = index.data(CLASS_ROLE)
        tr = self._context.tr
        if object_class:
            kind = class_text(tr, object_class)
            inside_class = isinstance(model, ClassModel)
            return (text, "" if inside_class else kind) if text else (kind, "")
        count = index.data(COUNT_ROLE)
        if isinstance(model, ClassModel) and slot_of(index.internalId()) == 0:
            text = class_text(tr, text)
        return text, f"{count:,}" if count else ""

    def _icon(self, index: Index) -> str:
        object_class = index.data(CLASS_ROLE)
        if object_class:
            return class_icon(object_class)
        model = index.model()
        if isinstance(model, ClassModel):
            return class_icon(model.class_name(index.internalId()))
        if isinstance(model, ObjectTreeModel) and index.data(SHOWN_ROLE) is not None:
            layer = model.layers.get(slot_of(index.internalId()))
            return LAYER_ICONS[str(layer.layer.kind)] if layer is not None else "mdi6.dots-horizontal"
        return "mdi6.dots-horizontal"

    def editorEvent(
        self, event: QEvent, _model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A click on the eye."""
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            at_eye = event.position().x() >= option.rect.right() - EYE_PX
            if at_eye and event.button() == Qt.MouseButton.LeftButton and index.data(SHOWN_ROLE) is not None:
                self._on_eye(index)
                return True
        return False
