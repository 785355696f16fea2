"""Encoded pictures as pixels."""

from __future__ import annotations

import dataclasses
import io
import warnings

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import MeshChunk, Texture
from loaders.model.points import Chunk

LARGEST_SIDE_PX = 4096  # what any graphics card takes; more is made smaller
_MOST_PIXELS = 500_000_000
_QUALITY = 92
_COMMON = ("image/jpeg", "image/png")


def unpacked(chunk: Chunk) -> Chunk:
    """The chunk with its picture as pixels; one whose picture cannot be read shows its own colours."""
    if not isinstance(chunk, MeshChunk) or chunk.texture is None:
        return chunk
    return dataclasses.replace(chunk, texture=pixels_of(chunk.texture))


def commonly_encoded(chunk: Chunk) -> Chunk:
    """The chunk with its picture as JPEG or PNG, which is all that every viewer of tiles reads."""
    if not isinstance(chunk, MeshChunk) or chunk.texture is None or chunk.texture.media_type in _COMMON:
        return chunk
    unpacked_once = pixels_of(chunk.texture)
    if unpacked_once is None or unpacked_once.pixels is None:
        return dataclasses.replace(chunk, texture=None, uvs=None)
    return dataclasses.replace(chunk, texture=_encoded(unpacked_once.pixels[::-1]))


def _encoded(pixels: NDArray[np.uint8]) -> Texture:
    from PIL import Image

    name = "PNG" if pixels.shape[2] == 4 else "JPEG"
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, name, quality=_QUALITY)
    return Texture(file.getvalue(), f"image/{name.lower()}")


def pixels_of(texture: Texture) -> Texture | None:
    """A picture unpacked, with its lowest row first; None where it is none."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # size is bounded here
            picture = Image.open(io.BytesIO(texture.data))
        if picture.width * picture.height > _MOST_PIXELS:
            return None
        if max(picture.size) > LARGEST_SIDE_PX:
            picture.draft("RGB", (LARGEST_SIDE_PX, LARGEST_SIDE_PX))
            picture.thumbnail((LARGEST_SIDE_PX, LARGEST_SIDE_PX))
        has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        pixels = np.asarray(picture.convert("RGBA" if has_alpha else "RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return Texture(b"", texture.media_type, np.ascontiguousarray(pixels[::-1]))
