"""The line of other systems whose events are watched: how each is, its last answer, what came of it."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QWidget

from twin_app.live.feed import FeedState
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import ElidedLabel, button, clear_layout
from twin_app.usecases.event_watch import watches_of
from twin_app.usecases.event_words import source_words

INKS = {
    FeedState.CONNECTED: "success",
    FeedState.CONNECTING: "warning",
    FeedState.LOST: "warning",
    FeedState.FAILED: "error",
}


class EventSources(QWidget):
    """Hidden while nobody is watched."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._shown: tuple[str, ...] = ()
        self.lines: dict[str, ElidedLabel] = {}
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(10, 0, 10, 2)
        self._layout.setSpacing(4)

    def refresh(self) -> None:
        """Say how things are now."""
        watches = watches_of(self._context.workbench)
        if tuple(watches.sources) != self._shown:
            self._shown = tuple(watches.sources)
            self._fill()
        self.setVisible(bool(watches.sources))
        for source_id, line in self.lines.items():
            status = watches.status(source_id)
            words = source_words(self._context.tr, watches.sources[source_id], status, watches.heard(source_id))
            line.setText(words)
            ink = self._context.look.theme.colour(INKS.get(status.state, "text_muted")).name()
            line.setStyleSheet(f"color: {ink};")

    def _fill(self) -> None:
        clear_layout(self._layout)
        self.lines.clear()
        for source_id in self._shown:
            self.lines[source_id] = ElidedLabel("small")
            self._layout.addWidget(self.lines[source_id], 1)
            for name in ("switch_watch", "remove_watch"):
                command = self._context.registry[f"event.{name}"]
                push = button(self._context, command.icon, tip_key=command.title_key)
                push.clicked.connect(partial(self._run, command.id, source_id))
                self._layout.addWidget(push)

    def _run(self, command_id: str, source_id: str, _checked: bool = False) -> None:
        self._context.run(command_id, source=source_id)
