"""Where an IFC model says it is (LoGeoRef 20 to 50 of Clemen and Görne, 2019)."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from loaders.ifc.attributes import attribute
from loaders.ifc.units import Units, metres
from loaders.model.errors import Finding
from loaders.model.frames import Georeference, Matrix, rotation_z, translation


def read_georeference(model: Any, units: Units) -> tuple[Georeference, list[Finding]]:
    """The georeference, and what is odd about it."""
    problems: list[Finding] = []
    conversion, crs_values = _map_conversion(model)
    north = true_north_deg(model)
    latitude, longitude, height = _site_position(model, units)
    if conversion is None:
        method = "none" if latitude is None else "site_lat_lon"
        return Georeference(
            method=method, latitude_deg=latitude, longitude_deg=longitude, height_m=height, true_north_deg=north
        ), problems
    crs = _crs_name(crs_values, problems)
    matrix = conversion_matrix(conversion, units, crs_values.get("MapUnitScale"), problems)
    if matrix is None:
        crs, matrix = None, np.eye(4)
    details = {key: str(value) for key, value in {**conversion, **crs_values}.items() if value is not None}
    return Georeference(crs, matrix, "map_conversion", latitude, longitude, height, north, details), problems


def _map_conversion(model: Any) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    try:
        found = model.by_type("IfcMapConversion")
    except RuntimeError:
        return _pset_conversion(model)
    for one in found:
        target = one.TargetCRS
        crs: dict[str, Any] = {}
        if target is not None and target.is_a("IfcProjectedCRS"):
            crs = {"Name": target.Name, "VerticalDatum": target.VerticalDatum, "MapUnitScale": _scale(target.MapUnit)}
        names = ("Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate", "Scale")
        return {name: attribute(one, name) for name in names}, crs
    return _pset_conversion(model)


def _pset_conversion(model: Any) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The property sets that stand in for it in IFC2X3 (buildingSMART, "User guide for geo-referencing in IFC")."""
    sets: dict[str, dict[str, Any]] = {}
    for one in model.by_type("IfcPropertySet"):
        name = (one.Name or "").lower()
        if name in ("epset_mapconversion", "epset_projectedcrs"):
            values = {
                p.Name: p.NominalValue[0] if p.NominalValue is not None else None
                for p in one.HasProperties
                if p.is_a("IfcPropertySingleValue")
            }
            sets[name] = values
    return sets.get("epset_mapconversion"), sets.get("epset_projectedcrs", {})


def _scale(unit: Any) -> float | None:
    """One map unit in metres."""
    return None if unit is None else metres(unit)


def _crs_name(values: dict[str, Any], problems: list[Finding]) -> str | None:
    name = str(values.get("Name") or "").strip()
    if not name:
        problems.append(Finding.warning("ifc.georef_no_crs", "IfcProjectedCRS"))
        return None
    code = re.fullmatch(r"(?:EPSG[:\s]*)?(\d{4,6})", name, re.IGNORECASE)
    if code:
        name = f"EPSG:{code[1]}"
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        found = CRS.from_user_input(name)
    except CRSError:
        problems.append(Finding.warning("ifc.georef_unknown_crs", "IfcProjectedCRS", name=name))
        return None
    authority = found.to_authority()
    return ":".join(authority) if authority else name


def conversion_matrix(
    values: dict[str, Any], units: Units, map_unit_m: float | None, problems: list[Finding]
) -> Matrix | None:
    """``world_from_model`` in metres (IFC4 ADD2 TC1, IfcMapConversion).

    ``Scale`` turns file length units into map units; our model frame is metres already, so the
    file's own unit is divided out again.
    """
    map_m = map_unit_m or 1.0
    try:
        east, north, height = (float(values.get(k) or 0.0) for k in ("Eastings", "Northings", "OrthogonalHeight"))
        x, y = values.get("XAxisAbscissa"), values.get("XAxisOrdinate")
        scale = values.get("Scale")
        stretch = (float(scale) * map_m / units.length_m) if scale else 1.0
        angle = math.atan2(float(y), float(x)) if x is not None and y is not None and (x or y) else 0.0
    except (TypeError, ValueError):
        problems.append(Finding.error("ifc.georef_unreadable", "IfcMapConversion"))
        return None
    if not all(map(math.isfinite, (east, north, height, stretch, angle))) or stretch <= 0:
        problems.append(Finding.error("ifc.georef_unreadable", "IfcMapConversion"))
        return None
    if not 0.9 < stretch < 1.1:
        # A scale that forgets the unit (1 in a millimetre file) would shrink the building to a toy.
        problems.append(Finding.warning("ifc.georef_scale", "IfcMapConversion", scale=round(stretch, 6)))
        stretch = 1.0
    matrix = translation((east * map_m, north * map_m, height * map_m)) @ rotation_z(angle)
    matrix[:3, :3] *= stretch
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


def _site_position(model: Any, units: Units) -> tuple[float | None, float | None, float | None]:
    for site in model.by_type("IfcSite"):
        latitude, longitude = _degrees(site.RefLatitude), _degrees(site.RefLongitude)
        if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
            height = site.RefElevation
            return latitude, longitude, None if height is None else float(height) * units.length_m
    return None, None, None


def _degrees(parts: Any) -> float | None:
    """IfcCompoundPlaneAngleMeasure: degrees, minutes, seconds and millionths of a second, all of one sign."""
    if not parts or len(parts) < 3:
        return None
    sizes = (1.0, 60.0, 3600.0, 3600.0e6)
    return float(sum(float(part) / size for part, size in zip(parts, sizes, strict=False)))
