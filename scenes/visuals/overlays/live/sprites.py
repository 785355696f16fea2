"""Pictures on the screen: many in one texture, drawn by one actor, pixel by pixel."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkPolyDataMapper2D, vtkTexturedActor2D
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture

from scenes.visuals import vtk_arrays

WIDTH_PX = 1024
Pixels = NDArray[np.uint8]


class Sprites:
    """Shows pictures (h, w, 4) uint8 with their left upper corners at places on the screen, later ones on top."""

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer
        self._texture = vtkOpenGLTexture()
        self._texture.InterpolateOff()
        self._texture.SetRepeat(False)
        self._data = vtkPolyData()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._data)
        self.actor: Any = vtkTexturedActor2D()
        self.actor.SetMapper(mapper)
        self.actor.SetTexture(self._texture)
        self.actor.VisibilityOff()
        self._keys: tuple[Hashable, ...] = ()
        self._cells: NDArray[np.float64] = np.zeros((0, 4))
        renderer.AddViewProp(self.actor)

    def show(
        self, keys: Sequence[Hashable], pictures: Sequence[Pixels], corners_px: NDArray[np.float64], height_px: int
    ) -> None:
        """``corners_px`` (n, 2) from the top left of a window of that height; equal ``keys`` are equal pictures."""
        self.actor.SetVisibility(len(pictures) > 0)
        if not pictures:
            return
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self._upload(keys, pictures)
        sizes = np.array([(picture.shape[1], picture.shape[0]) for picture in pictures], np.float64)
        low = np.column_stack([corners_px[:, 0], height_px - corners_px[:, 1] - sizes[:, 1]])
        high = low + sizes
        points = np.stack(
            [low, np.column_stack([high[:, 0], low[:, 1]]), high, np.column_stack([low[:, 0], high[:, 1]])], 1
        )
        base = np.arange(len(pictures), dtype=np.uint32)[:, None] * np.uint32(4)
        data = vtk_arrays.surface(
            np.concatenate([points, np.zeros((len(points), 4, 1))], axis=2).reshape(-1, 3),
            np.stack([base + np.array([0, 1, 2], np.uint32), base + np.array([0, 2, 3], np.uint32)], 1).reshape(-1, 3),
        )
        x0, y0, x1, y1 = self._cells.T
        uv = np.stack([np.column_stack(pair) for pair in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))], axis=1)
        data.GetPointData().SetTCoords(vtk_arrays.named(uv.reshape(-1, 2).astype(np.float32), "uv"))
        self._data.ShallowCopy(data)

    def _upload(self, keys: Sequence[Hashable], pictures: Sequence[Pixels]) -> None:
        """Put the pictures on shelves of one image; equal ones once."""
        places: dict[Hashable, tuple[int, int]] = {}
        known = dict(zip(keys, pictures, strict=True))
        x = y = shelf = 0
        for key in sorted(known, key=lambda one: -known[one].shape[0]):
            height, width = known[key].shape[:2]
            if x + width > WIDTH_PX and x > 0:
                x, y, shelf = 0, y + shelf, 0
            places[key] = (x, y)
            x, shelf = x + width, max(shelf, height)
        widest = max(WIDTH_PX, max(picture.shape[1] for picture in pictures))
        sheet = np.zeros((y + shelf, widest, 4), np.uint8)
        for key, (left, top) in places.items():
            height, width = known[key].shape[:2]
            sheet[top : top + height, left : left + width] = known[key]
        image = vtkImageData()
        image.SetDimensions(widest, len(sheet), 1)
        image.GetPointData().SetScalars(vtk_arrays.named(sheet.reshape(-1, 4), "sheet"))
        self._texture.SetInputData(image)
        cells = []
        for key, picture in zip(keys, pictures, strict=True):
            left, top = places[key]
            # Textures begin at the bottom: the sheet's first row is v = 0, and a picture's last row its lowest.
            box = (left, top + picture.shape[0], left + picture.shape[1], top)
            cells.append([box[0] / widest, box[1] / len(sheet), box[2] / widest, box[3] / len(sheet)])
        self._cells = np.array(cells)

    def hide(self) -> None:
        """Show nothing."""
        self.actor.VisibilityOff()

    def remove(self) -> None:
        """Take it off its renderer."""
        self._renderer.RemoveViewProp(self.actor)
