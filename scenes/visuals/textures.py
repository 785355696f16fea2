"""Encoded pictures as VTK textures."""

from __future__ import annotations

from typing import Any

from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture

from loaders.model.meshes import Texture


def texture_of(texture: Texture) -> Any:
    """A mip-mapped texture; an unreadable picture gives an empty one, and the vertex colours show."""
    from vtkmodules.vtkIOImage import vtkJPEGReader, vtkPNGReader

    reader = vtkJPEGReader() if texture.media_type == "image/jpeg" else vtkPNGReader()
    reader.SetMemoryBuffer(texture.data)
    reader.SetMemoryBufferLength(len(texture.data))
    reader.Update()
    result = vtkOpenGLTexture()
    result.SetInputData(reader.GetOutput())
    result.InterpolateOn()
    result.MipmapOn()
    result.RepeatOff()
    return result
