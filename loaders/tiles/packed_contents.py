"""Contents of 3D Tiles 1.0: b3dm, i3dm, pnts and cmpt around glTF (3D Tiles 1.0, sections 10 to 13)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

MAGICS = (b"b3dm", b"i3dm", b"pnts", b"cmpt")
_MOST_INNER, _MOST_DEPTH = 10_000, 8


class Packed(NamedTuple):
    """One inner content: its feature and batch tables, and the glTF, or its URI, where it has one."""

    magic: bytes
    feature_json: dict[str, Any]
    feature_binary: bytes
    batch_json: dict[str, Any]
    batch_binary: bytes
    gltf: bytes
    gltf_uri: str = ""


def unpack(data: bytes, depth: int = 0) -> Iterator[Packed]:
    """All inner contents, those of composites in order; raises ValueError."""
    magic = data[:4]
    if len(data) < 16:
        raise ValueError("cut short")
    _, version, length = struct.unpack_from("<4s2I", data)
    if version != 1:
        raise ValueError(f"{magic.decode('ascii', 'replace')} version {version}")
    if not 16 <= length <= len(data):
        raise ValueError("cut short")
    data = data[:length]
    if magic == b"cmpt":
        yield from _composite(data, depth)
    else:
        yield _single(magic, data)


def _composite(data: bytes, depth: int) -> Iterator[Packed]:
    (count,) = struct.unpack_from("<I", data, 12)
    if count > _MOST_INNER or depth >= _MOST_DEPTH:
        raise ValueError("a composite of too many parts")
    at = 16
    for _ in range(count):
        if at + 12 > len(data):
            raise ValueError("cut short")
        (length,) = struct.unpack_from("<I", data, at + 8)
        if length < 12 or at + length > len(data):
            raise ValueError("an inner tile reaches beyond its composite")
        yield from unpack(data[at : at + length], depth + 1)
        at += length


def _single(magic: bytes, data: bytes) -> Packed:
    head = 32 if magic == b"i3dm" else 28
    if len(data) < head:
        raise ValueError("cut short")
    sizes = list(struct.unpack_from("<4I", data, 12))
    if magic == b"b3dm" and (old := _old_header(data)) is not None:
        head, sizes = old
    parts, at = [], head
    for size in sizes:
        if at + size > len(data):
            raise ValueError("a table reaches beyond its tile")
        parts.append(data[at : at + size])
        at += size
    feature_json, feature_binary, batch_json, batch_binary = parts
    gltf, uri = data[at:], ""
    if magic == b"i3dm" and struct.unpack_from("<I", data, 28)[0] == 0:
        gltf, uri = b"", gltf.rstrip(b" \0").decode("utf-8")
    return Packed(magic, _json(feature_json), feature_binary, _json(batch_json), batch_binary, gltf, uri)


def _old_header(data: bytes) -> tuple[int, list[int]] | None:
    """Early b3dm had 20 or 24 bytes of header: there the text of a table or glTF begins where sizes should be."""
    if data[20:24] == b"glTF":
        batch_size = struct.unpack_from("<I", data, 12)[0]
        return 20, [0, 0, batch_size, 0]
    if data[24:28] == b"glTF":
        json_size, binary_size = struct.unpack_from("<2I", data, 12)
        return 24, [0, 0, json_size, binary_size]
    return None


def _json(text: bytes) -> dict[str, Any]:
    text = text.strip(b" \0\n")
    if not text:
        return {}
    found = msgspec.json.decode(text)
    if not isinstance(found, dict):
        raise ValueError("a table's header is no object")
    return found
