"""City events of the project: kept beside it, reported, moved on by roles, read from files and written to them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loaders.model.crs import point_map
from loaders.model.errors import CityTwinError, Finding
from twin_app.live.values import now_us
from twin_app.operation import exchange
from twin_app.operation.classes import event_classes
from twin_app.operation.flow import may
from twin_app.operation.model import Action, CityEvent, Level, Report, Role, Step
from twin_app.operation.records import Reader
from twin_app.operation.store import EventStore
from twin_app.services import project as projects
from twin_app.services.files import write_atomically
from twin_app.services.paths import unsaved_file
from twin_app.usecases.alarms import who
from twin_app.usecases.workbench import Workbench

SUFFIX = ".events.db"  # beside the project file, with its stem
# What takes more than a name, a role and a note is not a step of one click.
_ONE_CLICK = tuple(action for action in Action if action not in {Action.REPORT, Action.EXTEND})
_forgotten: list[Path | None] = []  # projects that were closed: the next one that was never saved is another one


def file_of(project: Path | None) -> Path:
    """Where a project's events lie; what was never saved has a file of its own until it is closed."""
    if project is None:
        return unsaved_file("events", f"-{len(_forgotten)}{SUFFIX}")
    return project.with_name(project.stem + SUFFIX)


def file_beside(workbench: Workbench, suffix: str) -> Path:
    """Where something else of the events lies: beside their file, with its stem."""
    store = file_of(workbench.project.path)
    return store.with_name(store.name.removesuffix(SUFFIX) + suffix)


def open_store(file: Path, before: EventStore | None = None) -> EventStore:
    """The events in a file. Where it has none yet, those of ``before`` go over to it: the project was saved."""
    store = EventStore(file)
    if before is not None and not store.events():
        store.take_all([step for event in before.events() for step in before.steps(event.id)])
    return store


class _Teller:
    """Has the window told of what any thread did to events; many steps at once are told once."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench, self._waits = workbench, False

    def hear(self) -> None:
        if not self._waits:
            self._waits = True
            self._workbench.inbox.post(self._tell)

    def _tell(self) -> None:
        self._waits = False
        self._workbench.events_changed.emit()


def forget(workbench: Workbench) -> None:
    """Close the events' file: another project comes."""
    _forgotten.append(workbench.project.path)
    if workbench.events is not None:
        workbench.events.close()
        workbench.events = None


def close(workbench: Workbench) -> None:
    """Ask no other system any more, and close the events' file: the program ends."""
    if workbench.event_watches is not None:
        workbench.event_watches.clear()
    if workbench.events is not None:
        workbench.events.close()


def has_any(workbench: Workbench) -> bool:
    """Whether the project has events, without making a file for them."""
    return workbench.events is not None or file_of(workbench.project.path).is_file()


def store_of(workbench: Workbench) -> EventStore:
    """The open project's events; raises `CityTwinError` ``event.journal`` where their file fails."""
    file, before = file_of(workbench.project.path), workbench.events
    if before is None or before.file != file:
        was_unsaved = before is not None and before.file == file_of(None)
        workbench.events = open_store(file, before if was_unsaved else None)
        teller = _Teller(workbench)
        # A signal holds methods weakly: the function keeps the teller as long as the store lives.
        workbench.events.changed.connect(lambda *_: teller.hear())
        if before is not None:
            before.close()
    store: EventStore = workbench.events
    for finding in store.findings:
        workbench.messages.finding(finding)
    store.findings.clear()
    return store


def next_actions(event: CityEvent, role: Role) -> list[Action]:
    """The steps that a role may take on an event as it stands."""
    return [action for action in _ONE_CLICK if may(event, action, role)]


def move_on(store: EventStore, event_id: str, action: Action, role: Role, note: str = "") -> CityEvent:
    """Take a step in the name of whoever sits here; raises `CityTwinError` where it is not allowed."""
    return store.take(Step(event_id, action, now_us(), who().user, role, note))


def extend(store: EventStore, event_id: str, role: Role, *, hours: float, reason: str) -> CityEvent:
    """Pause an event's clock for some hours; raises `CityTwinError` where that is not allowed or has no reason."""
    for_s = hours * 3600.0
    return store.take(Step(event_id, Action.EXTEND, now_us(), who().user, role, reason, for_s=for_s))


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of an event besides its class: how grave, in what words, with which picture."""

    level: Level = Level.ORDINARY
    title: str = ""
    picture: str = ""
    source: str = ""


def report(
    workbench: Workbench, store: EventStore, class_id: str, place_m: tuple[float, float], told: Told | None = None
) -> CityEvent:
    """Report an event at (easting, northing) of the project's system; raises `CityTwinError`."""
    kind, told = event_classes().get(class_id), told or Told()
    if kind is None:
        raise CityTwinError("event.unknown_class", class_id)
    lon_deg, lat_deg = _lon_lat_deg(workbench, place_m)
    made = Report(
        class_id,
        lon_deg,
        lat_deg,
        told.level,
        told.source,
        told.title,
        kept_picture(workbench, told.picture),
        kind.accept_s,
        kind.handle_s,
        place_m,
    )
    return store.take(Step(uuid.uuid4().hex[:12], Action.REPORT, now_us(), who().user, Role.GRID, report=made))


def kept_picture(workbench: Workbench, picture: str) -> str:
    """How an event names a picture: relative to the project file where there is one."""
    project = workbench.project.path
    return picture and (picture if project is None else projects.relative_source(project, Path(picture)))


def picture_path(workbench: Workbench, event: CityEvent) -> Path | None:
    """The file of an event's picture; None where it has none, or only an address elsewhere."""
    picture, project = event.report.picture, workbench.project.path
    if not picture or "://" in picture:
        return None
    path = Path(picture) if project is None else projects.absolute_source(project, picture)
    return path if path.is_file() else None


def _lon_lat_deg(workbench: Workbench, place_m: tuple[float, float]) -> tuple[float, float]:
    crs = workbench.scene.crs
    if crs is None:
        raise CityTwinError("event.no_crs", "")
    try:
        lon_deg, lat_deg = point_map(crs, "EPSG:4326")(np.array(place_m[:1]), np.array(place_m[1:]))
    except ValueError as error:
        raise CityTwinError("event.no_crs", "") from error
    return float(lon_deg[0]), float(lat_deg[0])


def read_file(store: EventStore, path: Path) -> tuple[int, list[Finding]]:
    """Take the events of a CSV or GeoJSON file; tells how many, and what is wrong with others.

    Raises `CityTwinError` where nothing can be read.
    """
    data = read_bytes(path)
    known = [event.id for event in store.events()]
    read = exchange.from_csv if path.suffix.lower() == ".csv" else exchange.from_geojson
    steps, findings = read(data, Reader(who().user), known)
    return len(store.take_all(steps)), findings


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; raises `CityTwinError` ``event.unreadable``."""
    try:
        if path.stat().st_size > exchange.MOST_BYTES:
            raise CityTwinError("event.unreadable", str(path), detail=f"> {exchange.MOST_BYTES} B")
        return path.read_bytes()
    except OSError as error:
        raise CityTwinError("event.unreadable", str(path), detail=error.strerror or str(error)) from error


def write_file(store: EventStore, path: Path) -> int:
    """Write all events as CSV or GeoJSON, by the suffix of ``path``; tells how many."""
    events = store.events()
    text = exchange.as_csv(events) if path.suffix.lower() == ".csv" else exchange.as_geojson(events)
    write_atomically(path, text.encode())
    return len(events)
