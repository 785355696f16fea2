"""COPC files with pages as a test wants them: no writer of the format is at hand, so they are put together here."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import lazrs
import numpy as np

from loaders.pointcloud.copc import Key

HEADER, RECORD = 375, 30
SCALE = 0.001


def write_copc(
    path: Path, points: np.ndarray, *, depth: int, per_cell: int, paged_from: int = 99, empty: tuple[Key, ...] = ()
) -> dict[Key, int]:
    """An octree of some points, ``per_cell`` in each inner cell; gives the number of points in each.

    Cells of depth ``paged_from`` stand in pages of their own, with all below them; ``empty`` ones keep no points.
    """
    low = points.min(axis=0)
    half = float((points.max(axis=0) - low).max()) / 2.0 + SCALE
    cells = _cells(points, low, 2.0 * half, depth=depth, per_cell=per_cell, empty=empty)
    laszip = lazrs.LazVlr.new_for_compression(6, 0, True)
    laszip_data = bytes(laszip.record_data())
    offset = HEADER + 54 + 160 + 54 + len(laszip_data)
    data = io.BytesIO(bytes(offset))
    data.seek(offset)
    compressor = lazrs.LasZipCompressor(data, laszip)
    compressor.reserve_offset_to_chunk_table()
    places: dict[Key, tuple[int, int, int]] = {}
    for key, some in cells.items():
        start = data.tell()
        if len(some):
            compressor.compress_chunks([_records(some, low)])
        places[key] = (start, data.tell() - start, len(some))
    compressor.done()
    whole = data.getvalue()
    pages, root = _pages(places, len(whole) + 60, paged_from)
    evlr = struct.pack("<H16sHQ32s", 0, b"copc", 1000, len(pages), b"") + pages
    info = struct.pack("<5d2Q2d", *(low + half), half, half / 32.0, *root, 0.0, 1.0).ljust(160, b"\0")
    head = _header(len(points), low, points, offset, len(whole))
    vlrs = _vlr(b"copc", 1, info) + _vlr(b"laszip encoded", 22204, laszip_data)
    path.write_bytes(head + vlrs + whole[offset:] + evlr)
    return {key: len(some) for key, some in cells.items()}


def _cells(points, low, width, *, depth, per_cell, empty) -> dict[Key, np.ndarray]:
    cells: dict[Key, np.ndarray] = {}
    left = points
    for level in range(depth + 1):
        if not len(left):
            break
        step = width / (1 << level)
        places = ((left - low) / step).astype(int)
        names = places @ (1 << 40, 1 << 20, 1)
        order = np.argsort(names, kind="stable")
        keep = np.zeros(len(left), bool)
        for mine in np.split(order, np.flatnonzero(np.diff(names[order])) + 1):
            key = Key(level, *places[mine[0]].tolist())
            taken = mine if level == depth else mine[:0] if key in empty else mine[:per_cell]
            cells[key] = left[taken]
            keep[taken] = True
        left = left[~keep]
    return cells


def _records(points: np.ndarray, low: np.ndarray) -> np.ndarray:
    kind = np.dtype({"names": ["xyz", "class"], "formats": [("<i4", 3), "u1"], "offsets": [0, 16], "itemsize": RECORD})
    records = np.zeros(len(points), kind)
    records["xyz"] = np.rint((points - low) / SCALE)
    records["class"] = np.where(points[:, 2] > low[2] + 5.0, 6, 2)
    return records.view(np.uint8)


def _pages(places: dict[Key, tuple[int, int, int]], at: int, paged_from: int) -> tuple[bytes, tuple[int, int]]:
    """All pages, those below the first before it, and where the first is."""
    tops: dict[Key, list[Key]] = {key: [] for key in places if key.depth == paged_from}
    first = []
    for key in places:
        top = next((one for one in tops if _is_below(key, one)), None)
        (first if top is None else tops[top]).append(key)
    data = b""
    entries = []
    for top, keys in tops.items():
        page = b"".join(struct.pack("<4iQ2i", *key, *places[key]) for key in keys)
        entries.append(struct.pack("<4iQ2i", *top, at + len(data), len(page), -1))
        data += page
    root = b"".join([struct.pack("<4iQ2i", *key, *places[key]) for key in first] + entries)
    return data + root, (at + len(data), len(root))


def _is_below(key: Key, top: Key) -> bool:
    shift = key.depth - top.depth
    return shift >= 0 and all(a >> shift == b for a, b in zip(key[1:], top[1:], strict=True))


def _vlr(user: bytes, number: int, data: bytes) -> bytes:
    return struct.pack("<H16sHH32s", 0, user, number, len(data), b"") + data


def _header(count: int, low: np.ndarray, points: np.ndarray, offset: int, evlr_at: int) -> bytes:
    head = bytearray(HEADER)
    head[:4], head[24:26] = b"LASF", bytes([1, 4])
    struct.pack_into("<HII", head, 94, HEADER, offset, 2)
    struct.pack_into("<BH", head, 104, 6 | 0x80, RECORD)
    struct.pack_into("<6d", head, 131, *[SCALE] * 3, *low)
    high = points.max(axis=0)
    struct.pack_into("<6d", head, 179, *[v for pair in zip(high, low, strict=True) for v in pair])
    struct.pack_into("<QI", head, 235, evlr_at, 1)
    struct.pack_into("<QQ", head, 247, count, count)
    return bytes(head)
