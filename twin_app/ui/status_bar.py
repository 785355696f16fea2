"""The status bar: where the pointer is, what is selected, what runs."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QProgressBar, QStatusBar, QToolButton, QWidget

from loaders.model.crs import crs_label
from scenes.model.canvas import PickHit
from twin_app.commands.levels import OF_VIEW
from twin_app.services.jobs import Job
from twin_app.ui.context import UiContext
from twin_app.ui.status_lights import StatusLights
from twin_app.ui.widgets import ElidedLabel, button, label, row

JOB_REFRESH_MS = 200


class StatusBar(QStatusBar):
    """Left: coordinates and height above ground. Right: jobs, selection, level, renderer."""

    def __init__(self, context: UiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._hit: PickHit | None = None
        self._renderer: tuple[str, bool] = ("", False)
        self.setSizeGripEnabled(False)
        self.setFixedHeight(context.look.theme.size("status"))
        self._place, self._ground = label("value"), label()
        self._crs = ElidedLabel()
        self._selection, self._gl = label(), label()
        self.lights = StatusLights(context)
        self._levels: dict[int, QAction] = {}
        self._level = self._level_button()
        self._job_name, self._job_bar = ElidedLabel(), QProgressBar()
        self._job_bar.setFixedWidth(110)
        self._job_bar.setTextVisible(False)
        self._job_name.setFixedWidth(190)
        self._cancel = button(context, "mdi6.close-circle-outline", tip_key="ui.jobs.cancel")
        self._cancel.clicked.connect(context.workbench.jobs.cancel_all)
        self._job = row(self._job_name, self._job_bar, self._cancel, spacing=6)
        left = row(self._place, self._crs, self._ground, 1, spacing=14, margins=(10, 0, 0, 0))
        self.addWidget(left, 1)
        for part in (self._job, self.lights, self._selection, self._level, self._gl):
            self.addPermanentWidget(part)
        self.addPermanentWidget(row(margins=(0, 0, 6, 0)))
        self._timer = QTimer(self)
        self._timer.setInterval(JOB_REFRESH_MS)
        self._timer.timeout.connect(self._show_jobs)
        self._connect()
        self.reword()

    def _level_button(self) -> QToolButton:
        """Up to which level is shown; opens the legend of all."""
        push = QToolButton(self)
        push.setObjectName("status_level")
        push.setProperty("role", "small")
        push.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        push.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        menu = QMenu(push)
        menu.setToolTipsVisible(True)
        for command_id in reversed(OF_VIEW):
            action = menu.addAction("")
            action.setCheckable(True)
            action.triggered.connect(partial(self._context.run, command_id))
            self._levels[int(command_id[-1])] = action
        menu.aboutToShow.connect(self._show_levels)
        push.setMenu(menu)
        return push

    def _show_levels(self) -> None:
        """The legend: which levels are on show, in how many layers, and where the view stops."""
        workbench, tr = self._context.workbench, self._context.tr
        drawn = workbench.canvas.visuals.levels_drawn() if workbench.canvas is not None else {}
        for level, action in self._levels.items():
            command = self._context.registry[f"view.level_cim{level}"]
            count = drawn.get(level, 0)
            # Layers that have nothing coarser stay on show above the level where the view stops.
            is_above = level > workbench.scene.view.display.max_level
            note = "ui.status.level_layers_above" if is_above else "ui.status.level_layers"
            action.setText(tr(command.title_key) + ("\t" + tr(note, count=count) if count else ""))
            action.setToolTip(tr(command.tip_key))
            action.setEnabled(command.enabled(workbench))
            action.setChecked(command.checked is not None and command.checked(workbench))

    def _connect(self) -> None:
        workbench = self._context.workbench
        workbench.scene.selection_changed.connect(self._show_selection)
        workbench.scene.crs_changed.connect(self._show_place, max_args=0)
        workbench.scene.view.display_changed.connect(self._show_level, max_args=0)
        workbench.jobs.added.connect(self._on_job)
        workbench.jobs.changed.connect(self._on_job)
        if workbench.canvas is not None:
            workbench.canvas.hovered.connect(self._on_hover)
        self._context.texts.on_change(self.reword)

    def reword(self) -> None:
        """Everything again, in the current language."""
        self._show_place()
        self._show_selection()
        self._show_level()
        self._show_jobs()
        self.show_renderer(*self._renderer)

    def _on_hover(self, hit: PickHit | None) -> None:
        if hit != self._hit:
            self._hit = hit
            self._show_place()

    def _show_place(self) -> None:
        tr, hit = self._context.tr, self._hit
        self._crs.setText(crs_label(self._context.workbench.scene.crs) or tr("ui.status.no_crs"))
        if hit is None:
            self._place.setText(tr("ui.status.no_point"))
            self._ground.setText("")
            return
        east, north, height = (_metres(value) for value in hit.point_world_m)
        self._place.setText(tr("ui.status.point", east=east, north=north, height=height))
        ground_m = self._context.workbench.canvas.ground_height_m(hit.point_world_m[0], hit.point_world_m[1])
        above = _metres(hit.point_world_m[2] - ground_m) if ground_m is not None else ""
        self._ground.setText(tr("ui.status.above_ground", metres=above) if above else "")

    def _show_selection(self) -> None:
        count = len(self._context.workbench.scene.selection)
        self._selection.setText(self._context.tr("ui.status.selected", count=f"{count:,}") if count else "")

    def _show_level(self) -> None:
        level = self._context.workbench.scene.view.display.max_level
        tr = self._context.tr
        self._level.setText(tr("ui.status.level", level=level, name=tr(f"ui.level.cim{level}")))
        self._level.setToolTip(tr("ui.status.level_tip"))
        self._show_levels()

    def show_renderer(self, name: str, weak: bool) -> None:
        """Tell when the processor draws: then it is no fault of the scene that it is slow."""
        self._renderer = (name, weak)
        self._gl.setVisible(weak)
        self._gl.setText(self._context.tr("ui.status.software_gl") if weak else "")
        self._gl.setToolTip(self._context.tr("ui.status.software_gl_tip", renderer=name) if weak else "")

    def _on_job(self, _job: Job) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _show_jobs(self) -> None:
        running = self._context.workbench.jobs.running
        self._job.setVisible(bool(running))
        if not running:
            self._timer.stop()
            return
        job = running[0]
        title = self._context.tr(job.title_key, **job.title_args)
        more = self._context.tr("ui.status.more_jobs", title=title, count=len(running) - 1)
        self._job_name.setText(more if len(running) > 1 else title)
        known = [j.fraction for j in running if j.fraction is not None]
        self._job_bar.setRange(0, 1000 if known else 0)
        if known:
            self._job_bar.setValue(round(1000 * sum(known) / len(running)))

    def stop(self) -> None:
        """No more beats."""
        self._timer.stop()


def _metres(value_m: float) -> str:
    return f"{round(value_m, 2) + 0.0:,.2f}"  # no "-0.00"
