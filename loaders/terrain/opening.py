"""Opening rasters through GDAL safely: only the formats meant, no network, plain errors."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loaders.model.crs import SourceCrs, read_crs
from loaders.model.errors import CityTwinError, Finding
from loaders.terrain.ascii_grid import check_whole
from loaders.terrain.companions import prj_text
from loaders.terrain.tiff_tags import is_tiff

# GDAL's 5 % of the memory would grow with the machine; what is read here is read once.
_CACHE_BYTES = 64 * 1024 * 1024


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps GDAL's complaints about a file out of the log: what matters in them becomes an error or a finding."""
    logger = logging.getLogger("rasterio")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def opened(path: Path, drivers: tuple[str, ...]) -> Iterator[Any]:
    """The rasterio dataset of ``path``; raises `CityTwinError` ``terrain.not_raster`` when GDAL knows it not."""
    import rasterio
    from affine import TransformNotInvertibleError
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings(), quiet(), rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        failures: tuple[type[Exception], ...] = (*gdal_errors(), TransformNotInvertibleError)
        try:
            driver = _driver(path, drivers)
            if driver == "AAIGrid":
                check_whole(path)
            dataset = rasterio.open(path, driver=driver)
        except failures as error:
            raise CityTwinError("terrain.not_raster", str(path), reason=_reason(error, path)) from error
        try:
            with dataset:
                yield dataset
        except CPLE_BaseError as error:  # rasterio lets some of GDAL's errors through as they are
            raise CityTwinError("terrain.not_raster", str(path), reason=_reason(error, path)) from error


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
        findings.append(Finding.warning("terrain.no_crs", path.name))
        return None
    found = read_crs(text)
    if found is None or found.is_geocentric:
        findings.append(Finding.warning("terrain.unknown_crs", path.name, name=text[:60]))
        return None
    return found
