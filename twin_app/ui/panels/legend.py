"""What the colours of coloured layers mean, below the layers."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from twin_app.ui.context import UiContext
from twin_app.ui.panels.class_words import class_text
from twin_app.ui.widgets import ElidedLabel, button, line, row

ROW_PX, SWATCH_PX, GAP_PX, EDGE_PX = 19, 10, 6, 10
COLUMNS = 2
WORDED = ("building", "discipline", "class", "storey", "name", "engine", "triangles", "points")


class _Swatches(QWidget):
    """Colours and their texts in two columns."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.entries: list[tuple[str, str]] = []

    def show_entries(self, entries: list[tuple[str, str]]) -> None:
        """Draw other entries."""
        self.entries = entries
        self.setFixedHeight(-(-len(entries) // COLUMNS) * ROW_PX + 4)
        self.setToolTip("\n".join(text for text, _ in entries))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(80, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, half = QFontMetrics(self.font()), (self.width() - 2 * EDGE_PX) // COLUMNS
        rows = -(-len(self.entries) // COLUMNS)
        for number, (text, colour) in enumerate(self.entries):
            left, top = EDGE_PX + half * (number // rows), ROW_PX * (number % rows)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(left, top + (ROW_PX - SWATCH_PX) / 2, SWATCH_PX, SWATCH_PX), 3, 3)
            painter.setPen(self._context.look.theme.colour("text"))
            place = QRectF(left + SWATCH_PX + GAP_PX, top, half - SWATCH_PX - 2 * GAP_PX, ROW_PX)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), shown)


class LegendView(QWidget):
    """Hidden while there is nothing to explain; its cross gives the layers their own colours back."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.title = ElidedLabel("strong")
        self.swatches = _Swatches(context)
        close = button(context, "mdi6.close", tip_key="ui.legend.close")
        close.clicked.connect(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(line())
        layout.addWidget(row(self.title, 1, close, margins=(EDGE_PX, 2, 4, 0)))
        layout.addWidget(self.swatches)
        context.workbench.scene.legend_changed.connect(self.refresh)
        context.texts.on_change(self.refresh)
        context.look.on_change(lambda _theme: self.swatches.update())
        self.refresh()

    def refresh(self) -> None:
        """Show the scene's legend in the current language."""
        legend = self._context.workbench.scene.legend
        self.setVisible(legend is not None)
        if legend is None:
            return
        tr = self._context.tr
        column = tr(f"ui.legend.{legend.column}") if legend.column in WORDED else legend.column
        self.title.setText(column)
        self.swatches.show_entries([(self._word(legend.column, text), colour) for text, colour in legend.entries])

    def _word(self, column: str, text: str) -> str:
        tr = self._context.tr
        if text == "…":
            return tr("ui.legend.others")
        if text == "—":
            return tr("ui.legend.missing")
        if column == "class":
            return class_text(tr, text)
        return tr(f"ui.discipline.{text}") if column == "discipline" else text

    def _close(self) -> None:
        workbench = self._context.workbench
        legend = workbench.scene.legend
        if legend is not None:
            for layer in workbench.scene.layers:
                if layer.colouring == legend.column:
                    self._context.run("layer.colour_own", layer_id=layer.layer_id)
