"""A picture of some sources without a window."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.model.errors import CityTwinError, Finding, Severity
from scenes.model.layers import Layer, LayerState
from scenes.model.scene import ObjectRef
from scenes.model.view import SectionBox, SectionPlane, ViewPreset
from twin_app.services.settings import Settings
from twin_app.usecases.colour_layers import colour
from twin_app.usecases.draping import drape_by_itself
from twin_app.usecases.limits import limits_of
from twin_app.usecases.objects import ready_layers
from twin_app.usecases.opening import open_paths, wait_until_loaded
from twin_app.usecases.projects import camera_from
from twin_app.usecases.unread_tiles import tell_unread
from twin_app.usecases.workbench import Workbench, new_workbench

AXES = {"x": 0, "y": 1, "z": 2}


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """What to draw and how; see `render` in the manual."""

    paths: list[Path]
    out: Path
    size_px: tuple[int, int] = (1280, 800)
    view: str = ""
    level: int = 7
    layer_levels: dict[str, int] = field(default_factory=dict)  # by file name, with or without its ending
    select: list[str] = field(default_factory=list)
    colour_by: str = ""
    sections: list[str] = field(default_factory=list)
    theme: str = "office_light"
    engine: str = "auto"
    memory_mb: int = 0  # of tiles, and again of what is drawn; 0: from the machine


@dataclass(frozen=True, slots=True)
class Picture:
    """What was drawn, and what could not be."""

    out: Path
    size_px: tuple[int, int]
    triangles_drawn: int
    points_drawn: int
    tiles_drawn: int
    seconds: float
    gl_renderer: str
    layers: int
    problems: list[CityTwinError | Finding]

    def as_json(self) -> dict[str, Any]:
        """The keys of the command line's contract."""
        return {
            "out": str(self.out),
            "size": list(self.size_px),
            "triangles_drawn": self.triangles_drawn,
            "points_drawn": self.points_drawn,
            "tiles_drawn": self.tiles_drawn,
            "seconds": round(self.seconds, 3),
            "gl_renderer": self.gl_renderer,
        }


def _set_layer_levels(workbench: Workbench, levels: Mapping[str, int]) -> None:
    """Raises `CityTwinError` for a name that no layer has."""
    for name, level in levels.items():
        layers = [layer for layer in workbench.scene.layers if name in _names(layer)]
        if not layers:
            raise CityTwinError("render.no_layer", name)
        for layer in layers:
            layer.max_level = level


def _names(layer: Layer) -> tuple[str, ...]:
    """What a layer may be called: its own name, and that of its file with or without ending."""
    return (layer.name,) if layer.source is None else (layer.name, layer.source.name, layer.source.stem)


def make_picture(
    request: PictureRequest, *, on_progress: Callable[[float | None, str], None] = lambda _f, _s: None
) -> Picture:
    """Load everything, draw it once at full detail and write the PNG.

    Raises `CityTwinError` for a view, id, column or section that does not exist, for a picture that cannot be
    written, and, before anything is written, where none of the sources can be drawn.
    """
    from scenes.visuals.canvas import SceneCanvas

    start = time.perf_counter()
    check_target(request.out)
    workbench = new_workbench(Settings())
    workbench.live.resting = True
    workbench.settings.set("open.engine", request.engine)
    for key in ("memory.tiles_mb", "memory.graphics_mb"):
        workbench.settings.set(key, request.memory_mb)
    workbench.scene.view.set_display(background=request.theme, max_level=request.level, view_cube=False)
    canvas = SceneCanvas.off_screen(workbench.scene, request.size_px, language=workbench.tr.language)
    workbench.canvas = canvas
    canvas.visuals.context.streamer.set_limits(limits_of(workbench.settings))
    canvas.failed.connect(lambda layer, finding: workbench.messages.finding(finding, layer.layer_id))
    try:
        open_paths(workbench, request.paths)
        _set_layer_levels(workbench, request.layer_levels)
        wait_until_loaded(workbench, tick=lambda: _tick(workbench, canvas, on_progress))
        if drape_by_itself(workbench):
            wait_until_loaded(workbench, tick=lambda: _tick(workbench, canvas, on_progress))
        _stop_without_layers(workbench)
        canvas.pump_all()
        _arrange(workbench, request)
        stats = _written(canvas, request)
        _tell_left_out(workbench, canvas.visuals.context.streamer)
    finally:
        canvas.close()
        workbench.jobs.shutdown()
    ready = [layer for layer in workbench.scene.layers if layer.state is LayerState.READY]
    return Picture(
        request.out,
        request.size_px,
        stats.triangles_drawn,
        stats.points_drawn,
        stats.tiles_drawn,
        time.perf_counter() - start,
        stats.gl_renderer,
        len(ready),
        _problems(workbench, anything=bool(stats.triangles_drawn or stats.points_drawn)),
    )


def _tell_left_out(workbench: Workbench, streamer: Any) -> None:
    for layer in workbench.scene.layers:
        tell_unread(workbench, layer)
    if streamer.is_short_of_memory:
        workbench.messages.finding(Finding.warning("tiles.memory_short"))
    if streamer.crowd.was_cut:
        workbench.messages.finding(Finding.warning("tiles.crowded_view"))


def _stop_without_layers(workbench: Workbench) -> None:
    """Raises the first `CityTwinError` that is known when there is no layer to draw."""
    if any(layer.state is LayerState.READY for layer in workbench.scene.layers):
        return
    for problem in _problems(workbench, anything=False):
        if isinstance(problem, CityTwinError):
            raise problem


def check_target(path: Path) -> None:
    """Raises `CityTwinError` where no picture can be written: said before the work, not after it."""
    if path.suffix.lower() != ".png":
        raise CityTwinError("render.not_png", str(path))
    if path.is_dir() or not path.parent.is_dir():
        raise CityTwinError("render.cannot_write", str(path), reason=str(path.parent))


def _written(canvas: Any, request: PictureRequest) -> Any:
    try:
        return canvas.render_to(request.out, request.size_px)
    except OSError as error:
        raise CityTwinError("render.cannot_write", str(request.out), reason=error.strerror or str(error)) from error


def _tick(workbench: Workbench, canvas: Any, on_progress: Callable[[float | None, str], None]) -> None:
    canvas.pump(6.0)
    jobs = workbench.jobs.running
    if jobs:
        done = sum(1.0 for job in workbench.jobs if not job.running)
        on_progress((done + sum(job.fraction or 0.0 for job in jobs)) / len(tuple(workbench.jobs)), jobs[0].stage_key)


def _problems(workbench: Workbench, *, anything: bool) -> list[CityTwinError | Finding]:
    problems: list[CityTwinError | Finding] = []
    ready = [layer for layer in workbench.scene.layers if layer.state is LayerState.READY]
    if ready and not anything:
        problems.append(Finding.warning("render.nothing", ", ".join(layer.name for layer in ready[:5])))
    for message in workbench.messages:
        if message.severity is Severity.ERROR and not message.layer_id:
            problems.append(CityTwinError(message.code, message.place, **message.arguments))
        elif message.severity is not Severity.INFO:
            problems.append(Finding(message.severity, message.code, message.place, message.arguments))
    for layer in workbench.scene.layers:
        if layer.state is LayerState.FAILED and layer.findings:
            last = layer.findings[-1]
            problems = [p for p in problems if not (isinstance(p, Finding) and p.code == last.code)]
            problems.append(CityTwinError(last.code, last.place, **last.arguments))
    return problems


def _arrange(workbench: Workbench, request: PictureRequest) -> None:
    for text in request.sections:
        add_section(workbench, text)
    if request.colour_by:
        colour(workbench, ready_layers(workbench), request.colour_by)
    if request.select:
        select_ids(workbench, request.select)
    look_at(workbench, request.view)


def look_at(workbench: Workbench, name: str) -> None:
    """Take a preset or a bookmark by name; "" keeps a project's own view and fits everything else."""
    if not name:
        if not workbench.keep_view:
            workbench.canvas.look(ViewPreset.ISO, animate=False)
        return
    bookmark = next((b for b in workbench.project.bookmarks if b.name == name), None)
    if bookmark is not None:
        workbench.scene.view.camera = camera_from(bookmark.camera)
    elif name in tuple(ViewPreset):
        workbench.canvas.look(ViewPreset(name), animate=False)
    else:
        known = [*(str(preset) for preset in ViewPreset), *(b.name for b in workbench.project.bookmarks)]
        raise CityTwinError("render.unknown_view", name, known=", ".join(known))


def select_ids(workbench: Workbench, ids: list[str]) -> None:
    """Select objects by id or GlobalId in whatever layer holds them."""
    refs, missing = [], set(ids)
    for layer in workbench.scene.layers:
        tileset = workbench.sources.tileset(layer)
        if tileset is None:
            continue
        column = tileset.objects()["id"]
        rows = pc.indices_nonzero(pc.is_in(column, value_set=pa.array(ids, pa.string()))).to_pylist()
        refs += [ObjectRef(layer.layer_id, row) for row in rows]
        missing -= {column[row].as_py() for row in rows}
    if missing:
        raise CityTwinError("render.unknown_id", ", ".join(sorted(missing)))
    workbench.scene.select(refs)


def add_section(workbench: Workbench, text: str) -> None:
    """``z=12.5`` cuts away what is above, ``-z=12.5`` what is below, ``box=…`` keeps a box; world metres."""
    axis, equals, value = text.partition("=")
    view = workbench.scene.view
    try:
        numbers = [float(part) for part in value.split(",")]
        if not np.isfinite(numbers).all():
            raise ValueError(text)
        if equals and axis == "box" and len(numbers) == 6:
            view.section_box = SectionBox((numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]))
            return
        index, sign = AXES[axis.lstrip("-")], -1.0 if axis.startswith("-") else 1.0
        (at_m,) = numbers
    except (ValueError, KeyError) as error:
        raise CityTwinError("render.bad_section", text) from error
    origin, normal = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    origin[index], normal[index] = at_m, sign
    plane = SectionPlane((origin[0], origin[1], origin[2]), (normal[0], normal[1], normal[2]))
    view.section_planes = (*view.section_planes, plane)
