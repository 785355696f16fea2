"""Projects: opened, saved, closed, and recovered after a crash."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from loaders.model.errors import CityTwinError, Finding
from loaders.model.frames import Matrix
from loaders.model.tables import CimLevel
from scenes.model.disciplines import discipline_from
from scenes.model.groups import Group, GroupOrder
from scenes.model.layers import Layer, LayerState
from scenes.model.placement import BaseOrigin, Placement
from scenes.model.view import CameraView
from twin_app.live.history.opening import SERVERS, history_folder
from twin_app.live.history.postgres import without_password
from twin_app.services import project as store
from twin_app.services.paths import data_folder
from twin_app.usecases import bound_by_hand, events, feeds
from twin_app.usecases.event_watch import watches_of
from twin_app.usecases.live_overlays import overlays_of
from twin_app.usecases.opening import add_layer
from twin_app.usecases.workbench import Workbench

# What depends on what else was open, and in which order, is kept; a file that says where it stands is asked again.
_KEPT = (BaseOrigin.MIDDLE, BaseOrigin.LATITUDE, BaseOrigin.PROJECT)


def open_project(workbench: Workbench, path: Path) -> list[Layer]:
    """Replace what is open by a project; a layer whose source is missing becomes a message.

    Raises `CityTwinError` when the project file itself cannot be read; nothing is closed then.
    """
    record = store.read_project(path)
    clear(workbench)
    workbench.scene.crs = record.crs
    workbench.project.bookmarks = list(record.bookmarks)
    workbench.project.declared = list(record.declared)
    workbench.project.history, workbench.project.keeps_history = record.history, record.keeps_history
    workbench.indicators_changed.emit()
    take_groups(workbench, record.groups)
    if record.camera is not None:
        workbench.scene.view.camera = camera_from(record.camera)
        workbench.keep_view = True
    layers = [layer for entry in record.layers if (layer := _open_entry(workbench, entry)) is not None]
    keep_history(workbench, path)
    bound_by_hand.take(workbench, record.bindings)
    for feed in record.feeds:
        workbench.live.put(feeds.spec_of(feed))
    for view in record.live_views:
        overlays_of(workbench).wish(view.kind, view.topic, view.reach_m)
    workbench.project.set(path.resolve(), dirty=False)
    watches_of(workbench).take(record.event_sources)
    workbench.settings.remember("recent.paths", str(path.resolve()))
    return layers


def keep_history(workbench: Workbench, path: Path) -> None:
    """Keep what its feeds bring in the project's own history, unless it says no; one that was never saved has none."""
    if path == autosave_path():
        return
    if not workbench.project.keeps_history:
        workbench.live.keep("")
        return
    days = int(workbench.settings.get("live.history_days"))
    on_server = workbench.project.history.startswith(SERVERS)
    place = workbench.project.history if on_server else str(history_folder(path.resolve()))
    workbench.live.keep(place, retention_days=days)


def _open_entry(workbench: Workbench, entry: store.LayerRecord) -> Layer | None:
    try:
        return add_layer(
            workbench,
            Path(entry.source),
            name=entry.name,
            layer_id=entry.id,
            visible=entry.visible,
            opacity=entry.opacity,
            prepare=lambda layer: take_place(layer, entry),
            options=entry.options,
        )
    except CityTwinError as error:
        workbench.messages.error(error)
        return None


def take_groups(workbench: Workbench, record: store.GroupsRecord) -> None:
    """Show the tree of groups as a project file keeps it."""
    groups = workbench.scene.groups
    groups.order = GroupOrder(record.order) if record.order in tuple(GroupOrder) else GroupOrder.BUILDING
    groups.open = {Group(building, discipline_from(one)): is_open for building, one, is_open in record.open}


def take_place(layer: Layer, entry: store.LayerRecord) -> None:
    """Give a layer that is not loaded yet what a project file keeps of it: place, level of detail, groups, colours."""
    discipline = discipline_from(entry.discipline)
    if entry.building is not None and discipline is not None:
        layer.building, layer.discipline, layer.grouped = entry.building, discipline, True
    layer.colouring = entry.colouring
    layer.max_level = entry.max_level if 0 <= entry.max_level <= CimLevel.PARTS else 0
    layer.place(Placement(**{f: getattr(entry.placement, f) for f in entry.placement.__struct_fields__}), np.zeros(6))
    base = base_from(entry.base)
    if base is not None:
        layer.base_origin, layer.base_world_from_model = BaseOrigin.PROJECT, base


def base_from(values: list[float] | None) -> Matrix | None:
    """The 4 x 4 matrix that a project file keeps, row by row; None where there is none that is sound."""
    if values is None or len(values) != 16 or not np.isfinite(values).all():
        return None
    return np.array(values, np.float64).reshape(4, 4)


def camera_from(record: store.CameraRecord) -> CameraView:
    """The view a project file holds."""
    return CameraView(**{f: getattr(record, f) for f in record.__struct_fields__})


def camera_record(view: CameraView) -> store.CameraRecord:
    """A view as a project file holds it."""
    return store.CameraRecord(**dataclasses.asdict(view))


def record_of(workbench: Workbench, path: Path) -> store.ProjectRecord:
    """What a project file at ``path`` would say of the scene as it is."""
    return store.ProjectRecord(
        name=path.stem,
        crs=workbench.scene.crs,
        layers=[_layer_record(path, layer) for layer in workbench.scene.layers if layer.source is not None],
        camera=camera_record(workbench.scene.view.camera),
        bookmarks=list(workbench.project.bookmarks),
        groups=_groups_record(workbench),
        feeds=[feeds.record_of(spec, path) for spec in workbench.live.specs()],
        live_views=[store.LiveViewRecord(*one) for one in overlays_of(workbench).wanted()],
        declared=list(workbench.project.declared),
        bindings=bound_by_hand.records_of(workbench),
        history=without_password(workbench.project.history),
        event_sources=list(watches_of(workbench).sources.values()),
        keeps_history=workbench.project.keeps_history,
    )


def _groups_record(workbench: Workbench) -> store.GroupsRecord:
    groups = workbench.scene.groups
    return store.GroupsRecord(
        str(groups.order), [(one.building, one.discipline, is_open) for one, is_open in groups.open.items()]
    )


def _layer_record(project: Path, layer: Layer) -> store.LayerRecord:
    known = layer.grouped or layer.state is LayerState.READY  # else it has not been looked at yet
    options = {k: store.relative_source(project, Path(v)) if k == "drape" else v for k, v in layer.options.items()}
    return store.LayerRecord(
        source=store.relative_source(project, Path(layer.source or "")),
        kind=str(layer.kind),
        name=layer.name,
        id=layer.layer_id,
        visible=layer.visible,
        opacity=layer.opacity,
        placement=store.PlacementRecord(**dataclasses.asdict(layer.placement)),
        base=layer.base_world_from_model.ravel().tolist() if layer.base_origin in _KEPT else None,
        options=options,
        max_level=layer.max_level,
        building=layer.building if known else None,
        discipline=str(layer.discipline) if known else None,
        colouring=layer.colouring,
    )


def save_project(workbench: Workbench, path: Path | None = None) -> bool:
    """Save to ``path``, to where it was, or to where the user says; False when it was not saved."""
    path = path or workbench.project.path
    if path is None:
        path = workbench.ui.ask_save_path(suffix=store.SUFFIX, suggested=workbench.tr("project.suggested_name"))
    if path is None:
        return False
    if path.suffix.lower() != store.SUFFIX:
        path = path.with_name(path.name + store.SUFFIX)
    try:
        store.write_project(path, record_of(workbench, path))
    except CityTwinError as error:
        workbench.messages.error(error)
        return False
    workbench.project.set(path.resolve(), dirty=False)
    keep_history(workbench, path)
    workbench.settings.remember("recent.paths", str(path.resolve()))
    workbench.messages.info("project.saved", str(path))
    discard_autosave()
    return True


def may_close(workbench: Workbench) -> bool:
    """Ask about unsaved changes; True when the project may go."""
    if not workbench.project.dirty or not len(workbench.scene.layers):
        return True
    answer = workbench.ui.ask_keep_changes()
    if answer == "save":
        return save_project(workbench)
    return bool(answer == "discard")


def clear(workbench: Workbench) -> None:
    """Take everything out, without asking."""
    workbench.jobs.cancel_all()
    for layer in workbench.scene.layers:
        workbench.sources.forget(layer)
    workbench.scene.layers.clear()
    workbench.messages.clear()
    view = workbench.scene.view
    view.section_planes, view.section_box, view.measurements = (), None, ()
    workbench.scene.crs = None
    workbench.keep_view = False
    workbench.chosen_view = None
    workbench.project.bookmarks = []
    workbench.project.declared = []
    workbench.project.history, workbench.project.keeps_history = "", True
    workbench.indicators_changed.emit()
    workbench.scene.groups.reset()
    workbench.scenario = None
    workbench.scene.legend = None
    if workbench.live_overlays is not None:
        workbench.live_overlays.hide_all()
    workbench.live.clear()
    watches_of(workbench).clear()
    events.forget(workbench)
    workbench.choose_event("")
    workbench.project.set(None, dirty=False)


def close_project(workbench: Workbench) -> bool:
    """Ask, then take everything out and show the start page."""
    if not may_close(workbench):
        return False
    clear(workbench)
    discard_autosave()
    workbench.ui.show_start_page()
    return True


def autosave_path() -> Path:
    """Where the running program keeps unsaved changes."""
    return data_folder() / f"autosave{store.SUFFIX}"


def autosave(workbench: Workbench) -> None:
    """Keep unsaved changes for the case of a crash; called every minute by the window."""
    if workbench.project.dirty and len(workbench.scene.layers):
        try:
            store.write_project(autosave_path(), record_of(workbench, autosave_path()))
            workbench.project.autosaved = True
        except CityTwinError as error:
            workbench.messages.error(error)


def discard_autosave() -> None:
    """Forget the kept changes: they were saved or given up."""
    autosave_path().unlink(missing_ok=True)


def recoverable(workbench: Workbench) -> bool:
    """Whether the last run left unsaved changes behind."""
    return not workbench.project.autosaved and autosave_path().exists()


def offer_recovery(workbench: Workbench) -> bool:
    """Tell the user when the last run left unsaved changes behind; True when it did."""
    found = recoverable(workbench)
    if found:
        workbench.messages.finding(Finding.warning("project.recoverable", str(autosave_path())))
    return found


def recover(workbench: Workbench) -> bool:
    """Open what the last run left behind, as an unsaved project."""
    if not recoverable(workbench):
        return False
    try:
        open_project(workbench, autosave_path())
    except CityTwinError as error:
        workbench.messages.error(error)
        return False
    workbench.project.set(None, dirty=True)
    return True
