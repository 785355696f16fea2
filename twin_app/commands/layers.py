"""What can be done with a layer."""

from __future__ import annotations

from scenes.model.layers import Layer, LayerState
from scenes.model.scene import ObjectRef
from twin_app.commands.conditions import current_layer, has_current_layer, has_ready_layer
from twin_app.commands.registry import Command
from twin_app.usecases import draping, placing
from twin_app.usecases.opening import load_layer
from twin_app.usecases.workbench import Workbench


def _layer(workbench: Workbench, layer_id: str | None) -> Layer | None:
    return workbench.scene.layers.get(layer_id) if layer_id else current_layer(workbench)


def remove(workbench: Workbench, layer_id: str | None = None) -> None:
    """Take a layer out; its source stays where it is."""
    layer = _layer(workbench, layer_id)
    if layer is not None:
        for job in workbench.jobs.running:
            if job.key == f"load:{layer.layer_id}":
                job.cancel()
        workbench.sources.forget(layer)
        workbench.scene.layers.remove(layer)
        workbench.project.touch()


def toggle_visible(workbench: Workbench, layer_id: str | None = None) -> None:
    """Show or hide a layer."""
    layer = _layer(workbench, layer_id)
    if layer is not None:
        layer.visible = not layer.visible
        workbench.project.touch()


def fit(workbench: Workbench, layer_id: str | None = None) -> None:
    """Bring a layer into view."""
    layer = _layer(workbench, layer_id)
    if layer is not None and layer.flags.size:
        workbench.canvas.fit_objects(tuple(ObjectRef(layer.layer_id, row) for row in range(layer.flags.size)))


def rename(workbench: Workbench, layer_id: str | None = None) -> None:
    """Let the user type another name for a layer; its source keeps its own."""
    layer = _layer(workbench, layer_id)
    if layer is not None:
        workbench.ui.edit_layer_name(layer.layer_id)


def place(workbench: Workbench, layer_id: str | None = None) -> None:
    """Open the placement panel for a layer."""
    layer = _layer(workbench, layer_id)
    if layer is not None:
        workbench.current_layer_id = layer.layer_id
        workbench.ui.show_panel("placement")


def snap(workbench: Workbench, layer_id: str | None = None) -> None:
    """Stand a layer on the terrain."""
    layer = _layer(workbench, layer_id)
    if layer is not None:
        placing.snap_to_terrain(workbench, layer)


def reset_placement(workbench: Workbench, layer_id: str | None = None) -> None:
    """Put a layer back where its georeference puts it."""
    layer = _layer(workbench, layer_id)
    if layer is not None:
        placing.reset_placement(workbench, layer)


def reload(workbench: Workbench, layer_id: str | None = None) -> None:
    """Load a layer's source again: after a failure, or when the file changed."""
    layer = _layer(workbench, layer_id)
    if layer is not None:
        workbench.sources.forget(layer)
        load_layer(workbench, layer)


def _can_reload(workbench: Workbench) -> bool:
    layer = current_layer(workbench)
    return layer is not None and layer.state in (LayerState.FAILED, LayerState.READY)


COMMANDS = (
    Command("layer.fit", fit, "layer", "Shift+F", "mdi6.crop-free", has_ready_layer),
    Command("layer.toggle_visible", toggle_visible, "layer", "", "mdi6.eye-outline", has_current_layer),
    Command("layer.rename", rename, "layer", "", "mdi6.rename-outline", has_current_layer),
    Command("layer.place", place, "layer", "P", "mdi6.map-marker-outline", has_ready_layer),
    Command("layer.snap_to_terrain", snap, "layer", "", "mdi6.arrow-collapse-down", has_ready_layer),
    Command("layer.reset_placement", reset_placement, "layer", "", "mdi6.map-marker-off-outline", has_ready_layer),
    Command(
        "layer.drape",
        draping.drape,
        "layer",
        "",
        "mdi6.image-filter-hdr",
        lambda w: draping.drape_pair(w) is not None,
        checked=draping.is_draped,
    ),
    Command("layer.reload", reload, "layer", "Ctrl+R", "mdi6.refresh", _can_reload),
    Command("layer.remove", remove, "layer", "Ctrl+Backspace", "mdi6.delete-outline", has_current_layer),
)
