"""The octree of a COPC file: where each node's points stand (COPC 1.0, copc.io)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from loaders.pointcloud.header import COPC_INFO, Header
from loaders.pointcloud.records import Records, record_type, unpacked

_ENTRY = struct.Struct("<4iQ2i")
_IN_PAGE = -1  # the number of points of an entry that stands in a page of its own
_LARGEST_PAGE = 64 << 20
_MOST_POINTS = 20_000_000  # of one node
_MOST_PAGES, DEEPEST = 20_000, 20

Floats = NDArray[np.float64]


class Key(NamedTuple):
    """A cell of the octree: its depth, and where it is among those of its depth."""

    depth: int
    x: int
    y: int
    z: int

    @property
    def children(self) -> list[Key]:
        """The eight cells within."""
        depth, x, y, z = self.depth + 1, 2 * self.x, 2 * self.y, 2 * self.z
        return [Key(depth, x + (i & 1), y + (i >> 1 & 1), z + (i >> 2)) for i in range(8)]


class Entry(NamedTuple):
    """Where the points of a cell stand in the file; of a cell in a page of its own, where that page stands."""

    offset: int
    size: int
    num_points: int


class Info(NamedTuple):
    """The cube around everything, in source units, how far apart the root's points are, and the first page."""

    low: Floats
    width: float
    spacing: float
    page: Entry

    def box(self, key: Key, within: Floats) -> Floats:
        """(6,) of a cell in source units, as far as it is ``within`` a box."""
        step = self.width / (1 << key.depth)
        low = self.low + np.array(key[1:]) * step
        both = np.append(np.maximum(low, within[:3]), np.minimum(low + step, within[3:]))
        return both if (both[:3] <= both[3:]).all() else np.append(low, low + step)


def read_info(path: Path, header: Header) -> Info:
    """Raises `CityTwinError` where it is none."""
    data = header.record(*COPC_INFO)
    if data is None or len(data) < 56:
        raise CityTwinError("pointcloud.bad_octree", str(path), name=path.name)
    *centre, half, spacing = struct.unpack_from("<5d", data)
    offset, size = struct.unpack_from("<2Q", data, 40)
    if not np.isfinite([*centre, half, spacing]).all() or not 0.0 < half < 1e9 or not 0.0 < spacing <= 2.0 * half:
        raise CityTwinError("pointcloud.bad_octree", str(path), name=path.name)
    return Info(np.array(centre) - half, 2.0 * half, spacing, Entry(offset, size, _IN_PAGE))


class Hierarchy:
    """Cells as far as their pages were read: ``entries`` with points, ``pages`` still to be read."""

    def __init__(self, file_bytes: int) -> None:
        self.entries: dict[Key, Entry] = {}
        self.pages: dict[Key, Entry] = {}
        self.num_damaged = 0
        self._file_bytes = file_bytes
        self._read: set[int] = set()

    def read(self, file: BinaryIO, page: Entry) -> list[Key]:
        """Take in a page; gives the cells it tells of. A page that was read before tells of none."""
        if page.offset in self._read or len(self._read) >= _MOST_PAGES:
            return []
        self._read.add(page.offset)
        if page.size > _LARGEST_PAGE or page.offset + page.size > self._file_bytes:
            self.num_damaged += 1
            return []
        file.seek(page.offset)
        found = []
        for depth, x, y, z, offset, size, count in _ENTRY.iter_unpack(_whole(file.read(page.size))):
            key, entry = Key(depth, x, y, z), Entry(offset, size, count)
            if not self._is_sound(key, entry):
                self.num_damaged += 1
            elif count == _IN_PAGE:
                self.pages[key] = entry
                found.append(key)
            else:
                self.entries[key] = entry
                self.pages.pop(key, None)
                found.append(key)
        return found

    def _is_sound(self, key: Key, entry: Entry) -> bool:
        if not 0 <= key.depth <= DEEPEST or not all(0 <= place < 1 << key.depth for place in key[1:]):
            return False
        if not _IN_PAGE <= entry.num_points <= _MOST_POINTS or entry.size < 0:
            return False
        return entry.offset + entry.size <= self._file_bytes

    def read_down_to(self, file: BinaryIO, depth: int) -> None:
        """Read all pages that tell of cells of a depth or above."""
        while waiting := [page for key, page in self.pages.items() if key.depth <= depth]:
            before = len(self._read)
            for key in [key for key in self.pages if key.depth <= depth]:
                page = self.pages.pop(key)
                self.read(file, page)
            if len(self._read) == before:
                self.num_damaged += len(waiting)
                return

    def at(self, depth: int) -> list[Key]:
        """The cells of a depth that are known, in an order that is always the same."""
        return sorted(key for key in self.entries if key.depth == depth)

    def children(self, key: Key) -> list[Key]:
        """The cells within one that there are."""
        return [child for child in key.children if child in self.entries or child in self.pages]


def open_hierarchy(file: BinaryIO, header: Header, info: Info) -> Hierarchy:
    """The first page."""
    hierarchy = Hierarchy(header.file_bytes)
    hierarchy.read(file, info.page)
    return hierarchy


def overview_keys(file: BinaryIO, hierarchy: Hierarchy, most_points: int) -> list[Key]:
    """The cells from the root down to where there would be too many points, by depth; always the same of a file."""
    keys: list[Key] = []
    total = 0
    for depth in range(DEEPEST + 1):
        hierarchy.read_down_to(file, depth)
        level = hierarchy.at(depth)
        total += sum(hierarchy.entries[key].num_points for key in level)
        if not level or (keys and total > most_points):
            break
        keys += level
    return keys


def read_cell(file: BinaryIO, header: Header, entry: Entry) -> Records | None:
    """The points of a cell; None where they cannot be read."""
    import lazrs

    kind = record_type(header.point_format, header.record_bytes)
    if not entry.num_points:
        return np.zeros(0, kind)
    file.seek(entry.offset)
    packed = file.read(entry.size)
    data = np.empty(entry.num_points * header.record_bytes, np.uint8)
    table = [(entry.num_points, entry.size)]
    if len(packed) < entry.size or not unpacked(
        lazrs.decompress_points_with_chunk_table, packed, header.laszip, data, table
    ):
        return None
    return data.view(kind)


def _whole(data: bytes) -> bytes:
    return data[: len(data) // _ENTRY.size * _ENTRY.size]


def walked(hierarchy: Hierarchy, tops: list[Key]) -> Iterator[tuple[Key, list[Key]]]:
    """Cells below some, each with those within it, a level at a time."""
    level = tops
    while level:
        below = []
        for key in level:
            children = hierarchy.children(key)
            yield key, children
            below += [child for child in children if child in hierarchy.entries]
        level = below
