"""The display level of each element, once it is known which ones are seen from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.ifc.chunks import Element, chunks_of, order, surface_of
from loaders.levels.exterior import visible_from_outside
from loaders.levels.massing import Block, block_of
from loaders.levels.rays import RayScene, can_trace
from loaders.model.events import Geometry
from loaders.model.tables import CimLevel

# What makes up the storeys and bounds the spaces of a building; where it is not seen from outside, it is level 5.
_STOREY_CLASSES = ("IfcWall", "IfcSlab", "IfcStair", "IfcRamp", "IfcRoof", "IfcCurtainWall")
# What encloses a building; seen from outside it is level 3, and all else that is seen is level 4.
_SHELL_CLASSES = ("IfcWall", "IfcSlab", "IfcRoof", "IfcCurtainWall", "IfcPlate", "IfcColumn", "IfcFooting", "IfcPile")


def with_levels(objects: pa.Table, elements: Sequence[Element]) -> tuple[pa.Table, Block | None]:
    """The object table with the levels of what has a shape: the envelope is what rays from its surface leave.

    What calls itself external stays in the envelope; terrain, spaces and small parts keep their level.
    Beside it the block of the building, as far as there is one.
    """
    levels = np.asarray(objects["level"]).copy()
    hidden = np.asarray(objects["hidden"])
    classes = objects["class"].to_pylist()
    storey = np.array([str(name).startswith(_STOREY_CLASSES) for name in classes], bool)
    levels[storey & (levels == CimLevel.COMPONENTS)] = CimLevel.SPACES
    shown = [one for one in elements if not hidden[one.row]]
    rows = np.array([one.row for one in shown], np.int64)
    surface = surface_of(shown)
    scene = RayScene(surface) if can_trace() else None
    if scene is not None:
        outside = np.zeros(len(levels), bool)
        outside[rows[visible_from_outside(surface, len(rows), scene)]] = True
        parts = np.array([name == "IfcBuildingElementPart" for name in classes], bool)
        may = np.isin(levels, (CimLevel.COMPONENTS, CimLevel.SPACES)) | parts
        levels[outside & may & ~hidden] = CimLevel.ENVELOPE
    shell = np.array([str(name).startswith(_SHELL_CLASSES) for name in classes], bool)
    levels[shell & (levels == CimLevel.ENVELOPE)] = CimLevel.SHELL
    in_envelope = np.isin(levels, (CimLevel.SHELL, CimLevel.ENVELOPE))
    block = block_of(surface, in_envelope[rows][surface.owners], scene) if len(rows) else None
    index = objects.schema.get_field_index("level")
    return _with_column(objects, index, levels), block


def chunks_by_level(elements: Sequence[Element], objects: pa.Table) -> Iterator[Geometry]:
    """Elements as chunks, those of one level together, and what is hidden by default apart."""
    storeys = np.asarray(objects["storey"]).astype(np.int64)
    levels, hidden = np.asarray(objects["level"]), np.asarray(objects["hidden"])
    groups: dict[tuple[int, bool], list[Element]] = {}
    for element in elements:
        groups.setdefault((int(levels[element.row]), bool(hidden[element.row])), []).append(element)
    for (level, is_hidden), members in sorted(groups.items()):
        for chunk in chunks_of(order(members, storeys)):
            yield Geometry(chunk, level, is_hidden)


def _with_column(objects: pa.Table, index: int, levels: NDArray[np.integer]) -> pa.Table:
    return objects.set_column(index, objects.schema.field(index), pa.array(levels, pa.int8()))
