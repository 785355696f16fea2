"""What a format has to offer to be in the registry."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.model.events import LoadEvent
from loaders.model.tables import OBJECTS_SCHEMA
from loaders.model.tiles import TileNodes, TileSource


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


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """What is known of a source of which the converted folder holds the overview only: the rest streams from itself.

    ``file(part)`` tells where a file lies now: ``""`` is the source, ``option:NAME`` one that an option names,
    ``companion:NAME`` one beside it. It raises `CityTwinError` when the file is gone or no longer what was converted:
    ask before each read. ``notes`` are ``extras["stream"]`` of the loader's `Objects`, ``nodes`` those of the
    folder, ``given`` (n,) for each the number that it has in the loader's `Tree`, `NO_NODE` where it is in none.
    ``objects()`` is the object table.
    """

    file: Callable[[str], Path]
    notes: Mapping[str, Any]
    nodes: TileNodes
    given: NDArray[np.int64]
    objects: Callable[[], pa.Table] = OBJECTS_SCHEMA.empty_table


@dataclass(frozen=True, slots=True)
class Format:
    """One readable format.

    ``sniff(path, head)`` gives 0 (not mine) to 100 (certainly mine) from the name and the first
    4 096 bytes. ``load(path, ctx)`` yields `LoadEvent`s; it imports what is heavy inside itself,
    raises `CityTwinError` when nothing can be read, and runs in a child process.
    ``stream(overview)`` gives the finer tiles of a source whose `Objects` have ``extras["stream"]``: nodes numbered
    from ``len(overview.nodes)`` on, below nodes of the overview that have no children. It is quick, and may raise
    `CityTwinError`. See docs/adr/0011.
    """

    id: str
    kind: LayerKind
    extensions: tuple[str, ...]
    sniff: Callable[[Path, bytes], int]
    load: Callable[[Path, LoadContext], Iterator[LoadEvent]]
    telling_name: Callable[[Path], str] = ending_of  # what of the file's name the result depends on
    version: int = 1  # raise it when the same bytes give another result: it is part of the cache key
    companions: Callable[[Path], tuple[Path, ...]] = field(default=lambda _path: ())  # world files, textures
    stream: Callable[[Overview], TileSource] | None = None
    in_folders: bool = False  # files of the same format below a source's folder are parts of it
