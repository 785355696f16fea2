"""The project file ``.citytwin``: JSON with relative paths; what the user arranged, never the data itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
from psygnal import Signal

from loaders.model.errors import CityTwinError
from twin_app.services.files import write_atomically

SUFFIX = ".citytwin"
VERSION = 1


class PlacementRecord(msgspec.Struct, omit_defaults=True):
    """`scenes.model.placement.Placement` on disk."""

    east_m: float = 0.0
    north_m: float = 0.0
    height_m: float = 0.0
    rotation_deg: float = 0.0


class LayerRecord(msgspec.Struct, omit_defaults=True):
    """One layer: ``source`` is relative to the project file where it lies beside or below it."""

    source: str
    kind: str
    name: str = ""
    id: str = ""
    visible: bool = True
    opacity: float = 1.0
    base: list[float] | None = None  # world_from_model before the user's placement, 4 x 4 row by row
    placement: PlacementRecord = msgspec.field(default_factory=PlacementRecord)
    options: dict[str, str] = msgspec.field(default_factory=dict)
    max_level: int = 0  # the highest CIM level to show of it; 0: what the view says
    building: str | None = None  # None: not said, to be guessed ("" is no building)
    discipline: str | None = None
    colouring: str = ""


class CameraRecord(msgspec.Struct):
    """`scenes.model.view.CameraView` on disk, world metres."""

    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    field_of_view_deg: float = 40.0
    orthographic: bool = False
    height_m: float = 100.0


class BookmarkRecord(msgspec.Struct):
    """A named view."""

    name: str
    camera: CameraRecord


class GroupsRecord(msgspec.Struct, omit_defaults=True):
    """`scenes.model.groups.GroupView` on disk: what the tree begins with; building, discipline, whether it is open."""

    order: str = "building"
    open: list[tuple[str | None, str | None, bool]] = msgspec.field(default_factory=list)


class FeedRecord(msgspec.Struct, omit_defaults=True):
    """A live feed: an address and how to read what comes; never a password. ``mapping`` is a path as of a layer."""

    id: str
    url: str
    name: str = ""
    mapping: str = ""
    enabled: bool = True
    options: dict[str, str] = msgspec.field(default_factory=dict)


class DeclaredRecord(msgspec.Struct, omit_defaults=True):
    """A value of an indicator that somebody stated: who, after which source, and as of when (ISO 8601)."""

    indicator: str
    value: float
    unit: str  # of the value; "" is the indicator's own
    who: str
    source: str
    at: str
    area: str = ""  # the district it is about, "" for the whole


class EventSourceRecord(msgspec.Struct, omit_defaults=True):
    """A system whose events are asked for; never a password."""

    id: str
    url: str
    interval_s: float = 60.0
    name: str = ""
    enabled: bool = True
    user: str = ""


class LiveViewRecord(msgspec.Struct, omit_defaults=True):
    """Live values that are shown in the scene: how, and of what; how far each reaches, 0 as it suits."""

    kind: str
    topic: str
    reach_m: float = 0.0


class ProjectRecord(msgspec.Struct):
    """A whole project file."""

    citytwin: int = VERSION
    name: str = ""
    crs: str | None = None
    layers: list[LayerRecord] = msgspec.field(default_factory=list)
    camera: CameraRecord | None = None
    bookmarks: list[BookmarkRecord] = msgspec.field(default_factory=list)
    groups: GroupsRecord = msgspec.field(default_factory=GroupsRecord)
    feeds: list[FeedRecord] = msgspec.field(default_factory=list)
    live_views: list[LiveViewRecord] = msgspec.field(default_factory=list)
    declared: list[DeclaredRecord] = msgspec.field(default_factory=list)
    history: str = ""  # URL of a PostgreSQL server, never with a password; "": a folder beside the project
    event_sources: list[EventSourceRecord] = msgspec.field(default_factory=list)
    keeps_history: bool = True  # what comes in from now on


class ProjectState:
    """Which project is open, and whether it has changes that are not on disk."""

    changed = Signal()

    def __init__(self) -> None:
        self._path: Path | None = None
        self._dirty = False
        self.bookmarks: list[BookmarkRecord] = []
        self.declared: list[DeclaredRecord] = []
        self.history = ""
        self.keeps_history = True
        self.autosaved = False  # in this run: what lies there is ours, and nothing to recover

    @property
    def path(self) -> Path | None:
        """The project file, None for a project never saved."""
        return self._path

    @property
    def dirty(self) -> bool:
        """Whether something changed since it was opened or saved."""
        return self._dirty

    def set(self, path: Path | None, *, dirty: bool) -> None:
        """Note both, and tell if one changed."""
        if (path, dirty) != (self._path, self._dirty):
            self._path, self._dirty = path, dirty
            self.changed.emit()

    def touch(self) -> None:
        """Note a change of the user."""
        self.set(self._path, dirty=True)


def write_project(path: Path, record: ProjectRecord) -> None:
    """Write a project file atomically."""
    data = msgspec.json.format(msgspec.json.encode(record), indent=1)
    write_atomically(path, data)


def read_project(path: Path) -> ProjectRecord:
    """Read a project file; paths in it become absolute.

    Raises `CityTwinError`: ``project.unreadable``, ``project.damaged``, ``project.newer``.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CityTwinError("project.unreadable", str(path), reason=error.strerror or str(error)) from error
    try:
        record = msgspec.json.decode(data, type=ProjectRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CityTwinError("project.damaged", str(path), reason=str(error)) from error
    if record.citytwin > VERSION:
        raise CityTwinError("project.newer", str(path), version=record.citytwin)
    for layer in record.layers:
        layer.source = str(absolute_source(path, layer.source))
        layer.options = {k: _absolute_option(path, k, v) for k, v in layer.options.items()}
    for feed in record.feeds:
        feed.mapping = feed.mapping and str(absolute_source(path, feed.mapping))
        feed.url = feed.url if "://" in feed.url else str(absolute_source(path, feed.url))
    return record


def absolute_source(project: Path, source: str) -> Path:
    """Where a layer's source lies, given what the project file says."""
    return Path(os.path.normpath(project.resolve().parent / Path(source)))


def _absolute_option(project: Path, key: str, value: str) -> str:
    return str(absolute_source(project, value)) if key == "drape" else value


def relative_source(project: Path, source: Path) -> str:
    """How a project file names a source: relative with forward slashes where that is possible."""
    try:
        return Path(os.path.relpath(source.resolve(), project.resolve().parent)).as_posix()
    except ValueError:  # another drive on Windows
        return source.resolve().as_posix()


def as_json(record: ProjectRecord) -> dict[str, Any]:
    """The record as plain JSON values, for ``info``."""
    value: dict[str, Any] = msgspec.to_builtins(record)
    return value
