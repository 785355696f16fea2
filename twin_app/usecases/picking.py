"""Picked objects and streams, both ways: an object chooses its streams, a stream its object."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from loaders.model.errors import CityTwinError
from scenes.model.scene import ObjectRef, refs_of
from twin_app.live.streams import LinkKind, StreamInfo
from twin_app.usecases.binding import Binding, bound_object, go_to
from twin_app.usecases.live_overlays import topic_of
from twin_app.usecases.workbench import Workbench

MOST_PICKED = 50  # of objects; of a whole layer nobody wants the trends
MOST_PLACES = 300  # streams that stand at a place are looked up one by one: of more than these none is


class PickedStreams:
    """Follows the selection; which stream belongs to which object is looked up once. GUI thread."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._known: tuple[object, ...] = ()
        self._rows_of: dict[ObjectRef, list[int]] = {}
        workbench.scene.selection_changed.connect(self._follow, max_args=0)

    def _follow(self) -> None:
        picked = self._workbench.scene.selection
        if not picked or len(picked) > MOST_PICKED or not len(self._workbench.live.table):
            return
        rows = self.rows_of(picked)
        if rows and not set(rows) & set(self._workbench.chosen_streams):
            self._workbench.choose_streams(tuple(self._in_order(rows)))

    def stop(self) -> None:
        """Follow no longer."""
        self._workbench.scene.selection_changed.disconnect(self._follow)

    def rows_of(self, picked: tuple[ObjectRef, ...]) -> list[int]:
        """Streams of objects, or of what the objects are parts of."""
        self._look_up()
        found: dict[int, None] = {}
        for ref in picked:
            for one in (ref, *_above(self._workbench, ref)):
                if one in self._rows_of:
                    found |= dict.fromkeys(self._rows_of[one])
                    break
        return list(found)

    def _in_order(self, rows: list[int]) -> list[int]:
        """Those first that are about the same as what is shown already."""
        infos = self._workbench.live.table.infos()
        shown = {topic_of(infos[row]) for row in self._workbench.chosen_streams if row < len(infos)}
        shown |= {self._workbench.topic_shown}
        return sorted(rows, key=lambda row: topic_of(infos[row]) not in shown)

    def _look_up(self) -> None:
        workbench, infos = self._workbench, self._workbench.live.table.infos()
        layers = tuple((layer.layer_id, layer.state, id(layer.world_from_model)) for layer in workbench.scene.layers)
        known = (infos, layers)
        if known == self._known:
            return
        self._known = known
        found: defaultdict[ObjectRef, list[int]] = defaultdict(list)
        binding = Binding(workbench)
        for row in _bindable(infos):
            ref = binding.find(infos[row])
            if ref is not None:
                found[ref].append(row)
        self._rows_of = dict(found)


def _bindable(infos: tuple[StreamInfo, ...]) -> list[int]:
    placed = [row for row, info in enumerate(infos) if info.link.kind is LinkKind.PLACE]
    named = (LinkKind.GUID, LinkKind.FEATURE, LinkKind.CODE)
    rows = [row for row, info in enumerate(infos) if info.link.kind in named]
    return rows + (placed if len(placed) <= MOST_PLACES else [])


def _above(workbench: Workbench, ref: ObjectRef) -> list[ObjectRef]:
    """What an object is part of, the nearest first."""
    layer = workbench.scene.layers.get(ref.layer_id)
    tileset = workbench.sources.tileset(layer) if layer is not None else None
    if tileset is None:
        return []
    return refs_of(ref.layer_id, np.array(tileset.index.ancestors(ref.row), np.int64))


def choose_stream(workbench: Workbench, row: int, *, fly: bool = False) -> None:
    """Show a stream's trend and select its object, where it has one; ``fly``: go there.

    Raises `CityTwinError` ``live.no_object`` where there is none to go to.
    """
    workbench.choose_streams((row,))
    ref = bound_object(workbench, row)
    if ref is not None and fly:
        go_to(workbench, ref)
    elif ref is not None:
        workbench.scene.select((ref,))
    elif fly:
        raise CityTwinError("live.no_object", workbench.live.table.info(row).name)
