"""The large city beside a tenth of it: frames, a flight, memory, the way of a tile, and opening."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

from benchmarks.city_project import SIZE_PX, Program, city
from benchmarks.flight import Flight, fly, through
from benchmarks.fly import resident_bytes
from scenes.model.view import CameraView
from scenes.visuals import camera

LARGE, SMALL = (100_000, 100), (10_000, 10)
VIEWS = {"overview": "Whole city", "street": "Street in the centre"}
FLIGHT_SECS = 30.0
_TURN_RAD = 0.003
_FRAMES = 9
_TILES = 24


def run(
    runs: int = 3,
    large: tuple[int, int] = LARGE,
    small: tuple[int, int] = SMALL,
    flight_secs: float = FLIGHT_SECS,
) -> dict[str, Any]:
    """Median seconds a frame in the view that grows most: ``ours`` of the large city, ``theirs`` of the small one."""
    from benchmarks.open import machine

    projects = {"large": city(*large), "small": city(*small)}
    converted = {name: _opened(project) for name, project in projects.items()}  # once, so that all is in the cache
    opened = [_opened(projects["large"]) for _ in range(max(1, runs))]
    program = Program(animated=True)
    try:
        program.open(projects["large"])
        flight = fly(program, through(_route(program), flight_secs), flight_secs)
        peak = resident_bytes()
        limits = program.canvas.visuals.context.streamer.limits
    finally:
        program.close()
    frames, triangles, way = _frames(projects, max(1, runs), bare=False)
    bare, _, _ = _frames(projects, max(1, runs), bare=True)
    worst = max(frames, key=lambda view: frames[view]["large"] / frames[view]["small"])
    return {
        "bench": "city",
        "ours": frames[worst]["large"],
        "theirs": {f"{small[0]} buildings + {small[1]} models": frames[worst]["small"]},
        "ratio": frames[worst]["large"] / frames[worst]["small"],
        "unit": "s",
        "runs": max(1, runs) * _FRAMES,
        "views": _with_ratios(frames),
        "views_without_edges": _with_ratios(bare),
        "triangles": triangles,
        "flight": _about(flight),
        "memory_after_flight": peak,
        "memory_budget": limits.data_bytes + limits.graphics_bytes,
        "tile_triangles_per_second": way,
        "open_seconds": statistics.median(opened),
        "first_open_seconds": converted,
        "size": list(SIZE_PX),
        "files": [str(project) for project in projects.values()],
        "machine": machine(),
    }


def _with_ratios(frames: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {view: one | {"ratio": one["large"] / one["small"]} for view, one in frames.items()}


def _opened(project: Any) -> float:
    program = Program()
    try:
        return program.open(project)
    finally:
        program.close()


def _route(program: Program) -> list[CameraView]:
    names = ("Whole city", "Riverside skyline", "Street in the centre", "Riverside Primary School", "Whole city")
    marks = {one.name for one in program.workbench.project.bookmarks}
    return [program.bookmark(name) for name in names if name in marks]


def _about(flight: Flight) -> dict[str, float]:
    return {
        "seconds": flight.seconds,
        "pictures": len(flight.gaps_secs),
        "longest_gap_s": flight.longest_secs,
        "gap_99_percent_s": flight.share_secs(0.99),
        "gap_median_s": flight.share_secs(0.5),
    }


def _frames(
    projects: dict[str, Any], runs: int, *, bare: bool
) -> tuple[dict[str, dict[str, float]], dict[str, Any], float]:
    """Frames of both cities in turn, so that whatever else the machine does hits them alike.

    ``bare`` leaves out edges and overlays, whose cost is the same for any city; else it is what a user gets.
    """
    programs = {name: Program(bare=bare) for name in projects}
    try:
        for name, project in projects.items():
            programs[name].open(project)
        way = tile_way(programs["large"])
        frames, triangles = {}, {}
        for view, bookmark in VIEWS.items():
            mark = programs["large"].bookmark(bookmark)
            for program in programs.values():
                program.look(mark)
            frames[view] = _in_turn(programs, mark, runs)
            triangles[view] = {name: one.canvas.visuals.triangles_drawn for name, one in programs.items()}
    finally:
        for program in programs.values():
            program.close()
    return frames, triangles, way


def _in_turn(programs: dict[str, Program], view: CameraView, runs: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(runs * _FRAMES + 1):
        view = camera.orbit(view, view.target_m, _TURN_RAD if number % 2 else -_TURN_RAD, 0.0)
        for name, program in programs.items():
            start = time.perf_counter()
            program.draw(view)
            if number:
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def tile_way(program: Program) -> float:
    """Triangles a second from the disk into a picture: read, made into batches, taken to the graphics card, drawn."""
    visuals = [v for v in program.canvas.visuals if v.source is not None and "buildings" in v.layer.source.name]
    program.draw()
    start = time.perf_counter()
    program.draw()
    plain = time.perf_counter() - start
    seconds, triangles = 0.0, 0
    for visual in visuals[:2]:
        nodes = visual.source.nodes()
        leaves = np.setdiff1d(np.flatnonzero(nodes.has_content), nodes.parents)[:_TILES]
        start = time.perf_counter()
        groups = []
        for number in leaves.tolist():
            content = visual.source.read(number)
            groups.append(visual.make(content.chunks, visual.layer.flags))
            triangles += sum(len(chunk.triangles) for chunk in content.chunks)
        program.draw()
        seconds += time.perf_counter() - start - plain
        for group in groups:
            group.remove()
    return triangles / max(seconds, 1e-9)
