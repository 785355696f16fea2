"""What a loader yields while it reads: plain, picklable, `Opened` first, both tables once, all else in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.model.errors import Finding
from loaders.model.frames import Georeference
from loaders.model.points import Chunk


@dataclass(frozen=True, slots=True)
class Opened:
    """The source is what its loader hoped for. ``schema`` e.g. ``IFC4``, ``CityJSON 2.0``, ``GeoTIFF``."""

    schema: str
    georeference: Georeference


@dataclass(frozen=True, slots=True)
class Preview:
    """A first picture: ``chunk`` is shown until the final chunks replace all previews.

    Its rows are provisional and must not be looked up in the object table.
    """

    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Geometry:
    """Final geometry. ``level`` is the `CimLevel` of all its objects' display, ``hidden`` theirs in the object table.

    What is hidden by default never shares a tile with what is not, so that other viewers can leave it out.
    With a `Tree`, ``node`` is the node whose content it is.
    """

    chunk: Chunk
    level: int
    hidden: bool = False
    node: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """The tree of tiles of a source that has one, before or after its geometry: parents (n,), each before its children.

    ``errors_m`` (n,) and ``replaces`` (n,) are as in `loaders.model.tiles.TileNodes`. ``open_m`` (n, 6) is the box in
    the model frame of a node below which a stream goes on (docs/adr/0011), a row of NaN for any other: such a node
    stays though there is nothing in it.
    """

    parents: NDArray[np.int64]
    errors_m: NDArray[np.float64]
    replaces: NDArray[np.bool_]
    open_m: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Unmeshed:
    """An object that should have a shape and got none. ``reason`` is a translation key."""

    row: int
    object_id: str
    object_class: str
    reason: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """A true share of the work done, 0..1; ``stage`` is a translation key (``progress.meshing``)."""

    fraction: float
    stage: str


@dataclass(frozen=True, slots=True)
class Found:
    """Something to tell about a part of the source; ``others`` of the same kind are only listed in ``report.json``."""

    finding: Finding
    others: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Properties:
    """The property table; the earlier it comes, the more of its writing goes on beside the rest."""

    table: pa.Table


@dataclass(frozen=True, slots=True)
class Objects:
    """The object table, complete but for ``tiles``, ``triangles``, ``points`` and bounds, which the writer fills.

    ``engines`` maps part -> name and version for ``report.json``. ``block`` is the building as a block
    (`loaders.levels.massing`), where the loader had the time to make it; the writer makes it otherwise.
    """

    table: pa.Table
    engines: dict[str, str] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    block: Any = None


LoadEvent = Opened | Preview | Tree | Geometry | Unmeshed | Progress | Found | Properties | Objects
