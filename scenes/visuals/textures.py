"""Encoded pictures as VTK textures."""

from __future__ import annotations

from typing import Any

from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture

from loaders.model.meshes import Texture
from loaders.model.pictures import pixels_of
from scenes.visuals import vtk_arrays

_MIPMAPS = 4.0 / 3.0  # a quarter of a quarter ... of a picture comes on top of it


class Picture:
    """A mip-mapped texture; an unreadable picture gives an empty one, and the vertex colours show.

    ``num_bytes`` is what it takes on the graphics card. One that ``repeats`` goes on beyond its edges.
    """

    def __init__(self, texture: Texture, *, repeats: bool) -> None:
        image = _image_of(texture if texture.pixels is not None else pixels_of(texture))
        columns, rows, _ = image.GetDimensions()
        self.num_bytes = int(max(columns, 0) * max(rows, 0) * 4 * _MIPMAPS)
        self.texture = vtkOpenGLTexture()
        self.texture.SetInputData(image)
        self.texture.InterpolateOn()
        self.texture.MipmapOn()
        self.texture.SetRepeat(repeats)


def _image_of(texture: Texture | None) -> Any:
    """The pixels as they are in memory; an empty image where there are none."""
    if texture is None or texture.pixels is None:
        return vtkImageData()
    pixels = texture.pixels
    rows, columns, bands = pixels.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(vtk_arrays.named(pixels.reshape(-1, bands), "pixels"))
    return image
