"""The first directory of a TIFF file, read without GDAL: enough to tell elevation from imagery.

TIFF 6.0 (Adobe, 1992), BigTIFF, and the GeoTIFF and GDAL tags.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BITS, PHOTOMETRIC, SAMPLES, SAMPLE_FORMAT = 258, 262, 277, 339
COMPRESSION, EXTRA_SAMPLES, GDAL_METADATA = 259, 338, 42112
_WANTED = {BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, SAMPLE_FORMAT, EXTRA_SAMPLES, GDAL_METADATA}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4, 12: 8, 16: 8}
_LETTERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 16: "Q"}
_MAX_TAGS = 4096
_MAX_VALUE = 65536


@dataclass(frozen=True, slots=True)
class TiffSummary:
    """What the first image is. ``photometric`` 0/1 grey, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr, 8 Lab."""

    bits: int
    samples: int
    photometric: int
    is_float: bool
    is_complex: bool
    is_jpeg: bool
    metadata: str


def is_tiff(head: bytes) -> bool:
    """Whether ``head`` begins like a classic or big TIFF of either byte order."""
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read_summary(path: Path) -> TiffSummary | None:
    """The first directory of ``path``; None when it is not there or makes no sense."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except (OSError, ValueError, struct.error, OverflowError):
        return None


def _read(file: BinaryIO) -> TiffSummary | None:
    head = file.read(16)
    if not is_tiff(head):
        return None
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    (start,) = struct.unpack(f"{order}{'Q' if big else 'I'}", head[8:16] if big else head[4:8])
    file.seek(start)
    count_size, entry_size = (8, 20) if big else (2, 12)
    (count,) = struct.unpack(f"{order}{'Q' if big else 'H'}", file.read(count_size))
    if not 0 < count <= _MAX_TAGS:
        return None
    entries = file.read(count * entry_size)
    tags: dict[int, tuple[int, ...] | bytes] = {}
    for place in range(0, len(entries) - entry_size + 1, entry_size):
        _entry(file, entries[place : place + entry_size], order, big, tags)
    return _summary(tags)


def _entry(file: BinaryIO, entry: bytes, order: str, big: bool, tags: dict[int, tuple[int, ...] | bytes]) -> None:
    tag, kind = struct.unpack(f"{order}HH", entry[:4])
    if tag not in _WANTED or kind not in _SIZES:
        return
    (count,) = struct.unpack(f"{order}{'Q' if big else 'I'}", entry[4:12] if big else entry[4:8])
    room = entry[12:20] if big else entry[8:12]
    size = count * _SIZES[kind]
    if not 0 < size <= _MAX_VALUE:
        return
    data = room[:size]
    if size > len(room):
        (at,) = struct.unpack(f"{order}{'Q' if big else 'I'}", room)
        file.seek(at)
        data = file.read(size)
    if kind == 2:
        tags[tag] = data
    elif kind in _LETTERS and len(data) == size:
        tags[tag] = struct.unpack(f"{order}{count}{_LETTERS[kind]}", data)


def _summary(tags: dict[int, tuple[int, ...] | bytes]) -> TiffSummary:
    def first(tag: int, default: int) -> int:
        value = tags.get(tag)
        return int(value[0]) if isinstance(value, tuple) and value else default

    metadata = tags.get(GDAL_METADATA, b"")
    sample_format = first(SAMPLE_FORMAT, 1)
    return TiffSummary(
        bits=first(BITS, 1),
        samples=first(SAMPLES, 1),
        photometric=first(PHOTOMETRIC, 1),
        is_float=sample_format == 3,
        is_complex=sample_format in (5, 6),
        is_jpeg=first(COMPRESSION, 1) in (6, 7),
        metadata=metadata.decode("utf-8", "replace") if isinstance(metadata, bytes) else "",
    )
