"""Implicit tiling: quadtrees and octrees whose availability lies in subtree files (3D Tiles 1.1, section 9)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from loaders.tiles.uris import data_of

_MAGIC = 0x74627573
_MOST_LEVELS = 24
_MOST_SUBTREE_LEVELS = 10


class Cell(NamedTuple):
    """A tile of an implicit tree: its level, and its coordinates there, 2 or 3 of them."""

    level: int
    place: tuple[int, ...]

    def uri(self, template: str) -> str:
        """A template URI with the cell's numbers in it."""
        numbers = zip(("level", "x", "y", "z"), (self.level, *self.place, 0), strict=False)
        for name, number in numbers:
            template = template.replace("{" + name + "}", str(number))
        return template

    def children(self) -> list[Cell]:
        """The cells that it is divided into, in the order of their Morton indices."""
        corners = range(1 << len(self.place))
        return [
            Cell(self.level + 1, tuple(2 * p + (corner >> axis & 1) for axis, p in enumerate(self.place)))
            for corner in corners
        ]


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

    def subtree_of(self, cell: Cell) -> Cell:
        """The first cell of the subtree that a cell lies in."""
        depth = cell.level % self.subtree_levels
        return Cell(cell.level - depth, tuple(number >> depth for number in cell.place))


class _Bits:
    """Availability of so many things; one that holds for all takes no memory, however many they are."""

    def __init__(self, value: bool | bytes) -> None:
        self._value = value

    def __getitem__(self, index: int) -> bool:
        if isinstance(self._value, bool):
            return self._value
        return bool(self._value[index >> 3] >> (index & 7) & 1)


class Subtree:
    """What there is in one subtree file: asked for cells; raises ValueError, KeyError or TypeError.

    What the file says of how many there are is not believed, and not needed.
    """

    def __init__(self, data: bytes, fetch: Callable[[str], bytes], tiling: Tiling, root: Cell) -> None:
        text, self._binary = _split(data)
        self._json: dict[str, Any] = msgspec.json.decode(text)
        self._fetch, self._tiling, self._root = fetch, tiling, root
        below = 1 << (tiling.dimensions * tiling.subtree_levels)
        count = (below - 1) // ((1 << tiling.dimensions) - 1)
        self._tiles = self._bits(self._json["tileAvailability"], count)
        contents = self._json.get("contentAvailability", [])
        listed = contents if isinstance(contents, list) else [contents]
        self._contents = [self._bits(one, count) for one in listed]
        self._children = self._bits(self._json["childSubtreeAvailability"], below)

    def has_tile(self, cell: Cell) -> bool:
        """Whether there is a tile; the cell lies in this subtree."""
        return self._tiles[self._index(cell)]

    def contents(self, cell: Cell) -> list[int]:
        """Which of the contents a tile has."""
        index = self._index(cell)
        return [number for number, bits in enumerate(self._contents) if bits[index]]

    def has_subtree(self, cell: Cell) -> bool:
        """Whether another subtree begins with a cell, of the level after the last one here."""
        return self._children[self._morton(cell)]

    def _index(self, cell: Cell) -> int:
        depth, dimensions = cell.level - self._root.level, self._tiling.dimensions
        return ((1 << (dimensions * depth)) - 1) // ((1 << dimensions) - 1) + self._morton(cell)

    def _morton(self, cell: Cell) -> int:
        depth = cell.level - self._root.level
        return morton([p - (r << depth) for p, r in zip(cell.place, self._root.place, strict=True)])

    def _bits(self, what: dict[str, Any], count: int) -> _Bits:
        if "constant" in what:
            return _Bits(bool(what["constant"]))
        number = int(what["bitstream"] if "bitstream" in what else what["bufferView"])
        view = self._json["bufferViews"][number]
        buffer = self._json["buffers"][int(view["buffer"])]
        data = self._binary if "uri" not in buffer else (data_of(buffer["uri"]) or self._fetch(buffer["uri"]))
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or length * 8 < count or start + length > len(data):
            raise ValueError("availability is cut short")
        return _Bits(bytes(data[start : start + length]))


def _split(data: bytes) -> tuple[bytes, bytes]:
    if len(data) >= 24 and struct.unpack_from("<I", data)[0] == _MAGIC:
        _, version, text_size, binary_size = struct.unpack_from("<2I2Q", data)
        if version != 1 or 24 + text_size + binary_size > len(data):
            raise ValueError("a subtree is cut short")
        return data[24 : 24 + text_size], data[24 + text_size : 24 + text_size + binary_size]
    return data, b""


def morton(place: Sequence[int]) -> int:
    """The Morton index of coordinates, x in the lowest bit."""
    index, width = 0, len(place)
    for axis, number in enumerate(place):
        for bit in range(number.bit_length()):
            index |= (number >> bit & 1) << (bit * width + axis)
    return index
