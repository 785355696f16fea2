"""The centre lines of pipes, cables and roads, for flows that run along them; found in the background."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from loaders.handover.shapes import rows_of_items
from loaders.model.formats import LayerKind
from loaders.model.frames import transform_points
from loaders.model.points import PointChunk
from loaders.tileset import Tileset
from scenes.analysis.centre_line import centre_line
from scenes.model.layers import Layer
from scenes.model.scene import ObjectRef
from twin_app.services.jobs import JobContext
from twin_app.usecases.workbench import Workbench

# What flows run along, in IFC and CityGML; a class that says nothing may be anything.
LINE_CLASSES = frozenset(
    {
        *("Road", "Railway", "Track", "Waterway", "Feature", "GenericCityObject", ""),
        *("IfcPipeSegment", "IfcDuctSegment", "IfcCableSegment", "IfcCableCarrierSegment", "IfcConveyorSegment"),
        *("IfcFlowSegment", "IfcRoad", "IfcRoadPart", "IfcRailway", "IfcRailwayPart", "IfcCourse", "IfcPavement"),
        *("IfcBuildingElementProxy",),
    }
)
JOB = "live.flow_lines"

Floats = NDArray[np.float64]
Lines = dict[ObjectRef, Floats | None]


class FlowLines:
    """The lines of objects, in metres of their layers' models, kept; None where an object has none. GUI thread."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._known: Lines = {}
        workbench.scene.layers.removed.connect(self._forget)

    def _forget(self, layer: Layer) -> None:
        self._known = {ref: line for ref, line in self._known.items() if ref.layer_id != layer.layer_id}

    def are_known(self, refs: Iterable[ObjectRef]) -> bool:
        """Whether all were looked at."""
        return all(ref in self._known for ref in refs)

    def are_inside(self, refs: Iterable[ObjectRef]) -> bool:
        """Whether some are parts of a building, where walls and ceilings stand before them."""
        layers = [self._workbench.scene.layers.get(layer_id) for layer_id in {ref.layer_id for ref in refs}]
        return any(layer is not None and layer.kind is LayerKind.BUILDING for layer in layers)

    def world_m(self, ref: ObjectRef) -> Floats | None:
        """The line of an object, world metres (k, 3); None where it has none or was not looked at."""
        line, layer = self._known.get(ref), self._workbench.scene.layers.get(ref.layer_id)
        return None if line is None or layer is None else transform_points(layer.world_from_model, line)

    def find(self, refs: Iterable[ObjectRef], on_found: Callable[[], None]) -> None:
        """Look at objects in the background, then call ``on_found``; problems become messages."""
        wanted = defaultdict[str, list[int]](list)
        for ref in refs:
            if ref not in self._known:
                wanted[ref.layer_id].append(ref.row)
        tilesets = {layer_id: self._tileset(layer_id) for layer_id in wanted}

        def work(context: JobContext) -> Lines:
            found: Lines = {}
            for layer_id, rows in wanted.items():
                tileset = tilesets[layer_id]
                lines = {} if tileset is None else lines_of(tileset, rows, lambda share: _tell(context, share))
                found |= {ObjectRef(layer_id, row): lines.get(row) for row in rows}
            return found

        def take(found: Lines) -> None:
            self._known |= found
            on_found()

        self._workbench.jobs.submit(
            JOB, work, title_key="job.flow_lines", on_done=take, on_failed=self._workbench.messages.error
        )

    def _tileset(self, layer_id: str) -> Tileset | None:
        layer = self._workbench.scene.layers.get(layer_id)
        return None if layer is None else self._workbench.sources.tileset(layer)


def _tell(context: JobContext, share: float) -> None:
    context.job.checkpoint()
    context.progress(share)


def lines_of(tileset: Tileset, rows: Iterable[int], on_share: Callable[[float], None]) -> dict[int, Floats]:
    """The centre lines of the objects that have one; raises `CityTwinError` where tiles are damaged."""
    wanted = np.unique(np.fromiter(rows, np.int64))
    if not wanted.size:
        return {}
    lists = tileset.objects()["tiles"].take(wanted).to_pylist()
    tiles = sorted({tile for one in lists for tile in one or () if not tileset.tiles[tile].stands_in})
    pieces = defaultdict[int, list[Floats]](list)
    for done, tile in enumerate(tiles):
        on_share(done / len(tiles))
        for row, triangles in _triangles(tileset, tile, wanted):
            pieces[row].append(triangles)
    found = {row: centre_line(np.concatenate(own)) for row, own in pieces.items()}
    return {row: line for row, line in found.items() if line is not None}


def _triangles(tileset: Tileset, tile: int, wanted: NDArray[np.int64]) -> Iterable[tuple[int, Floats]]:
    for chunk in tileset.read_tile(tile):
        if isinstance(chunk, PointChunk):
            continue
        rows = rows_of_items(chunk)
        kept = np.flatnonzero(np.isin(rows, wanted))
        corners = chunk.positions.astype(np.float64) + chunk.origin_m
        for row in np.unique(rows[kept]).tolist():
            yield row, corners[chunk.triangles[kept[rows[kept] == row]]]
