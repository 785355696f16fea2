"""The trend panel: how the chosen streams went, one under the other in one time axis."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from twin_app.live.numbers import streamed_label, streamed_text
from twin_app.live.values import US_PER_S, State
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import label, row
from twin_app.usecases.colouring import CATEGORY_COLOURS

SPANS_S = {"minute": 60.0, "minutes": 600.0, "hour": 3600.0, "day": 86_400.0}
MOST_CURVES = len(CATEGORY_COLOURS)
MOST_POINTS = 4000


class TrendPanel(QWidget):
    """Shows the streams that `Workbench.chosen_streams` names; what is bad is a gap, what is simulated is stamped."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._span_s = SPANS_S["minutes"]
        self.curves: list[pg.PlotDataItem] = []
        self.empty = label("muted")
        context.texts.bind(self.empty.setText, text_key="ui.trend.empty")
        self.empty.setContentsMargins(14, 6, 14, 6)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.stamp = label("stamp")
        self.names = label("small")
        self.names.setTextFormat(Qt.TextFormat.RichText)
        self.plot = pg.GraphicsView()
        self.box = pg.ViewBox(enableMenu=False)
        self.axes = (pg.AxisItem("left", linkView=self.box), pg.DateAxisItem("bottom", linkView=self.box))
        self._build()
        live = context.workbench.live
        live.values_changed.connect(self._refresh, max_args=0)
        context.workbench.streams_chosen.connect(self._choose)
        context.texts.on_change(self._choose)
        context.look.on_change(lambda _theme: self._dress())
        self._dress()
        self._choose()

    def _build(self) -> None:
        spans = QButtonGroup(self)
        buttons = [self._span_button(name, spans) for name in SPANS_S]
        bar = row(*buttons, self.names, 1, self.stamp, spacing=4, margins=(8, 5, 8, 2))
        self.box.setMouseEnabled(x=True, y=False)
        sheet = pg.GraphicsLayout()  # not a PlotItem: that brings menus of its own, which nobody ends
        sheet.setContentsMargins(4, 4, 12, 2)
        sheet.setSpacing(0)
        for part, place in ((self.axes[0], (0, 0)), (self.box, (0, 1)), (self.axes[1], (1, 1))):
            sheet.addItem(part, *place)
        self.plot.setCentralItem(sheet)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.plot, 1)

    def _span_button(self, name: str, group: QButtonGroup) -> QToolButton:
        made = QToolButton()
        made.setProperty("role", "chip")
        made.setCheckable(True)
        made.setChecked(SPANS_S[name] == self._span_s)
        self._context.texts.bind(made.setText, text_key=f"ui.trend.{name}")
        group.addButton(made)
        made.clicked.connect(lambda: self._show_span(SPANS_S[name]))
        return made

    def _show_span(self, span_s: float) -> None:
        self._span_s = span_s
        self._refresh()

    def _dress(self) -> None:
        theme = self._context.look.theme
        self.plot.setBackground(theme.colour("panel"))
        for axis in self.axes:
            axis.setPen(pg.mkPen(theme.colour("separator")))
            axis.setTextPen(pg.mkPen(theme.colour("text_muted")))
            axis.setStyle(tickLength=-4)
            axis.setGrid(30)

    def _choose(self) -> None:
        rows = self._rows()
        for curve in self.curves:
            self.box.removeItem(curve)
        pens = [pg.mkPen(colour, width=1.6) for colour in CATEGORY_COLOURS[: len(rows)]]
        self.curves = [pg.PlotDataItem(pen=pen, connect="finite") for pen in pens]
        for curve in self.curves:
            self.box.addItem(curve)
        for chosen in (self.plot, self.names):
            chosen.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self._refresh()

    def _rows(self) -> Sequence[int]:
        live = self._context.workbench.live
        return [one for one in self._context.workbench.chosen_streams if one < len(live.table)][:MOST_CURVES]

    def _refresh(self) -> None:
        if not self.isVisible():
            return
        live, rows = self._context.workbench.live, self._rows()
        now_s = time.time()
        since_us = round((now_s - self._span_s) * US_PER_S)
        for curve, one in zip(self.curves, rows, strict=False):
            times_us, values = live.recent.of(one, since_us)
            step = max(1, len(values) // MOST_POINTS)
            curve.setData(times_us[::step] / US_PER_S, values[::step])
        self.box.setXRange(now_s - self._span_s, now_s, padding=0.01)
        self._word(rows)

    def _word(self, rows: Sequence[int]) -> None:
        live, tr = self._context.workbench.live, self._context.tr
        latest = live.latest(np.asarray(rows, np.int64))
        infos = [live.table.info(one) for one in rows]
        texts = [
            f'<span style="color:{colour}">■</span> {escape(info.name or info.key)} '
            f"<b>{escape(streamed_text(value, info.unit, tr.language))}</b>"
            for colour, info, value in zip(CATEGORY_COLOURS, infos, latest.value.tolist(), strict=False)
        ]
        self.names.setText("&nbsp;&nbsp;".join(texts))
        units = {streamed_label(info.unit, tr.language) for info in infos}
        self.axes[0].setLabel(units.pop() if len(units) == 1 else "")
        self.stamp.setText(tr("live.stamp") if (latest.state == State.SIMULATED).any() else "")

    def showEvent(self, event: QShowEvent) -> None:
        """What went on meanwhile."""
        super().showEvent(event)
        self._refresh()
