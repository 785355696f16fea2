"""When a command can be used; each takes the workbench."""

from __future__ import annotations

from scenes.model.layers import Layer, LayerState
from twin_app.usecases.objects import ready_layers
from twin_app.usecases.workbench import Workbench


def has_layers(workbench: Workbench) -> bool:
    """Something is open."""
    return len(workbench.scene.layers) > 0


def has_content(workbench: Workbench) -> bool:
    """Something is drawn."""
    return bool(ready_layers(workbench))


def has_selection(workbench: Workbench) -> bool:
    """Some object is selected."""
    return bool(workbench.scene.selection)


def current_layer(workbench: Workbench) -> Layer | None:
    """The one layer chosen in the layers panel, else that of the current object, else the only one."""
    chosen = workbench.scene.layers.get(workbench.current_layer_id)
    if chosen is not None:
        return chosen
    if workbench.chosen_layer_ids:
        return None  # a group, or several
    if workbench.scene.selection:
        return workbench.scene.layers.get(workbench.scene.selection[-1].layer_id)
    layers = list(workbench.scene.layers)
    return layers[0] if len(layers) == 1 else None


def current_layers(workbench: Workbench) -> list[Layer]:
    """All layers chosen in the layers panel, those of a chosen group included; else as `current_layer`."""
    found = [workbench.scene.layers.get(layer_id) for layer_id in workbench.chosen_layer_ids]
    chosen = [layer for layer in found if layer is not None]
    one = current_layer(workbench) if not chosen else None
    return [one] if one is not None else chosen


def has_current_layer(workbench: Workbench) -> bool:
    """One layer is the current one."""
    return current_layer(workbench) is not None


def has_current_layers(workbench: Workbench) -> bool:
    """Some layer, or a group of them, is chosen."""
    return bool(current_layers(workbench))


def has_measurements(workbench: Workbench) -> bool:
    """Some distance is shown."""
    return bool(workbench.scene.view.measurements)


def has_sections(workbench: Workbench) -> bool:
    """Something is cut."""
    view = workbench.scene.view
    return bool(view.section_planes) or view.section_box is not None


def has_ready_layer(workbench: Workbench) -> bool:
    """Whether the current layer is loaded."""
    layer = current_layer(workbench)
    return layer is not None and layer.state is LayerState.READY


def has_ready_layers(workbench: Workbench) -> bool:
    """Whether one of the chosen layers is loaded."""
    return any(layer.state is LayerState.READY for layer in current_layers(workbench))
