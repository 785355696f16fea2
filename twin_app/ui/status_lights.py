"""Two lights in the status bar: how the feeds are, and how many alarms stand."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from twin_app.live.alarms.station import HIDDEN, UNACKNOWLEDGED
from twin_app.live.feed import FeedState
from twin_app.ui.context import UiContext
from twin_app.ui.panels.alarm_model import TOKENS
from twin_app.ui.panels.live import LIGHTS
from twin_app.usecases.times import shown_text

WORST_FIRST = (
    FeedState.FAILED,
    FeedState.LOST,
    FeedState.CONNECTING,
    FeedState.CONNECTED,
    FeedState.ENDED,
    FeedState.STOPPED,
)
LIGHT_PX, SCALE = 10, 2


class StatusLights(QWidget):
    """Each opens its panel; neither is shown where there is nothing to tell."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.feeds, self.alarms = self._push("live"), self._push("alarms")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.feeds)
        layout.addWidget(self.alarms)
        live = context.workbench.live
        live.feeds_changed.connect(self._show_feeds)
        live.time_changed.connect(self._show_feeds)
        live.alarms_changed.connect(self._show_alarms)
        context.texts.on_change(self.reword)
        context.look.on_change(lambda _theme: self.reword())
        self.reword()

    def _push(self, panel: str) -> QToolButton:
        push = QToolButton(self)
        push.setProperty("role", "small")
        push.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        push.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        push.clicked.connect(lambda: self._context.workbench.ui.show_panel(panel))
        return push

    def reword(self) -> None:
        """Everything again, in the current language and colours."""
        self._show_feeds()
        self._show_alarms()

    def _show_feeds(self) -> None:
        live, tr = self._context.workbench.live, self._context.tr
        states = [live.status(spec.id).state for spec in live.specs()]
        self.feeds.setVisible(bool(states))
        if states:
            worst = next(state for state in WORST_FIRST if state in states)
            self.feeds.setIcon(self._light(LIGHTS[worst] if live.playback.is_live else "warning"))
            is_live = live.playback.is_live
            self.feeds.setText(tr("ui.panel.live") if is_live else shown_text(self._context.workbench))
            self.feeds.setToolTip(tr(f"live.feed_state.{worst}"))

    def _show_alarms(self) -> None:
        tr = self._context.tr
        standing = [one for one in self._context.workbench.live.alarms.standing() if one.state not in HIDDEN]
        self.alarms.setVisible(bool(standing))
        if standing:
            self.alarms.setIcon(self._light(TOKENS[standing[0].rule.priority]))
            self.alarms.setText(tr("ui.alarms.status", count=len(standing)))
            open_ = sum(one.state in UNACKNOWLEDGED for one in standing)
            self.alarms.setToolTip(tr("ui.alarms.status_tip", count=len(standing), open=open_))

    def _light(self, token: str) -> QIcon:
        drawn = QPixmap(LIGHT_PX * SCALE, LIGHT_PX * SCALE)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._context.look.theme.colour(token)))
        painter.drawEllipse(drawn.rect().adjusted(1, 1, -1, -1))
        painter.end()
        return QIcon(drawn)
