"""Which object of the scene each stream belongs to: by GlobalId, feature id, code or place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import ProjError

from loaders.model.frames import transform_points
from loaders.tileset import Tileset
from scenes.model.layers import Layer
from scenes.model.scene import ObjectRef
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.usecases.objects import ready_layers
from twin_app.usecases.sensors import FREE, Sensor, SensorNames, sensors_in
from twin_app.usecases.workbench import Workbench

NEAR_M = 30.0  # a place further from any object than this belongs to none


class Binding:
    """The objects of the loaded layers, looked up once; made anew when layers come or go."""

    def __init__(self, workbench: Workbench) -> None:
        self._crs = workbench.scene.crs
        self._layers: list[tuple[Layer, Tileset]] = []
        for layer in ready_layers(workbench):
            tileset = workbench.sources.tileset(layer)
            if tileset is not None:
                self._layers.append((layer, tileset))
        self._ids = {name: self._by_column(name) for name in ("guid", "id")}
        self._codes: dict[str, dict[str, ObjectRef]] = {}
        self._infos = workbench.live.table.infos()
        self._boxes: list[tuple[Layer, NDArray[np.int64], NDArray[np.float64]]] | None = None

    @cached_property
    def sensors(self) -> list[Sensor]:
        """The sensors and controls of the loaded layers; their properties are read when they are first asked for."""
        return sensors_in(self._layers)

    @cached_property
    def _named(self) -> SensorNames:
        return SensorNames(self.sensors, self._infos)

    def find(self, info: StreamInfo) -> ObjectRef | None:
        """The object a stream belongs to, None where none is found."""
        found = self._linked(info)
        return self._named.find(info) if found is None and info.link.kind in FREE else found

    def _linked(self, info: StreamInfo) -> ObjectRef | None:
        link = info.link
        if link.kind is LinkKind.GUID:
            return self._ids["guid"].get(link.target)
        if link.kind is LinkKind.FEATURE:
            return self._of_layer(link) if link.property_name else self._ids["id"].get(link.target)
        if link.kind is LinkKind.CODE:
            return self._coded(link)
        return self._at(link.place) if link.kind is LinkKind.PLACE and link.place is not None else None

    def find_all(self, infos: Iterable[StreamInfo]) -> list[ObjectRef | None]:
        """The object of each stream."""
        return [self.find(info) for info in infos]

    def place_world_m(self, link: Link) -> NDArray[np.float64] | None:
        """A link's place in the project's system (3,), None without one."""
        if link.place is None or self._crs is None:
            return None
        try:
            transformer = Transformer.from_crs("EPSG:4326", self._crs, always_xy=True)
            east, north = transformer.transform(link.place[0], link.place[1])
        except ProjError:
            return None
        place = np.array([east, north, link.place[2]])
        return place if np.isfinite(place).all() else None

    def top_m(self, ref: ObjectRef) -> NDArray[np.float64] | None:
        """The middle of an object's upper side in world metres (3,), None where it has no box."""
        for layer, tileset in self._layers:
            if layer.layer_id == ref.layer_id:
                box = _in_world(tileset.object_bounds_m()[[ref.row]], layer.world_from_model)[0]
                top = np.array([(box[0] + box[3]) / 2, (box[1] + box[4]) / 2, box[5]])
                return top if np.isfinite(top).all() else None
        return None

    def _by_column(self, name: str) -> dict[str, ObjectRef]:
        found: dict[str, ObjectRef] = {}
        for layer, tileset in self._layers:
            for row, value in enumerate(tileset.objects()[name].to_pylist()):
                if value:
                    found.setdefault(value, ObjectRef(layer.layer_id, row))
        return found

    def _of_layer(self, link: Link) -> ObjectRef | None:
        """An id of one layer: what a person bound."""
        for layer, tileset in self._layers:
            if layer.layer_id == link.property_name:
                row = pc.index(tileset.objects()["id"], link.target).as_py()
                return None if row < 0 else ObjectRef(layer.layer_id, row)
        return None

    def _coded(self, link: Link) -> ObjectRef | None:
        if link.property_name not in self._codes:
            self._codes[link.property_name] = self._by_property(link.property_name)
        return self._codes[link.property_name].get(link.target)

    def _by_property(self, name: str) -> dict[str, ObjectRef]:
        found: dict[str, ObjectRef] = {}
        for layer, tileset in self._layers:
            table = tileset.properties()
            if name:
                table = table.filter(pc.equal(table["name"], name))
            rows, values = table["object"].to_pylist(), table["value"].to_pylist()
            for row, value in zip(rows, values, strict=True):
                if value:
                    found.setdefault(value, ObjectRef(layer.layer_id, row))
        return found

    def _at(self, place: tuple[float, float, float]) -> ObjectRef | None:
        """The smallest object whose box a place stands in, seen from above; else the nearest."""
        point = self.place_world_m(Link(LinkKind.PLACE, place=place))
        if point is None:
            return None
        best: tuple[float, float, ObjectRef] | None = None
        for layer, rows, boxes in self._world_boxes():
            outside = np.maximum(np.maximum(boxes[:, :2] - point[:2], point[:2] - boxes[:, 3:5]), 0.0)
            away_m = np.hypot(outside[:, 0], outside[:, 1])
            size_m2 = np.prod(boxes[:, 3:5] - boxes[:, :2], axis=1)
            at = int(np.lexsort((size_m2, away_m))[0])
            found = (float(away_m[at]), float(size_m2[at]), ObjectRef(layer.layer_id, int(rows[at])))
            best = min(best, found) if best is not None else found
        return best[2] if best is not None and best[0] <= NEAR_M else None

    def _world_boxes(self) -> list[tuple[Layer, NDArray[np.int64], NDArray[np.float64]]]:
        if self._boxes is None:
            self._boxes = []
            for layer, tileset in self._layers:
                bounds = tileset.object_bounds_m()
                rows = np.flatnonzero(np.isfinite(bounds).all(axis=1))
                if layer.kind.value in {"terrain", "imagery"} or not rows.size:
                    continue
                self._boxes.append((layer, rows, _in_world(bounds[rows], layer.world_from_model)))
        return self._boxes


def _in_world(bounds_m: NDArray[np.float64], world_from_model: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes (n, 6) around boxes of the model frame."""
    corners = [
        np.stack([bounds_m[:, x], bounds_m[:, y], bounds_m[:, z]], 1) for x in (0, 3) for y in (1, 4) for z in (2, 5)
    ]
    moved = np.stack([transform_points(world_from_model, one) for one in corners])
    return np.concatenate([moved.min(axis=0), moved.max(axis=0)], axis=1)
