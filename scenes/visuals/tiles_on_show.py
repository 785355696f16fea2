"""The tiles of one tileset on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from loaders.model.formats import LayerKind
from loaders.model.tiles import NO_NODE, Shared, TileContent, TileNodes
from scenes.model.layers import ObjectFlag
from scenes.visuals.boxes import around
from scenes.visuals.stand_ins import StandIns
from scenes.visuals.tile_batches import TileBatches
from scenes.visuals.tile_source import ObjectTiles

if TYPE_CHECKING:
    from scenes.visuals.layer_visual import LayerVisual

# What is inside a building shows from so many times further off when one looks into it.
LOOKING_IN = 16.0


class TilesOnShow:
    """One tileset of a layer: answers the streamer (`scenes.streaming.Sink`).

    ``groups`` are the tiles on the graphics card by number, ``on_show`` those that are drawn. While ``concealed``
    nothing is drawn.
    """

    def __init__(self, visual: LayerVisual, source: ObjectTiles, *, concealed: bool) -> None:
        self.source = source
        self.groups: dict[int, TileBatches] = {}
        self.stand_ins = StandIns(source.num_objects, source.proxies())
        self._visual = visual
        self._concealed = concealed
        self._taken_apart = False
        self._on_show: set[int] = set()
        self._told: set[tuple[str, str]] = set()  # a file that is gone fails for every tile in it
        self._streamer = visual.context.streamer
        nodes = source.nodes()
        self._main = _below_first_root(nodes)
        # Where nothing to draw is known yet, what is said of the places to look at has to do.
        self.bounds_m = _around_nodes(nodes.bounds_m[nodes.has_content if nodes.has_content.any() else nodes.expands])
        if isinstance(source, Shared):
            source.take_up()
        self._tree = self._streamer.add(source, self, visual.layer.world_from_model, cap=visual.cap)
        self._streamer.set_visible(self._tree, visual.layer.visible)
        self.enable()

    @property
    def on_show(self) -> list[TileBatches]:
        """The tiles that are drawn."""
        return [] if self._concealed else [self.groups[number] for number in self._on_show]

    def levels(self) -> set[int]:
        """The CIM levels of the tiles that are drawn."""
        levels = self.source.nodes().levels
        return set() if self._concealed else {int(levels[n]) for n in self._on_show if n < len(levels)} - {0}

    def is_complete(self) -> bool:
        """Whether all that the current view needs can be drawn; what nobody sees is always complete."""
        return not self._visual.layer.visible or self._streamer.is_complete(self._tree)

    def reveal(self) -> None:
        """Draw from now on."""
        self._concealed = False
        for number in self._on_show:
            self.groups[number].set_visible(True)

    def upload(self, number: int, content: TileContent) -> int:
        """See `scenes.streaming.Sink`."""
        layer, stand_ins = self._visual.layer, self.stand_ins
        for problem in content.problems:
            self.told(problem)
        flags, live = stand_ins.flags(layer.flags), stand_ins.live_colours(layer.live_colours)
        group = self._visual.make(content.chunks, flags, stand_ins.colours(layer.colours))
        for batch in group.batches if live is not None else ():
            batch.set_live_colours(live, flags)
        group.set_visible(False)
        self._visual.context.warming.append(group)
        self.groups[number] = group
        return group.num_bytes

    def show(self, number: int, on: bool) -> None:
        """See `scenes.streaming.Sink`."""
        (self._on_show.add if on else self._on_show.discard)(number)
        if not self._concealed:
            self.groups[number].set_visible(on)
            self._visual.changed.emit()

    def drop(self, number: int) -> None:
        """See `scenes.streaming.Sink`."""
        self._on_show.discard(number)
        self.groups.pop(number).remove()

    def failed(self, number: int, error: CityTwinError) -> None:
        """See `scenes.streaming.Sink`."""
        layer = self._visual.layer
        layer.unread = (*layer.unread, Finding.error(error.code, error.place, **error.arguments))

    def told(self, finding: Finding) -> None:
        """See `scenes.streaming.Sink`; each is told once."""
        if (finding.code, finding.place) not in self._told:
            self._told.add((finding.code, finding.place))
            self._visual.failed.emit(finding)

    def retry(self) -> None:
        """Try again to read what could not be read, and tell again."""
        self._told.clear()
        self._streamer.retry(self._tree)

    def apply_flags(self, rows: NDArray[np.int64] | None) -> None:
        """Show the objects as the layer's flags say; ``rows`` are those that changed, None all."""
        flags, changed = self.stand_ins.flags(self._visual.layer.flags), self.stand_ins.rows(rows)
        for group in self.groups.values():
            group.apply_flags(flags, changed)

    def recolour(self) -> None:
        """Take over the layer's colours."""
        layer = self._visual.layer
        flags, colours = self.stand_ins.flags(layer.flags), self.stand_ins.colours(layer.colours)
        for group in self.groups.values():
            for batch in group.batches:
                batch.set_object_colours(colours, flags)
        self.recolour_live(None)

    def recolour_live(self, rows: NDArray[np.int64] | None) -> None:
        """Take over the layer's live colours; ``rows`` are those that changed, None all."""
        layer = self._visual.layer
        flags, colours = self.stand_ins.flags(layer.flags), self.stand_ins.live_colours(layer.live_colours)
        changed = self.stand_ins.rows(rows)
        for group in self.groups.values():
            for batch in group.batches:
                batch.set_live_colours(colours, flags, changed)

    def refresh_look(self) -> None:
        """Take over the context's look."""
        flags = self.stand_ins.flags(self._visual.layer.flags)
        for group in self.groups.values():
            for batch in group.batches:
                batch.set_look(self._visual.context.look, flags)

    def place(self) -> None:
        """Take over where the layer is."""
        self._streamer.place(self._tree, self._visual.layer.world_from_model)

    def set_visible(self, visible: bool) -> None:
        """Show the layer or not."""
        self._streamer.set_visible(self._tree, visible)

    def set_cap(self, level: int) -> None:
        """The highest level of detail to show."""
        self._streamer.set_cap(self._tree, level)

    def enable(self) -> None:
        """Leave out tiles that hold nothing but hidden objects."""
        flags = self._visual.layer.flags
        if not flags.size:
            return
        rows, numbers = self.source.nodes_of_objects()
        rows, numbers = rows[rows < flags.size], numbers[rows < flags.size]
        hidden = (flags & np.uint8(ObjectFlag.HIDDEN)) != 0
        enabled = np.ones(len(self.source.nodes()), np.bool_)
        enabled[numbers] = False
        enabled[numbers[~hidden[rows]]] = True
        self._streamer.set_enabled(self._tree, enabled)
        changed = (flags & np.uint8(ObjectFlag.HIDDEN | ObjectFlag.GHOST)) != 0
        self._taken_apart = bool((changed[rows] & self._main[numbers]).any())
        self.refresh_depth()

    def refresh_depth(self) -> None:
        """Take over whether one looks into things."""
        visual = self._visual
        looking_in = self._taken_apart or visual.layer.opacity < 1.0 or visual.context.cut_open
        boosted = looking_in and visual.layer.kind is LayerKind.BUILDING
        self._streamer.set_boost(self._tree, LOOKING_IN if boosted else 1.0)

    def close(self) -> None:
        """Let go of everything."""
        self._streamer.remove(self._tree)
        if isinstance(self.source, Shared):
            self.source.let_go()


def _around_nodes(boxes_m: NDArray[np.float64]) -> NDArray[np.float64] | None:
    return around(list(boxes_m[np.isfinite(boxes_m).all(axis=1)])) if len(boxes_m) else None


def _below_first_root(nodes: TileNodes) -> NDArray[np.bool_]:
    """Which nodes belong to the tree of what is shown by default: the first one."""
    below = np.zeros(len(nodes), np.bool_)
    for number, parent in enumerate(nodes.parents.tolist()):
        below[number] = number == 0 if parent == NO_NODE else below[parent]
    return below
