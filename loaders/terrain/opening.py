"""Opening rasters through GDAL safely: only the formats meant, no network, plain errors."""

from __future__ import annotations

import logging
import math
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loaders.model.crs import SourceCrs, point_scale, read_crs
from loaders.model.errors import CityTwinError, Finding
from loaders.terrain.ascii_grid import check_whole
from loaders.terrain.companions import is_sound, prj_text, world_files
from loaders.terrain.tiff_tags import is_tiff

# GDAL's 5 % of the memory would grow with the machine; what is read here is read once.
_CACHE_BYTES = 64 * 1024 * 1024
_LARGEST_CELL_DEG = 0.1
_TOLD_STRETCH = 0.01


class _Quiet:
    """How many want no word of GDAL, and what the log's level was before the first of them; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._before = logging.NOTSET

    def change(self, by: int) -> None:
        logger = logging.getLogger("rasterio")
        with self._lock:
            if self._count == 0:
                self._before = logger.level
            self._count += by
            logger.setLevel(logging.CRITICAL + 1 if self._count else self._before)


_quiet = _Quiet()
_opening = threading.Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps GDAL's complaints about a file out of the log: what matters in them becomes an error or a finding."""
    _quiet.change(1)
    try:
        yield
    finally:
        _quiet.change(-1)


@contextmanager
def reading() -> Iterator[None]:
    """What reading from an open dataset wants around it, in whatever thread."""
    import rasterio

    with quiet(), rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES):
        yield


def open_to_keep(path: Path, driver: str) -> Any:
    """A rasterio dataset of its own for the thread that asks; raises one of `gdal_errors`."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    with _opening, warnings.catch_warnings(), reading():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, driver=driver, sharing=False)


@contextmanager
def opened(path: Path, drivers: tuple[str, ...]) -> Iterator[Any]:
    """The rasterio dataset of ``path``; raises `CityTwinError` ``terrain.not_raster`` when GDAL knows it not."""
    import rasterio
    from affine import TransformNotInvertibleError
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings(), quiet(), rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        driver = ""
        failures: tuple[type[Exception], ...] = (*gdal_errors(), TransformNotInvertibleError)
        try:
            driver = _driver(path, drivers)
            if driver == "AAIGrid":
                check_whole(path)
            dataset = _opened(path, driver)
        except failures as error:
            if driver == "SRTMHGT":
                raise CityTwinError("terrain.bad_hgt", str(path)) from error
            raise CityTwinError("terrain.not_raster", str(path), reason=_reason(error, path)) from error
        try:
            with dataset:
                yield dataset
        except CPLE_BaseError as error:  # rasterio lets some of GDAL's errors through as they are
            raise CityTwinError("terrain.not_raster", str(path), reason=_reason(error, path)) from error


def _opened(path: Path, driver: str) -> Any:
    """The dataset; a picture whose world file cannot be read is opened without it, as GDAL would give both up."""
    import rasterio

    if driver in ("PNG", "JPEG") and not all(is_sound(one) for one in world_files(path)):
        # As a part of a file, from its first byte on, it has no neighbours.
        return rasterio.open(f"/vsisubfile/0,{path}", driver=driver)
    return rasterio.open(path, driver=driver)


def gdal_errors() -> tuple[type[Exception], ...]:
    """What reading from a damaged raster may raise."""
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import RasterioError

    return RasterioError, CPLE_BaseError, OSError, ValueError


def _driver(path: Path, allowed: tuple[str, ...]) -> str:
    """GDAL's name for what the file's first bytes say it is; the last of ``allowed`` where they say nothing."""
    with path.open("rb") as file:
        head = file.read(8)
    named = "GTiff" if is_tiff(head) else "JPEG" if head.startswith(b"\xff\xd8") else ""
    named = named or ("PNG" if head.startswith(b"\x89PNG") else "AAIGrid")
    if path.suffix.lower() == ".hgt" and named == "AAIGrid":
        named = "SRTMHGT"
    return named if named in allowed else allowed[-1]


def _reason(error: Exception, path: Path) -> str:
    return str(error).replace(str(path), path.name)[:160]


def has_place(dataset: Any) -> bool:
    """Whether the raster says where it is; GDAL gives the identity to those that do not."""
    matrix = dataset.transform
    finite = all(math.isfinite(v) for v in tuple(matrix)[:6])
    return finite and not matrix.is_identity and abs(matrix.a * matrix.e - matrix.b * matrix.d) > 0


def source_crs(dataset: Any, path: Path, findings: list[Finding]) -> SourceCrs | None:
    """The raster's own system, else that of the ``.prj`` beside it; None, with a finding, when there is none."""
    text = dataset.crs.to_wkt() if dataset.crs else prj_text(path)
    if not text:
        if _looks_like_degrees(dataset):
            findings.append(Finding.warning("terrain.degrees_assumed", path.name))
            return read_crs("EPSG:4326")
        findings.append(Finding.warning("terrain.no_crs", path.name))
        return None
    found = read_crs(text)
    if found is None or found.is_geocentric:
        findings.append(Finding.warning("terrain.unknown_crs", path.name, name=_name_in(text)))
        return None
    _tell_stretch(dataset, found, path, findings)
    return found


def _looks_like_degrees(dataset: Any) -> bool:
    """Whether coordinates without a system can only be longitudes and latitudes: metres would make it a toy."""
    if not has_place(dataset):
        return False
    west, south, east, north = _bounds(dataset)
    cell = max(abs(dataset.transform.a), abs(dataset.transform.e))
    inside = west >= -180.0 and east <= 360.0 and south >= -90.0 and north <= 90.0
    return bool(inside and 0.0 < cell < _LARGEST_CELL_DEG)


def _bounds(dataset: Any) -> tuple[float, float, float, float]:
    """West, south, east, north of the corners; rasterio's own warns where the raster is turned."""
    a, b, c, d, e, f = tuple(dataset.transform)[:6]
    corners = [(column, row) for column in (0, dataset.width) for row in (0, dataset.height)]
    x = [a * column + b * row + c for column, row in corners]
    y = [d * column + e * row + f for column, row in corners]
    return min(x), min(y), max(x), max(y)


def _name_in(text: str) -> str:
    """What a WKT calls itself, else its beginning."""
    named = re.match(r'\s*\w+\s*\[\s*"([^"]{1,60})', text)
    return named[1] if named else text[:60]


def _tell_stretch(dataset: Any, crs: SourceCrs, path: Path, findings: list[Finding]) -> None:
    """Web Mercator, say, makes everything a sixth larger in Wuhan than it is."""
    if crs.is_geographic or not has_place(dataset):
        return
    west, south, east, north = _bounds(dataset)
    scale = point_scale(crs.text, (west + east) / 2, (south + north) / 2)
    if scale is not None and abs(scale - 1.0) > _TOLD_STRETCH:
        percent = round(100 * (scale - 1.0), 1)
        findings.append(Finding.warning("terrain.stretched", path.name, percent=percent, crs=_name_in(crs.text)))
