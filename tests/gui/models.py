"""A small office and a plot of ground as tileset folders, made without any loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.model.errors import Finding
from loaders.model.events import Found, Objects, Opened, Properties
from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference, translation
from loaders.model.meshes import MeshChunk
from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, PROPERTIES_SCHEMA, CimLevel
from loaders.tileset import WRITER_VERSION, SourceIdentity, TilesetMeta, TilesetWriter
from loaders.tileset.meta import frame_of

ORIGIN_M = (532_400.0, 3_385_100.0, 22.0)
CRS = "EPSG:4547"
FACES = np.array(
    [
        *([0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4]),
        *([2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]),
    ],
    np.uint32,
)
WALL, SLAB, GLASS, DOOR = (236, 229, 214, 255), (186, 186, 182, 255), (120, 170, 200, 110), (150, 104, 66, 255)


class Model:
    """Collects objects, boxes and properties of one model."""

    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = []
        self.boxes: list[tuple[int, tuple[float, ...], tuple[int, ...]]] = []
        self.properties: list[dict[str, Any]] = []
        self.table: pa.Table | None = None  # instead of ``objects``, for those too many to list

    def add(self, kind: str, name: str, parent: int, storey: int = NO_ROW, **more: Any) -> int:
        """A new object; gives its row."""
        row = len(self.objects)
        self.objects.append(
            {
                "id": f"{row:022d}",
                "guid": f"{row:022d}",
                "class": kind,
                "name": name,
                "parent": parent,
                "storey": storey,
                "level": int(CimLevel.COMPONENTS),
                "hidden": False,
                "engine": "test",
            }
            | more
        )
        return row

    def box(self, row: int, bounds_m: tuple[float, ...], colour: tuple[int, ...]) -> None:
        """Give an object the shape of a box."""
        self.boxes.append((row, bounds_m, colour))

    def tell(self, row: int, kind: str, group: str, name: str, value: object, unit: str = "", **more: Any) -> None:
        """Give an object a property."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        value_type = "boolean" if isinstance(value, bool) else "real" if is_number else "string"
        self.properties.append(
            {
                "object": row,
                "kind": kind,
                "set": group,
                "name": name,
                "value": str(value).lower() if isinstance(value, bool) else str(value),
                "number": float(value) if is_number else None,
                "value_type": value_type,
                "unit": unit or None,
                "inherited": False,
            }
            | more
        )

    def chunks(self) -> list[MeshChunk]:
        """Opaque and transparent boxes."""
        found = []
        for transparent in (False, True):
            boxes = [box for box in self.boxes if (box[2][3] < 255) is transparent]
            if boxes:
                found.append(_chunk(boxes, transparent))
        return found

    def write(self, folder: Path, kind: LayerKind = LayerKind.BUILDING, findings: tuple[Finding, ...] = ()) -> Path:
        """Write it all as a tileset folder."""
        folder.mkdir(parents=True)
        reference = Georeference(CRS, translation(ORIGIN_M), "map_conversion")
        identity = TilesetMeta(
            format_version=WRITER_VERSION,
            key="k",
            source=SourceIdentity("0" * 64, 1, folder.name),
            format="test",
            schema="",
            kind=kind.value,
            frame=frame_of(reference),
        )
        writer = TilesetWriter(folder, identity, lambda _tile: None)
        writer.opened(Opened("IFC4", reference))
        for chunk in self.chunks():
            writer.geometry(chunk, CimLevel.COMPONENTS)
        for finding in findings:
            writer.found(Found(finding).finding)
        columns = {name: [entry.get(name) for entry in self.objects] for name in OBJECTS_SCHEMA.names}
        objects = self.table if self.table is not None else pa.table(columns, schema=OBJECTS_SCHEMA)
        properties = pa.Table.from_pylist(self.properties, schema=PROPERTIES_SCHEMA)
        writer.properties(Properties(properties))
        writer.objects(Objects(objects, {"test": "1"}))
        writer.finish()
        return folder


def _chunk(boxes: list[tuple[int, tuple[float, ...], tuple[int, ...]]], transparent: bool) -> MeshChunk:
    corners, rows, colours = [], [], []
    for row, (x0, y0, z0, x1, y1, z1), colour in boxes:
        corners += [[x, y, z] for z in (z0, z1) for y in (y0, y1) for x in (x0, x1)]
        rows += [row] * 8
        colours += [colour] * 8
    faces = FACES[None] + (np.arange(len(boxes), dtype=np.uint32) * 8)[:, None, None]
    return MeshChunk(
        origin_m=np.zeros(3),
        positions=np.array(corners, np.float32),
        triangles=faces.reshape(-1, 3).astype(np.uint32),
        rows=np.array(rows, np.uint32),
        colours=np.array(colours, np.uint8),
        transparent=transparent,
    )


def office(storeys: int = 6) -> Model:
    """Storeys with slabs, walls, windows and a door."""
    model = Model()
    project = model.add("IfcProject", "Riverside office", NO_ROW)
    site = model.add("IfcSite", "Plot A-07", project)
    building = model.add("IfcBuilding", "Tower A", site)
    for number in range(storeys):
        _storey(model, building, number)
    return model


def _storey(model: Model, building: int, number: int) -> None:
    base = number * 3.6
    storey = model.add("IfcBuildingStorey", f"Level {number + 1}", building)
    slab = model.add("IfcSlab", f"Slab {number + 1}", storey, storey)
    model.box(slab, (0, 0, base - 0.3, 24, 16, base), SLAB)
    sides = {"S": (0, 0, 24, 0.3), "N": (0, 15.7, 24, 16), "W": (0, 0.3, 0.3, 15.7), "E": (23.7, 0.3, 24, 15.7)}
    for side, (x0, y0, x1, y1) in sides.items():
        wall = model.add("IfcWall", f"Wall {number + 1}{side}", storey, storey)
        model.box(wall, (x0, y0, base, x1, y1, base + 0.9), WALL)
        model.tell(wall, "property", "Pset_WallCommon", "IsExternal", True, inherited=True)
        model.tell(wall, "property", "Pset_WallCommon", "FireRating", "REI 90")
        model.tell(wall, "property", "Pset_WallCommon", "ThermalTransmittance", 0.24, "W/(m²·K)")
        model.tell(wall, "quantity", "Qto_WallBaseQuantities", "Length", float(max(x1 - x0, y1 - y0)), "m")
        model.tell(wall, "quantity", "Qto_WallBaseQuantities", "NetVolume", 6.48, "m³")
        model.tell(wall, "material", "", "Concrete C30/37", "0.300", "m")
        window = model.add("IfcWindow", f"Window {number + 1}{side}", wall, storey)
        model.box(window, (x0, y0, base + 0.9, x1, y1, base + 3.3), GLASS)
    door = model.add("IfcDoor", f"Door {number + 1}", storey, storey)
    model.box(door, (11, -0.05, base, 13, 0.05, base + 2.2), DOOR)
    space = model.add("IfcSpace", f"Office {number + 1}", storey, storey, hidden=True)
    model.box(space, (0.4, 0.4, base, 23.6, 15.6, base + 3.2), (90, 160, 220, 60))


def ground() -> Model:
    """A plot of ground."""
    model = Model()
    row = model.add("Terrain", "Ground", NO_ROW, level=int(CimLevel.TERRAIN))
    model.box(row, (-80, -80, -3, 110, 100, -0.31), (150, 170, 120, 255))
    return model


def many(count: int, shapes: int = 64) -> Model:
    """``count`` walls under one storey, of which a few have a shape."""
    model = Model()
    storey = model.add("IfcBuildingStorey", "Level 1", NO_ROW)
    for number in range(count):
        wall = model.add("IfcWall", f"Wall {number}", storey, storey)
        if number < shapes:
            model.box(wall, (number * 2.0, 0, 0, number * 2.0 + 1, 1, 3), WALL)
    return model
