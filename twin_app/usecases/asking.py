"""What actions ask of people: several fields at once, or a place in the scene."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loaders.model.errors import CityTwinError, Severity
from scenes.model.canvas import Mode, PickHit
from scenes.model.view import Vector

if TYPE_CHECKING:
    from twin_app.usecases.workbench import Workbench


class FieldKind(enum.StrEnum):
    """What can be put into a field."""

    TEXT = "text"
    LINES = "lines"  # a text of some lines
    CHOICE = "choice"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to be told. ``choices`` are (value, what it is called); without ``needed`` it may stay empty.

    ``suffixes`` are those of files to choose from.
    """

    name: str
    label_key: str
    kind: FieldKind = FieldKind.TEXT
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False
    suffixes: tuple[str, ...] = ()


class PlaceQuestion:
    """Waits for one click at a place in the view, then calls ``then`` with world metres; Esc ends it."""

    def __init__(self, workbench: Workbench, then: Callable[[Vector], None]) -> None:
        self._workbench, self._then = workbench, then
        canvas = workbench.canvas
        canvas.mode = Mode.POINT
        canvas.clicked.connect(self._on_click)
        canvas.mode_changed.connect(self._on_mode)

    def _on_click(self, hit: PickHit | None) -> None:
        if hit is None:
            self._workbench.ui.toast(Severity.INFO, self._workbench.tr("event.point_at_surface"))
            return
        self._end()
        self._workbench.canvas.mode = Mode.SELECT
        # Not in the middle of the click: what follows may open a dialog.
        self._workbench.inbox.post(lambda: self._tell(hit.point_world_m))

    def _tell(self, point_m: Vector) -> None:
        try:
            self._then(point_m)
        except CityTwinError as error:
            self._workbench.messages.error(error)

    def _on_mode(self, mode: Mode) -> None:
        if mode is not Mode.POINT:
            self._end()

    def _end(self) -> None:
        canvas = self._workbench.canvas
        canvas.clicked.disconnect(self._on_click, missing_ok=True)
        canvas.mode_changed.disconnect(self._on_mode, missing_ok=True)


def ask_place(workbench: Workbench, then: Callable[[Vector], None]) -> None:
    """Let the user click at a place; asked again while it waits, it waits no more."""
    if workbench.canvas.mode is Mode.POINT:
        workbench.canvas.mode = Mode.SELECT
        return
    # The canvas holds methods weakly: the question lives as long as it is asked.
    workbench.place_question = PlaceQuestion(workbench, then)
    workbench.ui.toast(Severity.INFO, workbench.tr("event.point_at"))
