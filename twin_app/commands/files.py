"""Opening, saving and handing over."""

from __future__ import annotations

from pathlib import Path

from loaders.convert import clear_cache
from loaders.handover.registry import FORMATS
from loaders.model.errors import CityTwinError
from scenes.model.layers import Layer
from twin_app.commands.conditions import has_content, has_layers
from twin_app.commands.registry import Command
from twin_app.usecases import demo_city, exporting, projects
from twin_app.usecases.opening import open_paths
from twin_app.usecases.workbench import Workbench


def open_files(workbench: Workbench, paths: list[str] | None = None) -> None:
    """Open sources or a project; asks which when not told."""
    chosen = [Path(p) for p in paths] if paths else workbench.ui.ask_open_paths()
    if any(path.suffix.lower() == ".citytwin" for path in chosen) and not projects.may_close(workbench):
        return
    open_paths(workbench, chosen)


def save(workbench: Workbench) -> None:
    """Save the project."""
    projects.save_project(workbench)


def save_as(workbench: Workbench) -> None:
    """Save the project under another name."""
    path = workbench.ui.ask_save_path(suffix=".citytwin", suggested=workbench.tr("project.suggested_name"))
    if path is not None:
        projects.save_project(workbench, path)


def screenshot(workbench: Workbench, path: str | None = None) -> None:
    """Save what the 3D view shows as a picture."""
    target = (
        Path(path) if path else workbench.ui.ask_save_path(suffix=".png", suggested=workbench.tr("file.picture_name"))
    )
    if target is None:
        return
    try:
        workbench.canvas.screenshot(target)
    except CityTwinError as error:
        workbench.messages.error(error)
    else:
        workbench.messages.info("file.picture_saved", str(target))


def export_tiles(workbench: Workbench, out: str | None = None) -> None:
    """Write all layers as 3D Tiles; asks where when not told."""
    export_layers(workbench, list(workbench.scene.layers), out)


def export_layers(workbench: Workbench, layers: list[Layer], out: str | None, to: str = exporting.TILES) -> None:
    """Write some layers as 3D Tiles or in another format; asks where when not told."""
    if not layers:
        return
    path, suffix = workbench.project.path, FORMATS[to].suffix
    name = layers[0].name if len(layers) == 1 else path.stem if path is not None else workbench.tr("export.folder_name")
    if out:
        target: Path | None = Path(out)
    elif suffix:
        target = workbench.ui.ask_save_path(suffix=suffix, suggested=Path(name).stem)
    else:
        target = workbench.ui.ask_new_folder(suggested=f"{Path(name).stem}-{to}")
    if target is not None:
        exporting.export_open(workbench, layers, target, to)


def export_as(workbench: Workbench, to: str = "", out: str | None = None) -> None:
    """Write all layers in a format; asks which and where when not told."""
    words = {workbench.tr(f"handover.format.{name}"): name for name in FORMATS}
    if not to:
        chosen = workbench.ui.ask_text("ui.file.ask_format", value=next(iter(words)), choices=list(words))
        to = words.get(chosen or "", "")
    if to:
        export_layers(workbench, list(workbench.scene.layers), out, to)


def empty_cache(workbench: Workbench) -> None:
    """Delete all converted tilesets that no open layer uses."""
    used = [layer.tileset_folder for layer in workbench.scene.layers if layer.tileset_folder is not None]
    freed = clear_cache(keep=used)
    workbench.messages.info("file.cache_cleared", megabytes=round(freed / 1e6))


COMMANDS = (
    Command("file.open", open_files, "file", "Ctrl+O", "mdi6.folder-open-outline", toolbar=True),
    Command("demo.open", demo_city.open_demo, "file", "", "mdi6.city-variant-outline"),
    Command("file.save", save, "file", "Ctrl+S", "mdi6.content-save-outline", has_layers, toolbar=True),
    Command("file.save_as", save_as, "file", "Ctrl+Shift+S", "mdi6.content-save-edit-outline", has_layers),
    Command("file.recover", projects.recover, "file", "", "mdi6.backup-restore", projects.recoverable),
    Command("file.close_project", projects.close_project, "file", "Ctrl+W", "mdi6.close-box-outline", has_layers),
    Command("file.screenshot", screenshot, "file", "Ctrl+P", "mdi6.camera-outline", has_content, toolbar=True),
    Command("file.export_tiles", export_tiles, "file", "", "mdi6.export-variant", has_content),
    Command("file.export_as", export_as, "file", "", "mdi6.file-export-outline", has_content),
    Command("file.clear_cache", empty_cache, "file", "", "mdi6.broom"),
    Command("file.quit", lambda workbench: workbench.ui.close(), "file", "Ctrl+Q", "mdi6.exit-to-app"),
)
