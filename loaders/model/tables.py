"""The columns of ``objects.parquet`` and ``properties.parquet`` (design.md section 2)."""

from __future__ import annotations

import enum

import pyarrow as pa

NO_ROW = -1


class CimLevel(enum.IntEnum):
    """Display levels after the CIM guide: what kind of detail an object is."""

    TERRAIN = 1
    BLOCK = 2
    SHELL = 3
    ENVELOPE = 4
    SPACES = 5
    COMPONENTS = 6
    PARTS = 7


# One row per object; the row number is the feature id in the tiles.
OBJECTS_SCHEMA = pa.schema(
    [
        ("id", pa.string()),  # unique in the source: IFC GlobalId, CityJSON id, else made from the row
        ("guid", pa.string()),  # IFC GlobalId, 22 characters, or null
        ("step_id", pa.int64()),  # IFC instance number, or null
        ("class", pa.string()),  # IfcWall, Building, BuildingPart, Terrain ...
        ("name", pa.string()),
        ("parent", pa.int32()),  # row of the decomposition or containment parent; NO_ROW at a root
        ("storey", pa.int32()),  # row of the storey that holds it; NO_ROW when none
        ("level", pa.int8()),  # CimLevel
        ("hidden", pa.bool_()),  # hidden until asked for (spaces, openings ...)
        ("engine", pa.string()),  # what meshed it: "hybrid-manifold-opencascade", "fast" ...; null: no geometry
        ("triangles", pa.int32()),
        ("points", pa.int64()),  # of a point cloud; corners of triangles do not count
        ("min_x", pa.float64()),  # bounds in the model frame, metres; null without geometry
        ("min_y", pa.float64()),
        ("min_z", pa.float64()),
        ("max_x", pa.float64()),
        ("max_y", pa.float64()),
        ("max_z", pa.float64()),
        ("tiles", pa.list_(pa.uint32())),  # indices of the tiles that hold it
    ]
)

# Long form: one row per value.
PROPERTIES_SCHEMA = pa.schema(
    [
        ("object", pa.uint32()),  # row in objects.parquet
        ("kind", pa.string()),  # attribute, property, quantity, material, classification, type, layer, group, system
        ("set", pa.string()),  # Pset_WallCommon ...; the kind's own heading elsewhere
        ("name", pa.string()),
        ("value", pa.string()),  # as text, whatever its type
        ("number", pa.float64()),  # the same as a number, null where it is none
        ("value_type", pa.string()),  # string, real, integer, boolean, logical, list ...
        ("unit", pa.string()),  # m, m², °C ...; null where it has none
        ("inherited", pa.bool_()),  # comes from the type object
    ]
)
