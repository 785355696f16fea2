"""Colouring layers: by one colour, by a column over all of them together, or as their sources say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from loaders.model.errors import CityTwinError
from scenes.model.layers import Layer, LayerState
from scenes.model.legend import Legend
from twin_app.usecases.colouring import category_colours, colours_together, rgba
from twin_app.usecases.objects import ready_layers
from twin_app.usecases.workbench import Workbench

OF_LAYERS = ("building", "discipline")  # the same for all objects of a layer


def colour(workbench: Workbench, layers: Sequence[Layer], how: str) -> None:
    """Colour layers: ``how`` is "" (as their sources say), ``#RRGGBB``, `OF_LAYERS`, or a column.

    All layers coloured by the same column share one legend. Raises `CityTwinError` ``colour.unknown_column`` where
    none has that column; nothing is changed then.
    """
    before = {layer.layer_id: layer.colouring for layer in layers}
    for layer in layers:
        layer.colouring = how
    try:
        _apply(workbench, layers, how)
    except CityTwinError:
        for layer in layers:
            layer.colouring = before[layer.layer_id]
        raise
    legend = workbench.scene.legend
    if legend is not None and all(layer.colouring != legend.column for layer in workbench.scene.layers):
        workbench.scene.legend = None
    workbench.project.touch()


def _apply(workbench: Workbench, layers: Sequence[Layer], how: str) -> None:
    if how == "" or how.startswith("#"):
        for layer in layers:
            layer.colours = _plain(layer, how) if how else None
    else:
        recolour(workbench, how)


def _plain(layer: Layer, colour: str) -> Any:
    return np.tile(np.array(rgba(colour), np.uint8), (layer.flags.size, 1))


def recolour(workbench: Workbench, column: str) -> None:
    """Colour all loaded layers that are to be coloured by a column, and make the legend."""
    layers = [layer for layer in ready_layers(workbench) if layer.colouring == column]
    if not layers:
        return
    if column in OF_LAYERS:
        colours, entries = category_colours([str(getattr(layer, column)) for layer in layers])
        for layer, one in zip(layers, colours, strict=True):
            layer.colours = _plain(layer, one)
    else:
        entries = _by_column(workbench, layers, column)
    workbench.scene.legend = Legend(column, tuple(entries))


def _by_column(workbench: Workbench, layers: list[Layer], column: str) -> list[tuple[str, str]]:
    tilesets = {layer.layer_id: workbench.sources.tileset(layer) for layer in layers}
    # A source that stands in several places is looked at once.
    distinct = {id(one): one for one in tilesets.values() if one is not None}
    found, entries = colours_together(list(distinct.values()), column)
    colours = dict(zip(distinct, found, strict=True))
    for layer in layers:
        layer.colours = colours.get(id(tilesets[layer.layer_id]))
    return entries


def take_up(workbench: Workbench, layer: Layer) -> None:
    """Colour a freshly loaded layer as its project says; by columns, once the last of the layers is there."""
    if not layer.colouring:
        return
    if layer.colouring.startswith("#"):
        layer.colours = _plain(layer, layer.colouring)
    elif not any(other.state is LayerState.LOADING for other in workbench.scene.layers):
        columns = {other.colouring for other in workbench.scene.layers if not other.colouring.startswith("#")}
        for column in columns - {""}:
            try:
                recolour(workbench, column)
            except CityTwinError as error:
                workbench.messages.error(error, layer.layer_id)
