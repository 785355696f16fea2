"""The head of a demo IFC file: project, units, contexts, georeference, site and building."""

from __future__ import annotations

from dataclasses import dataclass

import ifcopenshell
import ifcopenshell.api.context
import ifcopenshell.api.georeference
import ifcopenshell.api.project
import ifcopenshell.api.pset
import ifcopenshell.api.root
import ifcopenshell.api.unit
import ifcopenshell.util.geolocation
import numpy as np
from pyproj import Transformer

from twin_app.demo.frame import CRS
from twin_app.demo.ifc.shapes import Entity

_FIXED_TIME = "2025-01-01T00:00:00"


@dataclass(frozen=True, slots=True)
class Spec:
    """Which building to write and where.

    ``east_m, north_m, height_m`` place its origin (±0.000 in the middle of its plan) in `CRS`; its front is -y;
    ``angle_rad`` turns its +x from east, counter-clockwise. ``storey_share`` shortens it.
    """

    key: str
    name: str
    use: str
    east_m: float
    north_m: float
    height_m: float
    angle_rad: float
    seed: int
    storey_share: float = 1.0

    def storeys(self, full: int, least: int = 3) -> int:
        """How many of ``full`` storeys to build."""
        return max(least, round(full * self.storey_share))


@dataclass(frozen=True, slots=True)
class Project:
    """The entities that everything else hangs on."""

    file: ifcopenshell.file
    body: Entity
    axis: Entity
    building: Entity


def open_project(spec: Spec) -> Project:
    """A new IFC4 file with everything above the storeys."""
    file = ifcopenshell.api.project.create_file(version="IFC4")
    _header(file, spec)
    project = ifcopenshell.api.root.create_entity(file, ifc_class="IfcProject", name=f"{spec.name}项目")
    project.LongName = "城市孪生演示数据（虚构）"
    units = ifcopenshell.api.unit.assign_unit(
        file,
        length={"is_metric": True, "raw": "METERS"},
        area={"is_metric": True, "raw": "METERS"},
        volume={"is_metric": True, "raw": "METERS"},
    )
    units.Units = sorted(units.Units, key=lambda unit: unit.id())
    model = ifcopenshell.api.context.add_context(file, context_type="Model")
    body, axis = (
        ifcopenshell.api.context.add_context(
            file, context_type="Model", context_identifier=identifier, target_view=view, parent=model
        )
        for identifier, view in (("Body", "MODEL_VIEW"), ("Axis", "GRAPH_VIEW"))
    )
    _georeference(file, spec)
    site = _spatial(file, "IfcSite", f"{spec.name}用地", project)
    _latitude_longitude(site, spec)
    building = _spatial(file, "IfcBuilding", spec.name, site)
    building.LongName = f"{spec.name}（演示）"
    building.ObjectType = spec.use
    building.ElevationOfRefHeight = spec.height_m
    building.BuildingAddress = file.create_entity(
        "IfcPostalAddress", Town="武汉市", Region="湖北省", Country="中国", AddressLines=["沿江大道（虚构地址）"]
    )
    return Project(file, body, axis, building)


def _header(file: ifcopenshell.file, spec: Spec) -> None:
    name = file.header.file_name
    name.time_stamp = _FIXED_TIME
    name.name = f"{spec.key}.ifc"
    name.preprocessor_version = "ifcopenshell"
    name.originating_system = "CityTwin demo"


def _georeference(file: ifcopenshell.file, spec: Spec) -> None:
    ifcopenshell.api.georeference.add_georeferencing(file)
    ifcopenshell.api.georeference.edit_georeferencing(
        file,
        coordinate_operation={
            "Eastings": round(spec.east_m, 4),
            "Northings": round(spec.north_m, 4),
            "OrthogonalHeight": round(spec.height_m, 4),
            "XAxisAbscissa": round(float(np.cos(spec.angle_rad)), 12),
            "XAxisOrdinate": round(float(np.sin(spec.angle_rad)), 12),
            "Scale": 1.0,
        },
        projected_crs={
            "Name": CRS,
            "Description": "CGCS2000 / 3-degree Gauss-Kruger CM 114E",
            "GeodeticDatum": "CGCS2000",
            "VerticalDatum": "1985国家高程基准",
            "MapProjection": "Gauss-Kruger",
            "MapZone": "CM 114E",
        },
    )


def _spatial(file: ifcopenshell.file, ifc_class: str, name: str, parent: Entity) -> Entity:
    entity = ifcopenshell.api.root.create_entity(file, ifc_class=ifc_class, name=name)
    entity.CompositionType = "ELEMENT"
    axes = file.create_entity("IfcAxis2Placement3D", file.create_entity("IfcCartesianPoint", (0.0, 0.0, 0.0)))
    above = getattr(parent, "ObjectPlacement", None)
    entity.ObjectPlacement = file.create_entity("IfcLocalPlacement", above, axes)
    file.create_entity("IfcRelAggregates", "0" * 22, None, None, None, parent, [entity])
    return entity


def _latitude_longitude(site: Entity, spec: Spec) -> None:
    to_degrees = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
    longitude, latitude = to_degrees.transform(spec.east_m, spec.north_m)
    site.RefLatitude = _dms(latitude)
    site.RefLongitude = _dms(longitude)
    site.RefElevation = round(spec.height_m, 3)


def _dms(degrees: float) -> tuple[int, int, int, int]:
    """Degrees, minutes, seconds and millionths of a second."""
    millionths = round(degrees * 3_600_000_000)
    seconds, micro = divmod(millionths, 1_000_000)
    return seconds // 3600, seconds // 60 % 60, seconds % 60, micro
