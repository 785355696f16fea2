"""The exact engine: ifcopenshell's geometry iterator with the kernels that may be shipped."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from loaders.ifc.kernel_process import Shape, Work, mark_trying, write_shape
from loaders.model.frames import transform_points

# Never the cgal kernels: their plug-ins are GPL (design.md section 2).
QUICK_KERNEL = "hybrid-manifold-opencascade"
SURE_KERNEL = "opencascade"
# How long one element may take: many times what the hardest of real models needs.
PATIENCE_SECS = {QUICK_KERNEL: 20.0, SURE_KERNEL: 60.0}


def smallest_share(kernel: str) -> int:
    """The number of elements for which a process more pays: it costs memory and some 10 ms."""
    return 4 if kernel == SURE_KERNEL else 300


def settings() -> Any:
    """No normals (flat shading), openings cut; in the element's own coordinates.

    With ``use-world-coords`` every occurrence of a mapped shape would be meshed anew: 3 x the time on
    models with many equal windows.
    """
    import ifcopenshell.geom

    chosen = ifcopenshell.geom.settings()
    chosen.set("no-normals", True)
    return chosen


def work_for(model: Any, path: Path, kernel: str, step_ids: Sequence[int] | None) -> Work:
    """What a `KernelProcess` runs: all elements, or those of ``step_ids``."""
    if hasattr(os, "fork"):
        return partial(mesh, model, kernel, step_ids)
    return spawned_work_for(path, kernel, step_ids)


def spawned_work_for(path: Path, kernel: str, step_ids: Sequence[int] | None) -> Work:
    """The same for a process that shares nothing with this one and reads the file again."""
    return partial(_mesh_file, str(path), kernel, step_ids)


def careful_work_for(model: Any, path: Path, kernel: str, step_ids: Sequence[int]) -> Work:
    """The same one element after the other, each marked before it is begun."""
    if hasattr(os, "fork"):
        return partial(mesh_singly, model, kernel, step_ids)
    return partial(_mesh_file_singly, str(path), kernel, step_ids)


def _mesh_file(path: str, kernel: str, step_ids: Sequence[int] | None, file: IO[bytes]) -> None:
    import ifcopenshell

    mesh(ifcopenshell.open(path), kernel, step_ids, file)


def _mesh_file_singly(path: str, kernel: str, step_ids: Sequence[int], file: IO[bytes]) -> None:
    import ifcopenshell

    mesh_singly(ifcopenshell.open(path), kernel, step_ids, file)


def mesh(model: Any, kernel: str, step_ids: Sequence[int] | None, file: IO[bytes]) -> None:
    """Mesh with one kernel and write every shape as it comes.

    In one thread: with more, ifcopenshell 0.9's iterator keeps a processor busy with waiting, and what the quick kernel
    cannot make of an element of several items is left out without a word instead of going on to the next kernel.
    """
    import ifcopenshell.geom

    include = None if step_ids is None else [model.by_id(step_id) for step_id in step_ids]
    if include is not None and not include:
        return
    chosen = {"include": include} if include is not None else {}
    iterator = ifcopenshell.geom.iterator(settings(), model, 1, geometry_library=kernel, **chosen)
    if not iterator.initialize():
        return
    while True:
        with contextlib.suppress(RuntimeError):
            write_shape(file, _shape(iterator.get()))
            file.flush()
        if not iterator.next():
            return


def mesh_singly(model: Any, kernel: str, step_ids: Sequence[int], file: IO[bytes]) -> None:
    """Mesh one element after the other; one that the kernel refuses is left out."""
    import ifcopenshell.geom

    chosen = settings()
    for step_id in step_ids:
        mark_trying(file, step_id)
        with contextlib.suppress(RuntimeError):
            write_shape(file, _shape(ifcopenshell.geom.create_shape(chosen, model.by_id(step_id), None, kernel)))


def _shape(element: Any) -> Shape:
    geometry = element.geometry
    # The buffer holds the 4 x 4 matrix column by column: read as rows it is the transpose.
    model_from_element = np.frombuffer(element.transformation_buffer, np.float64).reshape(4, 4).T
    own = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
    vertices = transform_points(model_from_element, own)
    faces = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
    if np.linalg.det(model_from_element[:3, :3]) < 0:
        faces = faces[:, ::-1]  # a mirrored element: outside stays outside
    styles = np.frombuffer(geometry.material_ids_buffer, np.int32)
    rgba = np.array([_rgba(style) for style in geometry.materials], np.float32).reshape(-1, 4)
    if len(styles) != len(faces):
        styles = np.full(len(faces), -1, np.int32)
    return Shape(int(element.id), vertices, faces, styles, rgba)


def _rgba(style: Any) -> tuple[float, float, float, float]:
    if not style.instance_id():  # the library's stand-in for a missing style
        return (np.nan, np.nan, np.nan, 1.0)
    colour = style.diffuse
    alpha = 1.0 - style.transparency if style.has_transparency() and style.transparency == style.transparency else 1.0
    return (colour.r(), colour.g(), colour.b(), alpha)
