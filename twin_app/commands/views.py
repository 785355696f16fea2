"""Cameras and how things are drawn."""

from __future__ import annotations

from collections.abc import Callable

from scenes.model.canvas import Mode
from scenes.model.view import ViewPreset
from twin_app.commands.conditions import has_content
from twin_app.commands.registry import Command
from twin_app.usecases.workbench import Workbench


def _look(preset: ViewPreset) -> Callable[[Workbench], None]:
    return lambda workbench: workbench.canvas.look(preset, animate=workbench.settings.get("view.animate"))


def fit(workbench: Workbench) -> None:
    """Bring everything into view."""
    workbench.canvas.fit(animate=workbench.settings.get("view.animate"))


def toggle_orthographic(workbench: Workbench) -> None:
    """Switch between perspective and orthographic, keeping what is in view."""
    workbench.canvas.set_orthographic(not workbench.scene.view.camera.orthographic)


def _set_mode(mode: Mode) -> Callable[[Workbench], None]:
    def run(workbench: Workbench) -> None:
        workbench.canvas.mode = Mode.SELECT if workbench.canvas.mode is mode else mode

    return run


def _in_mode(mode: Mode) -> Callable[[Workbench], bool]:
    return lambda workbench: workbench.canvas is not None and workbench.canvas.mode is mode


def _toggle_display(field: str) -> Callable[[Workbench], None]:
    def run(workbench: Workbench) -> None:
        value = not getattr(workbench.scene.view.display, field)
        workbench.scene.view.set_display(**{field: value})
        key = f"view.{field}"
        if key in ("view.edges", "view.ambient_occlusion"):
            workbench.settings.set(key, value)

    return run


def _shows(field: str) -> Callable[[Workbench], bool]:
    return lambda workbench: bool(getattr(workbench.scene.view.display, field))


def _preset(name: str, key: str, icon: str) -> Command:
    return Command(f"view.{name}", _look(ViewPreset(name)), "view", key, icon, has_content)


def _display(field: str, key: str, icon: str) -> Command:
    return Command(f"display.{field}", _toggle_display(field), "view", key, icon, checked=_shows(field))


COMMANDS = (
    Command("view.fit", fit, "view", "Home", "mdi6.fit-to-page-outline", has_content, toolbar=True),
    Command("view.iso", _look(ViewPreset.ISO), "view", "0", "mdi6.axis-arrow", has_content, toolbar=True),
    _preset("top", "7", "mdi6.arrow-collapse-down"),
    _preset("bottom", "9", "mdi6.arrow-collapse-up"),
    _preset("north", "1", "mdi6.arrow-up-thin"),
    _preset("south", "3", "mdi6.arrow-down-thin"),
    _preset("east", "6", "mdi6.arrow-right-thin"),
    _preset("west", "4", "mdi6.arrow-left-thin"),
    Command(
        "view.orthographic",
        toggle_orthographic,
        "view",
        "5",
        "mdi6.perspective-less",
        has_content,
        checked=lambda w: w.scene.view.camera.orthographic,
    ),
    Command(
        "view.walk",
        _set_mode(Mode.WALK),
        "view",
        "Ctrl+G",
        "mdi6.walk",
        has_content,
        checked=_in_mode(Mode.WALK),
        toolbar=True,
    ),
    _display("edges", "E", "mdi6.vector-square"),
    _display("ambient_occlusion", "", "mdi6.weather-partly-cloudy"),
    _display("view_cube", "", "mdi6.cube-outline"),
    _display("scale_bar", "", "mdi6.ruler"),
    _display("north_arrow", "", "mdi6.compass-outline"),
    Command("view.escape", lambda w: w.canvas.escape(), "", "", palette=False),
)
