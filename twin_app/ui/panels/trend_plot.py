"""The plot of the trend panel: curves over one time axis."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg

from twin_app.ui.appearance import Appearance


class TrendPlot:
    """``view`` is the widget; ``curves`` in the order of their colours, in ``box`` between ``axes`` (left, bottom)."""

    def __init__(self, look: Appearance) -> None:
        self._look = look
        self.view = pg.GraphicsView()
        self.curves: list[pg.PlotDataItem] = []
        self.box = pg.ViewBox(enableMenu=False)
        self.box.setMouseEnabled(x=True, y=False)
        self.axes = (pg.AxisItem("left", linkView=self.box), pg.DateAxisItem("bottom", linkView=self.box))
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

    def use(self, colours: Sequence[str]) -> None:
        """New curves, one for each colour."""
        for curve in self.curves:
            self.box.removeItem(curve)
        pens = [pg.mkPen(colour, width=1.6) for colour in colours]
        self.curves = [pg.PlotDataItem(pen=pen, connect="finite") for pen in pens]
        for curve in self.curves:
            self.box.addItem(curve)
