"""Reads an IFC model: first picture by the fast engine, final geometry by the exact one, and both tables."""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from loaders.ifc import draft, fast_engine
from loaders.ifc.checks import placement_cycles, shape_cycles, text_findings
from loaders.ifc.doubts import Doubts
from loaders.ifc.first_picture import FirstPicture
from loaders.ifc.georeference import read_georeference
from loaders.ifc.kernel_process import KernelProcess
from loaders.ifc.meshing import Meshing
from loaders.ifc.objects import Rows, collect, table
from loaders.ifc.opening import Scratch, Text, read_text, with_sound_letters, without_infinities
from loaders.ifc.parsing import parse
from loaders.ifc.properties import PropertyReader
from loaders.ifc.relations import gather, tangled
from loaders.ifc.units import read_units
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, LoadEvent, Objects, Opened, Progress, Properties
from loaders.model.formats import LoadContext

_FEW_CORES = 2  # us and one engine


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield everything a model holds; see `loaders.model.formats.Format`.

    Raises `CityTwinError` when the text is not a whole IFC file, or no engine reads its schema.
    """
    with Scratch() as scratch:
        text = read_text(path, scratch)
        if text.readable and importlib.util.find_spec("ifcopenshell") is not None:
            yield from _load(text, scratch, ctx)
        else:
            yield from draft.load(text, ctx)


def _load(text: Text, scratch: Scratch, ctx: LoadContext) -> Iterator[LoadEvent]:
    engine = str(ctx.options.get("engine", "auto"))
    fast: KernelProcess | None = None
    if engine != "exact" and fast_engine.available():
        fast = fast_engine.start(text)  # before the parser: the first picture does not need it
    try:
        text, model, problems = _open(text, scratch)
        if (keep := getattr(ctx, "keep", None)) is not None:  # in a process that ends with this model
            keep(model)
        yield from _Reading(text, model, ctx).events(fast, engine, problems)
    finally:
        if fast is not None:
            fast.close()


def _open(text: Text, scratch: Scratch) -> tuple[Text, Any, list[Finding]]:
    """The parsed model. What the parser refuses is put right first, and told: numbers beyond float64, letters."""
    try:
        return text, *parse(text)
    except CityTwinError as error:
        told: list[Finding] = []
        for put_right, finding in (
            (without_infinities, partial(Finding.error, "ifc.infinite_numbers")),
            (with_sound_letters, partial(Finding.warning, "ifc.bad_letters")),
        ):
            text, count = put_right(text, scratch)
            if count:
                told.append(finding(text.source.name, count=count))
        if not told:
            raise error
        model, problems = parse(text)
        return text, model, [*told, *problems]


class _Reading:
    """One parsed model on its way into events."""

    def __init__(self, text: Text, model: Any, ctx: LoadContext) -> None:
        self._text, self._model, self._ctx = text, model, ctx
        self._doubts = Doubts()

    def events(self, fast: KernelProcess | None, engine: str, problems: list[Finding]) -> Iterator[LoadEvent]:
        units = read_units(self._model, self._doubts)
        georeference, odd = read_georeference(self._model, units, self._doubts)
        yield Opened(self._text.schema, georeference)
        yield from (Found(problem) for problem in (*self._text.findings, *problems, *odd))
        if fast is None and engine != "exact":
            yield Found(Finding.warning("ifc.no_fast_engine"))
        cyclic = placement_cycles(self._model, self._doubts) | shape_cycles(self._model, self._doubts)
        picture = FirstPicture(self._model, cyclic, self._ctx.checkpoint)
        previews = picture.events(fast)
        if fast is not None and not fast.running:
            yield from itertools.islice(previews, 1)  # before all else: somebody waits for it
        relations = gather(self._model, self._doubts)
        rows = collect(self._model, relations)
        endless = tangled(relations.parent)
        yield from self._told(rows, cyclic, endless)
        cycles = (cyclic, endless)
        meshing = Meshing(self._model, self._text, rows, self._ctx, engine=engine, cycles=cycles, fast=picture.shapes)
        reader = PropertyReader(self._model, rows, relations, units, self._doubts)
        with meshing:
            yield from self._pictured(picture, previews, meshing, reader)
            yield from self._tables(meshing, reader)
        yield Progress(1.0, "ifc.progress.done")

    def _pictured(
        self, picture: FirstPicture, previews: Iterator[LoadEvent], meshing: Meshing, reader: PropertyReader
    ) -> Iterator[LoadEvent]:
        """The first picture, which somebody waits for: where cores are few, the exact kernel begins after it."""
        exact = meshing.engine != "fast"

        def meanwhile() -> None:
            meshing.take_in()
            if not reader.read_some() and exact:
                meshing.start()

        picture.listen = meanwhile
        if exact and (picture.shown or (os.cpu_count() or 1) > _FEW_CORES):
            meshing.start()
        for event in previews:
            yield event
            if exact:
                meshing.start()
        meshing.start()  # where the fast engine alone found nothing

    def _told(self, rows: Rows, cyclic: set[int], endless: set[int]) -> Iterator[LoadEvent]:
        """Types without occurrences, and what has no end: placements (no engine gets them), trees of parts."""
        if rows.num_types:
            yield Found(Finding.info("ifc.unused_types", count=rows.num_types))
        yield Progress(0.05, "ifc.progress.reading")
        for ids, code in ((cyclic, "ifc.placement_cycle"), (endless, "ifc.tree_cycle")):
            if ids:
                yield Found(Finding.error(code, f"#{min(ids)}", count=len(ids)))

    def _tables(self, meshing: Meshing, reader: PropertyReader) -> Iterator[LoadEvent]:
        import ifcopenshell

        while reader.read_some():
            self._ctx.checkpoint()
            yield from meshing.progress()
        yield Properties(reader.table())
        yield from meshing.progress()  # often: a kernel that is done makes room for the next
        objects = table(reader.rows, reader.relations, reader.external)
        yield from meshing.progress()
        yield from (Found(finding) for finding in (*text_findings(self._text.data), *self._doubts.findings()))
        yield from meshing.finish(objects)
        engines = {"attributes": f"ifcopenshell {ifcopenshell.version}", **meshing.engines()}
        extras = {"schema": self._text.schema, "length_unit_m": reader.units.length_m}
        yield Objects(meshing.with_engines(), engines, extras, meshing.block)
