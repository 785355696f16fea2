"""What a layer visual needs of a tileset folder, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from loaders.model.meshes import MeshChunk


class TileSource(Protocol):
    """Tiles that can be read one at a time, memory-mapped."""

    @property
    def tiles(self) -> Sequence[Any]:
        """One entry per tile; an entry may have ``level``, a `CimLevel`."""

    def read_tile(self, index: int, /) -> tuple[MeshChunk, ...]:
        """The chunks of one tile."""


OpenTiles = Callable[[Path], TileSource]


def open_tileset(folder: Path) -> TileSource:
    """The tileset in a folder; raises `CityTwinError` when it cannot be read."""
    from loaders.tileset import Tileset

    source: TileSource = Tileset.open(folder)
    return source
