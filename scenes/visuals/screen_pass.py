"""What renderers over the scene's have in common that read its depth and fill the picture with one quad."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture, vtkTextureObject

from scenes.visuals import vtk_arrays

_FLOAT32_DEPTH = 4  # vtkTextureObject::Float32
_POSITION = "  gl_Position = vec4(vertexMC.xy, -1.0, 1.0);\n"
CAMERA = ("nearM", "farM", "parallel", "pixelSize")


def over_the_scene() -> Any:
    """A renderer that keeps the depth it finds."""
    renderer: Any = vtkRenderer()
    renderer.InteractiveOff()
    renderer.SetPreserveDepthBuffer(True)
    renderer.SetUseOIT(False)
    return renderer


class DepthCopy:
    """The window's depth at the moment of `copy`, as a texture for shaders."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self._depth = vtkTextureObject()
        self._depth.SetContext(window)
        self._size = (0, 0)
        self.texture = vtkOpenGLTexture()
        self.texture.SetTextureObject(self._depth)

    def copy(self) -> None:
        """Take the depth as it is now."""
        width, height = self._window.GetSize()
        if (width, height) != self._size:
            self._depth.AllocateDepth(width, height, _FLOAT32_DEPTH)
            self._size = (width, height)
        self._depth.CopyFromFrameBuffer(0, 0, 0, 0, width, height)

    def release(self) -> None:
        """Give the texture back while the context still lives."""
        self._depth.ReleaseGraphicsResources(self._window)
        self._size = (0, 0)


def shade_screen(actor: Any, declare: str, shade: str, uniforms: tuple[str, ...] = ()) -> Any:
    """Have a quad filled by GLSL ``shade``, with functions ``declare``; gives its uniforms, also those of `CAMERA`."""
    shader = actor.GetShaderProperty()
    shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _POSITION, False)
    shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, shade, False)
    # After VTK has declared the textures that the functions read.
    shader.AddFragmentShaderReplacement("//VTK::Picking::Dec", True, declare, False)
    told = shader.GetFragmentCustomUniforms()
    for name in (*CAMERA, *uniforms):
        told.SetUniformf(name, 1.0)
    return told


def tell_camera(uniforms: Any, camera: Any, height_px: int) -> None:
    """How depth maps to metres; ``camera`` is the scene's vtkCamera."""
    near, far = camera.GetClippingRange()
    parallel = bool(camera.GetParallelProjection())
    half = camera.GetParallelScale() if parallel else np.tan(np.radians(camera.GetViewAngle()) / 2.0)
    for name, value in zip(CAMERA, (near, far, parallel, 2.0 * half / max(1, height_px)), strict=True):
        uniforms.SetUniformf(name, float(value))


def full_screen_quad() -> Any:
    """An actor that covers the picture, for a fragment shader to fill."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    data = vtk_arrays.surface(corners, np.array([[0, 1, 2], [0, 2, 3]], np.uint32))
    data.GetPointData().SetTCoords(vtk_arrays.named(np.ascontiguousarray((corners[:, :2] + 1) / 2), "uv"))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    actor.ForceTranslucentOn()
    return actor
