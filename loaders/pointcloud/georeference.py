"""Where a cloud is: its reference system, and its points in metres about a nearby origin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.crs import SourceCrs, crs_label, metric_twin, point_map, read_crs, suitable_metric
from loaders.model.errors import Finding
from loaders.model.frames import Georeference, translation
from loaders.pointcloud.geotiff_keys import crs_of_keys
from loaders.pointcloud.header import Header

Floats = NDArray[np.float64]
_ON_THE_GLOBE_M = (6.2e6, 6.8e6)  # from the centre of the Earth
_FARTHEST_M = 1e8  # farther out than any projected coordinate on earth


class Placing(NamedTuple):
    """``to_model`` takes source coordinates (n, 3) and gives model points; NaN where there is no place for one.

    ``is_linear`` tells that it only scales and shifts.
    """

    georeference: Georeference
    to_model: Callable[[Floats], Floats]
    is_linear: bool


def place(path: Path, header: Header, bounds: Floats, findings: list[Finding]) -> Placing:
    """The place of a cloud with source ``bounds`` (6,); systems in feet are counted in metres, others projected."""
    source = _source_crs(path, header, bounds, findings)
    if source is None:
        return _scaled(np.ones(3), bounds, None, {})
    details = {"vertical": source.vertical} if source.vertical else {}
    if not source.is_geographic and not source.is_geocentric:
        # Without a vertical system, heights of surveys in feet are in feet (LAS Domain Profile practice).
        height_m = source.height_unit_m if source.height_unit_m is not None else source.unit_m
        unit_m = np.array([source.unit_m, source.unit_m, height_m])
        return _scaled(unit_m, bounds, metric_twin(source), details)
    return _projected(source, bounds, details)


def _scaled(unit_m: Floats, bounds: Floats, crs: str | None, details: dict[str, str]) -> Placing:
    origin_m = _origin(bounds * np.tile(unit_m, 2))
    georeference = Georeference(crs, translation(origin_m), "file" if crs else "none", details=details)
    return Placing(georeference, lambda points: _near(points * unit_m - origin_m), is_linear=True)


def _projected(source: SourceCrs, bounds: Floats, details: dict[str, str]) -> Placing:
    to_degrees = _to_degrees(source)
    corners = to_degrees(_corners(bounds))
    corners = corners[np.isfinite(corners).all(axis=1)]
    (west, south), (east, north) = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    geographic = source if source.is_geographic else read_crs("EPSG:4979")
    assert geographic is not None
    crs = suitable_metric(geographic, (float(west), float(south), float(east), float(north)))
    onto = point_map("EPSG:4979" if source.is_geocentric else source.text, crs)

    def in_crs(points: Floats) -> Floats:
        degrees = to_degrees(points)
        return np.column_stack([*onto(degrees[:, 0], degrees[:, 1]), degrees[:, 2]])

    placed = in_crs(_corners(bounds))
    placed = placed[np.isfinite(placed).all(axis=1)]
    origin_m = _origin(np.append(placed.min(axis=0), placed.max(axis=0)))
    georeference = Georeference(crs, translation(origin_m), "file", details=details)
    return Placing(georeference, lambda points: _near(in_crs(points) - origin_m), is_linear=False)


def _to_degrees(source: SourceCrs) -> Callable[[Floats], Floats]:
    """Longitude, latitude and height in metres of source coordinates."""
    if source.is_geographic:
        height_m = source.height_unit_m or 1.0
        return lambda points: points * np.array([1.0, 1.0, height_m])
    from pyproj import Transformer

    transformer = Transformer.from_crs(source.text, "EPSG:4979", always_xy=True)
    return lambda points: np.column_stack(transformer.transform(*(points * source.unit_m).T))


def _corners(bounds: Floats) -> Floats:
    box = bounds.reshape(2, 3)
    return np.array([[box[i, 0], box[j, 1], box[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])


def _origin(bounds_m: Floats) -> Floats:
    """A whole metre in the middle; heights stay as they are."""
    middle = np.round((bounds_m[:3] + bounds_m[3:]) / 2.0)
    return np.array([middle[0], middle[1], 0.0])


def _near(points_m: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        points_m[~(np.abs(points_m) < _FARTHEST_M).all(axis=1)] = np.nan
    return points_m


def _source_crs(path: Path, header: Header, bounds: Floats, findings: list[Finding]) -> SourceCrs | None:
    """What the file says of itself, where its coordinates do not contradict it."""
    texts = [text for text in (_wkt(header), crs_of_keys(header)) if text]
    known = [found for text in texts if (found := read_crs(text)) is not None]
    if not known:
        code = "pointcloud.unknown_crs" if texts or _names_keys(header) else "pointcloud.no_crs"
        findings.append(Finding.warning(code, path.name))
        return None
    for source in known:
        if _fits(source, bounds):
            return source
    findings.append(Finding.warning("pointcloud.wrong_crs", path.name, name=crs_label(known[0].text)[:80]))
    return None


def _wkt(header: Header) -> str:
    data = header.record("LASF_Projection", 2112)
    return "" if data is None else data.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _names_keys(header: Header) -> bool:
    keys = header.record("LASF_Projection", 34735)
    return keys is not None and len(keys) > 8


def _fits(source: SourceCrs, bounds: Floats) -> bool:
    """Whether coordinates can be of a system: degrees are small, and geocentric ones lie on the globe."""
    middle = (bounds[:3] + bounds[3:]) / 2.0
    if source.is_geographic:
        return bool(abs(middle[0]) <= 360.0 and abs(middle[1]) <= 90.0)
    if source.is_geocentric:
        return _ON_THE_GLOBE_M[0] < float(np.linalg.norm(middle * source.unit_m)) < _ON_THE_GLOBE_M[1]
    return True
