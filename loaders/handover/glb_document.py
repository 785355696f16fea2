"""A binary glTF that may be large: its buffer goes to disk as it comes, its JSON is kept as text."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from loaders.tileset import glb
from loaders.tileset.glb_write import GENERATOR

_MOST_BYTES = (1 << 32) - 1  # glTF 2.0, section 4.4.2: lengths are of 32 bits
_COPY_BYTES = 1 << 20


class GlbDocument:
    """Collects the parts of one file; ``buffer`` is an empty file to put the arrays in."""

    def __init__(self, buffer: BinaryIO) -> None:
        self._buffer = buffer
        self._size = 0
        self._items: dict[str, list[msgspec.Raw]] = {}
        self._extensions: set[str] = set()

    def add(self, key: str, item: dict[str, Any]) -> int:
        """Put an item in one of the document's lists; gives its place."""
        items = self._items.setdefault(key, [])
        items.append(msgspec.Raw(msgspec.json.encode(item)))
        return len(items) - 1

    def num(self, key: str) -> int:
        """How many items a list has."""
        return len(self._items.get(key, ()))

    def use(self, extension: str) -> None:
        """Note that an extension is used."""
        self._extensions.add(extension)

    def view(self, data: bytes | NDArray[Any], target: int | None = None, stride: int | None = None) -> int:
        """Put an array or bytes in the buffer; gives its view. ``stride``: bytes from one element to the next."""
        raw = data if isinstance(data, bytes) else np.ascontiguousarray(data).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._size, "byteLength": len(raw)}
        view |= {} if target is None else {"target": target}
        view |= {} if stride is None else {"byteStride": stride}
        padding = -len(raw) % 8
        self._buffer.write(raw)
        self._buffer.write(bytes(padding))
        self._size += len(raw) + padding
        return self.add("bufferViews", view)

    def write(self, path: Path, scene: dict[str, Any]) -> int:
        """Write the whole file with one ``scene``; gives its bytes."""
        document: dict[str, Any] = {"asset": {"version": "2.0", "generator": GENERATOR, "extras": scene["extras"]}}
        document |= {"scene": 0, "scenes": [scene], **self._items, "buffers": [{"byteLength": self._size}]}
        document |= {"extensionsUsed": sorted(self._extensions)} if self._extensions else {}
        text = msgspec.json.encode(document)
        text += b" " * (-len(text) % 8)
        total = glb.HEADER.size + 2 * glb.CHUNK_HEADER.size + len(text) + self._size
        if total > _MOST_BYTES:
            raise CityTwinError("handover.too_large", str(path), gigabytes=round(total / 1e9, 1))
        self._buffer.seek(0)
        with path.open("wb") as file:
            file.write(glb.HEADER.pack(glb.MAGIC, glb.VERSION, total))
            file.write(glb.CHUNK_HEADER.pack(len(text), glb.JSON_CHUNK) + text)
            file.write(glb.CHUNK_HEADER.pack(self._size, glb.BIN_CHUNK))
            shutil.copyfileobj(self._buffer, file, _COPY_BYTES)
        return total
