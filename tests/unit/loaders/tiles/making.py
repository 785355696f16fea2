"""Small tilesets written by hand and by trimesh, and a loader run to its end."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import trimesh

from loaders.model.errors import Finding
from loaders.model.events import Found, Geometry, Objects, Opened, Properties, Tree
from loaders.model.frames import Georeference
from loaders.model.points import Chunk, PointChunk
from loaders.tiles.load import load


@dataclass
class Loaded:
    """Everything a load yielded; ``points_m`` are all points, and all corners of all triangles, in the model frame."""

    georeference: Georeference = field(default_factory=Georeference)
    tree: Tree | None = None
    geometry: list[Geometry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    objects: pa.Table | None = None
    properties: pa.Table | None = None

    @property
    def points_m(self) -> np.ndarray:
        return np.concatenate([_drawn(event.chunk) for event in self.geometry])

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]

    def values(self, row: int) -> dict[str, str]:
        """The properties of one object."""
        assert self.properties is not None
        return {p["name"]: p["value"] for p in self.properties.to_pylist() if p["object"] == row}


def _drawn(chunk: Chunk) -> np.ndarray:
    places = chunk.positions + chunk.origin_m
    return places if isinstance(chunk, PointChunk) else places[chunk.triangles].reshape(-1, 3)


def loaded(path: Path) -> Loaded:
    """Load a tileset."""
    found = Loaded()
    for event in load(path, SimpleNamespace(options={}, checkpoint=lambda: None)):
        match event:
            case Opened():
                found.georeference = event.georeference
            case Tree():
                found.tree = event
            case Geometry():
                found.geometry.append(event)
            case Found(finding):
                found.findings.append(finding)
            case Objects():
                found.objects = event.table
            case Properties():
                found.properties = event.table
    return found


def box_glb(size: Sequence[float] = (1.0, 1.0, 1.0), at: Sequence[float] = (0.0, 0.0, 0.0)) -> bytes:
    """A box as trimesh writes it; y is up in glTF."""
    box = trimesh.creation.box(extents=size)
    box.apply_translation(at)
    data: bytes = box.export(file_type="glb")
    return data


def b3dm(glb: bytes, features: dict[str, Any], batches: dict[str, Any] | None = None, binary: bytes = b"") -> bytes:
    """A batched model (3D Tiles 1.0, section 10.2)."""
    texts = [
        _padded(json.dumps(features).encode(), b" "),
        b"",
        _padded(json.dumps(batches or {}).encode(), b" "),
        binary,
    ]
    body = b"".join(texts) + glb
    return struct.pack("<4s6I", b"b3dm", 1, 28 + len(body), *map(len, texts)) + body


def i3dm(glb: bytes, features: dict[str, Any], binary: bytes) -> bytes:
    """An instanced model with its glTF inside (3D Tiles 1.0, section 11.2)."""
    texts = [_padded(json.dumps(features).encode(), b" "), _padded(binary, b"\0"), b"", b""]
    body = b"".join(texts) + glb
    return struct.pack("<4s7I", b"i3dm", 1, 32 + len(body), *map(len, texts), 1) + body


def pnts(features: dict[str, Any], binary: bytes, batches: dict[str, Any] | None = None) -> bytes:
    """Points (3D Tiles 1.0, section 12.2)."""
    texts = [_padded(json.dumps(features).encode(), b" "), _padded(binary, b"\0")]
    texts += [_padded(json.dumps(batches).encode(), b" ") if batches else b"", b""]
    body = b"".join(texts)
    return struct.pack("<4s6I", b"pnts", 1, 28 + len(body), *map(len, texts)) + body


def cmpt(*inner: bytes) -> bytes:
    """A composite (3D Tiles 1.0, section 13.2)."""
    body = b"".join(inner)
    return struct.pack("<4s3I", b"cmpt", 1, 16 + len(body), len(inner)) + body


def _padded(data: bytes, filler: bytes) -> bytes:
    return data + filler * (-len(data) % 8)


def gltf(attributes: dict[str, np.ndarray], indices: np.ndarray | None = None, **more: Any) -> bytes:
    """A GLB of one mesh with plain accessors; ``more`` are other members of the document, ``mode`` of the primitive."""
    types = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
    components = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
    binary, views, accessors = b"", [], []

    def add(array: np.ndarray) -> int:
        nonlocal binary
        data = np.ascontiguousarray(array)
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": data.nbytes})
        width = 1 if data.ndim == 1 else data.shape[1]
        accessors.append(
            {
                "bufferView": len(views) - 1,
                "componentType": components[str(data.dtype)],
                "count": len(data),
                "type": types[width],
                "normalized": bool(data.dtype != np.float32 and width > 1),
            }
        )
        binary += _padded(data.tobytes(), b"\0")
        return len(accessors) - 1

    primitive: dict[str, Any] = {"attributes": {name: add(array) for name, array in attributes.items()}}
    if indices is not None:
        primitive["indices"] = add(indices)
    primitive |= more.pop("primitive", {})
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0} | more.pop("node", {})],
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    } | more
    return glb(document, binary)


def glb(document: dict[str, Any], binary: bytes) -> bytes:
    """A document and its binary chunk in one file."""
    text = _padded(json.dumps(document).encode(), b" ")
    binary = _padded(binary, b"\0")
    head = struct.pack("<3I", 0x46546C67, 2, 28 + len(text) + len(binary))
    return (
        head + struct.pack("<2I", len(text), 0x4E4F534A) + text + struct.pack("<2I", len(binary), 0x004E4942) + binary
    )


def tile(uri: str | None = None, *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A tile of a tileset."""
    found: dict[str, Any] = {"boundingVolume": {"box": [0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 9]}, "geometricError": 4.0}
    if uri is not None:
        found["content"] = {"uri": uri}
    if children:
        found["children"] = list(children)
    return found | more


def write(folder: Path, root: dict[str, Any], **files: bytes) -> Path:
    """A tileset folder; names of files have ``__`` for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    path = folder / "tileset.json"
    path.write_text(json.dumps({"asset": {"version": "1.1"}, "geometricError": 8.0, "root": root}))
    return path
