"""The warehouse over sources, tilesets or a project: their tables, the project's events and its history."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from loaders.handover.part import Part
from loaders.model.errors import CityTwinError, Severity
from loaders.model.frames import Georeference
from scenes.model.layers import Layer, LayerState
from twin_app.live.history.opening import history_folder
from twin_app.live.values import now_us
from twin_app.operation.arrow import events_table
from twin_app.operation.store import EventStore
from twin_app.services import project as projects
from twin_app.services.settings import Settings
from twin_app.usecases.events import SUFFIX as EVENTS_SUFFIX
from twin_app.usecases.opening import open_paths, wait_until_loaded
from twin_app.usecases.workbench import Workbench, new_workbench
from twin_app.warehouse.database import Limits, Warehouse
from twin_app.warehouse.parts import Source

Problem = CityTwinError
TickPort = Callable[[], None]


def events_file(project: Path) -> Path:
    """Where a project's events lie: beside it."""
    return project.with_name(project.stem + EVENTS_SUFFIX)


@contextlib.contextmanager
def warehouse_over(
    paths: Sequence[Path], limits: Limits | None = None, tick: TickPort = lambda: None
) -> Iterator[tuple[Warehouse, list[Problem]]]:
    """The warehouse, and what could not be opened for it; nothing is written, no feed runs.

    Raises `CityTwinError` where none of the paths could be opened.
    """
    workbench = new_workbench(Settings())
    workbench.live.resting = True
    try:
        open_paths(workbench, list(paths))
        wait_until_loaded(workbench, tick=tick)
        problems = [
            CityTwinError(message.code, message.place, **message.arguments)
            for message in workbench.messages
            if message.severity is Severity.ERROR
        ]
        projects_open = [path for path in paths if path.suffix.lower() == projects.SUFFIX and path.is_file()]
        found = sources_of(workbench)
        if problems and not found and not _is_open(workbench):
            raise problems[0]
        histories = [folder for path in projects_open if (folder := history_folder(path.resolve())).is_dir()]
        warehouse = Warehouse(found, events=_events(projects_open), histories=histories, limits=limits)
        problems += warehouse.problems
        try:
            yield warehouse, problems
        finally:
            warehouse.close()
    finally:
        workbench.jobs.shutdown()


def _is_open(workbench: Workbench) -> bool:
    return workbench.project.path is not None and not len(workbench.scene.layers)


def sources_of(workbench: Workbench) -> list[Source]:
    """The tables of all layers that are ready, where they stand in the project."""
    found = []
    for layer in workbench.scene.layers:
        part = _part(workbench, layer)
        if part is not None:
            found.append(Source(part, str(layer.source or ""), layer.building or ""))
    return found


def _part(workbench: Workbench, layer: Layer) -> Part | None:
    tileset = workbench.sources.tileset(layer) if layer.state is LayerState.READY else None
    if tileset is None:
        return None
    own = tileset.georeference
    crs = workbench.scene.crs if workbench.scene.crs is not None else own.crs
    placed = Georeference(crs, layer.world_from_model, own.method, own.latitude_deg, own.longitude_deg, own.height_m)
    return Part(layer.name, tileset, placed)


def events_now(workbench: Workbench) -> pa.Table:
    """The events of the open project, as far as somebody asked for them."""
    store = workbench.events
    return events_table([] if store is None else store.events(), now_us())


def _events(paths: Sequence[Path]) -> pa.Table:
    tables = [events_table([], 0)]
    for file in (events_file(path) for path in paths):
        if file.is_file():
            store = EventStore(file)
            try:
                tables.append(events_table(store.events(), now_us()))
            finally:
                store.close()
    return pa.concat_tables(tables)
