"""One event at length: what was reported, its time limits, who took which step when, its picture."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImageReader, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from twin_app.live.values import now_us
from twin_app.operation.clock import clock_of
from twin_app.operation.model import CityEvent, Step
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import clear_layout, label
from twin_app.usecases.event_resources import resource_names
from twin_app.usecases.event_words import class_name, clock_words, listed, time_text
from twin_app.usecases.events import picture_path
from twin_app.usecases.live_values import age_text

PICTURE_PX = 220


class EventDetails(QScrollArea):
    """Reads nothing by itself: `show_event` tells it what there is."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._shown: tuple[object, ...] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(230)
        body = QWidget()
        body.setObjectName("sheet")
        self._layout = QVBoxLayout(body)
        self._layout.setContentsMargins(12, 8, 12, 10)
        self._layout.setSpacing(3)
        self.setWidget(body)
        self._body = body
        context.texts.bind(self.setAccessibleName, text_key="ui.events.details")
        context.look.on_change(lambda _theme: self.forget())

    def forget(self) -> None:
        """Draw it anew at the next time."""
        self._shown = ()

    def show_event(self, event: CityEvent | None, steps: list[Step]) -> None:
        """Show an event and all its steps; None: that none is chosen."""
        told = (event, len(steps), self._context.tr.language, self._clock(event))
        if told == self._shown:
            return
        self._shown = told
        clear_layout(self._layout)
        if event is None:
            self._say(self._context.tr("ui.events.none_chosen"), "muted")
        else:
            self._fill(event, steps)
        self._layout.addStretch(1)

    def texts(self) -> list[str]:
        """What it says, line by line."""
        return [one.text() for one in self._body.findChildren(QLabel) if one.text()]

    def _clock(self, event: CityEvent | None) -> str:
        return "" if event is None else clock_words(self._context.tr, clock_of(event, now_us()))

    def _say(self, text: str, role: str = "") -> QLabel:
        made = label(role, text, wrap=True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._layout.addWidget(made)
        return made

    def _fill(self, event: CityEvent, steps: list[Step]) -> None:
        tr, report = self._context.tr, event.report
        stamp = f" · {tr('live.stamp')}" if report.simulated else ""
        self._say(class_name(tr, report.class_id) + stamp, "strong")
        if report.title:
            self._say(report.title)
        self._say(f"{tr(report.level.text_key)} · {tr(event.status.text_key)} · {self._clock(event)}")
        limits = {"accept": age_text(tr, report.accept_s), "handle": age_text(tr, report.handle_s)}
        self._say(tr("ui.events.limits", **limits), "muted")
        if report.source:
            self._say(tr("ui.events.source", source=self._source(report.source)), "muted")
        self._say(f"{report.lon_deg:.5f}°, {report.lat_deg:.5f}°", "muted")
        if event.resources:
            names = resource_names(self._context.workbench, event.resources)
            self._say(tr("ui.events.sent", names=listed(tr, names)))
        self._picture(event)
        self._say(tr("ui.events.steps"), "small")
        for step in steps:
            self._say(self._step(step))

    def _source(self, source: str) -> str:
        known = f"event.source.{source}"
        words = self._context.tr(known)
        return source if words == known else words

    def _step(self, step: Step) -> str:
        tr = self._context.tr
        by = f"{tr(step.role.text_key)} · {step.user}"
        line = tr("ui.events.step", time=time_text(step.time_us), action=tr(step.action.text_key), by=by)
        more = []
        if step.for_s:
            more.append(tr("ui.events.for", time=age_text(tr, step.for_s)))
        if step.resources and not step.note:
            more.append(listed(tr, resource_names(self._context.workbench, step.resources)))
        if step.note and step.note != step.user:
            more.append(step.note)
        return "\n    ".join([line, *more])

    def _picture(self, event: CityEvent) -> None:
        path = picture_path(self._context.workbench, event)
        if path is None:
            if event.report.picture:
                self._say(self._context.tr("ui.events.picture_away", picture=event.report.picture), "muted")
            return
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        size = reader.size()
        if size.isValid():
            reader.setScaledSize(size.scaled(PICTURE_PX, PICTURE_PX, Qt.AspectRatioMode.KeepAspectRatio))
        picture = QPixmap.fromImage(reader.read())
        if picture.isNull():
            self._say(self._context.tr("ui.events.picture_unreadable", picture=path.name), "muted")
            return
        shown = QLabel()
        shown.setPixmap(picture)
        shown.setAccessibleName(path.name)
        self._layout.addWidget(shown)
