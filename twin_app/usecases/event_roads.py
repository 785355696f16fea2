"""The roads that resources go by: lines read from a file of the project, else the road surfaces of its layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loaders.handover.shapes import finest_chunks, rows_of_items
from loaders.model.errors import CityTwinError
from loaders.model.frames import Matrix, transform_points
from loaders.model.meshes import MeshChunk
from loaders.tileset import Tileset
from twin_app.operation.exchange import features_of
from twin_app.operation.road_surfaces import lines_through
from twin_app.operation.roads import RoadGraph
from twin_app.services.files import write_atomically
from twin_app.services.jobs import JobContext
from twin_app.usecases import events
from twin_app.usecases.event_map import project_m_of
from twin_app.usecases.objects import ready_layers
from twin_app.usecases.workbench import Workbench

SUFFIX = ".roads.geojson"  # beside the project file, with its stem
CLASSES = ("Road", "TrafficArea", "TransportSquare", "Bridge", "BridgePart", "BridgeConstructiveElement")
JOB = "events:roads"
Floats = NDArray[np.float64]
Surfaces = list[tuple[Tileset, NDArray[np.int64], Matrix]]


class Roads:
    """The graph of the project's roads, made in the background when it is asked for and out of date. GUI thread."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._key: tuple[object, ...] | None = None
        self._graph = RoadGraph(())
        self._waits = False

    def graph(self) -> RoadGraph | None:
        """The roads as they are now; None while they are being read, and `Workbench.events_changed` tells when."""
        key = self._state()
        if key != self._key and not self._waits:
            self._begin(key)
        return self._graph if key == self._key else None

    def _state(self) -> tuple[object, ...]:
        """What the roads depend on."""
        file = file_of(self._workbench)
        stamp = file.stat().st_mtime_ns if file.is_file() else 0
        layers = [
            (layer.layer_id, layer.world_from_model.tobytes())
            for layer in ready_layers(self._workbench)
            if (tileset := self._workbench.sources.tileset(layer)) is not None and _has_roads(tileset)
        ]
        return (file, stamp, self._workbench.scene.crs, *layers)

    def _begin(self, key: tuple[object, ...]) -> None:
        lines = self._lines()
        if lines is not None:
            self._take(key, RoadGraph(lines))
            return
        surfaces = self._surfaces()
        if not surfaces:
            self._take(key, RoadGraph(()))
            return
        self._waits = True
        self._workbench.jobs.submit(
            JOB,
            lambda context: graph_of(surfaces, context),
            title_key="job.reading_roads",
            on_done=lambda graph: self._done(key, graph),
            on_failed=lambda error: self._failed(key, error),
        )

    def _take(self, key: tuple[object, ...], graph: RoadGraph) -> None:
        self._key, self._graph, self._waits = key, graph, False

    def _done(self, key: tuple[object, ...], graph: RoadGraph) -> None:
        self._take(key, graph)
        self._workbench.events_changed.emit()

    def _failed(self, key: tuple[object, ...], error: CityTwinError) -> None:
        self._workbench.messages.error(error)
        self._done(key, RoadGraph(()))

    def _lines(self) -> list[Floats] | None:
        file = file_of(self._workbench)
        if not file.is_file():
            return None
        try:
            lines = lines_of(events.read_bytes(file))
        except CityTwinError as error:
            self._workbench.messages.error(error)
            return None
        return [project_m_of(self._workbench, line) for line in lines]

    def _surfaces(self) -> Surfaces:
        found = []
        for layer in ready_layers(self._workbench):
            tileset = self._workbench.sources.tileset(layer)
            if tileset is not None and _has_roads(tileset):
                found.append((tileset, road_rows(tileset), layer.world_from_model))
        return found


def roads_of(workbench: Workbench) -> Roads:
    """The one of the open program."""
    if workbench.event_roads is None:
        workbench.event_roads = Roads(workbench)
    found: Roads = workbench.event_roads
    return found


def file_of(workbench: Workbench) -> Path:
    """Where lines of roads that were read lie."""
    return events.file_beside(workbench, SUFFIX)


def _has_roads(tileset: Tileset) -> bool:
    return any(name in tileset.index.classes for name in CLASSES)


def road_rows(tileset: Tileset) -> NDArray[np.int64]:
    """The rows of all objects that are roads or carry them."""
    return tileset.index.rows_of_classes(CLASSES)


def graph_of(surfaces: Surfaces, context: JobContext) -> RoadGraph:
    """The graph through the surfaces of roads; in a worker thread."""
    found = []
    for tileset, rows, world_from_model in surfaces:
        for chunk in finest_chunks(tileset, lambda done, total: context.progress(done / max(1, total))):
            wanted = np.isin(rows_of_items(chunk), rows)
            if isinstance(chunk, MeshChunk) and wanted.any():
                points = transform_points(world_from_model, chunk.positions.astype(np.float64) + chunk.origin_m)
                found.append(points[chunk.triangles[wanted]][:, :, :2])
    return RoadGraph(lines_through(np.concatenate(found)) if found else [])


def lines_of(data: bytes) -> list[Floats]:
    """Lines (k, 2) of a FeatureCollection, longitude and latitude in degrees; other geometry is left out.

    Raises `CityTwinError` ``event.unreadable`` or ``event.no_roads``.
    """
    lines: list[Floats] = []
    for feature in features_of(data):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        kind = geometry.get("type") if isinstance(geometry, dict) else ""
        told = geometry.get("coordinates") if isinstance(geometry, dict) else None
        parts = [told] if kind == "LineString" else told if kind == "MultiLineString" else []
        found = [_line(one) for one in parts] if isinstance(parts, list) else []
        lines += [line for line in found if line is not None]
    if not lines:
        raise CityTwinError("event.no_roads", "")
    return lines


def _line(coordinates: object) -> Floats | None:
    try:
        line = np.array([[float(x), float(y)] for x, y, *_ in coordinates], np.float64)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return None
    inside = line.ndim == 2 and len(line) > 1 and bool((np.abs(line) <= [180.0, 90.0]).all())
    return line if inside else None


def read_file(workbench: Workbench, path: Path) -> int:
    """Take the roads of a GeoJSON file into the project, in place of those of its layers; tells how many lines.

    Raises `CityTwinError` where there are none.
    """
    data = events.read_bytes(path)
    count = len(lines_of(data))
    write_atomically(file_of(workbench), data)
    workbench.events_changed.emit()
    return count
