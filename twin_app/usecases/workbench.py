"""The workbench: everything a user action may touch, passed along explicitly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from psygnal import Signal

from loaders.model.errors import Severity
from scenes.model.canvas import Canvas
from scenes.model.groups import Group
from scenes.model.scene import Scene
from scenes.model.view import CameraView
from twin_app.live.desk import Desk
from twin_app.operation.model import Role
from twin_app.services.inbox import Inbox
from twin_app.services.jobs import JobManager
from twin_app.services.messages import Messages
from twin_app.services.project import ProjectState
from twin_app.services.settings import Settings
from twin_app.services.sources import Sources
from twin_app.services.translations import Translator
from twin_app.usecases.asking import Field
from twin_app.usecases.simulating import make_feed


class Ui(Protocol):
    """What actions may ask of the window. Panels: those of `twin_app.commands.windows.PANELS`."""

    def ask_open_paths(self, *suffixes: str) -> list[Path]:
        """Let the user choose sources or a project, or files of some suffixes; empty when they changed their mind."""

    def ask_save_path(self, *, suffix: str, suggested: str) -> Path | None:
        """Let the user choose where to write."""

    def ask_keep_changes(self) -> str:
        """``save``, ``discard`` or ``cancel``, for a project with unsaved changes."""

    def toast(self, severity: Severity, text: str) -> None:
        """Say something briefly, without stopping anybody."""

    def toggle_panel(self, panel: str) -> None:
        """Show or hide a panel."""

    def panel_visible(self, panel: str) -> bool:
        """Whether a panel is shown."""

    def show_panel(self, panel: str) -> None:
        """Show and raise a panel."""

    def show_palette(self) -> None:
        """Open the command palette."""

    def show_settings(self) -> None:
        """Open the settings."""

    def show_about(self) -> None:
        """Open About."""

    def show_shortcuts(self) -> None:
        """Open the list of keys."""

    def refresh_actions(self) -> None:
        """Ask all commands anew whether they can be used."""

    def copy_text(self, text: str) -> None:
        """Put text on the clipboard."""

    def toggle_full_screen(self) -> None:
        """Enter or leave full screen."""

    def focus_search(self) -> None:
        """Put the cursor into the object search."""

    def edit_layer_name(self, key: str | Group) -> None:
        """Let the user type the name of a layer (by id) or a building where it stands."""

    def ask_text(self, title_key: str, *, value: str, choices: list[str]) -> str | None:
        """Let the user type or choose a text; None when they changed their mind."""

    def ask_fields(self, title_key: str, fields: Sequence[Field], *, note: str = "") -> dict[str, str] | None:
        """Let the user fill in some fields, below ``note``; None when they changed their mind."""

    def ask_new_folder(self, *, suggested: str) -> Path | None:
        """Let the user choose a folder that is to be made; None when they changed their mind."""

    def show_start_page(self) -> None:
        """Show the three doors, recent files and the demo instead of the 3D view."""

    def close(self) -> None:
        """Close the window, asking about unsaved changes."""


class LiveCanvas(Canvas, Protocol):
    """The canvas as the program drives it while files load."""

    def show_preview(self, layer_id: str, chunk: Any) -> None:
        """Draw a first, provisional chunk of a layer that is still loading."""


@dataclass
class Workbench:
    """The parts of a running program. ``ui`` and ``canvas`` are set by the composition root."""

    scope_changed: ClassVar[Signal] = Signal()  # which layers are asked for their objects
    streams_chosen: ClassVar[Signal] = Signal()  # which streams trends show
    topic_asked: ClassVar[Signal] = Signal()  # which topic is compared, and how
    trend_asked: ClassVar[Signal] = Signal()  # how far back trends look, and what they compare with
    indicators_changed: ClassVar[Signal] = Signal()  # values that people state
    bindings_changed: ClassVar[Signal] = Signal()  # streams that people bound to objects
    live_list_changed: ClassVar[Signal] = Signal()  # what the live panel lists
    events_changed: ClassVar[Signal] = Signal()  # events were reported, moved on or read
    event_chosen: ClassVar[Signal] = Signal(str)  # which event is looked at

    scene: Scene
    inbox: Inbox
    jobs: JobManager
    messages: Messages
    settings: Settings
    sources: Sources
    project: ProjectState
    tr: Translator
    live: Desk
    canvas: Any = None  # LiveCanvas
    ui: Any = None  # Ui
    live_overlays: Any = None  # usecases.live_overlays.LiveOverlays, once there are any
    current_layer_id: str = ""  # the layer chosen in the layers panel
    chosen_layer_ids: tuple[str, ...] = ()  # all that are chosen there, those of a chosen group included
    current_group: Group | None = None  # the group chosen there
    current_feed_id: str = ""  # the feed chosen in the live panel
    live_list: str = "all"  # what the live panel lists: all streams, those that are unbound, the models' sensors
    chosen_streams: tuple[int, ...] = ()  # rows of the table of latest values
    trend_span: str = "minutes"  # of live.trends.SPANS_S
    trend_compared: str = ""  # of live.trends.COMPARED, "" for nothing
    topic_shown: str = ""  # what streams side by side are about; "" is the largest topic
    topic_form: str = "ranking"  # of commands.topics.FORMS
    topic_turned: bool = False  # the worst first
    events: Any = None  # EventStore, once somebody asked for it
    place_question: Any = None  # usecases.asking.PlaceQuestion, the last one
    event_map: Any = None  # usecases.event_map.EventMap, where there is a window
    event_roads: Any = None  # usecases.event_roads.Roads, once somebody asked for a way
    event_posts: Any = None  # what `usecases.event_resources` read last
    event_watches: Any = None  # usecases.event_watch.Watches, once there are any
    event_rates: Any = None  # usecases.event_rates.LiveRates, once somebody asked for them
    event_choice: Any = None  # usecases.event_dispatch.Dispatching, where there is a window
    current_event: str = ""  # the id of the event chosen in the list or on the map
    event_role: Role = Role.CITY  # in which steps of events are taken
    chosen_alarms: tuple[str, ...] = ()  # ids of those chosen in the alarms panel
    scenario: Any = None  # usecases.scenarios.Scenario that the indicators are compared with
    current_indicator: str = ""  # the id of the one chosen in the indicators panel
    only_chosen: bool = False  # trees and search show the objects of the chosen layers alone
    keep_view: bool = False  # a project or the user chose the view: opening more must not change it
    chosen_view: CameraView | None = None  # the last view that the program chose by itself

    def choose_streams(self, rows: tuple[int, ...]) -> None:
        """Note which streams trends show."""
        if rows != self.chosen_streams:
            self.chosen_streams = rows
            self.streams_chosen.emit()

    def list_live(self, which: str) -> None:
        """Note what the live panel lists: ``all``, ``unbound`` or ``sensors``."""
        if which != self.live_list:
            self.live_list = which
            self.live_list_changed.emit()

    def choose_event(self, event_id: str) -> None:
        """Note which event is looked at."""
        if event_id != self.current_event:
            self.current_event = event_id
            self.event_chosen.emit(event_id)

    def choose_layers(self, layer_ids: tuple[str, ...], current: str = "", group: Group | None = None) -> None:
        """Note which layers layer commands act on, and which row of the layers panel stands for them."""
        moved = layer_ids != self.chosen_layer_ids
        self.chosen_layer_ids, self.current_layer_id, self.current_group = layer_ids, current, group
        if moved and self.only_chosen:
            self.scope_changed.emit()


def new_workbench(settings: Settings, language: str | None = None) -> Workbench:
    """A workbench with an empty scene; the composition root adds ``canvas`` and ``ui``."""
    inbox = Inbox()
    made = Workbench(
        scene=Scene(),
        inbox=inbox,
        jobs=JobManager(inbox),
        messages=Messages(),
        settings=settings,
        sources=Sources(),
        project=ProjectState(),
        tr=Translator(language),
        live=Desk(inbox.post, make=make_feed),
    )
    made.live.history_failed.connect(made.messages.error)
    return made
