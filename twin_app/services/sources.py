"""The converted content of each layer: its tables for trees, search and properties."""

from __future__ import annotations

from loaders.tileset import Tileset
from scenes.model.layers import Layer


class Sources:
    """Opens each layer's tileset once, and forgets it when the folder changes."""

    def __init__(self) -> None:
        self._tilesets: dict[str, Tileset] = {}

    def tileset(self, layer: Layer) -> Tileset | None:
        """The layer's tileset, or None while there is none."""
        folder = layer.tileset_folder
        if folder is None:
            return None
        known = self._tilesets.get(layer.layer_id)
        if known is None or known.folder != folder:
            known = self._tilesets[layer.layer_id] = Tileset.shared(folder)
        return known

    def adopt(self, layer: Layer, tileset: Tileset) -> None:
        """Take a tileset that was opened, and its tables read, in another thread."""
        self._tilesets[layer.layer_id] = tileset

    def forget(self, layer: Layer) -> None:
        """Let go of a removed layer's tileset."""
        self._tilesets.pop(layer.layer_id, None)
