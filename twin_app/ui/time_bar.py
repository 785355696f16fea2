"""The bar of time below the view: whether what is seen is of now, and a line to go back along."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)

from twin_app.commands.times import SPEEDS
from twin_app.live.numbers import number_text
from twin_app.live.playback import Mode
from twin_app.live.trends import SPANS_S
from twin_app.live.values import US_PER_S
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import button, label
from twin_app.usecases.times import held_text, moment_text

STEPS = 10_000
SETTING = "ui.time_bar"
WITHOUT_END_S = 31 * 86_400.0  # how far the line reaches back for trends from the beginning


class TimeLine(QSlider):
    """Jumps to where it is pressed."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, STEPS)
        self.setPageStep(STEPS // 20)
        self.setSingleStep(STEPS // 200)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left of or right of the knob, too."""
        if event.button() is Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            knob = self.style().subControlRect(
                QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
            )
            if not knob.contains(event.position().toPoint()):
                room = max(1, self.width() - knob.width())
                at = round(event.position().x() - knob.width() / 2)
                self.setValue(QStyle.sliderValueFromPosition(0, STEPS, min(max(at, 0), room), room))
        super().mousePressEvent(event)


class TimeBar(QFrame):
    """Shown when asked for, and whenever something else than now is looked at. Its line is as long as trends are."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setObjectName("time_bar")
        self.state = label("time_state")
        self.line = TimeLine()
        self.begin = label("small")
        self.speed = self._speed_button()
        self._build()
        live = context.workbench.live
        live.time_changed.connect(self.refresh)
        live.values_changed.connect(self._on_values, max_args=0)
        context.workbench.trend_asked.connect(self.refresh)
        context.workbench.settings.changed.connect(self._on_setting)
        context.texts.on_change(self.refresh)
        context.texts.bind(self.line.setAccessibleName, self.line.setToolTip, text_key="time.line")
        self.line.valueChanged.connect(self._go)
        self.refresh()

    def _build(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.setSpacing(4)
        self.state.setMinimumWidth(150)
        self.state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.state.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.pause, self.play, self.live = (self._push(f"time.{name}") for name in ("pause", "play", "live"))
        back, on = self._push("time.back_minute"), self._push("time.on_minute")
        for part in (self.state, back, self.pause, self.play, on, self.live, self.speed, self.begin):
            layout.addWidget(part)
        layout.addWidget(self.line, 1)
        close = button(self._context, "mdi6.close", tip_key="time.close")
        close.clicked.connect(self._close)
        layout.addWidget(close)

    def _push(self, command_id: str) -> QToolButton:
        command = self._context.registry[command_id]
        made = button(self._context, command.icon, tip_key=command.title_key)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.clicked.connect(lambda: self._context.run(command_id))
        return made

    def _speed_button(self) -> QToolButton:
        push = QToolButton(self)
        push.setProperty("role", "small")
        push.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        push.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        push.setIconSize(QSize(0, 0))
        menu = QMenu(push)
        for one in SPEEDS:
            menu.addAction(f"{number_text(one)}×", partial(self._context.run, f"time.speed_{one}"))
        push.setMenu(menu)
        self._context.texts.bind(push.setToolTip, push.setAccessibleName, text_key="time.speed")
        return push

    def _span_us(self) -> tuple[int, int]:
        """What the line covers; it ends at the present."""
        live, span_s = self._context.workbench.live, SPANS_S[self._context.workbench.trend_span]
        now = live.playback.clock_us()
        return now - round((span_s or WITHOUT_END_S) * US_PER_S), now

    def _on_values(self) -> None:
        if self.isVisible() and not self.line.isSliderDown():
            self.refresh()

    def _on_setting(self, key: str, _value: object) -> None:
        if key == SETTING:
            self.refresh()

    def refresh(self) -> None:
        """How time goes now."""
        workbench, tr = self._context.workbench, self._context.tr
        playback, (from_us, to_us) = workbench.live.playback, self._span_us()
        has_streams = len(workbench.live.table) > 0
        self.setVisible(not playback.is_live or (bool(workbench.settings.get(SETTING)) and has_streams))
        if playback.wanted_us is not None:
            text = tr("time.going", at=moment_text(playback.wanted_us))
        elif playback.is_live:
            text = tr("time.live", at=moment_text(to_us))
        else:
            text = held_text(tr, playback.mode, playback.shown_us, playback.speed)
        if self.property("held") != (not playback.is_live):
            self.setProperty("held", not playback.is_live)
            for part in (self, self.state):
                part.style().unpolish(part)
                part.style().polish(part)
        self.state.setText(text)
        self.state.updateGeometry()
        self.pause.setVisible(playback.mode is not Mode.PAUSED)
        self.play.setVisible(playback.mode is Mode.PAUSED)
        self.live.setVisible(not playback.is_live)
        self.speed.setVisible(not playback.is_live)
        self.speed.setText(f"{number_text(playback.speed)}×")
        self.begin.setText(moment_text(from_us))
        if not self.line.isSliderDown():
            at_us = playback.wanted_us or (to_us if playback.is_live else playback.shown_us)
            self.line.blockSignals(True)
            self.line.setValue(round(STEPS * min(max((at_us - from_us) / (to_us - from_us), 0.0), 1.0)))
            self.line.blockSignals(False)

    def _go(self, step: int) -> None:
        from_us, to_us = self._span_us()
        live = self._context.workbench.live
        if step >= STEPS:
            live.go_live()
        else:
            live.go_to(from_us + round((to_us - from_us) * step / STEPS))

    def _close(self) -> None:
        """Put away; whoever looked at another time looks at now again."""
        self._context.run("time.live")
        self._context.workbench.settings.set(SETTING, False)
