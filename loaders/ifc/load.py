"""Reads an IFC model: first picture by the fast engine, final geometry by the exact one, and both tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loaders.ifc import draft, fast_engine
from loaders.ifc.checks import placement_cycles, text_findings
from loaders.ifc.georeference import read_georeference
from loaders.ifc.kernel_process import KernelProcess
from loaders.ifc.meshing import Meshing, previews
from loaders.ifc.objects import collect, table
from loaders.ifc.opening import SUPPORTED, Text, read_text, without_infinities
from loaders.ifc.properties import PropertyReader
from loaders.ifc.relations import gather
from loaders.ifc.units import read_units
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, LoadEvent, Opened, Progress, Tables
from loaders.model.formats import LoadContext


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield everything a model holds; see `loaders.model.formats.Format`.

    Raises `CityTwinError` when the text is not a whole IFC file, or no engine reads its schema.
    """
    with tempfile.TemporaryDirectory(prefix="citytwin-ifc-") as scratch:
        text = read_text(path, Path(scratch))
        if text.schema in SUPPORTED:
            yield from _load(text, Path(scratch), ctx)
        else:
            yield from draft.load(text, ctx)


def _parse(text: Text) -> Any:
    import ifcopenshell

    try:
        model = ifcopenshell.open(str(text.path))
    except (RuntimeError, OSError, ValueError, ifcopenshell.Error) as error:
        raise CityTwinError("ifc.syntax", str(text.path), reason=str(error)[:200]) from error
    if not model.by_type("IfcRoot"):
        raise CityTwinError("ifc.empty", str(text.path))
    return model


def _open(text: Text, scratch: Path) -> tuple[Text, Any, list[Finding]]:
    """The parsed model; numbers beyond float64, which the parser refuses, are made finite first and told."""
    try:
        return text, _parse(text), []
    except CityTwinError:
        finite, count = without_infinities(text, scratch)
        if not count:
            raise
        return finite, _parse(finite), [Finding.error("ifc.infinite_numbers", text.path.name, count=count)]


def _load(text: Text, scratch: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    import ifcopenshell

    engine = str(ctx.options.get("engine", "auto"))
    text, model, problems = _open(text, scratch)
    units = read_units(model)
    georeference, doubts = read_georeference(model, units)
    yield Opened(text.schema, georeference)
    yield from (Found(problem) for problem in (*problems, *doubts))
    cyclic = placement_cycles(model)
    if cyclic:
        yield Found(Finding.error("ifc.placement_cycle", f"#{min(cyclic)}", count=len(cyclic)))
    fast = None
    if engine != "exact" and not cyclic:
        if fast_engine.available():
            fast = KernelProcess(fast_engine.work(text.path))
        else:
            yield Found(Finding.warning("ifc.no_fast_engine"))
    try:
        relations = gather(model)
        rows = collect(model, relations)
        if rows.num_types:
            yield Found(Finding.info("ifc.unused_types", count=rows.num_types))
        yield Progress(0.05, "ifc.progress.reading")
        meshing = Meshing(model, text, rows, cyclic, engine, ctx)
        if fast is not None:
            yield from previews(meshing, fast, ctx)
    finally:
        if fast is not None:
            fast.close()
    with meshing:
        meshing.start()
        reader = PropertyReader(model, relations, units)
        properties = reader.table(rows)
        yield from (Found(finding) for finding in text_findings(text.data))
        objects = table(rows, relations, reader.external)
        ctx.checkpoint()
        yield from meshing.finish(objects)
    objects = meshing.with_engines(objects)
    engines = {"attributes": f"ifcopenshell {ifcopenshell.version}", **meshing.engines()}
    yield Tables(objects, properties, engines, {"schema": text.schema, "length_unit_m": units.length_m})
    yield Progress(1.0, "ifc.progress.done")
