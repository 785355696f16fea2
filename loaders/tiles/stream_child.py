"""What runs in a process beside the window: contents and trees of a tileset, read place by place when asked."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders import processes
from loaders.model.errors import CityTwinError, Finding
from loaders.model.pictures import unpacked
from loaders.model.points import Chunk, PointChunk
from loaders.tiles.chunks import chunks_of
from loaders.tiles.contents import ContentReader, Piece, left_out
from loaders.tiles.expanding import Context, Expander, Place, Spot
from loaders.tiles.faults import BAD, as_finding
from loaders.tiles.known_nodes import NODE, Nodes
from loaders.tiles.objects import ids_of
from loaders.tiles.placing import frame_at
from loaders.tiles.property_tables import PropertyTable
from loaders.tiles.rows import Rows, rows_teller
from loaders.tiles.volumes import boxes_m

IDLE_SECS = 120.0  # then the process ends, until something is asked again
MOST_BYTES = 6_000_000_000
_UNPACKED = 4  # times as much as in the file, about: pictures and compressed triangles
_EMPTY_ERROR = 0.25  # of its size: what is missing is no more than four times what may be wrong anywhere
_COLLECT_AFTER = (100_000, 20, 100)
Floats = NDArray[np.float64]
_FAULTS = (*BAD, CityTwinError, MemoryError, RecursionError, OSError)


class Setup(NamedTuple):
    """What all requests of one stream share: where it is on the globe, and the rows of listed objects by their id."""

    place: tuple[float, float] | None
    row_of_id: dict[str, int]


class Request(NamedTuple):
    """One place: its contents, what stands below it, or both. ``root`` is the tileset, ``bounds_m`` the place's box."""

    root: Path
    context: Context
    place: Place
    row: int
    bounds_m: tuple[float, ...]
    wants_content: bool
    wants_below: bool


class Answer(NamedTuple):
    """``below`` is None where nobody asked or nothing can be told; ``context`` counts in ``contexts``, -1: as asked."""

    chunks: tuple[Chunk, ...]
    below: Nodes | None
    contexts: list[Context]
    problems: tuple[Finding, ...]


def serve(setup: Setup, limit_secs: float, connection: Connection[Any, Any]) -> None:
    """The process's whole life: answers or `CityTwinError`, until nobody asks or the asker is gone.

    Before each answer come the names of the files that are read for it.
    """
    processes.lead_group()
    gc.set_threshold(*_COLLECT_AFTER)
    _limit_memory()
    server = Server(setup, connection.send)
    with contextlib.suppress(EOFError, OSError):
        while connection.poll(IDLE_SECS):
            request = connection.recv()
            _end_after(2.0 * limit_secs)
            connection.send(server.outcome(request))
            _end_after(0.0)


def _end_after(secs: float) -> None:
    """Have the system end this process when native code never comes back, and the asker is gone too; 0: no more."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, secs)


def _limit_memory() -> None:
    """Absurd sizes shall cost this process, and not the machine."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


class Server:
    """Answers requests one after another; ``on_file`` hears which file comes next."""

    def __init__(self, setup: Setup, on_file: Callable[[str], object] = lambda _name: None) -> None:
        self._on_file = on_file
        self._frame = frame_at(setup.place)
        self._row_of_id = setup.row_of_id
        self._problems: list[Finding] = []
        self._expanders: dict[Path, Expander] = {}

    def outcome(self, request: Request) -> Answer | CityTwinError:
        """The answer, or why there is none."""
        try:
            return self.answer(request)
        except CityTwinError as error:
            return error
        except _FAULTS as error:
            found = as_finding(error, request.context.path)
            return CityTwinError(found.code, found.place, **found.arguments)

    def answer(self, request: Request) -> Answer:
        """What is asked for; raises `CityTwinError` and what bad files raise when there is nothing of it."""
        self._problems = []
        folder = request.root.parent.resolve()
        spot = self._expander(folder).find(request.context, request.place)
        chunks: list[Chunk] = []
        if request.wants_content:
            chunks = self._contents(spot, folder, request.row)
        contexts: list[Context] = []
        below: Nodes | None = None
        if request.wants_below:
            try:
                below = self._below(spot, request, contexts)
            except _FAULTS as error:
                if not request.wants_content:
                    raise
                self._tell(error, request.context.path)
        return Answer(tuple(chunks), below, contexts, tuple(self._problems))

    def _tell(self, error: Exception, place: str) -> None:
        self._problems.append(as_finding(error, place))

    def _expander(self, folder: Path) -> Expander:
        if folder not in self._expanders:
            self._expanders[folder] = Expander(folder, lambda error, place: self._tell(error, place))
        return self._expanders[folder]

    # -- contents -------------------------------------------------------------------------------

    def _contents(self, spot: Spot, folder: Path, row: int) -> list[Chunk]:
        found: list[Chunk] = []
        errors: list[tuple[Exception, str]] = []
        reader = ContentReader(folder)
        for content in spot.contents:
            name = content.path.relative_to(folder).as_posix()
            self._on_file(name)
            try:
                for piece in reader.read(content.path):
                    rows_of = self._rows_of(piece, row)
                    found += chunks_of(piece.parts, content.root_from_content, self._frame.to_model, rows_of)
            except _FAULTS as error:
                errors.append((error, name))
        if errors and len(errors) == len(spot.contents):
            told = as_finding(*errors[0])
            raise CityTwinError(told.code, told.place, **told.arguments)
        for failure in errors:
            self._tell(*failure)
        for what, count in reader.told.counts.items():
            self._problems.append(left_out(what, count, spot.context.path))
        adds = spot.has_more and not spot.replaces
        return [
            dataclasses.replace(chunk, refined=True) if adds and isinstance(chunk, PointChunk) else unpacked(chunk)
            for chunk in found
        ]

    def _rows_of(self, piece: Piece, row: int) -> Any:
        """Objects that are listed keep their row; what nobody listed belongs to ``row``."""

        def of_table(table: PropertyTable) -> Rows:
            ids = ids_of(table) or []
            rows = [self._row_of_id.get(each, row) for each in ids]
            return np.array(rows, np.int64) if rows else np.full(table.count, row, np.int64)

        return rows_teller(piece, of_table, lambda count: np.full(count, row, np.int64))

    # -- what is below --------------------------------------------------------------------------

    def _below(self, spot: Spot, request: Request, contexts: list[Context]) -> Nodes:
        spots = self._expander(request.root.parent.resolve()).below(spot)
        nodes = np.zeros(len(spots), NODE)
        boxes = boxes_m([each.volume for each in spots], self._frame)
        for index, each in enumerate(spots):
            node = nodes[index]
            node["error_m"], node["replaces"] = each.error_m, each.replaces
            node["is_tile"], node["has_content"], node["expands"] = each.is_drawn, bool(each.contents), each.has_more
            node["num_bytes"] = each.num_bytes * _UNPACKED
            node["place"], node["row"], node["context"] = each.place, request.row, -1
            if each.context != spot.context:
                node["context"] = len(contexts)
                contexts.append(each.context)
        nodes["bounds_m"] = within(boxes, np.array(request.bounds_m))
        # Where an empty tile is not gone on from, all of it is missing.
        sizes_m = np.linalg.norm(nodes["bounds_m"][:, 3:] - nodes["bounds_m"][:, :3], axis=1)
        missing_m = np.where(nodes["is_tile"] & ~nodes["has_content"], _EMPTY_ERROR * sizes_m, 0.0)
        nodes["error_m"] = np.maximum(nodes["error_m"], missing_m)
        return nodes


def within(boxes: Floats, around: Floats) -> Floats:
    """Boxes (n, 6) as far as they are inside of one (6,); those that are unknown become it, those beside it stay."""
    boxes = np.where(np.isfinite(boxes).all(axis=1, keepdims=True), boxes, around)
    inside = np.concatenate([np.maximum(boxes[:, :3], around[:3]), np.minimum(boxes[:, 3:], around[3:])], axis=1)
    meets = (inside[:, :3] <= inside[:, 3:]).all(axis=1, keepdims=True)
    return np.where(meets, inside, boxes)
