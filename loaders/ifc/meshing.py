"""The geometry of one model: quick kernel first, then the sure one for what is in doubt, then the fast engine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.ifc import exact_engine, fast_engine
from loaders.ifc.attributes import attribute, is_instance, representations_of, text_of
from loaders.ifc.chunks import Element, bounds_m, is_finite, is_sound
from loaders.ifc.culprits import sift
from loaders.ifc.kernel_process import Shape, Work
from loaders.ifc.kernel_team import MOST_PROCESSES, KernelTeam, shares
from loaders.ifc.levels import chunks_by_level, with_levels
from loaders.ifc.objects import Rows
from loaders.ifc.opening import Text
from loaders.levels.massing import Block
from loaders.model.errors import Finding
from loaders.model.events import Found, LoadEvent, Progress, Unmeshed
from loaders.model.formats import LoadContext
from loaders.model.tables import OBJECTS_SCHEMA

AGREEMENT_M = 0.005
_NOT_SOLID = ("Axis", "FootPrint", "Box", "CoG", "Annotation", "Profile", "Reference", "Lighting", "Clearance", "Plan")
_LINES = ("Curve", "Curve2D", "Curve3D", "Point", "PointCloud", "Annotation2D", "GeometricCurveSet", "BoundingBox")
_NEVER_DRAWN = ("IfcVirtualElement", "IfcAnnotation", "IfcGrid")


class Meshing:
    """Runs the engines over one model and keeps the best shape of each element.

    ``cycles`` are the ids whose placement has no end, left out by all engines, and those whose tree of
    parts has none, left out by the exact ones. ``fast`` are the fast engine's shapes, which may still be coming.
    """

    def __init__(
        self,
        model: Any,
        text: Text,
        rows: Rows,
        ctx: LoadContext,
        *,
        engine: str,
        cycles: tuple[set[int], set[int]],
        fast: dict[int, Shape],
    ) -> None:
        self._model, self._text, self._rows, self._ctx = model, text, rows, ctx
        self._cyclic, self._endless = cycles
        self.engine = engine
        self._fast = fast
        self._compared: set[int] = set()
        self._shapes: dict[int, Shape] = {}
        self._engine_of: dict[int, str] = {}
        self._unsound: set[int] = set()
        self._differing: set[int] = set()
        self._process: KernelTeam | None = None
        self._doubtful: list[int] | None = None  # not yet known
        self._sure: KernelTeam | None = None
        self._given: set[int] = set()
        self._told = 0.0
        self.objects: pa.Table = OBJECTS_SCHEMA.empty_table()
        self.block: Block | None = None

    def __enter__(self) -> Meshing:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        for process in (self._process, self._sure):
            if process is not None:
                process.close()

    def _element(self, shape: Shape) -> Element:
        row = self._rows.row_of[shape.step_id]
        return Element(shape, row, self._rows.instances[row].is_a())

    def _wanted(self) -> list[int]:
        """The elements for the exact engine, should they have to be named."""
        return sorted(self._rows.shaped - self._cyclic - self._endless)

    def start(self) -> None:
        """Start the quick exact kernel over everything, once; it works while the caller does all else."""
        if self._process is not None or (self.engine == "fast" and self._fast):
            return
        ids = self._wanted() if self._cyclic or self._endless else None
        if ids is None or ids:
            self._process = self._started(exact_engine.QUICK_KERNEL, ids)

    def _started(self, kernel: str, step_ids: Sequence[int] | None) -> KernelTeam:
        works = [
            exact_engine.work_for(self._model, self._text.path, kernel, ids) for ids in self._shares(kernel, step_ids)
        ]
        reading_secs = len(self._text.data) / 1e6  # it is silent until it has seen the whole model
        limit_secs = exact_engine.PATIENCE_SECS[kernel] + reading_secs
        # The first picture and the tables go first: they are what the user waits for, and all have the same end.
        return KernelTeam(works, silence_limit_secs=limit_secs, steps_back=kernel == exact_engine.QUICK_KERNEL)

    def _shares(self, kernel: str, step_ids: Sequence[int] | None) -> Sequence[Sequence[int] | None]:
        """The elements for each process, all of them where ``step_ids`` is None; None for all in one."""
        count = len(self._rows.shaped) if step_ids is None else len(step_ids)
        most = min(MOST_PROCESSES, self._cores(kernel), count // exact_engine.smallest_share(kernel))
        if most < 2:
            return [step_ids]
        ids = self._wanted() if step_ids is None else step_ids
        return shares(ids, lambda step_id: _mapped_sources(self._model.by_id(step_id)), most)

    def _cores(self, kernel: str) -> int:
        """How many a kernel may use: while the quick one works, one is ours."""
        cores = int(getattr(self._ctx, "cores", 0)) or os.cpu_count() or 1
        return cores - 1 if kernel == exact_engine.QUICK_KERNEL else cores

    def progress(self) -> Iterator[LoadEvent]:
        """Take in what the exact kernels have done so far, and tell when that is a percent more than last time."""
        self.take_in()
        if self._process is not None and self._process.finished:
            self._start_again()
        yield from self._share()

    def take_in(self) -> None:
        """Hear the exact kernels, that none is taken for hanging while the caller is busy; may raise `Cancelled`."""
        self._ctx.checkpoint()
        for process, kernel in ((self._process, exact_engine.QUICK_KERNEL), (self._sure, exact_engine.SURE_KERNEL)):
            if process is not None:
                process.poll()
                for shape in process.take():
                    self._keep(shape, kernel)

    def _share(self) -> Iterator[LoadEvent]:
        share = 0.05 + 0.85 * min(1.0, len(self._shapes) / max(1, len(self._rows.shaped)))
        if share >= self._told + 0.01:
            self._told = share
            yield Progress(share, "ifc.progress.meshing")

    def finish(self, objects: pa.Table) -> Iterator[LoadEvent]:
        """Collect, repair and give the final geometry; `objects` has the levels from then on."""
        self.objects = objects
        if self._fast:  # while the exact kernel works
            self._find_levels(self._fast)
        if self._process is not None:
            yield from self._take(self._process.shapes(self._ctx.checkpoint), exact_engine.QUICK_KERNEL)
            if not self._process.finished:
                left = [i for i in self._wanted() if i not in self._shapes and self._should_have_surface(i)]
                yield from self._carefully(exact_engine.QUICK_KERNEL, left)
            self._start_again()
            if not self._fast:
                self._find_levels(self._shapes)
            yield from self._geometry(self._shapes.keys() - set(self._doubtful or ()))
            yield from self._finish_again()
        yield from self._fall_back()
        yield Progress(0.9, "ifc.progress.writing")
        yield from self._unmeshed()
        yield from self._geometry(self._shapes.keys() - self._given)

    def _find_levels(self, shapes: dict[int, Shape]) -> None:
        found = [self._element(shape) for step_id, shape in shapes.items() if step_id in self._rows.row_of]
        self.objects, self.block = with_levels(self.objects, found)

    def _take(self, outcomes: Iterable[Shape | int], kernel: str) -> Iterator[LoadEvent]:
        for outcome in outcomes:
            if isinstance(outcome, Shape):
                self._keep(outcome, kernel)
                yield from self._share()

    def _keep(self, shape: Shape, engine: str) -> None:
        if shape.step_id not in self._rows.row_of:
            return
        if is_sound(shape):
            self._shapes[shape.step_id] = shape
            self._engine_of[shape.step_id] = engine
            self._compare(shape.step_id)
        elif not is_finite(shape):
            self._unsound.add(shape.step_id)

    def _compare(self, step_id: int) -> None:
        """Note an element that both engines have, and see differently."""
        fast, exact = self._fast.get(step_id), self._shapes.get(step_id)
        if fast is not None and exact is not None and step_id not in self._compared:
            self._compared.add(step_id)
            if not _agree(fast, exact):
                self._differing.add(step_id)

    def _carefully(self, kernel: str, step_ids: list[int]) -> Iterator[LoadEvent]:
        """A kernel died: make the elements one by one, so that only its culprits are lost to it."""
        maps = {step_id: _mapped_sources(self._model.by_id(step_id)) for step_id in step_ids}

        def alike(step_id: int) -> frozenset[int]:
            return frozenset(other for other in step_ids if maps[other] & maps[step_id])

        def work_for(ids: Sequence[int]) -> Work:
            return exact_engine.careful_work_for(self._model, self._text.path, kernel, ids)

        limit_secs = exact_engine.PATIENCE_SECS[kernel]
        found = sift(work_for, step_ids, self._ctx.checkpoint, alike=alike, element_limit_secs=limit_secs)
        yield from self._take(found, kernel)

    def _start_again(self) -> None:
        """Start the sure kernel, once, over what is missing and what the two engines see differently."""
        if self._doubtful is not None:
            return
        for step_id in self._fast.keys() & self._shapes.keys():
            self._compare(step_id)
        wanted = self._wanted()
        missing = {i for i in wanted if i not in self._shapes and (i in self._fast or self._should_have_surface(i))}
        self._doubtful = sorted(missing | self._differing)
        if self._doubtful:
            self._sure = self._started(exact_engine.SURE_KERNEL, self._doubtful)

    def _finish_again(self) -> Iterator[LoadEvent]:
        if self._sure is None:
            return
        kernel = exact_engine.SURE_KERNEL
        yield from self._take(self._sure.shapes(self._ctx.checkpoint), kernel)
        if not self._sure.finished:
            yield from self._carefully(kernel, [i for i in self._doubtful or () if self._engine_of.get(i) != kernel])

    def _should_have_surface(self, step_id: int) -> bool:
        one = self._rows.instances[self._rows.row_of[step_id]]
        if one.is_a() in _NEVER_DRAWN:
            return False
        for representation in representations_of(one):
            identifier = text_of(attribute(representation, "RepresentationIdentifier")) or ""
            if identifier not in _NOT_SOLID and attribute(representation, "RepresentationType") not in _LINES:
                return True
        return False

    def _fall_back(self) -> Iterator[LoadEvent]:
        """What only the fast engine has; told where the exact ones tried and failed."""
        only_fast = sorted(i for i in self._fast if i not in self._shapes and i in self._rows.shaped)
        for step_id in only_fast:
            self._keep(self._fast[step_id], fast_engine.NAME)
        tried = [i for i in only_fast if i not in self._endless]  # which are told of their own
        if tried and self._process is not None:
            yield Found(Finding.warning("ifc.only_fast", f"#{tried[0]}", count=len(tried)))

    def _unmeshed(self) -> Iterator[LoadEvent]:
        for step_id in sorted(self._rows.shaped - self._shapes.keys()):
            row = self._rows.row_of[step_id]
            one = self._rows.instances[row]
            if not self._should_have_surface(step_id):
                continue  # lines, points and grids have no surface to draw
            reason = "ifc.unmeshed_failed"
            if step_id in self._cyclic:
                reason = "ifc.unmeshed_cycle"
            elif step_id in self._unsound:
                reason = "ifc.unmeshed_infinite"
            guid = text_of(attribute(one, "GlobalId"))
            yield Unmeshed(row, guid or f"#{step_id}", one.is_a(), reason)

    def _geometry(self, step_ids: set[int]) -> Iterator[LoadEvent]:
        """Chunks of some elements, which are given once; the sure kernel may still be busy with others."""
        self._given |= step_ids
        for event in chunks_by_level([self._element(self._shapes[step_id]) for step_id in step_ids], self.objects):
            self.take_in()
            yield event

    def with_engines(self) -> pa.Table:
        """The object table with the level and the engine of each element."""
        objects = self.objects
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
    items = [i for r in representations_of(one) for i in attribute(r, "Items") or () if is_instance(i)]
    sources = [attribute(item, "MappingSource") for item in items if item.is_a("IfcMappedItem")]
    return frozenset(source.id() for source in sources if is_instance(source))


def _agree(one: Shape, other: Shape) -> bool:
    difference: NDArray[np.float64] = np.abs(bounds_m(one) - bounds_m(other))
    return bool(difference.max() <= AGREEMENT_M)
