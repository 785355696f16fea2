"""Where an IFC model says it is (LoGeoRef 20 to 50 of Clemen and Görne, 2019)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from loaders.ifc.attributes import attribute, is_instance, text_of
from loaders.ifc.doubts import Doubts
from loaders.ifc.relations import instances
from loaders.ifc.units import SI_PREFIXES, Units, metres
from loaders.model.crs import read_crs
from loaders.model.errors import Finding
from loaders.model.frames import Georeference, Matrix, rotation_z, translation

_ROOT_NAME = 2  # of IfcRoot's attributes; by number, as there may be a hundred thousand sets
_CONVERSION = (
    "Eastings",
    "Northings",
    "OrthogonalHeight",
    "XAxisAbscissa",
    "XAxisOrdinate",
    "Scale",
    "FactorX",
    "FactorY",
    "FactorZ",
)


def read_georeference(model: Any, units: Units, doubts: Doubts) -> tuple[Georeference, list[Finding]]:
    """The georeference, and what is odd about it."""
    problems: list[Finding] = []
    conversion: dict[str, Any] | None = None
    crs_values: dict[str, Any] = {}
    north: float | None = None
    site: tuple[float | None, float | None, float | None] = (None, None, None)
    with doubts.at("IfcCoordinateOperation"):
        conversion, crs_values = _map_conversion(model)
    with doubts.at("IfcGeometricRepresentationContext"):
        north = true_north_deg(model)
    with doubts.at("IfcSite"):
        site = _site_position(model, units, problems)
    latitude, longitude, height = site
    if conversion is None:
        method = "none" if latitude is None else "site_lat_lon"
        return Georeference(
            method=method, latitude_deg=latitude, longitude_deg=longitude, height_m=height, true_north_deg=north
        ), problems
    crs, crs_unit_m = _crs(crs_values, problems)
    matrix = conversion_matrix(conversion, units, crs_values.get("MapUnitScale") or crs_unit_m, problems)
    if matrix is None:
        crs, matrix = None, np.eye(4)
    details = {key: str(value) for key, value in {**conversion, **crs_values}.items() if value is not None}
    return Georeference(crs, matrix, "map_conversion", latitude, longitude, height, north, details), problems


def _map_conversion(model: Any) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The values of the coordinate operation and of its target system, by their IFC names."""
    for one in instances(model, "IfcCoordinateOperation"):
        target = attribute(one, "TargetCRS")
        crs: dict[str, Any] = {}
        if is_instance(target) and target.is_a("IfcCoordinateReferenceSystem"):
            names = ("Name", "GeodeticDatum", "VerticalDatum", "MapProjection", "MapZone")
            crs = {name: text_of(attribute(target, name)) for name in names}
            crs["MapUnitScale"] = _scale(attribute(target, "MapUnit"))
        if one.is_a("IfcRigidOperation"):
            rigid = ("FirstCoordinate", "SecondCoordinate", "Height")
            east, north, height = (_bare(attribute(one, name)) for name in rigid)
            return {"Eastings": east, "Northings": north, "OrthogonalHeight": height}, crs
        return {name: _bare(attribute(one, name)) for name in _CONVERSION}, crs
    return _pset_conversion(model)


def _bare(value: Any) -> Any:
    return value.get_argument(0) if hasattr(value, "is_a") and value.id() == 0 else value


def _pset_conversion(model: Any) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The property sets that stand in for it in IFC2X3 (buildingSMART, "User guide for geo-referencing in IFC")."""
    sets: dict[str, dict[str, Any]] = {}
    for one in model.by_type("IfcPropertySet"):
        name = (text_of(one.get_argument(_ROOT_NAME)) or "").lower()
        if name in ("epset_mapconversion", "epset_projectedcrs"):
            values = {p.Name: _bare(p.NominalValue) for p in one.HasProperties if p.is_a("IfcPropertySingleValue")}
            sets[name] = values
    crs = sets.get("epset_projectedcrs", {})
    unit = str(crs.get("MapUnit") or "").upper().replace(" ", "")
    if unit.endswith(("METRE", "METER")):
        crs["MapUnitScale"] = SI_PREFIXES.get(unit[:-5], 1.0)
    return sets.get("epset_mapconversion"), crs


def _scale(unit: Any) -> float | None:
    """One map unit in metres."""
    return metres(unit) if is_instance(unit) and unit.is_a("IfcNamedUnit") else None


def _crs(values: dict[str, Any], problems: list[Finding]) -> tuple[str | None, float | None]:
    """The name of the target system and its unit in metres."""
    name = str(values.get("Name") or "").strip()
    if not name:
        problems.append(Finding.warning("ifc.georef_no_crs", "IfcProjectedCRS"))
        return None, None
    found = read_crs(name)
    if found is None or found.is_geographic or found.is_geocentric:
        problems.append(Finding.warning("ifc.georef_unknown_crs", "IfcProjectedCRS", name=name[:80]))
        return None, None
    return found.text, found.unit_m


def conversion_matrix(
    values: dict[str, Any], units: Units, map_unit_m: float | None, problems: list[Finding]
) -> Matrix | None:
    """``world_from_model`` in metres (IFC4X3 ADD2, IfcMapConversion and IfcMapConversionScaled).

    ``Scale`` turns file length units into map units; our model frame is metres already, so the
    file's own unit is divided out again.
    """
    map_m = map_unit_m or 1.0
    try:
        east, north, height = (float(values.get(k) or 0.0) for k in ("Eastings", "Northings", "OrthogonalHeight"))
        x, y = values.get("XAxisAbscissa"), values.get("XAxisOrdinate")
        scale = values.get("Scale")
        stretch = 1.0 if scale is None else float(scale) * map_m / units.length_m
        given = (values.get(name) for name in ("FactorX", "FactorY", "FactorZ"))
        factors = [1.0 if factor is None else float(factor) for factor in given]
        angle = math.atan2(float(y), float(x)) if x is not None and y is not None and (x or y) else 0.0
    except (TypeError, ValueError):
        problems.append(Finding.error("ifc.georef_unreadable", "IfcMapConversion"))
        return None
    if not all(map(math.isfinite, (east, north, height, stretch, angle, *factors))) or min(factors) <= 0:
        problems.append(Finding.error("ifc.georef_unreadable", "IfcMapConversion"))
        return None
    if not 0.9 < stretch < 1.1:
        # A scale that forgets the unit (1 in a millimetre file) would shrink the building to a toy.
        problems.append(Finding.warning("ifc.georef_scale", "IfcMapConversion", scale=round(stretch, 6)))
        stretch = 1.0
    matrix = translation((east * map_m, north * map_m, height * map_m)) @ rotation_z(angle)
    matrix[:3, :3] = matrix[:3, :3] @ np.diag(np.array(factors) * stretch)
    return matrix


def true_north_deg(model: Any) -> float | None:
    """The clockwise angle from model +y to true north, of the model context."""
    for context in model.by_type("IfcGeometricRepresentationContext"):
        if context.is_a("IfcGeometricRepresentationSubContext"):
            continue
        direction = attribute(context, "TrueNorth")
        if direction is not None and len(direction.DirectionRatios) >= 2:
            x, y = (float(v) for v in direction.DirectionRatios[:2])
            if math.hypot(x, y) > 1e-9:
                return math.degrees(math.atan2(x, y))
    return None


def _site_position(
    model: Any, units: Units, problems: list[Finding]
) -> tuple[float | None, float | None, float | None]:
    for site in model.by_type("IfcSite"):
        latitude, longitude = _degrees(site.RefLatitude), _degrees(site.RefLongitude)
        if latitude is None or longitude is None:
            continue
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            height = site.RefElevation
            return latitude, longitude, float(height) * units.length_m if isinstance(height, float | int) else None
        place = {"latitude": round(latitude, 6), "longitude": round(longitude, 6)}
        problems.append(Finding.error("ifc.site_off_earth", f"#{site.id()}", **place))
    return None, None, None


def _degrees(parts: Any) -> float | None:
    """IfcCompoundPlaneAngleMeasure: degrees, minutes, seconds and millionths of a second, all of one sign."""
    if not parts or len(parts) < 3:
        return None
    sizes = (1.0, 60.0, 3600.0, 3600.0e6)
    return float(sum(float(part) / size for part, size in zip(parts, sizes, strict=False)))
