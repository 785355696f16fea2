"""What runs in the child process: one loader, whose events become tiles and short messages."""

from __future__ import annotations

import errno
import gc
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from loaders import processes, registry
from loaders.convert import memory
from loaders.convert.options import ConvertEvent, FormatsProvider, PreviewReady, TileReady
from loaders.model.errors import Cancelled, CityTwinError
from loaders.model.events import (
    Found,
    Geometry,
    LoadEvent,
    Objects,
    Opened,
    Preview,
    Progress,
    Properties,
    Tree,
    Unmeshed,
)
from loaders.model.points import is_empty
from loaders.tileset import TilesetMeta, TilesetWriter, WrittenTile, write_glb
from loaders.tileset.chunks import checked, only_finite

CANCEL = "cancel"
_PROGRESS_PERIOD_S = 0.05
# Tables of a hundred thousand values hold no cycles; looking for some at every 700th value takes a third of the time.
_COLLECT_AFTER = (100_000, 20, 100)


@dataclass(frozen=True, slots=True)
class Task:
    """What a child is to do. ``folder`` and ``preview_folder`` are there and empty; the second goes at the end."""

    source: Path
    folder: Path
    preview_folder: Path
    identity: TilesetMeta
    format_id: str
    formats: FormatsProvider
    options: Mapping[str, Any]
    background: bool = False
    cores: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """The folder is a whole tileset."""

    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The loader gave up; None when it was cancelled."""

    error: CityTwinError | None


Message = ConvertEvent | Done | Failed


class _Context:
    """The loader's `LoadContext`, and the pipe to the parent."""

    def __init__(self, connection: Connection[Any, Any], task: Task) -> None:
        self.options = dict(task.options)
        self.scratch = task.preview_folder
        self.cores = task.cores or os.cpu_count() or 1
        self._kept: list[object] = []
        self._connection = connection
        self._cancelled = threading.Event()
        threading.Thread(target=self._listen, name="parent", daemon=True).start()

    def _listen(self) -> None:
        try:
            while self._connection.recv() != CANCEL:
                pass
        except (EOFError, OSError):
            processes.end_group()
        self._cancelled.set()

    def keep(self, thing: object) -> None:
        """Leave something to the end of the process: taking a large model apart piece by piece takes its time."""
        self._kept.append(thing)

    def checkpoint(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def send(self, message: Message) -> None:
        self._connection.send(message)


def run(task: Task, connection: Connection[Any, Any]) -> None:
    """The child's whole life; every way it can end is told to the parent, but for being killed."""
    processes.lead_group()
    gc.set_threshold(*_COLLECT_AFTER)
    if task.background:
        processes.step_back()
    context = _Context(connection, task)
    outcome: Done | Failed
    try:
        _Conversion(task, context).run()
        outcome = Done(memory.own_peak_bytes())
    except Cancelled:
        outcome = Failed(None)
    except CityTwinError as error:
        outcome = Failed(error)
    except MemoryError:
        outcome = Failed(CityTwinError("convert.out_of_memory", str(task.source), name=task.source.name))
    except OSError as error:
        outcome = Failed(_os_error(task, error))
    except Exception as error:  # noqa: BLE001 - a loader's mistake must cost this file only, and be told
        reason = f"{type(error).__name__}: {error}"
        outcome = Failed(CityTwinError("convert.loader_failed", str(task.source), name=task.source.name, reason=reason))
    context.send(outcome)


def _os_error(task: Task, error: OSError) -> CityTwinError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CityTwinError("convert.disk_full", str(task.folder.parent))
    reason = error.strerror or str(error)
    return CityTwinError("convert.input_output", str(error.filename or task.source), reason=reason)


class _Conversion:
    def __init__(self, task: Task, context: _Context) -> None:
        self._task = task
        self._context = context
        self._writer = TilesetWriter(task.folder, task.identity, self._tile_written)
        self._num_previews = 0
        self._progress_after_s = 0.0

    def run(self) -> None:
        loader = registry.format_by_id(self._task.format_id, self._task.formats())
        for event in loader.load(self._task.source, self._context):
            self._context.checkpoint()
            self._handle(event)
        self._writer.finish()

    def _handle(self, event: LoadEvent) -> None:
        match event:
            case Geometry(chunk, level, hidden, node):
                self._writer.geometry(chunk, level, hidden=hidden, node=node)
            case Tree():
                self._writer.tree(event)
            case Preview():
                self._preview(event)
            case Progress():
                self._progress(event)
            case Opened():
                self._writer.opened(event)
                self._context.send(event)
            case Found(finding, others):
                self._writer.found(finding, others)
                self._context.send(Found(finding))
            case Unmeshed():
                self._writer.unmeshed(event)
            case Properties():
                self._writer.properties(event)
            case Objects():
                self._writer.objects(event)

    def _progress(self, event: Progress) -> None:
        now = time.monotonic()
        if now >= self._progress_after_s or event.fraction >= 1.0:
            self._progress_after_s = now + _PROGRESS_PERIOD_S
            self._context.send(event)

    def _preview(self, event: Preview) -> None:
        try:
            chunk = checked(event.chunk)
        except ValueError as error:
            raise CityTwinError("tileset.bad_chunk", str(self._task.source), reason=str(error)) from error
        chunk = only_finite(chunk)
        if is_empty(chunk):
            return
        path = self._task.preview_folder / f"{self._num_previews:06d}.glb"
        self._num_previews += 1
        write_glb(path, [chunk], chunk.origin_m)
        self._context.send(PreviewReady(path, np.asarray(chunk.origin_m, np.float64)))

    def _tile_written(self, tile: WrittenTile) -> None:
        self._context.send(TileReady(tile.index, tile.path, tile.origin_m, tile.level, tile.num_triangles))


__all__ = ["CANCEL", "Done", "Failed", "Message", "Task", "run"]
