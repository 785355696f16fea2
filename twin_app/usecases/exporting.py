"""Handing what is open to other programs."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.detail import STREAM
from loaders.handover.part import Part, Telling
from loaders.handover.registry import FORMATS, HandoverFormat
from loaders.model.errors import CityTwinError, Finding, Severity
from loaders.model.frames import Georeference
from scenes.model.layers import Layer, LayerState
from twin_app.services.jobs import JobContext
from twin_app.services.settings import Settings
from twin_app.usecases.opening import open_paths, wait_until_loaded
from twin_app.usecases.workbench import Workbench, new_workbench

TILES = "3dtiles"
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


def export_path(path: Path, to: str, out: Path, on_progress: ProgressPort = lambda _share, _stage: None) -> Handover:
    """Open a source, tileset or project without a window and write it in the format ``to`` as the new ``out``.

    Raises `CityTwinError` when ``out`` is there already or cannot be written, and when nothing could be opened.
    """
    check_target(out, FORMATS[to])
    workbench = new_workbench(Settings())
    workbench.live.resting = True
    try:
        open_paths(workbench, [path])
        wait_until_loaded(workbench, tick=lambda: on_progress(None, "export.progress.opening"))
        problems = tuple(_errors(workbench))
        parts = _parts(workbench, list(workbench.scene.layers))
        if not parts:
            raise problems[0] if problems else CityTwinError("export.nothing", str(path))
        telling = Telling(lambda share: on_progress(share, "export.progress.writing"), workbench.tr)
        return write_parts(parts, FORMATS[to], out, telling, problems)
    finally:
        workbench.jobs.shutdown()


def export_open(workbench: Workbench, layers: Sequence[Layer], out: Path, to: str = TILES) -> None:
    """Write open layers as the new ``out``, in the background; the outcome becomes a message."""
    parts = _parts(workbench, layers)
    if not parts:
        raise CityTwinError("export.nothing", str(out))
    check_target(out, FORMATS[to])

    def work(context: JobContext) -> Handover:
        def on_share(share: float) -> None:
            context.job.checkpoint()
            context.progress(share, "export.progress.writing")

        return write_parts(parts, FORMATS[to], out, Telling(on_share, workbench.tr))

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


def check_target(out: Path, to: HandoverFormat) -> None:
    """Raises `CityTwinError` where something is there already or nothing can be written: said before the work."""
    if to.suffix and out.suffix.lower() != to.suffix:
        raise CityTwinError("export.wrong_suffix", str(out), suffix=to.suffix)
    if to.suffix and out.exists():
        raise CityTwinError("export.file_exists", str(out))
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise CityTwinError("export.exists", str(out))
    except OSError as error:
        raise _cannot_write(out, error) from error
    above = next((folder for folder in out.absolute().parents if folder.exists()), Path(out.anchor))
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise CityTwinError("export.cannot_write", str(out), reason=str(above))


def _cannot_write(out: Path, error: OSError) -> CityTwinError:
    return CityTwinError("export.cannot_write", str(out), reason=error.strerror or str(error))


def _parts(workbench: Workbench, layers: Sequence[Layer]) -> list[Part]:
    parts = []
    for layer in layers:
        tileset = workbench.sources.tileset(layer) if layer.state is LayerState.READY else None
        if tileset is not None:
            own = tileset.georeference
            crs = workbench.scene.crs if workbench.scene.crs is not None else own.crs
            degrees = (own.latitude_deg, own.longitude_deg, own.height_m)
            placed = Georeference(crs, layer.world_from_model, own.method, *degrees)
            parts.append(Part(layer.name, tileset, placed))
    return parts


def write_parts(
    parts: Sequence[Part],
    to: HandoverFormat,
    out: Path,
    telling: Telling,
    problems: tuple[CityTwinError, ...] = (),
) -> Handover:
    """Write layers as they stand. Whatever ``telling`` raises stops it, and leaves nothing behind."""
    # GDAL goes by the ending, so the ending stays last.
    part = out.with_name(f".{out.stem}.part{to.suffix}" if to.suffix else f".{out.name}.part")
    try:
        _remove(part)
        part.parent.mkdir(parents=True, exist_ok=True)
        written = to.write(parts, part, telling)
        if out.is_dir():
            out.rmdir()
        part.rename(out)
    except OSError as error:
        raise _cannot_write(out, error) from error
    finally:
        _remove(part)
    return Handover(out, written.objects, written.num_bytes, problems, (*_notes(parts), *written.notes))


def _remove(part: Path) -> None:
    """What was half written goes, and what SQLite keeps beside its files."""
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
        return
    for path in (part, *(part.with_name(part.name + ending) for ending in ("-journal", "-wal", "-shm"))):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _notes(parts: Sequence[Part]) -> Iterator[Finding]:
    for part in parts:
        if STREAM in part.tileset.meta.extras:
            yield Finding.warning("export.overview_only", part.name, name=part.name)


def _errors(workbench: Workbench) -> list[CityTwinError]:
    found = [message for message in workbench.messages if message.severity is Severity.ERROR]
    return [CityTwinError(message.code, message.place, **message.arguments) for message in found]
