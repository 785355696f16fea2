"""One indicator as a card that draws itself: name, value, stamp, target, origin, and a ring of progress."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from twin_app.indicators.definitions import Indicator
from twin_app.indicators.progress import progress, reached
from twin_app.live.numbers import number_text
from twin_app.live.values import Quality, Reason, State
from twin_app.ui.context import UiContext
from twin_app.usecases.indicator_words import origin_words, target_words, value_words
from twin_app.usecases.indicators import Standing

PAD_PX, GAP_PX, RING_PX, RING_WIDTH_PX = 10, 3, 46, 4
LEAST_WIDTH_PX = 150
_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft


@dataclass(frozen=True, slots=True)
class _Line:
    """A text in its place; ``stamp``: framed."""

    text: str
    box: QRect
    font: QFont
    colour: str
    stamp: bool = False


class IndicatorCard(QAbstractButton):
    """Chosen with the mouse or the keyboard; as high as its words need at its width."""

    def __init__(self, context: UiContext, standing: Standing) -> None:
        super().__init__()
        self._context = context
        self.standing = standing
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(LEAST_WIDTH_PX)
        self.show_standing(standing)

    @property
    def indicator(self) -> Indicator:
        """What it is about."""
        return self.standing.indicator

    def show_standing(self, standing: Standing) -> None:
        """Take another value, or the same in other words."""
        tr, one = self._context.tr, standing.indicator
        before, self.standing = self.heightForWidth(max(self.width(), LEAST_WIDTH_PX)), standing
        self.setToolTip(
            "\n".join(text for text in (one.definition.of(tr.language), one.clause.of(tr.language)) if text)
        )
        self.setAccessibleName(f"{one.name.of(tr.language)}: {value_words(tr, one, standing.value)}")
        self.setAccessibleDescription(" · ".join(line.text for line in self._lines(400)[0][2:]))
        if self.heightForWidth(max(self.width(), LEAST_WIDTH_PX)) != before:
            self.updateGeometry()
        self.update()

    def texts(self) -> list[str]:
        """All that it says, in order."""
        return [line.text for line in self._lines(max(self.width(), LEAST_WIDTH_PX))[0]]

    def ring(self) -> float | None:
        """The share of the way to the target; None: no ring."""
        return None if self.standing.value.missing else progress(self.indicator, self.standing.value.value)

    def sizeHint(self) -> QSize:
        """Of a narrow panel."""
        return QSize(220, self.heightForWidth(220))

    def minimumSizeHint(self) -> QSize:
        """The height is told by the width."""
        return QSize(LEAST_WIDTH_PX, 40)

    def hasHeightForWidth(self) -> bool:
        """Words wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """What all words need."""
        return self._lines(width)[1]

    def _font(self, token: str, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._context.look.theme.size(token))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _lines(self, width: int) -> tuple[list[_Line], int]:
        tr, one, value = self._context.tr, self.indicator, self.standing.value
        inner, top = width - 2 * PAD_PX, PAD_PX
        beside = inner - (RING_PX + 8 if self.ring() is not None else 0)
        lines: list[_Line] = []

        def put(text: str, room: int, font: QFont, colour: str, *, stamp: bool = False) -> None:
            nonlocal top
            if text:
                box = QFontMetrics(font).boundingRect(QRect(PAD_PX, top, room, 10_000), int(_WRAP), text)
                height = box.height() + (4 if stamp else 0)
                lines.append(_Line(text, QRect(PAD_PX, top, room, height), font, colour, stamp))
                top += height + GAP_PX

        stale = value.missing or value.reason == Reason.STALE
        put(one.name.of(tr.language), beside, self._font("font"), "text")
        put(value_words(tr, one, value), beside, self._font("font_title", bold=True), "text_muted" if stale else "text")
        if self.ring() is not None:
            top = max(top, PAD_PX + RING_PX + GAP_PX)
        if not value.missing and value.state is State.SIMULATED:
            put(tr("live.stamp"), inner, self._font("font_small", bold=True), "accent_two", stamp=True)
        put(target_words(tr, one), inner, self._font("font_small"), "text_muted")
        shade = {Quality.UNCERTAIN: "warning", Quality.BAD: "error"}.get(Quality(value.quality), "text_muted")
        put(origin_words(tr, value), inner, self._font("font_small"), shade)
        return lines, top - GAP_PX + PAD_PX

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Plate, hatching where nothing is known, words, ring."""
        theme = self._context.look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plate = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        radius = theme.size("radius")
        over = self.underMouse() or self.isDown()
        painter.setPen(QPen(theme.colour("accent" if self.hasFocus() else "border" if over else "separator")))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(plate, radius, radius)
        if self.standing.value.missing:
            painter.setBrush(QBrush(theme.colour("separator"), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(plate, radius, radius)
        for line in self._lines(self.width())[0]:
            self._draw(painter, line)
        if self.ring() is not None:
            self._draw_ring(painter)
        painter.end()

    def _draw(self, painter: QPainter, line: _Line) -> None:
        theme = self._context.look.theme
        painter.setFont(line.font)
        painter.setPen(theme.colour(line.colour))
        if line.stamp:
            width = QFontMetrics(line.font).horizontalAdvance(line.text) + 12
            frame = QRectF(line.box.left() + 0.5, line.box.top() + 0.5, width, line.box.height() - 1)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, theme.size("radius_small"), theme.size("radius_small"))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, line.text)
            return
        painter.drawText(line.box, int(_WRAP), line.text)

    def _draw_ring(self, painter: QPainter) -> None:
        theme, share = self._context.look.theme, self.ring() or 0.0
        half = RING_WIDTH_PX / 2
        box = QRectF(self.width() - PAD_PX - RING_PX, PAD_PX, RING_PX, RING_PX).adjusted(half, half, -half, -half)
        painter.setPen(QPen(theme.colour("pressed"), RING_WIDTH_PX))
        painter.drawEllipse(box)
        painter.setPen(QPen(self._ring_colour(), RING_WIDTH_PX, c=Qt.PenCapStyle.RoundCap))
        painter.drawArc(box, 90 * 16, -round(min(max(share, 0.0), 1.0) * 360 * 16))
        text, font = ring_text(share), self._font("font_small", bold=True)
        while QFontMetrics(font).horizontalAdvance(text) > RING_PX - 4 * RING_WIDTH_PX and font.pixelSize() > 8:
            font.setPixelSize(font.pixelSize() - 1)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _ring_colour(self) -> QColor:
        theme, value = self._context.look.theme, self.standing.value
        if value.quality != Quality.GOOD:
            return theme.colour("text_disabled")
        return theme.colour("success" if reached(self.indicator, value.value) else "accent")


def ring_text(share: float) -> str:
    """In percent, short enough for a ring; what is not quite there is never rounded up to all."""
    percent = min(share * 100.0, 99.0) if share < 1.0 else share * 100.0
    return ">999%" if percent > 999 else "<0%" if percent < 0 else f"{number_text(percent, 0)}%"
