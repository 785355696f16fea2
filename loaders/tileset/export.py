"""Our tilesets for other programs: lit, with the properties of each object, without what only we need."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from loaders.model.frames import Georeference
from loaders.model.meshes import MeshChunk
from loaders.model.points import Chunk
from loaders.tileset.facets import with_normals
from loaders.tileset.feature_columns import FeatureColumns
from loaders.tileset.glb_write import write_glb
from loaders.tileset.placement import ecef_from_model
from loaders.tileset.plain import encode_json
from loaders.tileset.reader import Tileset

OnTile = Callable[[int], None]


class Exported(NamedTuple):
    """What was written."""

    objects: int
    tiles: int
    num_bytes: int


def export_tileset(tileset: Tileset, folder: Path, georeference: Georeference, on_tile: OnTile) -> Exported:
    """Write ``tileset`` into a new ``folder``, standing where ``georeference`` says.

    ``on_tile`` hears of each tile before it is written, and may raise. Raises `OSError` or `CityTwinError`.
    """
    document = _placed(tileset, georeference)
    wanted = set(_uris(document["root"]))
    columns = FeatureColumns(tileset)
    (folder / "tiles").mkdir(parents=True)
    written = tiles = 0
    for tile in tileset.tiles:
        name = f"tiles/{tile.path.name}"
        if name not in wanted:
            continue  # hidden by default
        on_tile(tiles)
        written += _export_tile(tileset, tile.index, folder / name, columns)
        tiles += 1
    text = encode_json(document)
    (folder / "tileset.json").write_bytes(text)
    return Exported(tileset.num_objects, tiles, written + len(text))


def export_again(tileset: Tileset, path: Path, first: str, georeference: Georeference) -> Exported:
    """Let ``tileset`` stand in one more place: ``path`` becomes a tileset over the tiles in ``first`` beside it."""
    document = _placed(tileset, georeference)
    _prefix(document["root"], f"{first}/")
    text = encode_json(document)
    path.write_bytes(text)
    return Exported(tileset.num_objects, 0, len(text))


def _placed(tileset: Tileset, georeference: Georeference) -> dict[str, Any]:
    document = json.loads((tileset.folder / "tileset.json").read_bytes())
    root = _stripped(document["root"])
    centre = (tileset.bounds_m[:3] + tileset.bounds_m[3:]) / 2.0
    root["transform"] = ecef_from_model(georeference, centre).T.reshape(16).tolist()
    return {"asset": {"version": "1.1"}, "geometricError": document["geometricError"], "root": root}


def _prefix(tile: dict[str, Any], prefix: str) -> None:
    if "content" in tile:
        tile["content"] = tile["content"] | {"uri": prefix + str(tile["content"]["uri"])}
    for child in tile.get("children", ()):
        _prefix(child, prefix)


def join_tilesets(folder: Path, names: Sequence[str]) -> int:
    """One ``tileset.json`` over the tilesets at the paths ``names`` in ``folder``; gives its bytes."""
    children = []
    for name in names:
        document = json.loads((folder / name).read_bytes())
        # The transform is the child's own: its volume is told here in the frame of the whole.
        child = {"boundingVolume": {"sphere": _sphere(document["root"])}, "geometricError": document["geometricError"]}
        children.append(child | {"content": {"uri": name}})
    spheres = np.array([child["boundingVolume"]["sphere"] for child in children])
    middle = (spheres[:, :3] - spheres[:, 3:]).min(axis=0) / 2.0 + (spheres[:, :3] + spheres[:, 3:]).max(axis=0) / 2.0
    radius = float((np.linalg.norm(spheres[:, :3] - middle, axis=1) + spheres[:, 3]).max())
    root = {
        "boundingVolume": {"sphere": [*middle.tolist(), radius]},
        "geometricError": 2.0 * radius,
        "refine": "ADD",
        "children": children,
    }
    text = encode_json({"asset": {"version": "1.1"}, "geometricError": 2.0 * radius, "root": root})
    (folder / "tileset.json").write_bytes(text)
    return len(text)


def _sphere(root: dict[str, Any]) -> list[float]:
    box = np.array(root["boundingVolume"]["box"])
    matrix = np.array(root["transform"]).reshape(4, 4).T
    middle = (matrix @ np.append(box[:3], 1.0))[:3]
    radius = float(np.linalg.norm(np.abs(matrix[:3, :3] @ box[3:].reshape(3, 3).T).sum(axis=1)))
    return [*middle.tolist(), radius]


def _export_tile(tileset: Tileset, index: int, path: Path, columns: FeatureColumns) -> int:
    chunks = tileset.read_tile(index)
    rows = np.unique(np.concatenate([chunk.rows for chunk in chunks])).astype(np.int64)
    features = columns.of(rows)
    origin_m = np.asarray(tileset.tiles[index].origin_m, np.float64)
    return write_glb(path, [_dressed(chunk, rows) for chunk in chunks], origin_m, features.columns)


def _dressed(chunk: Chunk, rows: np.ndarray) -> Chunk:
    """With normals, unless it is a picture or points, and with the features' places in the property table as ids."""
    lit = with_normals(chunk) if isinstance(chunk, MeshChunk) and chunk.texture is None else chunk
    return dataclasses.replace(lit, rows=np.searchsorted(rows, lit.rows).astype(np.uint32))


def _stripped(tile: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in tile.items() if key not in ("extras", "children")}
    if "children" in tile:
        kept["children"] = [_stripped(child) for child in tile["children"]]
    return kept


def _uris(tile: dict[str, Any]) -> list[str]:
    own = [str(tile["content"]["uri"])] if "content" in tile else []
    return own + [uri for child in tile.get("children", ()) for uri in _uris(child)]
