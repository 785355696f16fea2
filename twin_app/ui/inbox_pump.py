"""Drains the inbox on the GUI thread, a few milliseconds at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from twin_app.services.inbox import Inbox

BUDGET_MS = 6.0


class InboxPump(QObject):
    """Worker threads wake it; between two slices the event loop serves the user."""

    drained = Signal()
    _woken = Signal()

    def __init__(self, inbox: Inbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inbox = inbox
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._drain)
        self._woken.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        inbox.wake = self._woken.emit
        self._woken.emit()

    def _drain(self) -> None:
        if self._inbox.drain(BUDGET_MS):
            self._timer.start()
        self.drained.emit()

    def stop(self) -> None:
        """Listen to nobody any more; what is posted later waits for whoever drains by hand."""
        self._inbox.wake = lambda: None
        self._timer.stop()
