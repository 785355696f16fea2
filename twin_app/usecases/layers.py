"""What is done with layers, be it one, several or a group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenes.model.layers import Layer, LayerState
from twin_app.usecases.opening import load_layer
from twin_app.usecases.placing import layer_bounds_m
from twin_app.usecases.workbench import Workbench


def remove(workbench: Workbench, layers: Sequence[Layer]) -> None:
    """Take layers out; their sources stay where they are."""
    keys = {f"load:{layer.layer_id}" for layer in layers}
    for job in workbench.jobs.running:
        if job.key in keys:
            job.cancel()
    for layer in layers:
        workbench.sources.forget(layer)
        workbench.scene.layers.remove(layer)
    workbench.project.touch()


def toggle_visible(workbench: Workbench, layers: Sequence[Layer]) -> None:
    """Hide layers that are all shown, else show them all."""
    shown = all(layer.visible for layer in layers)
    for layer in layers:
        layer.visible = not shown
    workbench.project.touch()


def are_isolated(workbench: Workbench, layers: Sequence[Layer]) -> bool:
    """Whether these layers are shown and no others."""
    wanted = {layer.layer_id for layer in layers}
    shown = {layer.layer_id for layer in workbench.scene.layers if layer.visible}
    return bool(wanted) and shown == wanted and len(wanted) < len(workbench.scene.layers)


def isolate(workbench: Workbench, layers: Sequence[Layer]) -> None:
    """Show these layers alone; again: show all."""
    everything = are_isolated(workbench, layers)
    wanted = {layer.layer_id for layer in layers}
    for layer in workbench.scene.layers:
        layer.visible = everything or layer.layer_id in wanted
    workbench.project.touch()


def set_opacity(workbench: Workbench, layers: Sequence[Layer], opacity: float) -> None:
    """Make layers see-through: 0 cannot be seen, 1 hides what is behind."""
    for layer in layers:
        layer.opacity = min(max(opacity, 0.0), 1.0)
    workbench.project.touch()


def set_level(workbench: Workbench, layers: Sequence[Layer], level: int) -> None:
    """Show layers with detail up to a CIM level; 0: what the view says."""
    for layer in layers:
        layer.max_level = level
    workbench.project.touch()


def fit(workbench: Workbench, layers: Sequence[Layer]) -> None:
    """Bring layers into view; those without anything to see count for nothing."""
    boxes = [box for layer in layers if (box := layer_bounds_m(workbench, layer)) is not None]
    if boxes:
        whole = np.array(boxes)
        workbench.canvas.fit_bounds(np.append(whole[:, :3].min(axis=0), whole[:, 3:].max(axis=0)))


def reload(workbench: Workbench, layers: Sequence[Layer]) -> None:
    """Load sources again: after a failure, or when the files changed."""
    for layer in layers:
        if layer.state in (LayerState.FAILED, LayerState.READY):
            workbench.sources.forget(layer)
            load_layer(workbench, layer)
