"""The trend panel: how the chosen streams went, one under the other in one time axis."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from twin_app.live.numbers import streamed_label, streamed_text
from twin_app.live.values import US_PER_S, State
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import label, row
from twin_app.usecases.colouring import CATEGORY_COLOURS

if TYPE_CHECKING:
    from twin_app.ui.panels.trend_plot import TrendPlot

SPANS_S = {"minute": 60.0, "minutes": 600.0, "hour": 3600.0, "day": 86_400.0}
MOST_CURVES = len(CATEGORY_COLOURS)
MOST_POINTS = 4000


class TrendPanel(QWidget):
    """Shows the streams that `Workbench.chosen_streams` names; what is bad is a gap, what is simulated is stamped."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._span_s = SPANS_S["minutes"]
        self.plot: TrendPlot | None = None  # made, with the library it stands on, when there is something to plot
        self.empty = label("muted")
        context.texts.bind(self.empty.setText, text_key="ui.trend.empty")
        self.empty.setContentsMargins(14, 6, 14, 6)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.stamp = label("stamp")
        self.names = label("small")
        self.names.setTextFormat(Qt.TextFormat.RichText)
        self._build()
        live = context.workbench.live
        live.values_changed.connect(self._refresh, max_args=0)
        context.workbench.streams_chosen.connect(self._choose)
        context.texts.on_change(self._choose)
        self._choose()

    def _build(self) -> None:
        spans = QButtonGroup(self)
        buttons = [self._span_button(name, spans) for name in SPANS_S]
        bar = row(*buttons, self.names, 1, self.stamp, spacing=4, margins=(8, 5, 8, 2))
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.empty, 1)

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

    def _plot(self) -> TrendPlot:
        if self.plot is None:
            from twin_app.ui.panels.trend_plot import TrendPlot

            self.plot = TrendPlot(self._context.look)
            self._column.addWidget(self.plot.view, 1)
        return self.plot

    def _choose(self) -> None:
        rows = self._rows()
        if rows:
            self._plot().use(CATEGORY_COLOURS[: len(rows)])
        if self.plot is not None:
            self.plot.view.setVisible(bool(rows))
        self.names.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self._refresh()

    def _rows(self) -> Sequence[int]:
        live = self._context.workbench.live
        return [one for one in self._context.workbench.chosen_streams if one < len(live.table)][:MOST_CURVES]

    def _refresh(self) -> None:
        live, rows, plot = self._context.workbench.live, self._rows(), self.plot
        if plot is None or not self.isVisible():
            return
        now_s = time.time()
        since_us = round((now_s - self._span_s) * US_PER_S)
        for curve, one in zip(plot.curves, rows, strict=False):
            times_us, values = live.recent.of(one, since_us)
            step = max(1, len(values) // MOST_POINTS)
            curve.setData(times_us[::step] / US_PER_S, values[::step])
        plot.box.setXRange(now_s - self._span_s, now_s, padding=0.01)
        self._word(plot, rows)

    def _word(self, plot: TrendPlot, rows: Sequence[int]) -> None:
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
        plot.axes[0].setLabel(units.pop() if len(units) == 1 else "")
        self.stamp.setText(tr("live.stamp") if (latest.state == State.SIMULATED).any() else "")

    def showEvent(self, event: QShowEvent) -> None:
        """What went on meanwhile."""
        super().showEvent(event)
        self._refresh()
