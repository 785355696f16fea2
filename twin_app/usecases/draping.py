"""Laying imagery on terrain."""

from __future__ import annotations

from loaders.model.formats import LayerKind
from scenes.model.layers import Layer
from twin_app.usecases.opening import load_layer
from twin_app.usecases.placing import gap_m, layer_bounds_m
from twin_app.usecases.workbench import Workbench


def drape_pair(workbench: Workbench) -> tuple[Layer, Layer] | None:
    """The terrain and the imagery to lay on it: the current layer with the topmost of the other kind."""
    terrain, imagery = (_chosen(workbench, kind) for kind in (LayerKind.TERRAIN, LayerKind.IMAGERY))
    if terrain is None or imagery is None or imagery.source is None:
        return None
    return terrain, imagery


def _chosen(workbench: Workbench, kind: LayerKind) -> Layer | None:
    current = workbench.scene.layers.get(workbench.current_layer_id)
    if current is not None and current.kind is kind:
        return current
    return next((layer for layer in reversed(list(workbench.scene.layers)) if layer.kind is kind), None)


def drape(workbench: Workbench) -> None:
    """Lay the imagery on the terrain and hide the flat picture; again: show the terrain's own colours."""
    pair = drape_pair(workbench)
    if pair is None:
        return
    terrain, imagery = pair
    if terrain.options.pop("drape", None) is None:
        terrain.options["drape"] = str(imagery.source)
    imagery.visible = "drape" not in terrain.options
    workbench.sources.forget(terrain)
    load_layer(workbench, terrain)
    workbench.project.touch()


def drape_by_itself(workbench: Workbench) -> bool:
    """Lay a picture that covers part of the only terrain on it, for programs that nobody can ask; True when it did.

    A project says itself what lies on what.
    """
    kinds = [layer.kind for layer in workbench.scene.layers]
    pair = drape_pair(workbench)
    if pair is None or kinds.count(LayerKind.TERRAIN) != 1 or workbench.project.path is not None:
        return False
    ground_m, picture_m = (layer_bounds_m(workbench, layer) for layer in pair)
    if ground_m is None or picture_m is None or gap_m(ground_m, picture_m) > 0.0:
        return False
    imagery = workbench.sources.tileset(pair[1])
    if imagery is None or imagery.georeference.method == "none":
        return False
    drape(workbench)
    return True


def is_draped(workbench: Workbench) -> bool:
    """Whether the terrain that `drape` would act on wears a picture."""
    terrain = _chosen(workbench, LayerKind.TERRAIN)
    return terrain is not None and "drape" in terrain.options
