"""Pictures of a window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pixels(window: Any) -> NDArray[np.uint8]:
    """What the window shows, (height, width, 3) uint8, top row first."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    image = grab(window)
    width, height, _ = image.GetDimensions()
    flat = vtk_to_numpy(image.GetPointData().GetScalars())
    result: NDArray[np.uint8] = np.ascontiguousarray(flat.reshape(height, width, 3)[::-1])
    return result


def grab(window: Any) -> Any:
    """What the window shows, as vtkImageData; draws nothing."""
    from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

    source = vtkWindowToImageFilter()
    source.SetInput(window)
    source.SetInputBufferTypeToRGB()
    source.ReadFrontBufferOff()
    source.ShouldRerenderOff()
    source.Update()
    return source.GetOutput()


def write_png(window: Any, path: Path) -> None:
    """Write what the window shows; raises OSError when the file cannot be written."""
    from vtkmodules.vtkIOImage import vtkPNGWriter

    writer = vtkPNGWriter()
    writer.SetInputData(grab(window))
    writer.SetWriteToMemory(True)
    writer.Write()
    path.write_bytes(memoryview(writer.GetResult()))
