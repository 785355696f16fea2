"""Coordinate reference systems of sources: naming them, their units in metres, and metric systems to show them in."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyproj import CRS

Points = NDArray[np.float64]

# Beyond these spans (degrees) a UTM zone, then an azimuthal projection, distorts too much to be believed.
_UTM_SPAN_DEG = 9.0
_LAEA_SPAN_DEG = 60.0
_MAX_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class SourceCrs:
    """What a source's system means. ``text`` is an authority code or WKT of the horizontal part.

    ``unit_m`` is one horizontal unit in metres (1.0 for degrees, which have none); ``height_unit_m``
    is None when the source names no vertical unit; ``vertical`` is the name of the vertical system.
    """

    text: str
    is_geographic: bool
    unit_m: float
    height_unit_m: float | None = None
    vertical: str | None = None
    is_geocentric: bool = False


def read_crs(text: str) -> SourceCrs | None:
    """The system that an authority code, an OGC URN or URL, WKT or PROJ text names; None when nobody knows it."""
    crs = _parsed(text)
    if crs is None:
        return None
    parts = crs.sub_crs_list if crs.is_compound else [crs]
    horizontal, upright = _unbound(parts[0]), (_unbound(parts[1]) if len(parts) > 1 else None)
    if not (horizontal.is_geographic or horizontal.is_projected or horizontal.is_geocentric):
        return None
    axes = horizontal.axis_info
    unit_m = 1.0 if horizontal.is_geographic or not axes else float(axes[0].unit_conversion_factor)
    height_unit_m = float(upright.axis_info[0].unit_conversion_factor) if upright and upright.axis_info else None
    if height_unit_m is None and len(axes) == 3:
        height_unit_m = float(axes[2].unit_conversion_factor)
    flat = horizontal if horizontal.is_geocentric else horizontal.to_2d()
    return SourceCrs(
        crs_name(flat),
        bool(horizontal.is_geographic),
        unit_m or 1.0,
        height_unit_m or None,
        upright.name if upright is not None else None,
        bool(horizontal.is_geocentric),
    )


def _parsed(text: str) -> CRS | None:
    from pyproj import CRS
    from pyproj.exceptions import ProjError

    text = text.strip()
    if re.fullmatch(r"\d{4,6}", text):
        text = f"EPSG:{text}"
    if not text or len(text) > _MAX_TEXT or "\0" in text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated codes still name a place
            return CRS.from_user_input(text)
    except (ProjError, ValueError):
        return None


def _unbound(crs: CRS) -> CRS:
    return crs.source_crs if crs.is_bound and crs.source_crs is not None else crs


def crs_name(crs: CRS) -> str:
    """``EPSG:4547`` where an authority knows it for certain, else WKT."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = crs.to_authority(min_confidence=90) or _likely(crs)
        return ":".join(found) if found else crs.to_wkt()


def _likely(crs: CRS) -> tuple[str, str] | None:
    """The authority's code where only names differ, as in the WKT of GIS programs: same parameters, same datum."""
    from pyproj import CRS as PyprojCRS

    found = crs.to_authority(min_confidence=20)
    if found is None:
        return None
    other = PyprojCRS.from_authority(*found)
    datums = [one.datum.name if one.datum is not None else None for one in (crs, other)]
    same = datums[0] == datums[1] and crs.to_proj4() == other.to_proj4()
    return (str(found[0]), str(found[1])) if same else None


def metric_twin(source: SourceCrs) -> str:
    """The same projection counted in metres: its coordinates are the source's times ``unit_m``.

    A system in metres is its own twin. Raises ValueError for a system that is not projected.
    """
    from pyproj import CRS

    if source.is_geographic or source.is_geocentric:
        raise ValueError("only projected systems have a metric twin")
    if abs(source.unit_m - 1.0) < 1e-12:
        return source.text
    crs = CRS.from_user_input(source.text)
    layout: dict[str, Any] = crs.to_json_dict()
    for axis in layout["coordinate_system"]["axis"]:
        axis["unit"] = "metre"
    layout["name"] = f"{layout.get('name', 'unnamed')} in metres"
    layout.pop("id", None)
    return str(CRS.from_json_dict(layout).to_wkt())


def suitable_metric(source: SourceCrs, bounds_deg: tuple[float, float, float, float]) -> str:
    """A metric system for data within ``west, south, east, north`` degrees.

    CGCS2000 data go to their 3-degree Gauss-Kruger zone, others to the UTM zone of their own datum,
    the poles to UPS, wide areas to an azimuthal and the whole globe to a cylindrical equal-area system.
    """
    west, south, east, north = bounds_deg
    longitude, latitude = (west + east) / 2, (south + north) / 2
    if max(abs(south), abs(north)) > 84.0 and abs(latitude) > 70.0:
        return "EPSG:32661" if latitude > 0 else "EPSG:32761"
    span = max(east - west, north - south)
    if span > _LAEA_SPAN_DEG:
        return "EPSG:6933"
    if span > _UTM_SPAN_DEG:
        return _azimuthal(longitude, latitude)
    zone = round(longitude / 3)
    if "2000" in (name := _datum_name(source)) and "China" in name and 25 <= zone <= 45:
        return f"EPSG:{4534 + zone - 25}"
    return _utm(name, longitude, latitude)


def _azimuthal(longitude: float, latitude: float) -> str:
    from pyproj import CRS

    text = f"+proj=laea +lat_0={latitude:.3f} +lon_0={longitude:.3f} +datum=WGS84 +units=m +type=crs"
    return str(CRS.from_proj4(text).to_wkt())


def _datum_name(source: SourceCrs) -> str:
    from pyproj import CRS

    geodetic = CRS.from_user_input(source.text).geodetic_crs
    return geodetic.name if geodetic is not None else ""


def _utm(datum: str, longitude: float, latitude: float) -> str:
    from pyproj.aoi import AreaOfInterest
    from pyproj.database import query_utm_crs_info

    here = AreaOfInterest(longitude, latitude, longitude, latitude)
    for name in (datum, "WGS 84"):
        found = query_utm_crs_info(datum_name=name, area_of_interest=here, contains=True) if name else []
        # Some zones exist in other axis orders too, with a note in brackets; later realisations have longer names.
        plain = sorted((one for one in found if not one.name.endswith(")")), key=lambda one: len(one.name))
        if plain:
            return f"EPSG:{plain[0].code}"
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


def same_place(one: str, other: str) -> bool:
    """Whether two names mean the same horizontal system, whatever the order of its axes."""
    if one == other:
        return True
    first, second = _parsed(one), _parsed(other)
    return first is not None and second is not None and bool(first.equals(second, ignore_axis_order=True))


def point_map(source: str, target: str) -> Callable[[Points, Points], tuple[Points, Points]]:
    """A function from x, y (longitude before latitude) of one system to another; infinite where there is no answer.

    Raises ValueError when PROJ knows no way between them.
    """
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            transformer = Transformer.from_crs(source, target, always_xy=True)
    except ProjError as error:
        raise ValueError(str(error)) from error

    def mapped(x: Points, y: Points) -> tuple[Points, Points]:
        east, north = transformer.transform(np.asarray(x, np.float64), np.asarray(y, np.float64))
        return np.asarray(east, np.float64), np.asarray(north, np.float64)

    return mapped


def point_scale(text: str, x: float, y: float) -> float | None:
    """How much longer than on the ground a distance is in a projected system at a point; None where PROJ cannot say."""
    from pyproj import Proj, Transformer
    from pyproj.exceptions import ProjError

    crs = _parsed(text)
    if crs is None or crs.geodetic_crs is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            longitude, latitude = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x, y)
            scale = float(Proj(crs).get_factors(longitude, latitude).parallel_scale)
    except (ProjError, ValueError):
        return None
    return scale if 0.0 < scale < float("inf") else None


def crs_label(crs: str | None) -> str:
    """What people read of a system: an authority code, or the name inside a WKT text; "" for None."""
    if crs is None or not crs.endswith("]"):
        return crs or ""
    return crs.partition('"')[2].partition('"')[0]
