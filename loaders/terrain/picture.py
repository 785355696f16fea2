"""Pixels of a picture as 8-bit RGB with a mask, decimated; and back to JPEG or PNG."""

from __future__ import annotations

import math
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from loaders.model.meshes import Texture
from loaders.terrain.opening import gdal_errors, quiet
from loaders.terrain.raster import composed

DEFAULT_TEXTURE_PX = 4096
Bytes = NDArray[np.uint8]
_STRIPE_ROWS = 256
_QUALITY = 90


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """``pixels`` (rows, columns, 3) uint8 sRGB; ``mask`` (rows, columns) uint8, 0 where there is nothing, or None.

    ``affine`` maps (column, row) of pixel corners to x, y in the source's units. ``stretch`` are the stored values that
    became black and white, where the source has more than 8 bits.
    """

    pixels: Bytes
    mask: Bytes | None
    affine: Affine
    factor: float
    stretch: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """Pixels ``first`` (row, column) and ``size`` (rows, columns) of a raster."""

    first: tuple[int, int]
    size: tuple[int, int]


def read_picture(
    dataset: Any,
    area: Area,
    max_px: int,
    path: Path,
    findings: list[Finding],
    *,
    stretch: tuple[float, float] | None = None,
) -> Generator[float, None, Picture]:
    """Yield the share read; return the area with its longer side at most ``max_px``.

    ``stretch`` is that of a picture of which this is a part.
    Raises `CityTwinError` ``imagery.unreadable`` when no row can be read.
    """
    rows, columns = area.size
    factor = max(1.0, max(rows, columns) / max_px)
    shape = (max(1, round(rows / factor)), max(1, round(columns / factor)))
    bands = _bands(dataset)
    pixels = np.zeros((*shape, len(bands.numbers)), np.dtype(dataset.dtypes[bands.numbers[0] - 1]))
    mask = np.zeros(shape, np.uint8)
    failed = 0
    for first in range(0, shape[0], _STRIPE_ROWS):
        last = min(first + _STRIPE_ROWS, shape[0])
        failed += not _read_stripe(dataset, area, bands, (first, last), (pixels, mask))
        yield last / shape[0]
    if failed * _STRIPE_ROWS >= shape[0]:
        raise CityTwinError("imagery.unreadable", str(path))
    if failed:
        share = round(100 * failed / math.ceil(shape[0] / _STRIPE_ROWS))
        findings.append(Finding.error("terrain.unreadable_rows", path.name, percent=share))
    if pixels.dtype != np.uint8 and bands.lookup is None:
        findings.append(Finding.info("imagery.stretched", path.name))
        stretch = stretch or _range(pixels)
    rgb, clear = _to_rgb(dataset, bands, pixels, stretch or (0.0, 255.0))
    mask &= clear
    to_source = Affine(columns / shape[1], 0.0, area.first[1], 0.0, rows / shape[0], area.first[0])
    return Picture(rgb, None if mask.all() else mask, composed(dataset.transform, to_source), factor, stretch)


@dataclass(frozen=True, slots=True, eq=False)
class _Bands:
    """``numbers`` to read; ``lookup`` (n, 4) of a palette; ``exact`` where pixels must not be mixed."""

    numbers: list[int]
    lookup: Bytes | None
    exact: bool


def _read_stripe(dataset: Any, area: Area, bands: _Bands, span: tuple[int, int], into: tuple[Any, Bytes]) -> bool:
    """Fill rows ``span`` of pixels and mask; False when they cannot be read."""
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    pixels, mask = into
    first, last = span
    scale = area.size[0] / len(pixels)
    window = Window(area.first[1], area.first[0] + first * scale, area.size[1], (last - first) * scale)
    shape = (last - first, pixels.shape[1])
    method = Resampling.nearest if bands.exact or shape == (window.height, window.width) else Resampling.average
    try:
        found = dataset.read(bands.numbers, window=window, out_shape=(len(bands.numbers), *shape), resampling=method)
        pixels[first:last] = np.moveaxis(found, 0, -1)
        mask[first:last] = dataset.dataset_mask(window=window, out_shape=shape)
    except gdal_errors():
        return False
    return True


def _bands(dataset: Any) -> _Bands:
    """Red, green, blue; cyan to black; or one band, perhaps with a palette."""
    names = [colour.name for colour in dataset.colorinterp]
    if names[0] == "palette":
        return _Bands([1], _lookup(dataset), True)
    numbers = _numbers(names)
    masked = any("all_valid" not in {flag.name for flag in dataset.mask_flag_enums[band - 1]} for band in numbers)
    return _Bands(numbers, None, masked)


def _numbers(names: list[str]) -> list[int]:
    for wanted in (("red", "green", "blue"), ("cyan", "magenta", "yellow", "black")):
        if set(wanted) <= set(names):
            return [names.index(name) + 1 for name in wanted]
    usable = [band for band, name in enumerate(names, 1) if name != "alpha"]
    return usable[:3] if len(usable) >= 3 else usable[:1] or [1]


def _lookup(dataset: Any) -> Bytes | None:
    try:
        entries = dataset.colormap(1)
    except ValueError:
        return None
    table = np.zeros((65536, 4), np.uint8)
    for number, colour in entries.items():
        if 0 <= number < len(table):
            table[number] = colour
    return table


def _to_rgb(dataset: Any, bands: _Bands, pixels: Any, stretch: tuple[float, float]) -> tuple[Bytes, Bytes]:
    """RGB (rows, columns, 3) and what the colours themselves say is there (rows, columns), 0 or 255."""
    there = np.full(pixels.shape[:2], 255, np.uint8)
    if bands.lookup is not None:
        colours = bands.lookup[np.clip(pixels[..., 0], 0, len(bands.lookup) - 1).astype(np.int64)]
        return np.ascontiguousarray(colours[..., :3]), np.where(colours[..., 3] > 0, there, 0).astype(np.uint8)
    bits = dataset.tags(bands.numbers[0], ns="IMAGE_STRUCTURE").get("NBITS", "8")
    if pixels.dtype != np.uint8:
        pixels = _stretched(pixels, *stretch)
    elif bits in ("1", "2", "4"):
        pixels = (pixels.astype(np.uint16) * (255 // (2 ** int(bits) - 1))).astype(np.uint8)
    if len(bands.numbers) == 4:
        ink = 255 - pixels.astype(np.uint16)
        pixels = (ink[..., :3] * ink[..., 3:] // 255).astype(np.uint8)
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    return np.ascontiguousarray(pixels), there


def _range(pixels: Any) -> tuple[float, float]:
    """The 2nd and the 98th percentile of all bands together."""
    with np.errstate(invalid="ignore"):  # signalling NaN of damaged files
        values = pixels.astype(np.float64)
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, [2, 98]) if known.size else (0.0, 255.0)
    return float(low), float(high)


def _stretched(pixels: Any, low: float, high: float) -> Bytes:
    """8 bits between two values."""
    with np.errstate(invalid="ignore"):
        values = np.nan_to_num(pixels.astype(np.float64), nan=low)
    share = np.clip((values - low) / max(high - low, 1e-12), 0.0, 1.0)
    return np.asarray(np.round(share * 255), np.uint8)


def encoded(pixels: Bytes, mask: Bytes | None = None) -> Texture:
    """A JPEG, or a PNG with alpha where the ``mask`` has holes."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.io import MemoryFile

    layers = pixels if mask is None else np.dstack([pixels, mask])
    driver, options = ("JPEG", {"QUALITY": _QUALITY}) if mask is None else ("PNG", {"ZLEVEL": 6})
    rows, columns, count = layers.shape
    profile = {"driver": driver, "height": rows, "width": columns, "count": count, "dtype": "uint8"}
    with warnings.catch_warnings(), quiet(), rasterio.Env(GDAL_PAM_ENABLED="NO"), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(**profile, **options) as out:
            out.write(np.moveaxis(layers, -1, 0))
        return Texture(bytes(memory.read()), f"image/{driver.lower()}")


def texture_px(options: dict[str, Any]) -> int:
    """The longest side of all textures together from the option ``texture_px``."""
    wanted = options.get("texture_px", DEFAULT_TEXTURE_PX)
    if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not math.isfinite(wanted):
        return DEFAULT_TEXTURE_PX
    return int(min(max(wanted, 64), 16384))
