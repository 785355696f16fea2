"""Showing, hiding, ghosting and finding objects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from loaders.tileset.objects import have_shapes
from scenes.model.layers import Layer, LayerState, ObjectFlag
from scenes.model.scene import ObjectRef, refs_of
from twin_app.usecases.workbench import Workbench


def ready_layers(workbench: Workbench) -> list[Layer]:
    """The layers that have objects."""
    return [layer for layer in workbench.scene.layers if layer.state is LayerState.READY and layer.flags.size]


def with_descendants(workbench: Workbench, layer: Layer, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """``rows`` and everything below them in the layer's tree, ascending."""
    tileset = workbench.sources.tileset(layer)
    if tileset is None or not rows.size:
        return rows
    parents = np.asarray(tileset.objects()["parent"], dtype=np.int64)
    inside = np.zeros(parents.size, bool)
    inside[rows] = True
    known = parents >= 0
    while True:
        grown = inside.copy()
        grown[known] |= inside[parents[known]]
        if (grown == inside).all():
            return np.flatnonzero(inside)
        inside = grown


def selection_with_descendants(workbench: Workbench) -> tuple[ObjectRef, ...]:
    """The selection and what is below it: a storey has no shape of its own, but its walls have."""
    refs: list[ObjectRef] = []
    for layer in ready_layers(workbench):
        rows = with_descendants(workbench, layer, workbench.scene.selected_rows(layer))
        refs += refs_of(layer.layer_id, rows)
    return tuple(refs)


def hide_selection(workbench: Workbench) -> None:
    """Hide the selected objects and what is below them, and let the selection go."""
    _flag_selection(workbench, ObjectFlag.HIDDEN)
    workbench.scene.select([])


def ghost_selection(workbench: Workbench) -> None:
    """Make everything but the selection a ghost; again: nothing is a ghost."""
    if has_ghosts(workbench):
        for layer in ready_layers(workbench):
            layer.set_flags(layer.rows_with(ObjectFlag.GHOST), ObjectFlag.GHOST, False)
        return
    _flag_rest(workbench, ObjectFlag.GHOST)


def has_ghosts(workbench: Workbench) -> bool:
    """Whether some object is a ghost."""
    return any(layer.rows_with(ObjectFlag.GHOST).size for layer in ready_layers(workbench))


def can_ghost(workbench: Workbench) -> bool:
    """Whether there is a selection to keep, or a ghost to bring back."""
    return bool(workbench.scene.selection) or has_ghosts(workbench)


def isolate_selection(workbench: Workbench) -> None:
    """Hide everything but the selection and what is below it, in the layers that can be told apart."""
    _flag_rest(workbench, ObjectFlag.HIDDEN)


def _flag_selection(workbench: Workbench, flag: ObjectFlag) -> None:
    for layer in ready_layers(workbench):
        rows = with_descendants(workbench, layer, workbench.scene.selected_rows(layer))
        layer.set_flags(rows, flag, True)


def _flag_rest(workbench: Workbench, flag: ObjectFlag) -> None:
    if not workbench.scene.selection:
        return
    for layer in ready_layers(workbench):
        kept = with_descendants(workbench, layer, workbench.scene.selected_rows(layer))
        rest = np.setdiff1d(np.arange(layer.flags.size), kept)
        layer.set_flags(rest, flag, True)


def show_all(workbench: Workbench) -> None:
    """Show every object again, but for those hidden by default; no ghosts."""
    with_spaces = spaces_shown(workbench)
    for layer in ready_layers(workbench):
        layer.set_flags(np.arange(layer.flags.size), ObjectFlag.GHOST, False)
        hidden = hidden_by_default(workbench, layer)
        layer.set_flags(np.flatnonzero(~hidden), ObjectFlag.HIDDEN, False)
        layer.set_flags(np.flatnonzero(hidden), ObjectFlag.HIDDEN, not with_spaces)


def hidden_by_default(workbench: Workbench, layer: Layer) -> NDArray[np.bool_]:
    """Which objects (spaces, openings) are hidden until asked for."""
    tileset = workbench.sources.tileset(layer)
    if tileset is None:
        return np.zeros(layer.flags.size, bool)
    return np.asarray(tileset.objects()["hidden"], dtype=bool)


def spaces_shown(workbench: Workbench) -> bool:
    """Whether what is hidden by default is shown in some layer."""
    for layer in ready_layers(workbench):
        hidden = hidden_by_default(workbench, layer)
        if hidden.any() and not (layer.flags[hidden] & np.uint8(ObjectFlag.HIDDEN)).all():
            return True
    return False


def toggle_spaces(workbench: Workbench) -> None:
    """Show or hide spaces and openings."""
    shown = spaces_shown(workbench)
    for layer in ready_layers(workbench):
        rows = np.flatnonzero(hidden_by_default(workbench, layer))
        layer.set_flags(rows, ObjectFlag.HIDDEN, shown)


def set_rows_visible(workbench: Workbench, layer: Layer, rows: NDArray[np.int64], visible: bool) -> None:
    """Show or hide some objects with everything below them."""
    layer.set_flags(with_descendants(workbench, layer, rows), ObjectFlag.HIDDEN, not visible)


def select_all(workbench: Workbench, layers: Sequence[Layer] | None = None) -> None:
    """Select every visible object that has geometry, in all layers or in some."""
    refs: list[ObjectRef] = []
    for layer in ready_layers(workbench) if layers is None else layers:
        tileset = workbench.sources.tileset(layer)
        if tileset is None or not layer.visible:
            continue
        shaped = have_shapes(tileset.objects())
        visible = (layer.flags & np.uint8(ObjectFlag.HIDDEN)) == 0
        refs += refs_of(layer.layer_id, np.flatnonzero(shaped & visible))
    workbench.scene.select(refs)


def select_same_class(workbench: Workbench, layers: Sequence[Layer] | None = None) -> None:
    """Add every object of the selected objects' classes: in their own layers, or in some others as well."""
    classes: dict[str, set[str]] = {}
    for layer in ready_layers(workbench):
        rows, tileset = workbench.scene.selected_rows(layer), workbench.sources.tileset(layer)
        if rows.size and tileset is not None:
            found = tileset.objects()["class"].take(rows).unique().to_pylist()
            classes[layer.layer_id] = {name for name in found if name}
    wanted = set().union(*classes.values())
    refs: list[ObjectRef] = []
    for layer in ready_layers(workbench):
        beside = layers is not None and layer in layers
        names = wanted if beside else classes.get(layer.layer_id, set())
        tileset = workbench.sources.tileset(layer)
        if names and tileset is not None:
            same = pc.is_in(tileset.objects()["class"], value_set=pa.array(sorted(names), pa.string()))
            refs += refs_of(layer.layer_id, np.flatnonzero(same))
    workbench.scene.select(refs, add=True)


def copy_ids(workbench: Workbench) -> None:
    """Put the selected objects' ids (IFC GlobalIds) on the clipboard, one a line."""
    ids = []
    for layer_id, row in workbench.scene.selection:
        tileset = workbench.sources.tileset(workbench.scene.layers[layer_id])
        if tileset is not None:
            ids.append(tileset.objects()["id"][row].as_py())
    workbench.ui.copy_text("\n".join(ids))
