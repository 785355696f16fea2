"""New values of many objects, to the picture: live colours, an actor for each object, and the whole scene made anew."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.city import boxes_chunk
from benchmarks.frame import SIZE_PX, TILE_OBJECTS, Ours, Theirs, actor
from loaders.model.meshes import MeshChunk
from scenes.model.overlays.object_values import ObjectValues
from scenes.model.overlays.readings import Condition, Readings
from scenes.model.overlays.scale import ColourScale

SCALE = ColourScale((20.0, 30.0, 40.0, 50.0, 60.0, 70.0))


def run(runs: int = 3, num_objects: int = 10_000, beats: int = 7) -> dict[str, Any]:
    """Median seconds from new values to the end of their picture.

    ``ours`` has all values new, ``ours_few`` a twentieth of them, as feeds bring them; ``still`` is a picture alone.
    """
    from benchmarks.open import machine
    from scenes.visuals.render_windows import renderer_name

    tiles = [boxes_chunk(TILE_OBJECTS, first) for first in range(0, num_objects, TILE_OBJECTS)]
    ours, theirs = Ours(tiles, bare=True), _Actors(tiles)
    canvas = ours.canvas
    overlay = ObjectValues("values", SCALE)
    layer = next(iter(canvas.scene.layers))
    overlay.bind([layer.layer_id], np.zeros(num_objects), np.arange(num_objects))
    canvas.scene.overlays.add(overlay)
    try:
        taken = _take_turns(canvas, overlay, theirs, tiles, max(1, runs) * beats)
        renderer = renderer_name(canvas.window)
    finally:
        theirs.close()
        ours.close()
    rivals = {name: taken[name] for name in ("actor_per_object", "made_anew")}
    return {
        "bench": "recolour",
        "ours": taken["ours"],
        "theirs": rivals,
        "ratio": taken["ours"] / min(rivals.values()),
        "ratios": {name: taken["ours"] / value for name, value in rivals.items()},
        "ours_few": taken["ours_few"],
        "still": taken["still"],
        "objects": num_objects,
        "triangles": sum(len(tile.triangles) for tile in tiles),
        "size": list(SIZE_PX),
        "gl_renderer": renderer,
        "unit": "s",
        "runs": max(1, runs) * beats,
        "machine": machine(),
    }


def _take_turns(
    canvas: Any, overlay: ObjectValues, theirs: _Actors, tiles: list[MeshChunk], beats: int
) -> dict[str, float]:
    """All take turns beat by beat, so that whatever else the machine does hits them alike."""
    chance, size = np.random.default_rng(1), len(overlay.rows)
    taken: dict[str, list[float]] = {}
    for beat in range(beats + 1):
        values = chance.uniform(10.0, 80.0, size)
        told = np.where(chance.uniform(size=size) < 0.05, Condition.MISSING, Condition.GOOD)
        few = np.where(chance.uniform(size=size) < 0.05, chance.uniform(10.0, 80.0, size), values)

        def show(readings: Readings) -> None:
            overlay.readings = readings
            _draw(canvas)

        jobs: dict[str, Callable[[], object]] = {
            "still": lambda: _draw(canvas),
            "ours": lambda: show(Readings.of(values, told)),  # noqa: B023 - called in this beat
            "ours_few": lambda: show(Readings.of(few, told)),  # noqa: B023
            "actor_per_object": lambda: theirs.recolour(SCALE.rgba(Readings.of(values, told))),  # noqa: B023
            "made_anew": lambda: _anew(tiles, SCALE.rgba(Readings.of(values, told))),  # noqa: B023
        }
        for name, job in jobs.items():
            if name in ("actor_per_object", "made_anew") and beat % 3 > 1:
                continue  # they take long
            start = time.perf_counter()
            job()
            if beat:
                taken.setdefault(name, []).append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def _draw(canvas: Any) -> None:
    canvas.render()
    canvas.window.WaitForCompletion()


class _Actors(Theirs):
    """Plain VTK with an actor for each object, seen as ours are."""

    def __init__(self, tiles: list[MeshChunk]) -> None:
        self._owned: list[Any] = []
        for tile in tiles:
            positions = tile.positions + tile.origin_m.astype(np.float32)
            for first in range(0, len(positions), 8):
                own = tile.triangles[first // 8 * 12 : first // 8 * 12 + 12] - np.uint32(first)
                one = actor(positions[first : first + 8], own, tile.colours[first : first + 8])
                one.GetMapper().ScalarVisibilityOff()  # their quickest way: a colour for all of an actor
                self._owned.append(one)
        super().__init__(self._owned)
        self._renderer.ResetCamera()

    def recolour(self, colours: NDArray[np.uint8]) -> None:
        """Give each its colour, and draw."""
        for one, colour in zip(self._owned, (colours[:, :3] / 255.0).tolist(), strict=True):
            one.GetProperty().SetColor(*colour)
        self._window.Render()
        self._window.WaitForCompletion()


def _anew(tiles: list[MeshChunk], colours: NDArray[np.uint8]) -> None:
    """Load the whole scene again in the new colours, as viewers do that keep colours in their meshes."""
    from dataclasses import replace

    solid = np.column_stack([colours[:, :3], np.full(len(colours), 255, np.uint8)])
    painted = [replace(tile, colours=solid[tile.rows]) for tile in tiles]
    scene = Ours(painted, bare=True)
    _draw(scene.canvas)
    scene.close()
