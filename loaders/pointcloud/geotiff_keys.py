"""The reference system in the GeoTIFF keys of a LAS file, read by GDAL as those of a TIFF file are."""

from __future__ import annotations

import struct
import warnings

from loaders.pointcloud.header import Header

_PROJECTION = "LASF_Projection"
_KEYS, _DOUBLES, _TEXTS = 34735, 34736, 34737  # the same numbers as TIFF's tags
_SHORT, _LONG, _DOUBLE, _ASCII, _BYTE = 3, 4, 12, 2, 1


def crs_of_keys(header: Header) -> str | None:
    """WKT of what the GeoTIFF keys mean; None without keys or where GDAL does not know it."""
    keys = header.record(_PROJECTION, _KEYS)
    if keys is None or len(keys) < 8:
        return None
    doubles = header.record(_PROJECTION, _DOUBLES) or b""
    texts = header.record(_PROJECTION, _TEXTS) or b""
    return _asked(_tiff(keys[: len(keys) // 2 * 2], doubles[: len(doubles) // 8 * 8], texts))


def _tiff(keys: bytes, doubles: bytes, texts: bytes) -> bytes:
    """A picture of one pixel that carries the keys."""
    pixel_scale = struct.pack("<3d", 1.0, 1.0, 0.0)
    tie_point = struct.pack("<6d", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    tags: list[tuple[int, int, int, bytes]] = [
        *((tag, _SHORT, 1, struct.pack("<HH", value, 0)) for tag, value in ((256, 1), (257, 1), (258, 8), (259, 1))),
        (262, _SHORT, 1, struct.pack("<HH", 1, 0)),
        (273, _LONG, 1, b"PIXL"),
        *((tag, _SHORT, 1, struct.pack("<HH", value, 0)) for tag, value in ((277, 1), (278, 1))),
        (279, _LONG, 1, struct.pack("<I", 1)),
        (33550, _DOUBLE, 3, pixel_scale),
        (33922, _DOUBLE, 6, tie_point),
        (_KEYS, _SHORT, len(keys) // 2, keys),
    ]
    if doubles:
        tags.append((_DOUBLES, _DOUBLE, len(doubles) // 8, doubles))
    if texts:
        tags.append((_TEXTS, _ASCII, len(texts), texts))
    at = 8 + 2 + 12 * len(tags) + 4
    body, entries = b"\0" * 8, b""
    for tag, kind, count, data in tags:
        if tag == 273:
            data = struct.pack("<I", at)
        if len(data) > 4:
            entries += struct.pack("<HHII", tag, kind, count, at + len(body))
            body += data + b"\0" * (-len(data) % 8)
        else:
            entries += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\0")
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + b"\0" * 4 + body


def _asked(tiff: bytes) -> str | None:
    import logging

    import rasterio
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import RasterioError

    logger = logging.getLogger("rasterio")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # what GDAL minds becomes a finding
    try:
        with (
            warnings.catch_warnings(),
            rasterio.MemoryFile(tiff) as memory,
            memory.open(driver="GTiff") as dataset,
        ):
            return str(dataset.crs.to_wkt()) if dataset.crs else None
    except (RasterioError, CPLE_BaseError, OSError, ValueError):
        return None
    finally:
        logger.setLevel(before)
