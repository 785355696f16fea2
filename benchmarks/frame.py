"""A frame of our batches against one plain mesh and against an actor per element, off screen, same view.

Ours is measured twice: bare, which is the same work as theirs and gives the ratio, and with the
product's default settings (sky, edges, overlays), which is what a user gets.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.city import boxes_chunk
from loaders.model.formats import LayerKind
from loaders.model.meshes import MeshChunk
from scenes.model.layers import Layer
from scenes.model.scene import Scene
from scenes.model.view import CameraView, ViewPreset
from scenes.visuals import camera
from scenes.visuals.tile_source import MemoryTiles

SIZE_PX = (1280, 800)
TURN_RAD = 0.01
TILE_OBJECTS = 2_500


class Contender(Protocol):
    """Draws a view, all of it, before it returns."""

    def draw(self, view: CameraView) -> None:
        """Draw and wait."""

    def close(self) -> None:
        """Let everything go."""


def run(runs: int = 3, num_elements: int = 20_000, frames: int = 9) -> dict[str, Any]:
    """Median seconds a frame: ``ours`` and its rivals, with ratios and what the default settings cost.

    The contenders take turns frame by frame, so that whatever else the machine does hits them alike.
    """
    from benchmarks.open import machine
    from scenes.visuals.render_windows import renderer_name

    tiles = [boxes_chunk(TILE_OBJECTS, first) for first in range(0, num_elements, TILE_OBJECTS)]
    ours = Ours(tiles, bare=True)
    contenders: dict[str, Contender] = {
        "ours": ours,
        "plain_mesh": Theirs(_plain_actors(tiles)),
        "ours_default": Ours(tiles, bare=False),
        "actor_per_element": Theirs(_element_actors(tiles)),
    }
    try:
        median = _take_turns(contenders, ours.canvas.navigator.view, max(1, runs), frames)
        renderer = renderer_name(ours.canvas.window)
    finally:
        for contender in contenders.values():
            contender.close()
    theirs = {name: median[name] for name in ("plain_mesh", "actor_per_element")}
    return {
        "bench": "frame",
        "ours": median["ours"],
        "theirs": theirs,
        "ratio": median["ours"] / theirs["plain_mesh"],
        "ratios": {name: median["ours"] / value for name, value in theirs.items()},
        "ours_default_settings": median["ours_default"],
        "elements": num_elements,
        "triangles": sum(len(tile.triangles) for tile in tiles),
        "size": list(SIZE_PX),
        "gl_renderer": renderer,
        "unit": "s",
        "runs": max(1, runs) * frames,
        "machine": machine(),
    }


def _take_turns(contenders: dict[str, Contender], begin: CameraView, runs: int, frames: int) -> dict[str, float]:
    """Median seconds a frame of each, after one frame that does not count; the slow one draws fewer."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for contender in contenders.values():
        contender.draw(begin)
    view = begin
    for index in range(runs * frames):
        view = camera.orbit(view, begin.target_m, TURN_RAD, 0.0)
        for name, contender in contenders.items():
            if name == "actor_per_element" and index % frames >= 2:
                continue
            start = time.perf_counter()
            contender.draw(view)
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


class Ours:
    """The product's canvas over tiles in memory; ``bare`` without edges and overlays."""

    def __init__(self, tiles: list[MeshChunk], *, bare: bool) -> None:
        from scenes.visuals.canvas import SceneCanvas

        self._scene, memory = Scene(), MemoryTiles([(tile,) for tile in tiles])
        if bare:
            self._scene.view.set_display(edges=False, view_cube=False, north_arrow=False, scale_bar=False)
        self.canvas = SceneCanvas.off_screen(self._scene, SIZE_PX, open_tiles=lambda _folder: memory)
        layer = Layer("city", LayerKind.CITY)
        layer.flags = np.zeros(len(tiles) * TILE_OBJECTS, np.uint8)
        self._scene.layers.add(layer)
        layer.tileset_folder = Path("memory")
        self.canvas.pump_all()
        self.canvas.look(ViewPreset.ISO, animate=False)

    def draw(self, view: CameraView) -> None:
        """See `Contender`."""
        self._scene.view.camera = view
        self.canvas.render()
        self.canvas.window.WaitForCompletion()

    def close(self) -> None:
        """See `Contender`."""
        self.canvas.close()


class Theirs:
    """Plain VTK: a renderer and actors, nothing else."""

    def __init__(self, actors: list[Any]) -> None:
        from vtkmodules.vtkRenderingCore import vtkRenderer

        from scenes.visuals.render_windows import off_screen_window

        self._window, self._renderer = off_screen_window(SIZE_PX), vtkRenderer()
        self._window.SetMultiSamples(0)
        self._window.AddRenderer(self._renderer)
        for one in actors:
            self._renderer.AddActor(one)

    def draw(self, view: CameraView) -> None:
        """See `Contender`."""
        eye = self._renderer.GetActiveCamera()
        eye.SetPosition(*view.position_m)
        eye.SetFocalPoint(*view.target_m)
        eye.SetViewUp(*view.up)
        eye.SetViewAngle(view.field_of_view_deg)
        self._renderer.ResetCameraClippingRange()
        self._window.Render()
        self._window.WaitForCompletion()

    def close(self) -> None:
        """See `Contender`."""
        self._renderer.RemoveAllViewProps()
        self._window.Finalize()


def _plain_actors(tiles: list[MeshChunk]) -> list[Any]:
    """One actor over one mesh of all triangles."""
    offsets = np.cumsum([0] + [len(tile.positions) for tile in tiles[:-1]])
    positions = np.concatenate([tile.positions + tile.origin_m.astype(np.float32) for tile in tiles])
    triangles = np.concatenate([tile.triangles + np.uint32(start) for tile, start in zip(tiles, offsets, strict=True)])
    return [actor(positions, triangles, np.concatenate([tile.colours for tile in tiles]))]


def _element_actors(tiles: list[MeshChunk]) -> list[Any]:
    """One actor per box, as viewers do that keep an element per actor."""
    actors = []
    for tile in tiles:
        positions = tile.positions + tile.origin_m.astype(np.float32)
        for first in range(0, len(positions), 8):
            triangles = tile.triangles[first // 8 * 12 : first // 8 * 12 + 12] - np.uint32(first)
            actors.append(actor(positions[first : first + 8], triangles, tile.colours[first : first + 8]))
    return actors


def actor(positions: NDArray[np.float32], triangles: NDArray[np.uint32], colours: NDArray[np.uint8]) -> Any:
    """A plain vtkActor over a mesh with colours at its vertices."""
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    from scenes.visuals import vtk_arrays

    data = vtk_arrays.surface(positions, triangles)
    data.GetPointData().SetScalars(vtk_arrays.named(colours, "colours"))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetColorModeToDirectScalars()
    made = vtkActor()
    made.SetMapper(mapper)
    made.GetProperty().SetInterpolationToFlat()
    return made
