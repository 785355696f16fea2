"""The scene: layers, selection, view; what every panel and every visual listens to."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from scenes.model.groups import GroupView
from scenes.model.layers import Layer, LayerList, ObjectFlag
from scenes.model.legend import Legend
from scenes.model.overlays.overlay_list import OverlayList
from scenes.model.view import ViewState


class ObjectRef(NamedTuple):
    """One object of one layer: its row in that layer's object table."""

    layer_id: str
    row: int


def refs_of(layer_id: str, rows: NDArray[np.integer]) -> list[ObjectRef]:
    """Some objects of one layer."""
    return list(map(ObjectRef._make, zip(itertools.repeat(layer_id), rows.tolist(), strict=False)))


class Scene:
    """All that is shown, in one CRS. ``crs`` is an authority code, or None when no source named one."""

    crs_changed = Signal(object)
    selection_changed = Signal()
    legend_changed = Signal()

    def __init__(self, crs: str | None = None) -> None:
        self._crs = crs
        self.layers = LayerList()
        self.groups = GroupView()
        self.view = ViewState()
        self.overlays = OverlayList()
        self._selection: tuple[ObjectRef, ...] = ()
        self._legend: Legend | None = None
        self._rows: dict[str, set[int]] = {}  # of the selection, by layer
        self.layers.removed.connect(self._forget)

    @property
    def crs(self) -> str | None:
        """The project's coordinate reference system."""
        return self._crs

    @crs.setter
    def crs(self, value: str | None) -> None:
        if value != self._crs:
            self._crs = value
            self.crs_changed.emit(value)

    @property
    def legend(self) -> Legend | None:
        """What the colours mean that stand in for the objects' own."""
        return self._legend

    @legend.setter
    def legend(self, value: Legend | None) -> None:
        if value != self._legend:
            self._legend = value
            self.legend_changed.emit()

    @property
    def selection(self) -> tuple[ObjectRef, ...]:
        """The selected objects, in the order they were selected; the last one is the current one."""
        return self._selection

    def select(self, refs: Iterable[ObjectRef], *, add: bool = False, toggle: bool = False) -> None:
        """Select ``refs``: alone, added, or each switched over. Unknown layers and rows are left out."""
        sizes = {layer.layer_id: layer.flags.size for layer in self.layers}
        wanted = [ref for ref in dict.fromkeys(refs) if 0 <= ref[1] < sizes.get(ref[0], 0)]
        if toggle:
            chosen, before = set(wanted), set(self._selection)
            new = [ref for ref in self._selection if ref not in chosen] + [ref for ref in wanted if ref not in before]
        elif add:
            chosen = set(wanted)
            new = [ref for ref in self._selection if ref not in chosen] + wanted
        else:
            new = wanted
        self._apply(tuple(new))

    def _apply(self, new: tuple[ObjectRef, ...]) -> None:
        if new == self._selection:
            return
        old, self._selection = self._rows, new
        self._rows = _rows_by_layer(new)
        for layer_id in {**old, **self._rows}:
            layer = self.layers.get(layer_id)
            if layer is not None:
                was, now = old.get(layer_id, set()), self._rows.get(layer_id, set())
                layer.set_flags(np.array(sorted(was - now), np.int64), ObjectFlag.SELECTED, False)
                layer.set_flags(np.array(sorted(now - was), np.int64), ObjectFlag.SELECTED, True)
        self.selection_changed.emit()

    def _forget(self, layer: Layer) -> None:
        self._apply(tuple(ref for ref in self._selection if ref.layer_id != layer.layer_id))

    def selected_rows(self, layer: Layer) -> np.ndarray:
        """The selected rows of one layer, ascending."""
        rows = self._rows.get(layer.layer_id, set())
        return np.sort(np.fromiter(rows, np.int64, len(rows)))


def _rows_by_layer(refs: Iterable[ObjectRef]) -> dict[str, set[int]]:
    rows: dict[str, set[int]] = {}
    for layer_id, row in refs:
        rows.setdefault(layer_id, set()).add(row)
    return rows
