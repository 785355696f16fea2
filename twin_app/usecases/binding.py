"""Which object of the scene each stream belongs to, by GlobalId, feature id, code or place; and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from functools import cached_property

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from loaders.model.crs import Points, point_map
from loaders.model.frames import transform_boxes
from loaders.tileset import Tileset
from scenes.model.layers import Layer
from scenes.model.scene import ObjectRef, refs_of
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.usecases.nearby import Nearby
from twin_app.usecases.objects import ready_layers
from twin_app.usecases.sensors import FREE, Sensor, SensorNames, sensors_in
from twin_app.usecases.workbench import Workbench

NEAR_M = 30.0  # a place further from any object than this belongs to none


class Binding:
    """The objects of the loaded layers, looked up once; made anew when layers come or go."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._layers: list[tuple[Layer, Tileset]] = []
        for layer in ready_layers(workbench):
            tileset = workbench.sources.tileset(layer)
            if tileset is not None:
                self._layers.append((layer, tileset))
        self._ids: dict[str, dict[str, ObjectRef]] = {}
        self._codes: dict[str, dict[str, ObjectRef]] = {}
        self._infos = workbench.live.table.infos()
        self._found: dict[frozenset[str] | None, Nearby] = {}

    @cached_property
    def sensors(self) -> list[Sensor]:
        """The sensors and controls of the loaded layers; their properties are read when they are first asked for."""
        return sensors_in(self._layers)

    @cached_property
    def _sensor_names(self) -> SensorNames:
        return SensorNames(self.sensors, self._infos)

    def find(self, info: StreamInfo) -> ObjectRef | None:
        """The object a stream belongs to, None where none is found."""
        found = self._linked(info)
        return self._sensor_names.find(info) if found is None and info.link.kind in FREE else found

    def find_all(self, infos: Iterable[StreamInfo]) -> list[ObjectRef | None]:
        """The object of each stream."""
        return [self.find(info) for info in infos]

    def _linked(self, info: StreamInfo) -> ObjectRef | None:
        link = info.link
        if link.kind is LinkKind.GUID:
            return self._named("guid", link.target)
        if link.kind is LinkKind.FEATURE:
            return self._of_layer(link) if link.property_name else self._named("id", link.target)
        if link.kind is LinkKind.CODE:
            return self._coded(link)
        return self._at(link.place) if link.kind is LinkKind.PLACE and link.place is not None else None

    def near(self, link: Link, classes: Set[str]) -> ObjectRef | None:
        """The object of one of these classes nearest to a link's place, None where none is near."""
        return None if link.place is None else self._at(link.place, classes)

    def parts(self, ref: ObjectRef, classes: Set[str] | None = None) -> tuple[ObjectRef, ...]:
        """An object and all below it, of these classes: a building has no shape of its own, but its walls have."""
        for layer, tileset in self._layers:
            if layer.layer_id == ref.layer_id:
                rows = _rows_of(tileset, ref.row)
                if classes is not None:
                    rows = rows[np.isin(rows, tileset.index.rows_of_classes(classes))]
                return tuple(refs_of(ref.layer_id, rows))
        return (ref,)

    def top_m(self, ref: ObjectRef) -> NDArray[np.float64] | None:
        """The middle of the upper side of an object with its parts, world metres (3,); None where nothing has a box."""
        for layer, tileset in self._layers:
            if layer.layer_id == ref.layer_id:
                boxes = tileset.object_bounds_m()[_rows_of(tileset, ref.row)]
                boxes = transform_boxes(layer.world_from_model, boxes[np.isfinite(boxes).all(axis=1)])
                if not len(boxes):
                    return None
                low, high = boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)
                return np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, high[2]])
        return None

    def place_world_m(self, link: Link) -> NDArray[np.float64] | None:
        """A link's place in the project's system (3,), None without one."""
        if link.place is None or self._to_world is None:
            return None
        east, north = self._to_world(np.array([link.place[0]]), np.array([link.place[1]]))
        place = np.array([east[0], north[0], link.place[2]])
        return place if np.isfinite(place).all() else None

    def anchor_m(self, info: StreamInfo) -> NDArray[np.float64] | None:
        """Where a stream stands (3,), world metres: on top of its object, else at its place, not below the ground."""
        ref = None if info.link.kind is LinkKind.PLACE else self.find(info)
        top_m = None if ref is None else self.top_m(ref)
        place_m = self.place_world_m(info.link) if top_m is None else None
        if place_m is None:
            return top_m
        ground_m = self._workbench.canvas.ground_height_m(float(place_m[0]), float(place_m[1]))
        if ground_m is not None:
            place_m[2] = max(place_m[2], ground_m)
        return place_m

    @cached_property
    def _to_world(self) -> Callable[[Points, Points], tuple[Points, Points]] | None:
        crs = self._workbench.scene.crs
        try:
            return None if crs is None else point_map("EPSG:4326", crs)
        except ValueError:
            return None

    def _named(self, column: str, target: str) -> ObjectRef | None:
        if column not in self._ids:
            self._ids[column] = self._by_column(column)
        return self._ids[column].get(target)

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

    def _at(self, place: tuple[float, float, float], classes: Set[str] | None = None) -> ObjectRef | None:
        """The smallest object whose box a place stands in, seen from above; else the nearest."""
        point = self.place_world_m(Link(LinkKind.PLACE, place=place))
        return None if point is None else self._nearby(classes).at(point[:2], NEAR_M)

    def _nearby(self, classes: Set[str] | None) -> Nearby:
        wanted = None if classes is None else frozenset(classes)
        if wanted not in self._found:
            refs: list[ObjectRef] = []
            boxes = [np.zeros((0, 6))]
            for layer, tileset in self._layers:
                rows = np.flatnonzero(np.isfinite(tileset.object_bounds_m()).all(axis=1))
                if wanted is not None:
                    rows = rows[np.isin(rows, tileset.index.rows_of_classes(wanted))]
                if layer.kind.value not in {"terrain", "imagery"}:
                    refs += refs_of(layer.layer_id, rows)
                    boxes.append(transform_boxes(layer.world_from_model, tileset.object_bounds_m()[rows]))
            self._found[wanted] = Nearby(refs, np.concatenate(boxes))
        return self._found[wanted]


def bound_object(workbench: Workbench, row: int) -> ObjectRef | None:
    """The object that a row of the live table belongs to."""
    return Binding(workbench).find(workbench.live.table.info(row))


def go_to(workbench: Workbench, ref: ObjectRef) -> None:
    """Select an object and bring it, with its parts, into view."""
    workbench.scene.select((ref,))
    workbench.canvas.fit_objects(Binding(workbench).parts(ref))


def _rows_of(tileset: Tileset, row: int) -> NDArray[np.int64]:
    """An object and all below it."""
    return np.concatenate([[row], tileset.index.descendants(row)])
