"""A pick in a scene of a million triangles against VTK's own pickers, same points."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.city import boxes_chunk
from loaders.model.formats import LayerKind
from scenes.model.layers import Layer
from scenes.model.scene import Scene
from scenes.model.view import ViewPreset
from scenes.visuals.tile_source import MemoryTiles

SIZE_PX = (1280, 800)
TILE_OBJECTS = 2_500


def run(runs: int = 3, num_triangles: int = 1_000_000) -> dict[str, Any]:
    """Median seconds a pick, ours with all its work (section planes, layers, exact point) included."""
    from benchmarks.open import machine
    from scenes.visuals.canvas import SceneCanvas

    tiles = [boxes_chunk(TILE_OBJECTS, first) for first in range(0, -(-num_triangles // 12), TILE_OBJECTS)]
    memory, scene = MemoryTiles([(tile,) for tile in tiles]), Scene()
    canvas = SceneCanvas.off_screen(scene, SIZE_PX, open_tiles=lambda _folder: memory)
    try:
        layer = Layer("city", LayerKind.CITY)
        layer.flags = np.zeros(len(tiles) * TILE_OBJECTS, np.uint8)
        scene.layers.add(layer)
        layer.tileset_folder = Path("memory")
        canvas.pump_all()
        canvas.look(ViewPreset.ISO, animate=False)
        canvas.render()
        start = time.perf_counter()
        while canvas.probe.picker.build_next():
            pass
        built = time.perf_counter() - start
        return _result(canvas, runs, built, sum(len(tile.triangles) for tile in tiles)) | {"machine": machine()}
    finally:
        canvas.close()


def _result(canvas: Any, runs: int, built_secs: float, num_triangles: int) -> dict[str, Any]:
    points = [(int(x), int(y)) for x, y in np.random.default_rng(7).uniform((400, 300), (880, 560), (12 * runs, 2))]
    ours = _median_secs(lambda p: canvas.pick(*p), points * 4)
    worst = max(_median_secs(lambda p: canvas.pick(*p), [point]) for point in points)
    snapped = _median_secs(lambda p: canvas.pick(*p, snap=True), points)
    theirs = {
        "vtk_cell_picker": _median_secs(_cell_pick(canvas), points[: 2 * runs]),
        "vtk_hardware_selector": _median_secs(_hardware_pick(canvas), points[: 2 * runs]),
    }
    return {
        "bench": "pick",
        "ours": ours,
        "theirs": theirs,
        "ratio": ours / min(theirs.values()),
        "ours_worst": worst,
        "ours_with_snap": snapped,
        "build_seconds": built_secs,
        "triangles": num_triangles,
        "unit": "s",
        "runs": len(points) * 4,
    }


def _median_secs(pick: Callable[[tuple[int, int]], Any], points: list[tuple[int, int]]) -> float:
    taken = []
    for point in points:
        start = time.perf_counter()
        pick(point)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _cell_pick(canvas: Any) -> Callable[[tuple[int, int]], Any]:
    from vtkmodules.vtkRenderingCore import vtkCellPicker

    picker = vtkCellPicker()
    picker.SetTolerance(0.0)
    return lambda p: picker.Pick(p[0], SIZE_PX[1] - 1 - p[1], 0.0, canvas.stage.city)


def _hardware_pick(canvas: Any) -> Callable[[tuple[int, int]], Any]:
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLHardwareSelector

    selector = vtkOpenGLHardwareSelector()
    selector.SetRenderer(canvas.stage.city)
    selector.SetFieldAssociation(1)  # cells

    def pick(point: tuple[int, int]) -> Any:
        x, y = point[0], SIZE_PX[1] - 1 - point[1]
        selector.SetArea(x, y, x, y)
        return selector.Select()

    return pick
