"""What a tileset folder says of itself beyond 3D Tiles: ``extras.citytwin`` of ``tileset.json``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from loaders.model.frames import Georeference

# Raise it when tiles or tables of an older writer can no longer be read: it is part of the cache key too.
WRITER_VERSION = 12


@dataclass(frozen=True, slots=True)
class SourceIdentity:
    """Which bytes a tileset was made from. ``sha256`` is that of the content, in hexadecimal.

    For a large source that streams it is ``sampled-`` and that of its size, time and parts of its content.
    """

    sha256: str
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A `Georeference` as plain JSON values; ``world_from_model`` is row-major, 16 numbers."""

    crs: str | None
    world_from_model: tuple[float, ...]
    method: str
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    height_m: float | None = None
    true_north_deg: float | None = None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a tileset holds."""

    objects: int = 0
    properties: int = 0
    tiles: int = 0
    triangles: int = 0
    points: int = 0
    proxies: int = 0


@dataclass(frozen=True, slots=True)
class TilesetMeta:
    """``extras.citytwin``. ``bounds_m`` (6) is in the model frame, None without geometry.

    ``key`` is the cache key it was made for; ``levels`` are the CIM levels of its tiles, ascending;
    ``engines`` maps part -> name and version; ``files`` gives the size in bytes of the tables.
    """

    format_version: int
    key: str
    source: SourceIdentity
    format: str
    schema: str
    kind: str
    frame: Frame
    levels: tuple[int, ...] = ()
    engines: dict[str, str] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    bounds_m: tuple[float, ...] | None = None
    files: dict[str, int] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TileExtras:
    """``extras.citytwin`` of one tile. ``origin_m`` (3) and ``bounds_m`` (6) are in the model frame.

    ``stands_in`` tells that it shows its objects simplified, for the view from afar, and not as they are.
    """

    index: int
    level: int
    triangles: int
    bytes: int
    origin_m: tuple[float, float, float]
    bounds_m: tuple[float, float, float, float, float, float]
    stands_in: bool = False
    points: int = 0


def frame_of(georeference: Georeference) -> Frame:
    """The plain form of a georeference."""
    matrix = np.asarray(georeference.world_from_model, np.float64)
    return Frame(
        crs=georeference.crs,
        world_from_model=tuple(matrix.reshape(16).tolist()),
        method=georeference.method,
        latitude_deg=georeference.latitude_deg,
        longitude_deg=georeference.longitude_deg,
        height_m=georeference.height_m,
        true_north_deg=georeference.true_north_deg,
        details={str(key): str(value) for key, value in georeference.details.items()},
    )


def georeference_of(frame: Frame) -> Georeference:
    """The georeference of a plain form; raises ValueError when its matrix is not 4 x 4."""
    return Georeference(
        crs=frame.crs,
        world_from_model=np.array(frame.world_from_model, np.float64).reshape(4, 4),
        method=frame.method,
        latitude_deg=frame.latitude_deg,
        longitude_deg=frame.longitude_deg,
        height_m=frame.height_m,
        true_north_deg=frame.true_north_deg,
        details=dict(frame.details),
    )


def meta_from_json(values: Any) -> TilesetMeta:
    """Raises `msgspec.ValidationError` (a ValueError) when something is missing or of another type."""
    return msgspec.convert(values, TilesetMeta)


def tile_extras_from_json(values: Any) -> TileExtras:
    """Raises `msgspec.ValidationError` (a ValueError) when something is missing or of another type."""
    return msgspec.convert(values, TileExtras)
