"""The geometry of one model: quick kernel first, then the sure one for what is in doubt, then the fast engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.ifc import exact_engine, fast_engine
from loaders.ifc.attributes import attribute
from loaders.ifc.chunks import Part, bounds_m, chunks_of, is_sound, order, parts_of
from loaders.ifc.kernel_process import KernelProcess, Shape, run_all
from loaders.ifc.objects import HIDDEN_CLASSES, Rows
from loaders.ifc.opening import Text
from loaders.model.events import Geometry, LoadEvent, Preview, Progress, Unmeshed
from loaders.model.formats import LoadContext

AGREEMENT_M = 0.005
_SOLID = ("Body", "Body-FallBack", "Facetation", "Tessellation", "Surface", "")
PREVIEW_TRIANGLES = 200_000


class Meshing:
    """Runs the engines over one model and keeps the best shape of each element."""

    def __init__(self, model: Any, text: Text, rows: Rows, cyclic: set[int], engine: str, ctx: LoadContext) -> None:
        self._model, self._text, self._rows, self._ctx = model, text, rows, ctx
        self._cyclic = cyclic
        self._engine = engine
        self.fast: dict[int, Shape] = {}
        self._shapes: dict[int, Shape] = {}
        self._engine_of: dict[int, str] = {}
        self._unsound: set[int] = set()
        self._process: KernelProcess | None = None

    def __enter__(self) -> Meshing:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._process is not None:
            self._process.close()

    @property
    def _wanted(self) -> list[int]:
        return sorted(self._rows.shaped - self._cyclic)

    def start(self) -> None:
        """Start the quick exact kernel over everything; it works while the caller reads properties."""
        if self._engine == "fast" and self.fast:
            return
        ids = self._wanted if self._cyclic else None
        if ids is None or ids:
            self._process = KernelProcess(self._work(exact_engine.QUICK_KERNEL, ids))

    def _work(self, kernel: str, step_ids: Sequence[int] | None) -> Any:
        return exact_engine.work_for(self._model, self._text.path, kernel, step_ids)

    def finish(self, objects: pa.Table) -> Iterator[LoadEvent]:
        """Collect, repair and give the final geometry."""
        if self._process is not None:
            yield from self._collect(self._process)
            if not self._process.finished:
                self._rescue()
            self._doubtful_again()
        self._fall_back()
        yield Progress(0.9, "ifc.progress.writing")
        yield from self._unmeshed()
        yield from self._geometry(objects)

    def _collect(self, process: KernelProcess) -> Iterator[LoadEvent]:
        total = max(1, len(self._rows.shaped))
        for shape in process.shapes(self._ctx.checkpoint):
            self._keep(shape, exact_engine.QUICK_KERNEL)
            if len(self._shapes) % 32 == 0:
                yield Progress(0.1 + 0.75 * min(1.0, len(self._shapes) / total), "ifc.progress.meshing")

    def _keep(self, shape: Shape, engine: str) -> None:
        if shape.step_id not in self._rows.row_of:
            return
        if is_sound(shape):
            self._shapes[shape.step_id] = shape
            self._engine_of[shape.step_id] = engine
        elif len(shape.vertices_m):
            self._unsound.add(shape.step_id)

    def _rescue(self) -> None:
        """The quick kernel died: find its culprits, and give them to the sure one."""
        rest = [step_id for step_id in self._wanted if step_id not in self._shapes]
        maps = {step_id: _mapped_sources(self._model.by_id(step_id)) for step_id in rest}

        def alike(step_id: int) -> frozenset[int]:
            return frozenset(other for other in rest if maps[other] & maps[step_id])

        quick = exact_engine.QUICK_KERNEL
        for outcome in run_all(lambda ids: self._work(quick, ids), rest, self._ctx.checkpoint, alike=alike):
            if isinstance(outcome, Shape):
                self._keep(outcome, quick)

    def _doubtful_again(self) -> None:
        """The sure kernel for what is missing and for what the two engines see differently."""
        missing = {i for i in self._wanted if i not in self._shapes and (i in self.fast or self._should_be_solid(i))}
        differing = {i for i, shape in self.fast.items() if i in self._shapes and not _agree(shape, self._shapes[i])}
        again = sorted(missing | differing)
        for outcome in run_all(lambda ids: self._work(exact_engine.SURE_KERNEL, ids), again, self._ctx.checkpoint):
            if isinstance(outcome, Shape):
                self._keep(outcome, exact_engine.SURE_KERNEL)

    def _should_be_solid(self, step_id: int) -> bool:
        one = self._model.by_id(step_id)
        if one.is_a() in HIDDEN_CLASSES:
            return False
        for representation in one.Representation.Representations or ():
            dimension = attribute(representation, "RepresentationType")
            if (representation.RepresentationIdentifier or "") in _SOLID and dimension not in ("Curve2D", "Curve3D"):
                return True
        return False

    def _fall_back(self) -> None:
        for step_id, shape in self.fast.items():
            if step_id not in self._shapes and step_id in self._rows.shaped and step_id not in self._cyclic:
                self._keep(shape, fast_engine.NAME)

    def _unmeshed(self) -> Iterator[LoadEvent]:
        for step_id in sorted(self._rows.shaped - self._shapes.keys()):
            row = self._rows.row_of[step_id]
            one = self._rows.instances[row]
            if step_id in self._cyclic:
                reason = "ifc.unmeshed_cycle"
            elif step_id in self._unsound:
                reason = "ifc.unmeshed_infinite"
            elif self._should_be_solid(step_id):
                reason = "ifc.unmeshed_failed"
            else:
                continue  # lines, points and grids have no surface to draw
            yield Unmeshed(row, one.GlobalId or f"#{step_id}", one.is_a(), reason)

    def _geometry(self, objects: pa.Table) -> Iterator[LoadEvent]:
        storeys = np.asarray(objects["storey"]).astype(np.int64)
        levels = np.asarray(objects["level"])
        hidden = np.asarray(objects["hidden"])
        groups: dict[tuple[int, bool], list[Part]] = {}
        for step_id, shape in self._shapes.items():
            row = self._rows.row_of[step_id]
            found = parts_of(shape, row, self._rows.instances[row].is_a())
            groups.setdefault((int(levels[row]), bool(hidden[row])), []).extend(found)
        for (level, _), parts in sorted(groups.items()):
            for chunk in chunks_of(order(parts, storeys)):
                self._ctx.checkpoint()
                yield Geometry(chunk, level)

    def with_engines(self, objects: pa.Table) -> pa.Table:
        """The object table with the engine of each element."""
        names: list[str | None] = [None] * objects.num_rows
        for step_id, engine in self._engine_of.items():
            names[self._rows.row_of[step_id]] = engine
        index = objects.schema.get_field_index("engine")
        return objects.set_column(index, objects.schema.field(index), pa.array(names, pa.string()))

    def engines(self) -> dict[str, str]:
        """What meshed how much, for the report."""
        counts: dict[str, int] = {}
        for engine in self._engine_of.values():
            counts[engine] = counts.get(engine, 0) + 1
        found = {f"geometry {name}": str(count) for name, count in sorted(counts.items())}
        if fast_engine.available():
            found["ifclite-geom"] = fast_engine.version()
        return found


def _mapped_sources(one: Any) -> frozenset[int]:
    """STEP ids of the representation maps that an element repeats."""
    representations = one.Representation.Representations or ()
    items = [item for representation in representations for item in representation.Items or ()]
    return frozenset(item.MappingSource.id() for item in items if item.is_a("IfcMappedItem"))


def _agree(one: Shape, other: Shape) -> bool:
    if not (is_sound(one) and is_sound(other)):
        return not is_sound(one)
    difference: NDArray[np.float64] = np.abs(bounds_m(one) - bounds_m(other))
    return bool(difference.max() <= AGREEMENT_M)


def previews(meshing: Meshing, process: KernelProcess, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Take the fast engine's shapes in, and show the visible ones as a first picture."""
    rows = meshing._rows
    waiting: list[Part] = []
    for shape in process.shapes(ctx.checkpoint):
        if not is_sound(shape) or shape.step_id not in rows.row_of:
            continue
        meshing.fast[shape.step_id] = shape
        row = rows.row_of[shape.step_id]
        kind = rows.instances[row].is_a()
        if kind not in HIDDEN_CLASSES:
            waiting += parts_of(shape, row, kind)
        if sum(len(part.faces) for part in waiting) > PREVIEW_TRIANGLES:
            yield from (Preview(chunk) for chunk in chunks_of(waiting))
            waiting = []
    yield from (Preview(chunk) for chunk in chunks_of(waiting))
