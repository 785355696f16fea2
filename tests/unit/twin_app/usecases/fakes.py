"""Stand-ins for what use cases talk to: a tileset in memory, a canvas that remembers, a window that answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference
from loaders.tileset.index import ObjectIndex
from scenes.model.layers import Layer, LayerState, ObjectFlag
from twin_app.services.settings import Settings
from twin_app.usecases.workbench import Workbench, new_workbench


@dataclass
class MemoryTileset:
    """As much of a tileset as the use cases ask for."""

    parents: list[int]
    classes: list[str]
    bounds_m: NDArray[np.float64]
    georeference: Georeference = field(default_factory=Georeference)
    hidden: list[bool] | None = None
    folder: Path = Path("memory")
    shapeless: tuple[int, ...] = ()  # rows without a box

    def objects(self) -> pa.Table:
        count = len(self.parents)
        return pa.table(
            {
                "id": [f"id-{row}" for row in range(count)],
                "guid": [f"guid-{row}" for row in range(count)],
                "name": [f"name {row}" for row in range(count)],
                "class": self.classes,
                "parent": pa.array(self.parents, pa.int32()),
                "hidden": self.hidden or [False] * count,
                "triangles": pa.array([12] * count, pa.int32()),
                "points": pa.array([0] * count, pa.int64()),
            }
        )

    @property
    def index(self) -> ObjectIndex:
        return ObjectIndex(self.objects())

    def object_bounds_m(self) -> NDArray[np.float64]:
        boxes = np.tile(self.bounds_m, (len(self.parents), 1)) if self.bounds_m.ndim == 1 else self.bounds_m.copy()
        boxes[list(self.shapeless)] = np.nan
        return boxes


class MemorySources:
    """Gives the tilesets it was filled with."""

    def __init__(self) -> None:
        self.tilesets: dict[str, MemoryTileset] = {}

    def tileset(self, layer: Layer) -> MemoryTileset | None:
        return self.tilesets.get(layer.layer_id)

    def forget(self, layer: Layer) -> None:
        self.tilesets.pop(layer.layer_id, None)


class FlatGround:
    """A canvas over level ground."""

    def __init__(self, height_m: float | None = 20.0) -> None:
        self.height_m = height_m

    def ground_height_m(self, _x_m: float, _y_m: float) -> float | None:
        return self.height_m


class AnsweringWindow:
    """A window whose user always gives the same answers."""

    def __init__(self, *, keep: str = "discard", path: Path | None = None) -> None:
        self.keep, self.path = keep, path
        self.start_page_shown = 0
        self.copied = ""

    def ask_keep_changes(self) -> str:
        return self.keep

    def ask_save_path(self, *, suffix: str, suggested: str) -> Path | None:
        return self.path

    def show_start_page(self) -> None:
        self.start_page_shown += 1

    def copy_text(self, text: str) -> None:
        self.copied = text


def workbench_with(**answers: Any) -> Workbench:
    """A workbench over stand-ins."""
    workbench = new_workbench(Settings(), "en")
    workbench.sources = MemorySources()  # type: ignore[assignment]
    workbench.canvas = FlatGround()
    workbench.ui = AnsweringWindow(**answers)
    return workbench


def add(workbench: Workbench, name: str, tileset: MemoryTileset, kind: LayerKind = LayerKind.BUILDING) -> Layer:
    """A ready layer with that tileset."""
    layer = Layer(name, kind, Path(f"{name}.ifc"))
    workbench.sources.tilesets[layer.layer_id] = tileset  # type: ignore[attr-defined]
    hidden = np.array(tileset.hidden or [False] * len(tileset.parents))
    layer.flags = np.where(hidden, np.uint8(ObjectFlag.HIDDEN), np.uint8(0))
    workbench.scene.layers.add(layer)
    layer.state = LayerState.READY
    return layer
