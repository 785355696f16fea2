"""Handing what is open to other programs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.detail import STREAM
from loaders.model.errors import CityTwinError, Finding, Severity
from loaders.model.frames import Georeference
from loaders.tileset.export import Exported, export_tileset, join_tilesets
from scenes.model.layers import Layer, LayerState
from twin_app.services.settings import Settings
from twin_app.usecases.opening import open_paths, wait_until_loaded
from twin_app.usecases.workbench import Workbench, new_workbench

ProgressPort = Callable[[float | None, str], None]


@dataclass(frozen=True, slots=True)
class Handover:
    """What was written, what could not be opened, and what was written with less detail than there is."""

    out: Path
    objects: int
    num_bytes: int
    problems: tuple[CityTwinError, ...] = ()
    notes: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The contract's keys."""
        return {"out": str(self.out), "objects": self.objects, "bytes": self.num_bytes}


def export_tiles(path: Path, out: Path, on_progress: ProgressPort = lambda _share, _stage: None) -> Handover:
    """Open a source, tileset or project without a window and write it as 3D Tiles into the new folder ``out``.

    Raises `CityTwinError` when ``out`` is there already or cannot be written, and when nothing could be opened.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CityTwinError("export.exists", str(out))
    workbench = new_workbench(Settings())
    try:
        open_paths(workbench, [path])
        wait_until_loaded(workbench, tick=lambda: on_progress(None, "export.progress.opening"))
        problems = tuple(_errors(workbench))
        layers = [layer for layer in workbench.scene.layers if layer.state is LayerState.READY]
        if not layers:
            raise problems[0] if problems else CityTwinError("export.nothing", str(path))
        return write_layers(workbench, layers, out, on_progress, problems)
    finally:
        workbench.jobs.shutdown()


def write_layers(
    workbench: Workbench,
    layers: list[Layer],
    out: Path,
    on_progress: ProgressPort,
    problems: tuple[CityTwinError, ...] = (),
) -> Handover:
    """Write layers as they stand: one as the folder itself, several as folders in it under one ``tileset.json``."""
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        written = _written(workbench, layers, part, on_progress)
        if out.exists():
            out.rmdir()
        part.rename(out)
    except OSError as error:
        raise CityTwinError("export.cannot_write", str(out), reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    notes = tuple(_notes(workbench, layers))
    return Handover(out, sum(one.objects for one in written), sum(one.num_bytes for one in written), problems, notes)


def _notes(workbench: Workbench, layers: list[Layer]) -> Iterator[Finding]:
    for layer in layers:
        tileset = workbench.sources.tileset(layer)
        if tileset is not None and STREAM in tileset.meta.extras:
            yield Finding.warning("export.overview_only", layer.name, name=layer.name)


def _written(workbench: Workbench, layers: list[Layer], part: Path, on_progress: ProgressPort) -> list[Exported]:
    part.mkdir(parents=True)
    if len(layers) == 1:
        return [_layer(workbench, layers[0], part, lambda share: on_progress(share, "export.progress.writing"))]
    written, names = [], []
    for number, layer in enumerate(layers):

        def tell(share: float, number: int = number) -> None:
            on_progress((number + share) / len(layers), "export.progress.writing")

        names.append(f"{number + 1:03d}_{re.sub(r'[^A-Za-z0-9_.-]+', '_', layer.name)[:60]}")
        written.append(_layer(workbench, layer, part / names[-1], tell))
    written.append(Exported(0, 0, join_tilesets(part, names)))
    return written


def _layer(workbench: Workbench, layer: Layer, folder: Path, tell: Callable[[float], None]) -> Exported:
    tileset = workbench.sources.tileset(layer)
    assert tileset is not None, "a ready layer has its tileset"
    own = tileset.georeference
    crs = workbench.scene.crs if workbench.scene.crs is not None else own.crs
    placed = Georeference(crs, layer.world_from_model, own.method, own.latitude_deg, own.longitude_deg, own.height_m)
    count = max(len(tileset.tiles), 1)
    folder.mkdir(parents=True, exist_ok=True)
    return export_tileset(tileset, folder, placed, lambda index: tell(index / count))


def _errors(workbench: Workbench) -> list[CityTwinError]:
    found = [message for message in workbench.messages if message.severity is Severity.ERROR]
    return [CityTwinError(message.code, message.place, **message.arguments) for message in found]
