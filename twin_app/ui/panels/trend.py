"""The trend panel: how the chosen streams went, one under the other in one time axis."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from twin_app.live.numbers import streamed_label, streamed_text
from twin_app.live.trends import COMPARED, SPANS_S
from twin_app.live.values import State
from twin_app.ui.context import UiContext
from twin_app.ui.held import HeldLabel
from twin_app.ui.widgets import label, row
from twin_app.usecases.colouring import CATEGORY_COLOURS
from twin_app.usecases.trend_words import compared_words, lacking_words, marks_words
from twin_app.usecases.trends import Drawn, TrendReader

if TYPE_CHECKING:
    from twin_app.ui.panels.trend_plot import TrendPlot

MOST_CURVES = len(CATEGORY_COLOURS)
LEAST_BETWEEN_S = 1.0  # long spans are not drawn more often: nothing would be seen of it
QUICK = ("minute", "minutes")


class TrendPanel(QWidget):
    """Shows the streams that `Workbench.chosen_streams` names; what is bad is a gap, what is simulated is stamped."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.plot: TrendPlot | None = None  # made, with the library it stands on, when there is something to plot
        self.reader = TrendReader(context.workbench, self._refresh)
        self._drawn_s = 0.0
        self.empty = label("muted")
        context.texts.bind(self.empty.setText, text_key="ui.trend.empty")
        self.empty.setContentsMargins(14, 6, 14, 6)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.stamp = label("stamp")
        self.spans, self.compared = QComboBox(), QComboBox()
        self.names = label("small", wrap=True)
        self.names.setTextFormat(Qt.TextFormat.RichText)
        self.names.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.names.setContentsMargins(10, 0, 10, 0)
        self._build()
        self._connect()
        self._reword()

    def _build(self) -> None:
        bar = row(self.spans, self.compared, 1, HeldLabel(self._context), self.stamp, spacing=6, margins=(8, 5, 8, 2))
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.names)
        layout.addWidget(self.empty, 1)

    def _connect(self) -> None:
        workbench = self._context.workbench
        self.spans.activated.connect(lambda at: self._context.run(f"trend.span_{self.spans.itemData(at)}"))
        self.compared.activated.connect(self._compare)
        workbench.live.values_changed.connect(self._on_values, max_args=0)
        workbench.live.time_changed.connect(self._refresh)
        workbench.streams_chosen.connect(self._choose)
        workbench.trend_asked.connect(self._choose)
        workbench.project.changed.connect(self._on_project)
        self._context.texts.on_change(self._reword)
        self._context.texts.bind(self.spans.setAccessibleName, self.spans.setToolTip, text_key="trend.span")
        self._context.texts.bind(self.compared.setAccessibleName, self.compared.setToolTip, text_key="trend.compare")

    def _reword(self) -> None:
        tr = self._context.tr
        for box, names, group in ((self.spans, SPANS_S, "last_span"), (self.compared, ("none", *COMPARED), "against")):
            box.clear()
            for name in names:
                box.addItem(tr(f"trend.{group}.{name}"), name)
        self._choose()

    def _compare(self, at: int) -> None:
        wanted, now = self.compared.itemData(at), self._context.workbench.trend_compared
        wanted = "" if wanted == "none" else wanted
        if wanted != now:  # the command of what is on already switches it off
            self._context.run(f"trend.compare_{wanted or now}")

    def _on_project(self) -> None:
        self.reader.forget()
        self._refresh()

    def _plot(self) -> TrendPlot:
        if self.plot is None:
            from twin_app.ui.panels.trend_plot import TrendPlot

            self.plot = TrendPlot(self._context.look, self._context.tr)
            self._column.addWidget(self.plot.view, 1)
        return self.plot

    def _choose(self) -> None:
        workbench, rows = self._context.workbench, self._rows()
        self.spans.setCurrentIndex(self.spans.findData(workbench.trend_span))
        self.compared.setCurrentIndex(self.compared.findData(workbench.trend_compared or "none"))
        if rows:
            self._plot().use(CATEGORY_COLOURS[: len(rows)])
        if self.plot is not None:
            self.plot.view.setVisible(bool(rows))
        self.names.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self._refresh()

    def _rows(self) -> Sequence[int]:
        """What shares one axis: those in the unit of the first."""
        table = self._context.workbench.live.table
        known = [one for one in self._context.workbench.chosen_streams if one < len(table)]
        return [one for one in known if table.info(one).unit == table.info(known[0]).unit][:MOST_CURVES]

    def _left_out_words(self, shown: int) -> str:
        left = len(self._context.workbench.chosen_streams) - shown
        return self._context.tr("trend.left_out", count=left, most=MOST_CURVES) if left > 0 else ""

    def _on_values(self) -> None:
        is_quick = self._context.workbench.trend_span in QUICK
        if is_quick or time.monotonic() - self._drawn_s > LEAST_BETWEEN_S:
            self._refresh()

    def _refresh(self) -> None:
        rows, plot = self._rows(), self.plot
        if plot is None or not rows or not self.isVisible():
            return
        self._drawn_s = time.monotonic()
        drawn = self.reader.drawn(rows)
        plot.draw(drawn.curves, drawn.compared)
        plot.show_times(drawn.from_us, drawn.to_us)
        self._word(plot, rows, drawn)

    def _word(self, plot: TrendPlot, rows: Sequence[int], drawn: Drawn) -> None:
        live, tr = self._context.workbench.live, self._context.tr
        latest = live.latest(np.asarray(rows, np.int64))
        infos = [live.table.info(one) for one in rows]
        texts = []
        for number, (colour, info, value) in enumerate(
            zip(CATEGORY_COLOURS, infos, latest.value.tolist(), strict=False)
        ):
            text = f'<span style="color:{colour}">■</span> {escape(info.name or info.key)} '
            text += f"<b>{escape(streamed_text(value, info.unit, tr.language))}</b>"
            told = compared_words(tr, info, drawn, number, self._context.workbench.trend_compared)
            texts.append(f"{text} <i>{escape(told)}</i>" if told else text)
        lines = ["&nbsp;&nbsp; ".join(texts) if not drawn.compared else "<br>".join(texts)]
        notes = (
            self._left_out_words(len(rows)),
            self._reading_words(),
            lacking_words(tr, drawn),
            marks_words(tr, drawn, self._last_words(drawn)),
        )
        lines += ["&nbsp;&nbsp; ".join(escape(note) for note in notes if note)]
        self.names.setText("<br>".join(line for line in lines if line))
        plot.axes[0].setLabel(streamed_label(infos[0].unit, tr.language))
        made_up = (latest.state == State.SIMULATED).any() or any(c.simulated.any() for c in drawn.curves)
        self.stamp.setText(tr("live.stamp") if made_up else "")

    def _last_words(self, drawn: Drawn) -> str:
        name = self._context.workbench.trend_compared
        there = any(not curve.is_empty for curve in drawn.compared)
        return self._context.tr(f"trend.last.{name}") if name and there else ""

    def _reading_words(self) -> str:
        tr, reader = self._context.tr, self.reader
        if reader.problem is not None:
            return tr.error(reader.problem)
        if reader.is_cancelled:
            return tr("trend.cancelled")
        return tr("trend.reading") if reader.reading is not None else ""

    def showEvent(self, event: QShowEvent) -> None:
        """What went on meanwhile."""
        super().showEvent(event)
        self._refresh()
