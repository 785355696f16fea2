"""The empty state: three doors, recent files, the demo; files can be dropped anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from twin_app.services.jobs import Job
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import ElidedLabel, clear_layout, column, label
from twin_app.usecases.demo_city import DEMO_JOB

WIDTH_PX, RECENT_SHOWN, DOOR_MIN_PX = 940, 6, 206
DOORS = {
    "inspect": "mdi6.city-variant-outline",
    "check": "mdi6.clipboard-check-outline",
    "show": "mdi6.presentation-play",
}
PROJECT_SUFFIX = ".citytwin"


class Door(QPushButton):
    """A large card that leads somewhere."""

    def __init__(self, context: UiContext, name: str, icon: str) -> None:
        super().__init__()
        self.setObjectName("door")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumHeight(DOOR_MIN_PX)
        picture = QLabel()
        context.look.bind_icon(lambda made: picture.setPixmap(made.pixmap(QSize(34, 34))), icon, "accent")
        title, words, action = label("title"), label("muted", wrap=True), label("go")
        context.texts.bind(title.setText, self.setAccessibleName, text_key=f"ui.start.{name}.title")
        context.texts.bind(words.setText, text_key=f"ui.start.{name}.words")
        context.texts.bind(action.setText, text_key=f"ui.start.{name}.action")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(6)
        for part in (picture, title, words):
            layout.addWidget(part)
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        layout.setStretch(2, 1)
        layout.addWidget(action)
        for part in (picture, title, words, action):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """As large as what is in it: a push button looks at its own text only."""
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def event(self, event: QEvent) -> bool:
        """Grow with the words at this width: a grid does not ask a push button for its height."""
        done = super().event(event)
        layout = self.layout()
        if layout is not None and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.setMinimumHeight(max(DOOR_MIN_PX, layout.totalHeightForWidth(self.width())))
            layout.setGeometry(self.contentsRect())
        return done


class StartPage(QScrollArea):
    """``on_door(name)`` is called for a door, ``on_recent(path)`` for a recent file, ``on_demo()`` for the demo."""

    def __init__(
        self,
        context: UiContext,
        *,
        on_door: Callable[[str], None],
        on_recent: Callable[[Path], None],
        on_demo: Callable[[], None],
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._context = context
        self._on_recent = on_recent
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self.doors: dict[str, Door] = {}
        page = QWidget()
        page.setObjectName("paper")
        across = QHBoxLayout(page)
        across.setContentsMargins(28, 24, 28, 24)
        middle = column(1, self._head(), self._door_row(on_door), self._lower(on_demo), self._hint(), 2, spacing=22)
        middle.setMaximumWidth(WIDTH_PX)
        across.addStretch(1)
        across.addWidget(middle, 100)
        across.addStretch(1)
        self.setWidget(page)
        context.workbench.settings.changed.connect(self._on_setting)
        context.texts.on_change(self.refresh)
        context.look.on_change(lambda _theme: self.refresh())
        self.refresh()

    def _head(self) -> QWidget:
        name, words = label("hero"), label("muted", wrap=True)
        self._context.texts.bind(name.setText, text_key="ui.start.title")
        self._context.texts.bind(words.setText, text_key="ui.start.words")
        return column(name, words, spacing=4)

    def _door_row(self, on_door: Callable[[str], None]) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(14)
        for place, (name, icon) in enumerate(DOORS.items()):
            door = self.doors[name] = Door(self._context, name, icon)
            door.clicked.connect(lambda _checked=False, n=name: on_door(n))
            grid.addWidget(door, 0, place)
            grid.setColumnStretch(place, 1)
        return holder

    def _lower(self, on_demo: Callable[[], None]) -> QWidget:
        heading = label("section")
        self._context.texts.bind(heading.setText, text_key="ui.start.recent")
        holder = QWidget()
        holder.setLayout(self._recent)
        self._recent.setContentsMargins(0, 0, 0, 0)
        recent = column(heading, holder, 1, spacing=6)
        both = QWidget()
        grid = QGridLayout(both)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(14)
        grid.addWidget(recent, 0, 0)
        grid.addWidget(self._demo_card(on_demo), 0, 1, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 1)
        return both

    def _demo_card(self, on_demo: Callable[[], None]) -> QWidget:
        card = QFrame()
        card.setObjectName("card")
        title, words, go = label("strong"), label("muted", wrap=True), QPushButton()
        go.setProperty("role", "primary")
        go.setObjectName("open_demo")
        self._context.texts.bind(title.setText, text_key="ui.start.demo.title")
        self._context.texts.bind(words.setText, text_key="ui.start.demo.words")
        go.clicked.connect(lambda: on_demo())
        self._go = go
        jobs = self._context.workbench.jobs
        for signal in (jobs.added, jobs.changed):
            signal.connect(self._show_demo_job)
        self._context.texts.on_change(self._show_demo_job)
        self._show_demo_job()
        layout = QVBoxLayout(card)
        layout.setContentsMargins(18, 14, 18, 16)
        layout.setSpacing(8)
        for part in (title, words, go):
            layout.addWidget(part)
        return card

    def _show_demo_job(self, _job: Job | None = None) -> None:
        """The button tells how far the demo is while it is generated."""
        running = next((job for job in self._context.workbench.jobs.running if job.key == DEMO_JOB), None)
        self._go.setEnabled(running is None)
        if running is None:
            self._go.setText(self._context.tr("ui.start.demo.action"))
        else:
            percent = round(100 * (running.fraction or 0.0))
            self._go.setText(self._context.tr("ui.start.demo.running", percent=percent))

    def _hint(self) -> QWidget:
        frame = QFrame()
        frame.setObjectName("drop")
        words = label("muted", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._context.texts.bind(words.setText, text_key="ui.start.drop")
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.addWidget(words)
        return frame

    def _on_setting(self, key: str, _value: object) -> None:
        if key == "recent.paths":
            self.refresh()

    def refresh(self) -> None:
        """List the recent files anew."""
        clear_layout(self._recent)
        paths = [Path(text) for text in self._context.workbench.settings.get("recent.paths")]
        for path in paths[:RECENT_SHOWN]:
            self._recent.addWidget(self._recent_row(path))
        if not paths:
            self._recent.addWidget(label("muted", self._context.tr("ui.start.no_recent"), wrap=True))

    def _recent_row(self, path: Path) -> QWidget:
        made = QPushButton()
        made.setProperty("role", "flat")
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setToolTip(str(path))
        made.setAccessibleName(path.name)
        made.setMinimumHeight(32)
        made.clicked.connect(lambda: self._on_recent(path))
        picture, name = QLabel(), ElidedLabel("strong", path.stem if path.suffix == PROJECT_SUFFIX else path.name)
        icon = "mdi6.home-city-outline" if path.suffix == PROJECT_SUFFIX else "mdi6.file-outline"
        picture.setPixmap(self._context.look.icon(icon, "text_muted").pixmap(18, 18))
        folder = ElidedLabel("muted", str(path.parent), Qt.TextElideMode.ElideMiddle)
        layout = QHBoxLayout(made)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.setSpacing(10)
        layout.addWidget(picture)
        layout.addWidget(name, 2)
        layout.addWidget(folder, 3)
        for part in (picture, name, folder):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return made
