"""Encoded pictures as pixels."""

from __future__ import annotations

import dataclasses
import io
import warnings

import numpy as np

from loaders.model.meshes import MeshChunk, Texture

LARGEST_SIDE_PX = 4096  # what any graphics card takes; more is made smaller
_MOST_PIXELS = 500_000_000


def unpacked(chunk: MeshChunk) -> MeshChunk:
    """The chunk with its picture as pixels; one whose picture cannot be read shows its own colours."""
    if chunk.texture is None:
        return chunk
    return dataclasses.replace(chunk, texture=pixels_of(chunk.texture))


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
