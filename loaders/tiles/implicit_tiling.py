"""Implicit tiling: quadtrees and octrees whose availability lies in subtree files (3D Tiles 1.1, section 9)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from loaders.tiles.uris import data_of

_MAGIC = 0x74627573
_MOST_LEVELS = 24
_MOST_SUBTREE_LEVELS = 10


class Cell(NamedTuple):
    """A tile of an implicit tree: level, coordinates, and which of the contents there are."""

    level: int
    x: int
    y: int
    z: int
    contents: tuple[int, ...]

    def uri(self, template: str) -> str:
        """A template URI with the cell's numbers in it."""
        for name in ("level", "x", "y", "z"):
            template = template.replace("{" + name + "}", str(getattr(self, name)))
        return template


class Tiling(NamedTuple):
    """The ``implicitTiling`` object of a tile."""

    dimensions: int
    subtree_levels: int
    available_levels: int
    template: str

    @staticmethod
    def of(tile: dict[str, Any]) -> Tiling:
        """Raises ValueError or KeyError."""
        one = tile.get("implicitTiling") or tile["extensions"]["3DTILES_implicit_tiling"]
        scheme = one["subdivisionScheme"]
        if scheme not in ("QUADTREE", "OCTREE"):
            raise ValueError(f"subdivision scheme {scheme!r}")
        levels, available = int(one["subtreeLevels"]), int(one.get("availableLevels", one.get("maximumLevel", 0) + 1))
        if not 1 <= levels <= _MOST_SUBTREE_LEVELS or not 1 <= available <= _MOST_LEVELS:
            raise ValueError("absurd number of levels")
        return Tiling(2 if scheme == "QUADTREE" else 3, levels, available, str(one["subtrees"]["uri"]))


class _Subtree:
    """Availability in one subtree file; raises ValueError, KeyError or TypeError."""

    def __init__(self, data: bytes, fetch: Callable[[str], bytes], tiling: Tiling) -> None:
        text, self._binary = _split(data)
        self._json: dict[str, Any] = msgspec.json.decode(text)
        self._fetch = fetch
        branching = 1 << tiling.dimensions
        self._count = (branching**tiling.subtree_levels - 1) // (branching - 1)
        self.tiles = self._bits(self._json["tileAvailability"], self._count)
        contents = self._json.get("contentAvailability", [])
        listed = contents if isinstance(contents, list) else [contents]
        self.contents = [self._bits(one, self._count) for one in listed]
        self.children = self._bits(self._json["childSubtreeAvailability"], branching**tiling.subtree_levels)

    def _bits(self, what: dict[str, Any], count: int) -> NDArray[np.bool_]:
        if "constant" in what:
            return np.full(count, bool(what["constant"]))
        number = int(what["bitstream"] if "bitstream" in what else what["bufferView"])
        view = self._json["bufferViews"][number]
        buffer = self._json["buffers"][int(view["buffer"])]
        data = self._binary if "uri" not in buffer else (data_of(buffer["uri"]) or self._fetch(buffer["uri"]))
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or length * 8 < count or start + length > len(data):
            raise ValueError("availability is cut short")
        bits = np.unpackbits(np.frombuffer(data, np.uint8, length, start), bitorder="little")
        return bits[:count].astype(np.bool_)


def _split(data: bytes) -> tuple[bytes, bytes]:
    if len(data) >= 24 and struct.unpack_from("<I", data)[0] == _MAGIC:
        _, version, text_size, binary_size = struct.unpack_from("<2I2Q", data)
        if version != 1 or 24 + text_size + binary_size > len(data):
            raise ValueError("a subtree is cut short")
        return data[24 : 24 + text_size], data[24 + text_size : 24 + text_size + binary_size]
    return data, b""


def morton(index: int, dimensions: int) -> tuple[int, ...]:
    """Coordinates of a Morton index, x first."""
    found = [0] * dimensions
    bit = 0
    while index:
        for axis in range(dimensions):
            found[axis] |= (index & 1) << bit
            index >>= 1
        bit += 1
    return tuple(found)


def cells_of(tiling: Tiling, fetch: Callable[[str], bytes], on_bad: Callable[[str, Exception], None]) -> Iterator[Cell]:
    """The available tiles, parents before children. ``on_bad`` hears of subtrees that cannot be read."""
    from loaders.model.errors import CityTwinError

    queue = [(0, (0,) * tiling.dimensions)]
    while queue:
        level, place = queue.pop(0)
        root = _cell(level, place, ())
        name = root.uri(tiling.template)
        try:
            subtree = _Subtree(fetch(name), fetch, tiling)
        except (CityTwinError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            on_bad(name, error)
            continue
        yield from _available(subtree, tiling, level, place)
        if level + tiling.subtree_levels < tiling.available_levels:
            for index in np.flatnonzero(subtree.children).tolist():
                offset = morton(index, tiling.dimensions)
                below = tuple((p << tiling.subtree_levels) + o for p, o in zip(place, offset, strict=True))
                queue.append((level + tiling.subtree_levels, below))


def _available(subtree: _Subtree, tiling: Tiling, level: int, place: tuple[int, ...]) -> Iterator[Cell]:
    first = 0
    for depth in range(min(tiling.subtree_levels, tiling.available_levels - level)):
        count = 1 << (tiling.dimensions * depth)
        for index in np.flatnonzero(subtree.tiles[first : first + count]).tolist():
            offset = morton(index, tiling.dimensions)
            there = tuple((p << depth) + o for p, o in zip(place, offset, strict=True))
            contents = tuple(n for n, bits in enumerate(subtree.contents) if bits[first + index])
            yield _cell(level + depth, there, contents)
        first += count


def _cell(level: int, place: tuple[int, ...], contents: tuple[int, ...]) -> Cell:
    x, y, z = (*place, 0)[:3]
    return Cell(level, x, y, z, contents)
