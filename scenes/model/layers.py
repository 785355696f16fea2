"""Layers: one source each, with its place, visibility and what is known to be wrong with it."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from loaders.model.errors import Finding
from loaders.model.formats import LayerKind
from loaders.model.frames import Matrix, identity
from scenes.model.disciplines import Discipline, discipline_of_kind
from scenes.model.placement import BaseOrigin, Placement, placed


class LayerState(enum.StrEnum):
    """The life of a layer's content."""

    WAITING = "waiting"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class ObjectFlag(enum.IntFlag):
    """Per-object display state."""

    NONE = 0
    HIDDEN = 1
    GHOST = 2
    SELECTED = 4


class Layer:
    """One source in the scene.

    ``world_from_model`` (4 x 4 float64) places the tileset's model frame in the project's CRS.
    ``options`` are the user's choices for its loader (``drape``: an imagery file on a terrain).
    ``base_origin`` tells where ``base_world_from_model`` comes from.
    ``max_level`` is the highest `CimLevel` to show of it, 0 for what the view says.
    ``building`` ("" for none) and ``discipline`` are the groups it belongs to; ``grouped`` tells that a project file or
    the user said so, and nothing is to be guessed. ``colouring`` says what its ``colours`` come from: "", ``#RRGGBB``,
    or the name of a column; ``live_colours`` stand in for those, too. ``unread`` holds the reason for each tile that
    could not be read; emptying it has them read again.
    ``tileset_folder`` is set when there is a converted tileset to stream; ``flags`` (num_objects,)
    uint8 holds an `ObjectFlag` per object row, and is empty until the object table is known.
    """

    changed = Signal(str)  # the name of the attribute that changed
    flags_changed = Signal(object)  # NDArray of the rows whose flags changed
    live_colours_changed = Signal(object)  # NDArray of the rows whose live colours changed, None: all

    def __init__(self, name: str, kind: LayerKind, source: Path | None = None, *, layer_id: str = "") -> None:
        self.layer_id = layer_id or uuid.uuid4().hex[:12]
        self.kind = kind
        self.source = source
        self.options: dict[str, str] = {}
        self.base_origin = BaseOrigin.OWN
        self.grouped = False
        self.flags: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._live_colours: NDArray[np.uint8] | None = None
        self._values: dict[str, Any] = {
            "name": name,
            "visible": True,
            "opacity": 1.0,
            "state": LayerState.WAITING,
            "world_from_model": identity(),
            "tileset_folder": None,
            "findings": (),
            "progress": 0.0,
            "base_world_from_model": identity(),
            "placement": Placement(),
            "colours": None,
            "max_level": 0,
            "building": "",
            "discipline": discipline_of_kind(kind),
            "colouring": "",
            "unread": (),
        }

    def _set(self, key: str, value: Any) -> None:
        if not np.array_equal(self._values[key], value):
            self._values[key] = value
            self.changed.emit(key)

    name = property(lambda self: self._values["name"], lambda self, v: self._set("name", v))
    visible = property(lambda self: self._values["visible"], lambda self, v: self._set("visible", v))
    opacity = property(lambda self: self._values["opacity"], lambda self, v: self._set("opacity", v))
    max_level = property(lambda self: self._values["max_level"], lambda self, v: self._set("max_level", v))
    building = property(lambda self: self._values["building"], lambda self, v: self._set("building", v))
    colouring = property(lambda self: self._values["colouring"], lambda self, v: self._set("colouring", v))
    progress = property(lambda self: self._values["progress"], lambda self, v: self._set("progress", v))

    @property
    def state(self) -> LayerState:
        """Where the layer is in its life."""
        state: LayerState = self._values["state"]
        return state

    @state.setter
    def state(self, value: LayerState) -> None:
        self._set("state", value)

    @property
    def discipline(self) -> Discipline:
        """The discipline it belongs to."""
        discipline: Discipline = self._values["discipline"]
        return discipline

    @discipline.setter
    def discipline(self, value: Discipline) -> None:
        self._set("discipline", value)

    @property
    def unread(self) -> tuple[Finding, ...]:
        """One for each tile that could not be read when it was wanted."""
        unread: tuple[Finding, ...] = self._values["unread"]
        return unread

    @unread.setter
    def unread(self, value: tuple[Finding, ...]) -> None:
        self._set("unread", tuple(value))

    @property
    def world_from_model(self) -> Matrix:
        """The placement, 4 x 4 float64."""
        matrix: Matrix = self._values["world_from_model"]
        return matrix

    @world_from_model.setter
    def world_from_model(self, value: Matrix) -> None:
        self._set("world_from_model", np.asarray(value, np.float64))

    @property
    def base_world_from_model(self) -> Matrix:
        """Where the georeference alone puts the model, in the project's CRS."""
        matrix: Matrix = self._values["base_world_from_model"]
        return matrix

    @base_world_from_model.setter
    def base_world_from_model(self, value: Matrix) -> None:
        self._set("base_world_from_model", np.asarray(value, np.float64))

    @property
    def placement(self) -> Placement:
        """What the user added to it; `world_from_model` is kept in step by `place`."""
        placement: Placement = self._values["placement"]
        return placement

    def place(self, placement: Placement, bounds_m: NDArray[np.float64]) -> None:
        """Set the user's placement of a model with model-frame ``bounds_m`` (6,), and move it there."""
        self._set("placement", placement)
        self.world_from_model = placed(self.base_world_from_model, placement, bounds_m)

    @property
    def colours(self) -> NDArray[np.uint8] | None:
        """Colours (num_objects, 4) uint8 that stand in for the objects' own, or None."""
        colours: NDArray[np.uint8] | None = self._values["colours"]
        return colours

    @colours.setter
    def colours(self, value: NDArray[np.uint8] | None) -> None:
        self._set("colours", value)

    @property
    def tileset_folder(self) -> Path | None:
        """The converted tileset, once there is one."""
        folder: Path | None = self._values["tileset_folder"]
        return folder

    @tileset_folder.setter
    def tileset_folder(self, value: Path | None) -> None:
        self._set("tileset_folder", value)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What could not be read as it should."""
        found: tuple[Finding, ...] = self._values["findings"]
        return found

    @findings.setter
    def findings(self, value: tuple[Finding, ...]) -> None:
        self._set("findings", tuple(value))

    def set_flags(self, rows: NDArray[np.integer], flag: ObjectFlag, on: bool) -> None:
        """Set or clear one flag of some object rows; tells which rows really changed."""
        rows = np.asarray(rows, np.int64)
        before = self.flags[rows]
        after = before | np.uint8(flag) if on else before & np.uint8(~flag & 0xFF)
        moved = rows[before != after]
        if moved.size:
            self.flags[rows] = after
            self.flags_changed.emit(moved)

    @property
    def live_colours(self) -> NDArray[np.uint8] | None:
        """Colours (num_objects, 4) of values that come and go; alpha as `scenes.model.overlays.scale` says."""
        return self._live_colours

    def set_live_colours(self, colours: NDArray[np.uint8] | None, rows: NDArray[np.int64] | None = None) -> None:
        """Set them and tell; ``rows`` are those that differ from before, where the caller knows."""
        before, self._live_colours = self._live_colours, colours
        if rows is not None and before is not None and colours is not None and before.shape == colours.shape:
            if rows.size:
                self.live_colours_changed.emit(rows)
        elif before is not None or colours is not None:
            self.live_colours_changed.emit(None)

    def rows_with(self, flag: ObjectFlag) -> NDArray[np.int64]:
        """The object rows that carry ``flag``."""
        return np.flatnonzero(self.flags & np.uint8(flag))


class LayerList:
    """The layers from bottom to top."""

    added = Signal(object)  # Layer
    removed = Signal(object)  # Layer
    layer_changed = Signal(object, str)  # Layer, attribute

    def __init__(self) -> None:
        self._layers: dict[str, Layer] = {}

    def __iter__(self) -> Iterator[Layer]:
        return iter(tuple(self._layers.values()))

    def __len__(self) -> int:
        return len(self._layers)

    def __getitem__(self, layer_id: str) -> Layer:
        return self._layers[layer_id]

    def get(self, layer_id: str) -> Layer | None:
        """The layer of that id, or None."""
        return self._layers.get(layer_id)

    def add(self, layer: Layer) -> Layer:
        """Put a layer on top and tell."""
        self._layers[layer.layer_id] = layer
        layer.changed.connect(lambda key: self.layer_changed.emit(layer, key))
        self.added.emit(layer)
        return layer

    def remove(self, layer: Layer) -> None:
        """Take a layer out and tell; unknown layers are ignored."""
        if self._layers.pop(layer.layer_id, None) is not None:
            self.removed.emit(layer)

    def clear(self) -> None:
        """Take all layers out."""
        for layer in self:
            self.remove(layer)
