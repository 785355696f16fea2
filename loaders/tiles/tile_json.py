"""The members of a tile in a tileset's JSON (3D Tiles 1.1, section 6.7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from loaders.model.errors import CityTwinError
from loaders.model.frames import Matrix
from loaders.tiles.faults import BAD
from loaders.tiles.uris import read_bytes

LARGEST_JSON_BYTES = 400_000_000  # takes some five times as much once it is read


def read_tileset(path: Path) -> dict[str, Any]:
    """A tileset's JSON; raises `CityTwinError`: ``tiles.`` ``damaged``, ``missing``, ``too_deep`` or ``too_large``."""
    try:
        data = read_bytes(path, path.name, most=LARGEST_JSON_BYTES)
        document = _decoded(data.removeprefix(b"\xef\xbb\xbf"))
        if not isinstance(document["root"], dict) or not isinstance(document["asset"], dict):
            raise TypeError("no root tile")
    except BAD as error:
        raise CityTwinError("tiles.damaged", path.name, reason=str(error)[:200]) from error
    except RecursionError as error:
        raise CityTwinError("tiles.too_deep", path.name) from error
    return document


def _decoded(data: bytes) -> dict[str, Any]:
    """The JSON; with NaN and infinite numbers, which it may not hold, but which some programs write, if need be."""
    try:
        document: dict[str, Any] = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        is_out_of_range = isinstance(error, msgspec.ValidationError)
        if not (is_out_of_range or b"NaN" in data or b"Infinity" in data):
            raise
        document = json.loads(data)
    return document


def transform_of(tile: dict[str, Any]) -> Matrix:
    """A tile's transform to its parent's frame, column-major in the file (3D Tiles 1.1, section 6.7.2)."""
    values = tile.get("transform")
    return np.eye(4) if values is None else np.array(values, np.float64).reshape(4, 4).T


def contents_of(tile: dict[str, Any]) -> list[dict[str, Any]]:
    """The contents of a tile, however they are listed."""
    listed = tile.get("contents") or tile.get("extensions", {}).get("3DTILES_multiple_contents", {}).get("contents")
    if listed is None:
        listed = [tile["content"]] if tile.get("content") else []
    return list(listed)


def uri_of(content: dict[str, Any]) -> str:
    """Where a content lies."""
    return str(content.get("uri", content.get("url", "")))  # "url" before 1.0 was out


def is_implicit(tile: dict[str, Any]) -> bool:
    """Whether a tile is the root of an implicit tree."""
    return "implicitTiling" in tile or "3DTILES_implicit_tiling" in tile.get("extensions", {})


def refine_of(tile: dict[str, Any], inherited: bool) -> bool:
    """Whether the children replace the tile (3D Tiles 1.1, section 6.9)."""
    return str(tile["refine"]).upper() == "REPLACE" if "refine" in tile else inherited


def error_of(tile: dict[str, Any], matrix: Matrix, inherited_m: float) -> float:
    """The geometric error, which grows with the largest scale of the transform (3D Tiles 1.1, section 6.7.2).

    A tile that has none has its parent's. Raises ValueError for one that is no such number.
    """
    if tile.get("geometricError") is None:
        return inherited_m
    error = float(tile["geometricError"]) * float(np.linalg.norm(matrix[:3, :3], axis=0).max())
    if not np.isfinite(error) or error < 0.0:
        raise ValueError("geometric error")
    return error


def centre_of(tile: dict[str, Any]) -> tuple[str, list[float]]:
    """Where a tile says it lies: ``region`` with longitude and latitude (rad), or ``point`` in its parent's frame."""
    volume = tile["boundingVolume"]
    if "region" in volume:
        west, south, east, north = (float(v) for v in volume["region"][:4])
        east += 2.0 * np.pi if east < west else 0.0  # across the antimeridian
        longitude = (west + east) / 2.0
        return "region", [longitude - (2.0 * np.pi if longitude > np.pi else 0.0), (south + north) / 2.0]
    centre = np.array([*(volume.get("box") or volume["sphere"])[:3], 1.0], np.float64)
    return "point", (transform_of(tile) @ centre)[:3].tolist()
