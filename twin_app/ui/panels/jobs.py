"""The jobs panel: what runs, how far it is, how to stop it, and how it ended."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from twin_app.services.jobs import Job, JobState
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import ElidedLabel, button, label

REFRESH_MS = 200
MOST_RUNNING = 200  # rows among which those of running jobs are found
KEPT = 60  # so many ended jobs stay listed
ICONS = {
    JobState.RUNNING: ("mdi6.progress-clock", "accent"),
    JobState.DONE: ("mdi6.check-circle-outline", "success"),
    JobState.CANCELLED: ("mdi6.cancel", "text_muted"),
    JobState.FAILED: ("mdi6.alert-circle-outline", "error"),
}


class JobRow(QWidget):
    """One job."""

    def __init__(self, context: UiContext, job: Job) -> None:
        super().__init__()
        self._context = context
        self.job = job
        self._picture = QLabel()
        self._name, self._stage, self._time = ElidedLabel(), ElidedLabel("small"), label("small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.cancel = button(context, "mdi6.close-circle-outline", tip_key="ui.jobs.cancel")
        self.cancel.clicked.connect(self._cancel)
        self._time.setFixedWidth(64)
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._stage.setFixedWidth(170)
        self.bar.setFixedWidth(170)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 8, 4)
        layout.setSpacing(10)
        for part in (self._picture, self._name, self._stage, self.bar, self._time, self.cancel):
            layout.addWidget(part)
        layout.setStretch(1, 1)
        self.refresh()

    def _cancel(self) -> None:
        self.job.cancel()
        self.refresh()

    def refresh(self) -> None:
        """Show how it is doing now."""
        tr, job = self._context.tr, self.job
        self._name.setText(tr(job.title_key, **job.title_args))
        self._picture.setPixmap(self._context.look.icon(*ICONS[job.state]).pixmap(16, 16))
        if job.running and job.cancel_requested:
            self._stage.setText(tr("ui.jobs.cancelling"))
        elif job.running:
            self._stage.setText(tr(job.stage_key) if job.stage_key else tr("ui.jobs.waiting"))
        else:
            self._stage.setText(tr(f"ui.jobs.{job.state}"))
        minutes, seconds = divmod(int(job.elapsed_s), 60)
        self._time.setText(f"{minutes}:{seconds:02d}")
        self.bar.setVisible(job.running)
        self.bar.setRange(0, 0 if job.fraction is None else 1000)
        self.bar.setValue(round(1000 * (job.fraction or 0.0)))
        self.cancel.setEnabled(job.running and not job.cancel_requested)


class JobsPanel(QWidget):
    """Newest first."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.rows: list[JobRow] = []
        self._empty = label("muted")
        context.texts.bind(self._empty.setText, text_key="ui.jobs.empty")
        self._empty.setContentsMargins(12, 10, 12, 10)
        content = QWidget()
        content.setObjectName("sheet")
        self._list = QVBoxLayout(content)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addWidget(self._empty)
        self._list.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.addWidget(area)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._beat)
        context.workbench.jobs.added.connect(self._add)
        context.workbench.jobs.changed.connect(self._on_changed)
        context.texts.on_change(self._refresh)
        context.look.on_change(lambda _theme: self._refresh())
        for job in context.workbench.jobs:
            self._add(job)

    def _add(self, job: Job) -> None:
        if job.waiting:
            return  # hundreds may wait: a row each comes with its beginning
        made = JobRow(self._context, job)
        self.rows.insert(0, made)
        self._list.insertWidget(1, made)
        self._empty.hide()
        ended = [old for old in self.rows if not old.job.running]
        for old in ended[KEPT:]:
            self.rows.remove(old)
            old.setParent(None)
            old.deleteLater()
        self._timer.start()

    def _on_changed(self, job: Job) -> None:
        if job.running and not job.waiting and not any(made.job is job for made in self.rows[:MOST_RUNNING]):
            self._add(job)
        if not job.running:
            for made in self.rows:
                if made.job is job:
                    made.refresh()
        elif not self._timer.isActive():
            self._timer.start()

    def _beat(self) -> None:
        running = [made for made in self.rows if made.job.running]
        for made in running:
            made.refresh()
        if not running:
            self._timer.stop()

    def _refresh(self) -> None:
        for made in self.rows:
            made.refresh()

    def stop(self) -> None:
        """No more beats."""
        self._timer.stop()
