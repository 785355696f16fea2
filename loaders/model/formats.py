"""What a format has to offer to be in the registry."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from loaders.model.events import LoadEvent


class LayerKind(enum.StrEnum):
    """What a source is in the scene."""

    BUILDING = "building"  # an IFC model
    CITY = "city"  # many buildings of a city model
    TERRAIN = "terrain"
    IMAGERY = "imagery"
    POINTS = "points"  # a point cloud


class LoadContext(Protocol):
    """What a loader may ask of whoever runs it."""

    @property
    def options(self) -> dict[str, Any]:
        """Choices of the user that change the result: ``engine`` = auto|fast|exact, ``terrain`` ..."""

    @property
    def scratch(self) -> Path:
        """A folder for what does not fit into memory; it goes with the conversion."""

    def checkpoint(self) -> None:
        """Raises `loaders.model.errors.Cancelled` when the user asked to stop; call it at each chunk."""


def ending_of(path: Path) -> str:
    """``.tif``: all that most formats heed of a file's name."""
    return path.suffix.lower()


@dataclass(frozen=True, slots=True)
class Format:
    """One readable format.

    ``sniff(path, head)`` gives 0 (not mine) to 100 (certainly mine) from the name and the first
    4 096 bytes. ``load(path, ctx)`` yields `LoadEvent`s; it imports what is heavy inside itself,
    raises `CityTwinError` when nothing can be read, and runs in a child process.
    """

    id: str
    kind: LayerKind
    extensions: tuple[str, ...]
    sniff: Callable[[Path, bytes], int]
    load: Callable[[Path, LoadContext], Iterator[LoadEvent]]
    telling_name: Callable[[Path], str] = ending_of  # what of the file's name the result depends on
    version: int = 1  # raise it when the same bytes give another result: it is part of the cache key
    companions: Callable[[Path], tuple[Path, ...]] = field(default=lambda _path: ())  # world files, textures
