"""Encoded pictures as VTK textures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture

from loaders.model.meshes import Texture
from scenes.visuals import vtk_arrays

_MIPMAPS = 4.0 / 3.0  # a quarter of a quarter ... of a picture comes on top of it


class Picture:
    """A mip-mapped texture; an unreadable picture gives an empty one, and the vertex colours show.

    ``num_bytes`` is what it takes on the graphics card. One that ``repeats`` goes on beyond its edges.
    """

    def __init__(self, texture: Texture, *, repeats: bool) -> None:
        image = _decoded(texture) if texture.pixels is None else _image_of(texture.pixels)
        columns, rows, _ = image.GetDimensions()
        self.num_bytes = int(max(columns, 0) * max(rows, 0) * 4 * _MIPMAPS)
        self.texture = vtkOpenGLTexture()
        self.texture.SetInputData(image)
        self.texture.InterpolateOn()
        self.texture.MipmapOn()
        self.texture.SetRepeat(repeats)


def _decoded(texture: Texture) -> Any:
    from vtkmodules.vtkIOImage import vtkJPEGReader, vtkPNGReader

    reader = vtkJPEGReader() if texture.media_type == "image/jpeg" else vtkPNGReader()
    reader.SetMemoryBuffer(texture.data)
    reader.SetMemoryBufferLength(len(texture.data))
    reader.Update()
    return reader.GetOutput()


def _image_of(pixels: NDArray[np.uint8]) -> Any:
    """Pixels (rows, columns, 3 or 4), the lowest row first, as they are in memory."""
    rows, columns, bands = pixels.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(vtk_arrays.named(pixels.reshape(-1, bands), "pixels"))
    return image
