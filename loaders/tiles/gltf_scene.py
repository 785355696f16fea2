"""The drawn parts of a glTF document: primitives with the transforms of their nodes, as triangles or points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix
from loaders.model.meshes import Texture
from loaders.tiles import gltf_packed
from loaders.tiles.gltf_document import Document
from loaders.tiles.gltf_features import Features, features_of, instance_features

# Modes of primitives (glTF 2.0, section 5.24).
POINTS, TRIANGLES, STRIP, FAN = 0, 4, 5, 6
_MOST_NODES, _MOST_DEPTH = 1_000_000, 256
_MOST_TRIANGLES = 50_000_000  # of one content, its instances counted
_Y_UP_TO_Z_UP = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float64)
PICTURES = ("image/jpeg", "image/png", "image/webp")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Triangles in a local frame with z up; ``content_from_part`` (n, 4, 4) has one matrix for each instance.

    ``positions`` (v, 3) float32, ``triangles`` (t, 3), ``colours`` (v, 4) sRGB with alpha, ``uvs`` (v, 2) or None.
    ``features`` tells whose each vertex is; ``instance_features`` whose each instance, where it says.
    """

    positions: NDArray[np.float32]
    triangles: NDArray[np.uint32]
    colours: NDArray[np.uint8]
    content_from_part: NDArray[np.float64]
    features: Features
    instance_features: Features | None = None
    uvs: NDArray[np.float32] | None = None
    texture: Texture | None = None
    transparent: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PointPart:
    """Points in a local frame with z up; all else as in `Part`. ``positions`` (v, 3) may be float64."""

    positions: NDArray[np.floating]
    colours: NDArray[np.uint8]
    content_from_part: NDArray[np.float64]
    features: Features
    instance_features: Features | None = None

    def __len__(self) -> int:
        return len(self.positions)


AnyPart = Part | PointPart


@dataclass(slots=True)
class Told:
    """What was left out, by what it was: ``lines``, a MIME type, an extension."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, count: int = 1) -> None:
        """Note something left out."""
        self.counts[what] = self.counts.get(what, 0) + count


def parts_of(document: Document, told: Told) -> Iterator[AnyPart]:
    """All parts of the document's scene; raises as `Document` does."""
    meshes = document.items("meshes")
    total = 0
    for node, content_from_node in _placed(document):
        if "mesh" not in node:
            continue
        instances = _instances(document, node)
        matrices = content_from_node @ instances if instances is not None else content_from_node[None]
        whose = instance_features(document, node) if instances is not None else None
        for primitive in meshes[node["mesh"]]["primitives"]:
            part = _part(document, primitive, told)
            if part is None:
                continue
            total += (len(part) if isinstance(part, PointPart) else len(part.triangles)) * len(matrices)
            if total > _MOST_TRIANGLES:
                raise ValueError("more triangles or points than anybody can draw")
            yield replace(part, content_from_part=_Y_UP_TO_Z_UP @ matrices, instance_features=whose)


def _placed(document: Document) -> Iterator[tuple[dict[str, Any], Matrix]]:
    """The nodes of the scene, each with its transform to the scene; a node is met once however it is referred to."""
    nodes = document.items("nodes")
    scenes = document.items("scenes")
    if scenes:
        roots = list(scenes[int(document.json.get("scene", 0))].get("nodes", ()))
    else:
        roots = sorted(set(range(len(nodes))) - {child for node in nodes for child in node.get("children", ())})
    stack = [(int(root), np.eye(4), 0) for root in roots]
    seen: set[int] = set()
    while stack:
        index, above, depth = stack.pop()
        if index in seen or not 0 <= index < len(nodes):
            raise ValueError("nodes of a scene are no tree")
        seen.add(index)
        if len(seen) > _MOST_NODES or depth > _MOST_DEPTH:
            raise ValueError("too many nodes")
        node = nodes[index]
        matrix: Matrix = above @ _local(node)
        if not np.isfinite(matrix).all():
            raise ValueError("a node's transform is not finite")
        yield node, matrix
        stack += [(int(child), matrix, depth + 1) for child in node.get("children", ())]


def _local(node: dict[str, Any]) -> Matrix:
    if "matrix" in node:
        given: Matrix = np.array(node["matrix"], np.float64).reshape(4, 4).T  # column-major by the standard
        return given
    matrix: Matrix = rotations(np.array([node.get("rotation", (0.0, 0.0, 0.0, 1.0))], np.float64))[0]
    matrix[:3, :3] *= np.array(node.get("scale", (1.0, 1.0, 1.0)), np.float64)
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix


def rotations(quaternions: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4, 4) of quaternions x y z w (n, 4)."""
    length = np.linalg.norm(quaternions, axis=1, keepdims=True)
    x, y, z, w = (quaternions / np.where(length > 0.0, length, 1.0)).T
    matrices = np.tile(np.eye(4), (len(quaternions), 1, 1))
    matrices[:, 0, :3] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)], axis=1)
    matrices[:, 1, :3] = np.stack([2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)], axis=1)
    matrices[:, 2, :3] = np.stack([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)], axis=1)
    return matrices


def _instances(document: Document, node: dict[str, Any]) -> NDArray[np.float64] | None:
    """(n, 4, 4) of EXT_mesh_gpu_instancing; None where a node has none."""
    extension = document.extension("EXT_mesh_gpu_instancing", node)
    if extension is None:
        return None
    found = {name: document.accessor(index).astype(np.float64) for name, index in extension["attributes"].items()}
    known = [found[name] for name in ("TRANSLATION", "ROTATION", "SCALE") if name in found]
    count = len(known[0]) if known else 0
    matrices = rotations(found["ROTATION"]) if "ROTATION" in found else np.tile(np.eye(4), (count, 1, 1))
    if "SCALE" in found:
        matrices[:, :3, :3] *= found["SCALE"][:, None, :]
    if "TRANSLATION" in found:
        matrices[:, :3, 3] = found["TRANSLATION"]
    return matrices


def _part(document: Document, primitive: dict[str, Any], told: Told) -> AnyPart | None:
    mode = primitive.get("mode", TRIANGLES)
    if mode not in (POINTS, TRIANGLES, STRIP, FAN):
        told.add("lines")
        return None
    attributes, indices = _attributes(document, primitive)
    positions = attributes["POSITION"].astype(np.float32)
    if positions.shape[1] != 3:
        raise ValueError("positions are no points in space")
    numbers = np.arange(len(positions)) if indices is None else indices.ravel().astype(np.int64)
    if mode == POINTS:
        return _points(document, primitive, attributes, numbers, told)
    triangles = _triangles(numbers, mode)
    if triangles.size and int(triangles.max()) >= len(positions):
        raise ValueError("a triangle names a vertex that is not there")
    material = document.items("materials")[primitive["material"]] if "material" in primitive else {}
    texture, uvs = _texture(document, material, attributes, told)
    return Part(
        positions,
        triangles.astype(np.uint32),
        _colours(material, attributes, len(positions)),
        np.zeros((0, 4, 4)),
        features_of(document, primitive, attributes, told),
        None,
        uvs,
        texture,
        material.get("alphaMode") == "BLEND",
    )


def _points(
    document: Document,
    primitive: dict[str, Any],
    attributes: dict[str, NDArray[Any]],
    numbers: NDArray[np.int64],
    told: Told,
) -> PointPart:
    positions = attributes["POSITION"].astype(np.float32)
    if numbers.size and not 0 <= int(numbers.min()) <= int(numbers.max()) < len(positions):
        raise ValueError("a point names a vertex that is not there")
    material = document.items("materials")[primitive["material"]] if "material" in primitive else {}
    features = features_of(document, primitive, attributes, told)
    colours = _colours(material, attributes, len(positions))
    own = Features(features.ids[numbers], features.table)
    return PointPart(positions[numbers], colours[numbers], np.zeros((0, 4, 4)), own)


def _attributes(document: Document, primitive: dict[str, Any]) -> tuple[dict[str, NDArray[Any]], NDArray[Any] | None]:
    packed = document.extension("KHR_draco_mesh_compression", primitive)
    if packed is None:
        attributes = {name: document.accessor(index) for name, index in primitive["attributes"].items()}
        indices = document.accessor(primitive["indices"]) if "indices" in primitive else None
        return attributes, indices
    attributes = gltf_packed.draco(document.view(packed["bufferView"]).tobytes(), dict(packed["attributes"]))
    return attributes, attributes.pop("indices", None)


def _triangles(numbers: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    if mode == TRIANGLES:
        return numbers[: len(numbers) // 3 * 3].reshape(-1, 3)
    if len(numbers) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == FAN:
        return np.stack([np.full(len(numbers) - 2, numbers[0]), numbers[1:-1], numbers[2:]], axis=1)
    strip = np.stack([numbers[:-2], numbers[1:-1], numbers[2:]], axis=1)
    strip[1::2] = strip[1::2, [1, 0, 2]]  # every other triangle of a strip is turned
    return strip


def _colours(material: dict[str, Any], attributes: dict[str, NDArray[Any]], count: int) -> NDArray[np.uint8]:
    factor = material.get("pbrMetallicRoughness", {}).get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))
    linear = np.tile(np.array(factor, np.float32).reshape(4), (count, 1))
    if "COLOR_0" in attributes:
        own = attributes["COLOR_0"]
        own = own.astype(np.float32) / 255.0 if own.dtype == np.uint8 else own.astype(np.float32)
        linear[:, : own.shape[1]] *= own
    if material.get("alphaMode", "OPAQUE") != "BLEND":
        linear[:, 3] = 1.0
    linear = np.clip(np.nan_to_num(linear), 0.0, 1.0)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)  # IEC 61966-2-1
    srgb[:, 3] = linear[:, 3]
    colours: NDArray[np.uint8] = np.rint(srgb * 255.0).astype(np.uint8)
    return colours


def _texture(
    document: Document, material: dict[str, Any], attributes: dict[str, NDArray[Any]], told: Told
) -> tuple[Texture | None, NDArray[np.float32] | None]:
    info = material.get("pbrMetallicRoughness", {}).get("baseColorTexture")
    if info is None:
        return None, None
    change = document.extension("KHR_texture_transform", info) or {}
    name = f"TEXCOORD_{int(change.get('texCoord', info.get('texCoord', 0)))}"
    if name not in attributes:
        return None, None
    texture = document.items("textures")[info["index"]]
    webp = document.extension("EXT_texture_webp", texture) or {}
    source = texture.get("source", webp.get("source"))
    if source is None:
        for extension in texture.get("extensions", {}):
            told.add(extension)
        return None, None
    image = document.items("images")[source]
    data = document.view(image["bufferView"]).tobytes() if "bufferView" in image else document.bytes_of(image["uri"])
    media_type = _media_type(data)
    if media_type not in PICTURES:
        told.add(media_type)
        return None, None
    uvs = attributes[name].astype(np.float32)[:, :2]
    return Texture(data, media_type), np.ascontiguousarray(_moved(uvs, change))


def _moved(uvs: NDArray[np.float32], change: dict[str, Any]) -> NDArray[np.float32]:
    """KHR_texture_transform: scale, then rotate, then offset."""
    if not change:
        return uvs
    turn = float(change.get("rotation", 0.0))
    cos, sin = np.cos(turn), np.sin(turn)
    scaled = uvs * np.array(change.get("scale", (1.0, 1.0)), np.float32)
    turned = np.stack([cos * scaled[:, 0] + sin * scaled[:, 1], -sin * scaled[:, 0] + cos * scaled[:, 1]], axis=1)
    moved: NDArray[np.float32] = (turned + np.array(change.get("offset", (0.0, 0.0)))).astype(np.float32)
    return moved


def _media_type(data: bytes) -> str:
    """By the first bytes, which are right more often than what is said of them."""
    if data.startswith(b"\x89PNG\r\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\xabKTX 20"):
        return "image/ktx2"
    return "image/webp" if data[8:12] == b"WEBP" else "image"
