"""Whoever draws what the streamer reads."""

from __future__ import annotations

from typing import Protocol

from loaders.model.errors import CityTwinError, Finding
from loaders.model.tiles import TileContent


class Sink(Protocol):
    """Whoever draws the tiles of one tree; nodes are told by their number in the tree's source."""

    def upload(self, number: int, content: TileContent) -> int:
        """Prepare a tile for drawing, out of sight; gives its bytes on the graphics card."""

    def show(self, number: int, on: bool) -> None:
        """Draw a tile that was uploaded, or leave it out."""

    def drop(self, number: int) -> None:
        """Let go of a tile."""

    def failed(self, number: int, error: CityTwinError) -> None:
        """A tile cannot be read."""

    def told(self, problem: Finding) -> None:
        """Something is missing in what was read, and not shown by any tile itself."""
