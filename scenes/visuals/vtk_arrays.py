"""numpy arrays handed to VTK without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from loaders.model.frames import Matrix


def points(positions: NDArray[np.floating]) -> Any:
    """vtkPoints over (n, 3) positions."""
    result = vtkPoints()
    result.SetData(numpy_to_vtk(np.ascontiguousarray(positions)))
    return result


def cells(indices: NDArray[np.integer]) -> Any:
    """vtkCellArray of equal cells from (n, k) point indices below 2**31."""
    result = vtkCellArray()
    flat = np.ascontiguousarray(indices).reshape(-1)
    flat = flat.view(np.int32) if flat.dtype == np.uint32 else flat.astype(np.int32)
    result.SetData(indices.shape[1], numpy_to_vtk(flat))
    return result


def named(values: NDArray[Any], name: str) -> Any:
    """A named data array over (n, k) values."""
    array = numpy_to_vtk(np.ascontiguousarray(values))
    array.SetName(name)
    return array


def surface(positions: NDArray[np.floating], triangles: NDArray[np.integer]) -> Any:
    """vtkPolyData of triangles."""
    data = vtkPolyData()
    data.SetPoints(points(positions))
    data.SetPolys(cells(triangles))
    return data


def segments(positions: NDArray[np.floating], pairs: NDArray[np.integer]) -> Any:
    """vtkPolyData of line segments, (m, 2) point indices."""
    data = vtkPolyData()
    data.SetPoints(points(positions))
    data.SetLines(cells(pairs))
    return data


def vtk_matrix(matrix: Matrix) -> Any:
    """A 4 x 4 float64 as vtkMatrix4x4."""
    result = vtkMatrix4x4()
    result.DeepCopy(tuple(np.asarray(matrix, np.float64).reshape(16)))
    return result
