"""The plot of the trend panel: curves over one time axis, with what is known of them beside the numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from twin_app.live.trends import Curve
from twin_app.live.values import US_PER_S
from twin_app.services.translations import Translator
from twin_app.ui.appearance import Appearance

_NAME = re.compile("Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun")
BAND_ALPHA, COMPARED_ALPHA = 60, 150


class _Line:
    """One stream: what is real as a line, what is simulated dashed, lowest to highest as a band, marks."""

    def __init__(self, box: pg.ViewBox, colour: str) -> None:
        shade = QColor(colour)
        self.whole = pg.PlotDataItem(pen=pg.mkPen(shade, width=1.6), connect="finite")
        self.made_up = pg.PlotDataItem(pen=pg.mkPen(shade, width=1.6, style=Qt.PenStyle.DashLine), connect="finite")
        edges = [pg.PlotCurveItem(pen=pg.mkPen(0, 0, 0, 0), connect="finite") for _ in range(2)]
        self.low, self.high = edges
        shade.setAlpha(BAND_ALPHA)
        self.band = pg.FillBetweenItem(*edges, brush=pg.mkBrush(shade))
        before = QColor(colour)
        before.setAlpha(COMPARED_ALPHA)
        self.before = pg.PlotDataItem(pen=pg.mkPen(before, width=1.4, style=Qt.PenStyle.DotLine), connect="finite")
        self.alone = pg.ScatterPlotItem(symbol="o", size=3.5, pen=None, brush=pg.mkBrush(colour))
        self.uncertain = pg.ScatterPlotItem(symbol="o", size=6, brush=None)
        self.bad = pg.ScatterPlotItem(symbol="x", size=7)
        self.parts = (self.band, *edges, self.before, self.whole, self.made_up, self.alone, self.uncertain, self.bad)
        for part in self.parts:
            box.addItem(part)

    def draw(self, curve: Curve, compared: Curve | None) -> None:
        """Another curve, and the same stream at the time compared with."""
        made_up = curve.simulated & np.isfinite(curve.mean)
        self.whole.setData(curve.time_s, np.where(made_up, np.nan, curve.mean))
        self.made_up.setData(curve.time_s, np.where(made_up, curve.mean, np.nan))
        self.low.setData(curve.time_s, curve.low if curve.has_envelope else curve.mean)
        self.high.setData(curve.time_s, curve.high if curve.has_envelope else curve.mean)
        self.band.setVisible(curve.has_envelope)
        self.alone.setData(curve.time_s[curve.alone], curve.mean[curve.alone])
        self.uncertain.setData(curve.time_s[curve.uncertain], curve.mean[curve.uncertain])
        # What is bad has no number: it is marked at the foot of its own curve.
        foot = np.nanmin(curve.low) if not curve.is_empty else 0.0
        self.bad.setData(curve.bad_s, np.full(len(curve.bad_s), foot))
        if compared is None:
            self.before.setData([], [])
        else:
            self.before.setData(compared.time_s, compared.mean)


class TimeAxis(pg.DateAxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Dates in the reader's language: pyqtgraph writes them as the C library does, in English."""

    def __init__(self, tr: Translator, box: pg.ViewBox) -> None:
        super().__init__("bottom", linkView=box)
        self._tr = tr

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """As any, but for the names of months and days."""
        texts = super().tickStrings(values, scale, spacing)
        if self._tr.language == "en":
            return list(texts)
        return [_NAME.sub(lambda name: self._tr(f"trend.calendar.{name[0].lower()}"), text) for text in texts]


class TrendPlot:
    """``view`` is the widget; ``lines`` in the order of their colours, in ``box`` between ``axes`` (left, bottom)."""

    def __init__(self, look: Appearance, tr: Translator) -> None:
        self._look = look
        self.view = pg.GraphicsView()
        self.lines: list[_Line] = []
        self.box = pg.ViewBox(enableMenu=False)
        self.box.setMouseEnabled(x=True, y=False)
        self.axes = (pg.AxisItem("left", linkView=self.box), TimeAxis(tr, self.box))
        sheet = pg.GraphicsLayout()  # not a PlotItem: that brings menus of its own, which nobody ends
        sheet.setContentsMargins(4, 4, 12, 2)
        sheet.setSpacing(0)
        for part, place in ((self.axes[0], (0, 0)), (self.box, (0, 1)), (self.axes[1], (1, 1))):
            sheet.addItem(part, *place)
        self.view.setCentralItem(sheet)
        look.on_change(lambda _theme: self._dress())
        self._dress()

    def _dress(self) -> None:
        theme = self._look.theme
        self.view.setBackground(theme.colour("panel"))
        for axis in self.axes:
            axis.setPen(pg.mkPen(theme.colour("separator")))
            axis.setTextPen(pg.mkPen(theme.colour("text_muted")))
            axis.setStyle(tickLength=-4)
            axis.setGrid(30)
        for line in self.lines:
            line.uncertain.setPen(pg.mkPen(theme.colour("warning"), width=1.3))
            line.bad.setPen(pg.mkPen(theme.colour("error"), width=1.5))

    def use(self, colours: Sequence[str]) -> None:
        """New lines, one for each colour."""
        for line in self.lines:
            for part in line.parts:
                self.box.removeItem(part)
        self.lines = [_Line(self.box, colour) for colour in colours]
        self._dress()

    def draw(self, curves: Sequence[Curve], compared: Sequence[Curve]) -> None:
        """A curve for each line, and those of the time compared with, or none."""
        for number, (line, curve) in enumerate(zip(self.lines, curves, strict=False)):
            line.draw(curve, compared[number] if compared else None)

    def show_times(self, from_us: int, to_us: int) -> None:
        """The whole span, however much of it is known."""
        self.box.setXRange(from_us / US_PER_S, to_us / US_PER_S, padding=0.01)
