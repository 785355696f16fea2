"""The arrays of a chunk as VTK wants them: once for all batches that draw it, so the graphics card has them once."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from vtkmodules.vtkCommonDataModel import vtkPolyData

from loaders.model.meshes import MeshChunk
from scenes.visuals import vtk_arrays

_known: WeakKeyDictionary[MeshChunk, Any] = WeakKeyDictionary()


def surface_of(chunk: MeshChunk) -> Any:
    """vtkPolyData of the chunk with colours and normals, for one batch to change, over arrays that all batches share.

    VTK keeps one buffer on the graphics card for each array, whoever draws it.
    """
    whole = _known.get(chunk)
    if whole is None:
        whole = vtk_arrays.surface(chunk.positions, chunk.triangles)
        whole.GetPointData().SetScalars(vtk_arrays.named(chunk.colours, "colours"))
        if chunk.normals is not None:
            whole.GetPointData().SetNormals(vtk_arrays.named(chunk.normals, "normals"))
        _known[chunk] = whole
    own = vtkPolyData()
    own.ShallowCopy(whole)
    return own
