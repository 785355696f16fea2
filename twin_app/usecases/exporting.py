"""Handing what is open to other programs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.detail import STREAM
from loaders.model.errors import CityTwinError, Finding, Severity
from loaders.model.frames import Georeference
from loaders.tileset import Tileset
from loaders.tileset.export import Exported, export_again, export_tileset, join_tilesets
from scenes.model.layers import Layer, LayerState
from twin_app.services.jobs import JobContext
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
    check_target(out)
    workbench = new_workbench(Settings())
    try:
        open_paths(workbench, [path])
        wait_until_loaded(workbench, tick=lambda: on_progress(None, "export.progress.opening"))
        problems = tuple(_errors(workbench))
        parts = _parts(workbench, list(workbench.scene.layers))
        if not parts:
            raise problems[0] if problems else CityTwinError("export.nothing", str(path))
        return write_parts(parts, out, on_progress, problems)
    finally:
        workbench.jobs.shutdown()


def export_open(workbench: Workbench, layers: Sequence[Layer], out: Path) -> None:
    """Write open layers as 3D Tiles into the new folder ``out``, in the background; the outcome becomes a message."""
    parts = _parts(workbench, layers)
    if not parts:
        raise CityTwinError("export.nothing", str(out))
    check_target(out)

    def work(context: JobContext) -> Handover:
        def on_progress(share: float | None, stage: str) -> None:
            context.job.checkpoint()
            context.progress(share, stage)

        return write_parts(parts, out, on_progress)

    def tell(done: Handover) -> None:
        megabytes = f"{done.num_bytes / 1e6:,.1f}"
        workbench.messages.written("export.done", done.out, objects=f"{done.objects:,}", megabytes=megabytes)
        for note in done.notes:
            workbench.messages.finding(note)

    workbench.jobs.submit(
        f"export:{out}",
        work,
        title_key="job.exporting",
        title_args={"name": out.name},
        on_done=tell,
        on_failed=workbench.messages.error,
    )


def check_target(out: Path) -> None:
    """Raises `CityTwinError` ``export.exists`` where something is there already."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CityTwinError("export.exists", str(out))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A layer as it stood when it was asked for."""

    name: str
    tileset: Tileset
    georeference: Georeference


def _parts(workbench: Workbench, layers: Sequence[Layer]) -> list[_Part]:
    parts = []
    for layer in layers:
        tileset = workbench.sources.tileset(layer) if layer.state is LayerState.READY else None
        if tileset is not None:
            own = tileset.georeference
            crs = workbench.scene.crs if workbench.scene.crs is not None else own.crs
            degrees = (own.latitude_deg, own.longitude_deg, own.height_m)
            placed = Georeference(crs, layer.world_from_model, own.method, *degrees)
            parts.append(_Part(layer.name, tileset, placed))
    return parts


def write_parts(
    parts: Sequence[_Part], out: Path, on_progress: ProgressPort, problems: tuple[CityTwinError, ...] = ()
) -> Handover:
    """Write layers as they stand: one as the folder itself, several as folders in it under one ``tileset.json``.

    The tiles of a source that stands in several places are written once. Whatever
    ``on_progress`` raises stops it, and leaves nothing behind.
    """
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        written = _written(parts, part, on_progress)
        if out.exists():
            out.rmdir()
        part.rename(out)
    except OSError as error:
        raise CityTwinError("export.cannot_write", str(out), reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    notes = tuple(_notes(parts))
    return Handover(out, sum(one.objects for one in written), sum(one.num_bytes for one in written), problems, notes)


def _notes(parts: Sequence[_Part]) -> Iterator[Finding]:
    for part in parts:
        if STREAM in part.tileset.meta.extras:
            yield Finding.warning("export.overview_only", part.name, name=part.name)


def _written(parts: Sequence[_Part], folder: Path, on_progress: ProgressPort) -> list[Exported]:
    folder.mkdir(parents=True)
    if len(parts) == 1:
        return [_write(parts[0], folder, lambda share: on_progress(share, "export.progress.writing"))]
    written, names, firsts = [], [], dict[int, str]()
    for number, part in enumerate(parts):

        def tell(share: float, number: int = number) -> None:
            on_progress((number + share) / len(parts), "export.progress.writing")

        name = f"{number + 1:03d}_{re.sub(r'[^A-Za-z0-9_.-]+', '_', part.name)[:60]}"
        first = firsts.setdefault(id(part.tileset), name)
        if first == name:
            names.append(f"{name}/tileset.json")
            written.append(_write(part, folder / name, tell))
        else:
            tell(0.0)
            names.append(f"{name}.json")
            written.append(export_again(part.tileset, folder / names[-1], first, part.georeference))
    written.append(Exported(0, 0, join_tilesets(folder, names)))
    return written


def _write(part: _Part, folder: Path, tell: Callable[[float], None]) -> Exported:
    count = max(len(part.tileset.tiles), 1)
    folder.mkdir(parents=True, exist_ok=True)
    return export_tileset(part.tileset, folder, part.georeference, lambda index: tell(index / count))


def _errors(workbench: Workbench) -> list[CityTwinError]:
    found = [message for message in workbench.messages if message.severity is Severity.ERROR]
    return [CityTwinError(message.code, message.place, **message.arguments) for message in found]
