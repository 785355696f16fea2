"""Opening sources: each becomes a layer at once, converts in a child process, and is drawn as it arrives."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from loaders import registry
from loaders.convert import ConvertOptions, ConvertReport, PreviewReady, convert
from loaders.detail import open_for_drawing
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Progress
from loaders.model.formats import LayerKind
from loaders.tileset import Tileset, read_glb, tileset_folder_of
from scenes.model.layers import Layer, LayerState, ObjectFlag
from scenes.model.view import ViewPreset
from twin_app.services import project as projects
from twin_app.services.jobs import JobContext
from twin_app.usecases.colour_layers import take_up
from twin_app.usecases.grouping import Signs, guess_groups, signs_of
from twin_app.usecases.placing import place_layer
from twin_app.usecases.workbench import Workbench


def open_paths(workbench: Workbench, paths: list[Path]) -> list[Layer]:
    """Open sources, tileset folders and project files; what cannot be opened becomes a message."""
    layers = []
    for path in paths:
        try:
            layers += _open_one(workbench, path)
        except CityTwinError as error:
            workbench.messages.error(error)
    return layers


def _open_one(workbench: Workbench, path: Path) -> list[Layer]:
    if path.suffix.lower() == projects.SUFFIX and path.is_file():
        from twin_app.usecases.projects import open_project

        return open_project(workbench, path)
    layer = add_layer(workbench, path)
    workbench.settings.remember("recent.paths", str(path.resolve()))
    workbench.project.touch()
    return [layer]


def add_layer(workbench: Workbench, path: Path, **known: Any) -> Layer:
    """Add a layer for ``path`` and start loading it.

    ``known`` may give what a project file says: ``name, layer_id, visible, opacity, options``; ``prepare(layer)``
    is called before anything of the layer is seen.
    Raises `CityTwinError` when no format fits.
    """
    folder = tileset_folder_of(path)
    path = folder or registry.source_of(path)
    tileset = Tileset.shared(folder) if folder else None
    kind = LayerKind(tileset.kind) if tileset else registry.choose(path).kind
    layer = Layer(known.get("name") or _name_of(path), kind, path.resolve(), layer_id=known.get("layer_id", ""))
    layer.options = dict(known.get("options") or {})
    layer.visible = known.get("visible", True)
    layer.opacity = known.get("opacity", 1.0)
    if known.get("prepare") is not None:
        known["prepare"](layer)
    workbench.scene.layers.add(layer)
    if tileset is not None:
        show_tileset(workbench, layer, tileset, signs_of(path, tileset))
    else:
        load_layer(workbench, layer)
    return layer


def _name_of(path: Path) -> str:
    """What a layer is called: its file, or the folder of a tileset, whose file is always called the same."""
    return path.parent.name if path.name == "tileset.json" and path.parent.name else path.name


def load_layer(workbench: Workbench, layer: Layer) -> None:
    """Convert a layer's source in the background, or take it from the cache; also used to retry."""
    layer.state = LayerState.LOADING
    layer.findings, layer.unread = (), ()
    source = layer.source
    if source is None:
        return
    if (folder := tileset_folder_of(source)) is not None:
        tileset = Tileset.shared(folder)
        show_tileset(workbench, layer, tileset, signs_of(source, tileset))
        return
    options = _convert_options(workbench, layer)

    def work(context: JobContext) -> tuple[ConvertReport, Tileset, Signs, object]:
        report = convert(
            source,
            options,
            on_event=lambda event: _on_event(workbench, layer, context, event),
            is_cancelled=lambda: context.is_cancelled,
        )
        folder = Path(report.tileset)
        tileset = _opened(folder)
        # What is drawn is made here too, and held until the canvas has it.
        return report, tileset, signs_of(source, tileset), open_for_drawing(folder)

    workbench.jobs.submit(
        f"load:{layer.layer_id}",
        work,
        title_key="job.loading",
        title_args={"name": layer.name},
        on_done=lambda done: _on_converted(workbench, layer, *done[:3]),
        on_failed=lambda error: _on_failed(workbench, layer, error),
        on_cancelled=lambda: workbench.scene.layers.remove(layer),
        limit=lambda: int(workbench.settings.get("open.parallel_files")),
    )


def _convert_options(workbench: Workbench, layer: Layer) -> ConvertOptions:
    wanted: dict[str, Any] = dict(layer.options)
    if layer.kind in (LayerKind.TERRAIN, LayerKind.IMAGERY):
        wanted["samples"] = workbench.settings.get("open.terrain_samples")
        if workbench.scene.crs is not None:
            wanted["crs"] = workbench.scene.crs
    limit_bytes = int(workbench.settings.get("cache.limit_gb")) * 1_000_000_000
    engine = workbench.settings.get("open.engine")
    return ConvertOptions(engine=engine, loader_options=wanted, cache_limit_bytes=limit_bytes, background=True)


def _on_event(workbench: Workbench, layer: Layer, context: JobContext, event: object) -> None:
    """Runs in the job's thread: reads what is heavy here, and posts the rest."""
    if isinstance(event, Progress):
        fraction = event.fraction
        context.progress(fraction, event.stage)
        context.post(lambda: setattr(layer, "progress", fraction))
    elif isinstance(event, PreviewReady):
        chunks = read_glb(event.path, event.origin_m)
        context.post(lambda: _show_preview(workbench, layer, chunks))
    elif isinstance(event, Found):
        finding = event.finding
        context.post(lambda: _note(workbench, layer, finding))


def _show_preview(workbench: Workbench, layer: Layer, chunks: Any) -> None:
    for chunk in chunks if workbench.canvas is not None else ():
        workbench.canvas.show_preview(layer.layer_id, chunk)


def _note(workbench: Workbench, layer: Layer, finding: Finding) -> None:
    layer.findings = (*layer.findings, finding)
    workbench.messages.finding(finding, layer.layer_id)


def _opened(folder: Path) -> Tileset:
    """A tileset with its tables and trees read: at a million objects that takes longer than a frame."""
    tileset = Tileset.shared(folder)
    tileset.objects()
    tileset.object_bounds_m()
    _ = tileset.index
    tileset.nodes_of_objects()
    tileset.proxies()
    return tileset


def _on_converted(workbench: Workbench, layer: Layer, report: ConvertReport, tileset: Tileset, signs: Signs) -> None:
    if workbench.scene.layers.get(layer.layer_id) is not layer:
        return
    for finding in report.findings:
        if finding not in layer.findings:
            _note(workbench, layer, finding)
    if report.unmeshed:
        _note(workbench, layer, Finding.warning("open.unmeshed", layer.name, count=len(report.unmeshed)))
    show_tileset(workbench, layer, tileset, signs)


def show_tileset(workbench: Workbench, layer: Layer, tileset: Tileset, signs: Signs) -> None:
    """Put a converted tileset on screen, in its place."""
    first = not any(other.state is LayerState.READY for other in workbench.scene.layers)
    objects = tileset.objects()
    layer.flags = np.where(np.asarray(objects["hidden"]), np.uint8(ObjectFlag.HIDDEN), np.uint8(0))
    workbench.sources.adopt(layer, tileset)
    guess_groups(workbench, layer, signs)
    layer.tileset_folder = tileset.folder
    layer.state = LayerState.READY
    take_up(workbench, layer)
    moved = place_layer(workbench, layer)
    if workbench.canvas is not None and not workbench.keep_view:
        view = workbench.scene.view
        # A view that the program chose, and nobody has changed since, goes on to show everything.
        if first or moved or view.camera == workbench.chosen_view:
            workbench.canvas.look(ViewPreset.ISO, animate=False)
            workbench.chosen_view = view.camera


def _on_failed(workbench: Workbench, layer: Layer, error: CityTwinError) -> None:
    layer.state = LayerState.FAILED
    layer.findings = (*layer.findings, Finding.error(error.code, error.place, **error.arguments))
    workbench.settings.forget("recent.paths", str(layer.source))
    workbench.messages.error(error, layer.layer_id)


def wait_until_loaded(
    workbench: Workbench, *, timeout_s: float = 3600.0, tick: Callable[[], None] = lambda: None
) -> None:
    """Drain the inbox until no job runs, for programs without an event loop (`render`, `demo --out`)."""
    end = time.monotonic() + timeout_s
    while (workbench.jobs.running or workbench.inbox.drain(50)) and time.monotonic() < end:
        workbench.inbox.drain(50)
        tick()
        time.sleep(0.002)
