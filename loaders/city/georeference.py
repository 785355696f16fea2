"""Where a city model is: its reference system, and its vertices in metres about a nearby origin."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from loaders.city.documents import CityFile, Points
from loaders.city.properties import printable
from loaders.model.crs import SourceCrs, metric_twin, point_map, read_crs, same_place, suitable_metric
from loaders.model.errors import CityTwinError, Finding
from loaders.model.frames import Georeference, translation

# Farther out than any projected coordinate on earth, in metres.
_FARTHEST_M = 1e8


class Placed(NamedTuple):
    """``points_m`` (n, 3) in the model frame; NaN where a vertex cannot be used."""

    georeference: Georeference
    points_m: Points
    height_unit_m: float


def place(city: CityFile, target: str | None) -> Placed:
    """The vertices of ``city`` in metres: in the system ``target`` where it can be reached, else in their own.

    Systems in feet are counted in metres, geographic and geocentric ones are projected.
    Raises `CityTwinError` ``city.no_place`` when no vertex has a finite place.
    """
    text = _reference(city.metadata)
    source = read_crs(text) if text else None
    if text and source is None:
        city.findings.append(Finding.warning("city.unknown_crs", "metadata.referenceSystem", name=printable(text[:80])))
    elif source is None:
        city.findings.append(Finding.warning("city.no_crs", "metadata.referenceSystem"))
    points = city.vertices.copy()
    if source is not None and source.is_geographic and _is_swapped(points):
        points[:, [0, 1]] = points[:, [1, 0]]
        city.findings.append(Finding.warning("city.swapped", "metadata.referenceSystem", name=printable(text[:80])))
    if len(points) and source is not None and source.is_geocentric:
        points, source = _from_geocentric(points, source)
    crs = None if source is None else _to_metres(points, source, target, city.findings)
    height_unit_m = 1.0 if source is None or source.height_unit_m is None else source.height_unit_m
    points[:, 2] *= height_unit_m
    with np.errstate(invalid="ignore"):
        points[~(np.abs(points) < _FARTHEST_M).all(axis=1)] = np.nan
    if len(points) and np.isfinite(city.vertices).all(axis=1).any() and not np.isfinite(points).any():
        raise CityTwinError("city.outside", "metadata.referenceSystem", crs=printable(text[:80]))
    origin = _origin(points)
    points[:, :2] -= origin[:2]
    details = {"vertical": source.vertical} if source is not None and source.vertical else {}
    if text:
        details["reference_system"] = printable(text[:200])
    georeference = Georeference(crs, translation(origin), "file", details=details)
    return Placed(georeference, points, height_unit_m)


def _is_swapped(degrees: Points) -> bool:
    """Whether the second numbers cannot be latitudes, and the first ones can."""
    finite = degrees[np.isfinite(degrees).all(axis=1)]
    if not len(finite):
        return False
    first, second = np.abs(finite[:, 0]).max(), np.abs(finite[:, 1]).max()
    return bool(90.0 < second <= 180.0 and first <= 90.0)


def _reference(metadata: dict[str, Any]) -> str:
    """The name of the system: ``referenceSystem``, or ``crs.epsg`` of old files."""
    found = metadata.get("referenceSystem")
    if not isinstance(found, str | int):
        old = metadata.get("crs")
        found = old.get("epsg") if isinstance(old, dict) else None
    return str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _to_metres(points: Points, source: SourceCrs, target: str | None, findings: list[Finding]) -> str | None:
    """Turn x and y into metres, in place; gives the system they are then in."""
    if not len(points):
        return None if source.is_geographic else metric_twin(source)
    wanted = _wanted(source, target, points)
    if wanted is None:
        points[:, :2] *= source.unit_m
        return metric_twin(source)
    try:
        points[:, 0], points[:, 1] = point_map(source.text, wanted)(points[:, 0], points[:, 1])
    except ValueError as error:
        raise CityTwinError("city.no_place", "", reason=str(error)[:120]) from error
    return wanted


def _wanted(source: SourceCrs, target: str | None, points: Points) -> str | None:
    """The system to project to; None for the source's own in metres."""
    aim = read_crs(target) if target else None
    if aim is not None and not aim.is_geographic and not aim.is_geocentric:
        return None if same_place(source.text, aim.text) and not source.is_geographic else metric_twin(aim)
    if not source.is_geographic:
        return None
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        return suitable_metric(source, (0.0, 0.0, 0.0, 0.0))
    (west, south), (east, north) = np.percentile(finite[:, :2], [5, 95], axis=0)
    return suitable_metric(source, (float(west), float(south), float(east), float(north)))


def _from_geocentric(points: Points, source: SourceCrs) -> tuple[Points, SourceCrs]:
    from pyproj import Transformer

    transformer = Transformer.from_crs(source.text, "EPSG:4979", always_xy=True)
    found = np.column_stack(transformer.transform(*(points * source.unit_m).T))
    geographic = read_crs("EPSG:4979")
    assert geographic is not None
    return found, geographic


def _origin(points: Points) -> Points:
    """A whole metre near the middle of the data; one stray vertex does not move it far. Heights stay as they are."""
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        return np.zeros(3)
    middle = np.median(finite, axis=0)
    return np.array([np.round(middle[0]), np.round(middle[1]), 0.0])
