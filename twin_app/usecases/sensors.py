"""Sensors and controls in the loaded models, and which streams belong to them: by GlobalId, by tag or by name."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.tileset import Tileset
from scenes.model.layers import Layer
from scenes.model.scene import ObjectRef
from twin_app.live.streams import LinkKind, StreamInfo

# Entities of IFC4 that measure or act, and the one of IFC2x3 that stands for all of them.
CLASSES = (
    *("IfcSensor", "IfcActuator", "IfcController", "IfcFlowInstrument", "IfcAlarm", "IfcUnitaryControlElement"),
    *("IfcProtectiveDeviceTrippingUnit", "IfcFlowMeter", "IfcDistributionControlElement"),
)
FREE = frozenset({LinkKind.NONE, LinkKind.CODE})  # streams that say nothing surer


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor or a control of a loaded model; ``tag`` is "" where it has none."""

    ref: ObjectRef
    ifc_class: str
    name: str
    tag: str
    layer: str


def sensors_in(layers: Iterable[tuple[Layer, Tileset]]) -> list[Sensor]:
    """All of them, in the order of layers and rows."""
    found: list[Sensor] = []
    for layer, tileset in layers:
        objects = tileset.objects()
        rows = tileset.index.rows_of_classes(CLASSES)
        if not rows.size:
            continue
        tags = _tags(tileset, rows)
        for row in rows.tolist():
            ifc_class, name = (objects[column][row].as_py() or "" for column in ("class", "name"))
            found.append(Sensor(ObjectRef(layer.layer_id, row), ifc_class, name, tags.get(row, ""), layer.name))
    return found


def _tags(tileset: Tileset, rows: np.ndarray) -> dict[int, str]:
    table = tileset.properties()
    wanted = pc.and_(pc.equal(table["kind"], "attribute"), pc.equal(table["name"], "Tag"))
    table = table.filter(pc.and_(wanted, pc.is_in(table["object"], pa.array(rows, pa.uint32()))))
    pairs = zip(table["object"].to_pylist(), table["value"].to_pylist(), strict=True)
    return {row: value for row, value in pairs if value}


class SensorNames:
    """Finds the one sensor that has a stream's code or name as its tag or name; where two have it, none is found."""

    def __init__(self, sensors: Sequence[Sensor], infos: Iterable[StreamInfo] = ()) -> None:
        self._by_tag = _unique(sensors, lambda one: one.tag)
        self._by_name = _unique(sensors, lambda one: one.name)
        self._num_streams = collections.Counter(_last_word(info) for info in infos) if sensors else {}

    def find(self, info: StreamInfo) -> ObjectRef | None:
        """The sensor of a stream that no surer link speaks of; the last word of its name counts where no other stream
        has the same."""
        if info.link.kind not in FREE or not (self._by_tag or self._by_name):
            return None
        code = info.link.target if info.link.kind is LinkKind.CODE else ""
        words = [code, info.name, info.key.partition("/")[2]]
        if self._num_streams.get(_last_word(info), 0) <= 1:
            words.append(_last_word(info))
        for by in (self._by_tag, self._by_name):
            for word in words:
                ref = by.get(_folded(word))
                if ref is not None:
                    return ref
        return None


def _unique(sensors: Iterable[Sensor], word_of: Callable[[Sensor], str]) -> dict[str, ObjectRef]:
    refs: dict[str, list[ObjectRef]] = {}
    for one in sensors:
        if word := _folded(word_of(one)):
            refs.setdefault(word, []).append(one.ref)
    return {word: found[0] for word, found in refs.items() if len(found) == 1}


def _folded(word: str) -> str:
    return " ".join(word.split()).casefold()


def _last_word(info: StreamInfo) -> str:
    name = info.name or info.key.partition("/")[2]
    return name.rpartition("·")[2].strip()


@dataclass(frozen=True, slots=True)
class Listed:
    """A sensor and the rows of the streams that belong to it."""

    sensor: Sensor
    rows: tuple[int, ...]


def listed(sensors: Sequence[Sensor], objects: Sequence[ObjectRef | None]) -> list[Listed]:
    """All sensors, those without a stream first; ``objects`` are those of the streams by row."""
    rows: dict[ObjectRef, list[int]] = {}
    for row, ref in enumerate(objects):
        if ref is not None:
            rows.setdefault(ref, []).append(row)
    found = [Listed(one, tuple(rows.get(one.ref, ()))) for one in sensors]
    return sorted(found, key=lambda one: bool(one.rows))


def unbound(infos: Sequence[StreamInfo], objects: Sequence[ObjectRef | None]) -> list[int]:
    """The rows of streams that belong neither to an object nor to a place."""
    return [
        row
        for row, (info, ref) in enumerate(zip(infos, objects, strict=True))
        if ref is None and info.link.kind is not LinkKind.PLACE
    ]
