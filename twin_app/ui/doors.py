"""What the three doors and a drop do."""

from __future__ import annotations

from pathlib import Path

from loaders.model.errors import Severity
from twin_app.ui.context import UiContext

MOST_DROPPED = 500


def walk_through(context: UiContext, name: str) -> None:
    """Go through the door ``inspect``, ``check`` or ``show``."""
    {"inspect": _inspect, "check": _check, "show": _show}[name](context)


def _inspect(context: UiContext) -> None:
    context.run("file.open")


def _check(context: UiContext) -> None:
    """Opens the delivery and puts what was found wrong while reading it in view."""
    paths = context.workbench.ui.ask_open_paths()
    if not paths:
        return
    context.run("file.open", paths=[str(path) for path in paths])
    context.workbench.ui.show_panel("messages")
    context.workbench.ui.toast(Severity.INFO, context.tr("ui.start.check.opened"))


def _show(context: UiContext) -> None:
    """The show's face on the whole screen, with the demo city when nothing else is open."""
    context.run("window.theme_show")
    context.workbench.ui.begin_show()
    if not len(context.workbench.scene.layers):
        context.run("demo.open")
    context.workbench.ui.toast(
        Severity.INFO, context.tr("ui.start.show.opened", key=context.registry["window.full_screen"].shortcut)
    )


def open_dropped(context: UiContext, paths: list[Path]) -> None:
    """Open files; of a folder that is no tileset, the files in it that some format fits."""
    found: list[str] = []
    for path in paths:
        found += (
            [str(p) for p in _inside(path)] if path.is_dir() and not (path / "tileset.json").is_file() else [str(path)]
        )
    if found:
        context.run("file.open", paths=found)
    else:
        context.workbench.ui.toast(Severity.WARNING, context.tr("ui.drop_nothing"))


def _inside(folder: Path) -> list[Path]:
    from loaders import registry

    wanted = {extension.lower() for known in registry.formats() for extension in known.extensions}
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in wanted and path.is_file())
    return files[:MOST_DROPPED]
