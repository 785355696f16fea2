"""The view cube with its compass ring: shows where one looks from, and takes one there by a click."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkLight, vtkPolyDataMapper, vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture

from scenes.model.view import CameraView
from scenes.visuals import camera, vtk_arrays
from scenes.visuals.look import Look
from scenes.visuals.overlays.cube_shape import (
    FACE_WORDS,
    PIECES,
    RING_HEIGHT,
    RING_RADIUS,
    face_quad,
    piece_at,
    piece_mesh,
    ring_mesh,
)
from scenes.visuals.overlays.text import rendered

SIDE_PX = 132
MARGIN_PX = 10
HALF_HEIGHT = 2.2  # what the cube's parallel camera sees, cube units
LEVEL = 0.1  # sine of the eye's elevation below which nothing but specks is left of the ring
FLAT, BEHIND = 0.35, 0.5  # sine of the eye's elevation below which the ring is flat; depth of a letter behind
ALONE_RAD = math.radians(50.0)  # how steeply the eye looks down at the ring without its cube, at least
_LETTER = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * 0.27
RING_WORDS = {"north": (0.0, 1.0), "east": (1.0, 0.0), "south": (0.0, -1.0), "west": (-1.0, 0.0)}

Floats = NDArray[np.float64]


class ViewCube:
    """Sits at the top right, in a renderer of its own."""

    def __init__(self) -> None:
        self.renderer: Any = vtkRenderer()
        self.renderer.InteractiveOff()
        self.renderer.SetUseOIT(False)
        self.renderer.SetAutomaticLightCreation(False)
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        self.renderer.GetActiveCamera().SetParallelScale(HALF_HEIGHT)
        light = vtkLight()
        light.SetLightTypeToCameraLight()
        light.SetPosition(-0.5, 0.9, 1.0)
        self.renderer.AddLight(light)
        self._cube: list[Any] = []
        self._ring: list[Any] = []
        self._hovered: int | None = None
        self._rect = (0, 0, 1, 1)
        self._shown = (True, True)
        self._view = CameraView()
        self._data: Any = None
        self._look: Look | None = None

    def build(self, look: Look, words: dict[str, str]) -> None:
        """Make cube and ring anew in a theme and language."""
        for actor in self._cube + self._ring:
            self.renderer.RemoveActor(actor)
        self._look = look
        self._data = piece_mesh()
        body = _actor(self._data)
        body.GetProperty().SetInterpolationToFlat()
        body.GetProperty().SetAmbient(0.72)
        body.GetProperty().SetDiffuse(0.36)
        self._cube = [body] + [_word_actor(words[key], face_quad(direction), look) for key, direction in FACE_WORDS]
        ring = _actor(ring_mesh())
        ring.GetProperty().SetColor(*look.text)
        ring.GetProperty().SetOpacity(0.42)
        ring.GetProperty().LightingOff()
        north = dataclasses.replace(look, text=look.accent)
        self._ring = [ring]
        for key in RING_WORDS:
            self._ring.append(_word_actor(words[key], _LETTER, north if key == "north" else look))
        for actor in self._cube + self._ring:
            self.renderer.AddActor(actor)
        self._paint()
        self._show(self._shown)

    def _paint(self) -> None:
        assert self._look is not None
        colours = np.empty((len(PIECES), 4), np.uint8)
        for index, piece in enumerate(PIECES):
            paper = np.asarray(self._look.paper)
            # Faces in paper, bevels a shade nearer to the text, so that the cube has a rim.
            share = (0.0, 0.0, 0.16, 0.26)[sum(abs(c) for c in piece)]
            colour = paper * (1.0 - share) + np.asarray(self._look.text) * share
            if index == self._hovered:
                colour = paper * 0.25 + np.asarray(self._look.accent) * 0.75
            colours[index] = [*np.round(colour * 255.0), 255]
        self._data.GetCellData().SetScalars(vtk_arrays.named(colours, "pieces"))
        self._data.Modified()

    def prepare(self, view: CameraView, size_px: tuple[int, int], *, cube: bool, ring: bool) -> None:
        """Turn with the camera and stay in the corner, before a picture."""
        width, height = size_px
        side = min(SIDE_PX, width // 3, height // 3)
        self._rect = (width - side - MARGIN_PX, MARGIN_PX, side, side)
        left, top = max(0, self._rect[0]) / width, 1.0 - MARGIN_PX / height
        self.renderer.SetViewport(left, top - side / height, left + side / width, top)
        self._view = view
        aim = camera.aim_of(view)
        # Alone, the ring is seen from above at any time, and stands where the cube would be.
        middle = np.array([0.0, 0.0, 0.0 if cube else RING_HEIGHT])
        axes = camera.basis(aim if cube else camera.Aim(aim.heading_rad, min(aim.pitch_rad, -ALONE_RAD)))
        own = self.renderer.GetActiveCamera()
        own.SetFocalPoint(*middle)
        own.SetPosition(*(middle + axes[:, 2] * 6.0))
        own.SetViewUp(*axes[:, 1])
        own.SetClippingRange(1.0, 12.0)
        self._ring[0].SetVisibility(ring and abs(float(axes[2, 2])) >= LEVEL)
        for actor, (east, north) in zip(self._ring[1:], RING_WORDS.values(), strict=True):
            # Letters lie on the ring and face the eye.
            placed = np.eye(4)
            placed[:3, :3] = axes
            placed[:3, 3] = [east * RING_RADIUS, north * RING_RADIUS, RING_HEIGHT]
            actor.SetUserMatrix(vtk_arrays.vtk_matrix(placed))
            # Of a ring seen from the side, the letters behind would fall among those before.
            away = float(np.dot((east, north), axes[:2, 2])) < -BEHIND
            actor.SetVisibility(ring and not (away and abs(axes[2, 2]) < FLAT))
        if (cube, ring) != self._shown:
            self._show((cube, ring))

    def _show(self, shown: tuple[bool, bool]) -> None:
        self._shown = shown
        for actor in self._cube:
            actor.SetVisibility(shown[0])
        for actor in self._ring:
            actor.SetVisibility(shown[1])

    def piece(self, x_px: float, y_px: float) -> int | None:
        """Which of `PIECES` is under a screen point, None beside the cube."""
        left, top, side, _ = self._rect
        if not self._shown[0] or not (left <= x_px < left + side and top <= y_px < top + side):
            return None
        across = (2.0 * (x_px - left) / side - 1.0) * HALF_HEIGHT
        upward = (1.0 - 2.0 * (y_px - top) / side) * HALF_HEIGHT
        axes = camera.basis(camera.aim_of(self._view))
        return piece_at(axes @ np.array([across, upward, 6.0]), -axes[:, 2])

    def aim_at(self, x_px: float, y_px: float) -> camera.Aim | None:
        """The aim that a click on a screen point takes one to, None beside the cube."""
        index = self.piece(x_px, y_px)
        return None if index is None else aim_from(PIECES[index], camera.aim_of(self._view))

    def hover(self, x_px: float, y_px: float) -> bool:
        """Light up what is under the pointer; tells whether that changes the picture."""
        index = self.piece(x_px, y_px)
        if index == self._hovered:
            return False
        self._hovered = index
        self._paint()
        return True


def aim_from(piece: tuple[int, int, int], now: camera.Aim) -> camera.Aim:
    """Looking at the cube's ``piece``; from above and below the heading goes to the nearest quarter turn."""
    forward = -np.asarray(piece, np.float64)
    forward /= np.linalg.norm(forward)
    if piece[0] == 0 and piece[1] == 0:
        quarter = math.pi / 2.0
        return camera.Aim(round(now.heading_rad / quarter) * quarter, math.copysign(quarter, forward[2]))
    return camera.Aim(math.atan2(forward[0], forward[1]), math.asin(float(forward[2])))


def _actor(data: Any) -> Any:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    actor = vtkActor()
    actor.SetMapper(mapper)
    return actor


def _word_actor(text: str, quad: Floats, look: Look) -> Any:
    """``text`` on a quad (4, 3), corners counter-clockwise from the lower left."""
    image = rendered(text, 40, look.text)
    width, height, _ = image.GetDimensions()
    fill = np.array([min(1.0, width / max(1, height)), min(1.0, height / max(1, width))])
    middle, right, up = quad.mean(axis=0), (quad[1] - quad[0]) / 2.0, (quad[3] - quad[0]) / 2.0
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * fill
    corners = middle + signs[:, :1] * right + signs[:, 1:] * up
    data = vtk_arrays.surface(corners.astype(np.float32), np.array([[0, 1, 2], [0, 2, 3]], np.uint32))
    uvs = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    data.GetPointData().SetTCoords(vtk_arrays.named(uvs, "uvs"))
    actor = _actor(data)
    texture = vtkOpenGLTexture()
    texture.SetInputData(image)
    texture.InterpolateOn()
    texture.MipmapOn()
    actor.SetTexture(texture)
    actor.GetProperty().LightingOff()
    actor.GetProperty().BackfaceCullingOn()
    actor.ForceTranslucentOn()
    return actor
