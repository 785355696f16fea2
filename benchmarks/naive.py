"""A district at street level: streamed by the product, as one actor an object, and as one big mesh, side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.city_project import Program, city
from benchmarks.frame import Contender, Theirs, actor
from loaders.model.frames import transform_points
from loaders.model.tiles import NO_NODE
from scenes.model.view import CameraView
from scenes.visuals import camera

DISTRICT = (10_000, 10)
VIEW = "Street in the centre"
_TURN_RAD = 0.003
_FRAMES = 7


class _Mesh:
    """Triangles of one object in one tile, metres from a common origin."""

    __slots__ = ("colours", "positions", "triangles")

    def __init__(
        self, positions: NDArray[np.float32], triangles: NDArray[np.uint32], colours: NDArray[np.uint8]
    ) -> None:
        self.positions, self.triangles, self.colours = positions, triangles, colours


def run(runs: int = 3, district: tuple[int, int] = DISTRICT) -> dict[str, Any]:
    """Median seconds a frame: ``ours`` and its rivals, all without edges and overlays."""
    from benchmarks.open import machine

    project = city(*district)
    program = Program(bare=True)
    contenders: dict[str, Contender] = {}
    try:
        program.open(project)
        view = program.bookmark(VIEW)
        program.look(view)
        origin = np.asarray(view.target_m)
        meshes = list(_objects(program, origin))
        contenders["actor_per_object"] = Theirs([actor(m.positions, m.triangles, m.colours) for m in meshes])
        contenders["one_big_mesh"] = Theirs([_one(meshes)])
        triangles = sum(len(mesh.triangles) for mesh in meshes)
        num_objects, drawn = len(meshes), program.canvas.visuals.triangles_drawn
        del meshes
        median = _take_turns(program, contenders, view, max(1, runs))
    finally:
        for contender in contenders.values():
            contender.close()
        program.close()
    theirs = {name: median[name] for name in contenders}
    return {
        "bench": "naive",
        "ours": median["ours"],
        "theirs": theirs,
        "ratio": median["ours"] / min(theirs.values()),
        "ratios": {name: median["ours"] / value for name, value in theirs.items()},
        "times_faster": {name: value / median["ours"] for name, value in theirs.items()},
        "unit": "s",
        "runs": max(1, runs) * _FRAMES,
        "objects": num_objects,
        "triangles": triangles,
        "triangles_drawn_by_ours": drawn,
        "files": [str(project)],
        "machine": machine(),
    }


def _take_turns(program: Program, contenders: dict[str, Contender], view: CameraView, runs: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in ("ours", *contenders)}
    middle = np.asarray(view.target_m)
    for number in range(runs * _FRAMES + 1):
        view = camera.orbit(view, view.target_m, _TURN_RAD if number % 2 else -_TURN_RAD, 0.0)
        start = time.perf_counter()
        program.draw(view)
        if number:
            taken["ours"].append(time.perf_counter() - start)
        local = _moved(view, -middle)
        for name, contender in contenders.items():
            if name == "actor_per_object" and number % _FRAMES > 2:
                continue  # it takes seconds
            start = time.perf_counter()
            contender.draw(local)
            if number:
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def _moved(view: CameraView, by_m: NDArray[np.float64]) -> CameraView:
    position = camera.vector(np.asarray(view.position_m) + by_m)
    target = camera.vector(np.asarray(view.target_m) + by_m)
    return CameraView(position, target, view.up, view.field_of_view_deg)


def _objects(program: Program, origin_m: NDArray[np.float64]) -> Iterator[_Mesh]:
    """Every object of every layer as it is at hand, tile by tile: all that is not made up for the view from afar."""
    for visual in program.canvas.visuals:
        source = visual.source
        nodes = source.nodes()
        inner = np.zeros(len(nodes), np.bool_)
        replaced = (nodes.parents != NO_NODE) & nodes.replaces[np.maximum(nodes.parents, 0)]
        inner[nodes.parents[replaced]] = True
        for number in np.flatnonzero(nodes.has_content & ~inner).tolist():
            for chunk in source.read(number).chunks:
                place = transform_points(visual.layer.world_from_model, chunk.positions + chunk.origin_m) - origin_m
                yield from _split(place.astype(np.float32), chunk, source.num_objects)


def _split(positions: NDArray[np.float32], chunk: Any, num_objects: int) -> Iterator[_Mesh]:
    """The objects of one chunk: their vertices, and so their triangles, stand together."""
    starts = np.flatnonzero(np.append(True, chunk.rows[1:] != chunk.rows[:-1]))
    ends = np.append(starts[1:], len(chunk.rows))
    firsts = chunk.triangles[:, 0].astype(np.int64)
    order = np.argsort(firsts, kind="stable")
    cuts = np.searchsorted(firsts[order], np.append(starts, len(chunk.rows)))
    for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        triangles = chunk.triangles[order[cuts[number] : cuts[number + 1]]]
        if len(triangles) and chunk.rows[start] < num_objects:
            yield _Mesh(
                positions[start:end], triangles - np.uint32(start), np.ascontiguousarray(chunk.colours[start:end])
            )


def _one(meshes: list[_Mesh]) -> Any:
    offsets = np.cumsum([0] + [len(mesh.positions) for mesh in meshes[:-1]])
    triangles = [mesh.triangles + np.uint32(start) for mesh, start in zip(meshes, offsets, strict=True)]
    positions = np.concatenate([mesh.positions for mesh in meshes])
    return actor(positions, np.concatenate(triangles), np.concatenate([mesh.colours for mesh in meshes]))
