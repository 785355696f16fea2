"""Geometry and attributes by the fast engine alone: for draft schemas, and where ifcopenshell is not installed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.ifc import fast_engine
from loaders.ifc.checks import text_findings
from loaders.ifc.chunks import Element, chunks_of, is_sound
from loaders.ifc.draft_tree import parents
from loaders.ifc.kernel_process import Shape, answer_of_fork
from loaders.ifc.levels import chunks_by_level, with_levels
from loaders.ifc.objects import HIDDEN_CLASSES, storeys, without_cycles
from loaders.ifc.opening import Text
from loaders.ifc.values import typed
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, LoadEvent, Objects, Opened, Preview, Progress, Properties, Unmeshed
from loaders.model.formats import LoadContext
from loaders.model.frames import Georeference
from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, PROPERTIES_SCHEMA, CimLevel


def load(text: Text, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Raises `CityTwinError` ``ifc.schema`` when the fast engine is missing or refuses the text too."""
    if not fast_engine.available() or ctx.options.get("engine") == "exact":
        raise CityTwinError("ifc.schema", str(text.source), schema=text.schema)
    yield Opened(text.schema, Georeference())
    yield Found(Finding.warning("ifc.no_exact_engine" if text.readable else "ifc.draft_schema", text.schema))
    yield from (Found(finding) for finding in (*text.findings, *text_findings(text.data)))
    shapes = yield from _shapes(text, ctx)
    entities = _entities(text)
    ids = sorted(entities)
    row_of = {step_id: row for row, step_id in enumerate(ids)}
    kinds = [str(entities[step_id]["ifc_type"]) for step_id in ids]
    objects = _objects(ids, entities, shapes, parents(text.data))
    elements = [Element(shape, row_of[i], kinds[row_of[i]]) for i, shape in shapes.items() if i in row_of]
    objects, block = with_levels(objects, elements)
    for event in chunks_by_level(elements, objects):
        ctx.checkpoint()
        yield event
    for step_id in ids:
        one = entities[step_id]
        if one.get("has_geometry") and step_id not in shapes and not str(one["ifc_type"]).endswith("Type"):
            yield Unmeshed(
                row_of[step_id], one.get("global_id") or f"#{step_id}", one["ifc_type"], "ifc.unmeshed_failed"
            )
    engines = {"attributes": f"ifclite-geom {fast_engine.version()}", "geometry fast": str(len(shapes))}
    yield Properties(_properties(ids, entities))
    yield Objects(objects, engines, {"schema": text.schema}, block)
    yield Progress(1.0, "ifc.progress.done")


def _shapes(text: Text, ctx: LoadContext) -> Generator[LoadEvent, None, dict[int, Shape]]:
    process = fast_engine.start(text)
    shapes: dict[int, Shape] = {}
    try:
        for shape in process.shapes(ctx.checkpoint):
            if is_sound(shape):
                shapes[shape.step_id] = shape
    finally:
        process.close()
    elements = [Element(shape, row, "IfcElement") for row, shape in enumerate(shapes.values())]
    yield from (Preview(chunk) for chunk in chunks_of(elements))
    return shapes


def _entities(text: Text) -> dict[int, dict[str, Any]]:
    found = answer_of_fork(partial(fast_engine.entities, text.data))
    if not found:
        raise CityTwinError("ifc.schema", str(text.source), schema=text.schema)
    return dict(found)


def _objects(
    ids: list[int], entities: dict[int, dict[str, Any]], shapes: dict[int, Shape], parent_of: dict[int, int]
) -> pa.Table:
    count = len(ids)
    kinds = [str(entities[i]["ifc_type"]) for i in ids]
    columns: dict[str, list[Any]] = {name: [None] * count for name in OBJECTS_SCHEMA.names}
    row_of = {step_id: row for row, step_id in enumerate(ids)}
    parent = without_cycles(np.array([row_of.get(parent_of.get(i, -1), NO_ROW) for i in ids], np.int32))
    guids = [entities[i].get("global_id") for i in ids]
    often = Counter(guids)
    columns |= {
        "id": [
            f"{guid or ''}#{i}" if not guid or often[guid] > 1 else guid for i, guid in zip(ids, guids, strict=True)
        ],
        "guid": guids,
        "step_id": list(ids),
        "class": kinds,
        "name": [entities[i].get("name") for i in ids],
        "parent": parent.tolist(),
        "storey": storeys(parent, kinds).tolist(),
        "level": [int(CimLevel.SPACES if k in HIDDEN_CLASSES else CimLevel.COMPONENTS) for k in kinds],
        "hidden": [k in HIDDEN_CLASSES for k in kinds],
        "engine": [fast_engine.NAME if i in shapes else None for i in ids],
    }
    return pa.table(columns, schema=OBJECTS_SCHEMA)


def _properties(ids: list[int], entities: dict[int, dict[str, Any]]) -> pa.Table:
    records = []
    for row, step_id in enumerate(ids):
        one = entities[step_id]
        for value in one.get("attributes") or ():
            records.append(_record(row, "attribute", one["ifc_type"], value["name"], value["value"]))
        for kind, key, inner in (
            ("property", "property_sets", "properties"),
            ("quantity", "quantity_sets", "quantities"),
        ):
            for block in one.get(key) or ():
                for value in block.get(inner) or ():
                    records.append(_record(row, kind, block.get("name"), value["name"], value.get("value")))
    return pa.Table.from_pylist(records, schema=PROPERTIES_SCHEMA)


def _record(row: int, kind: str, set_name: Any, name: str, raw: Any) -> dict[str, Any]:
    value = typed(str(name), raw)
    return {
        "object": row,
        "kind": kind,
        "set": str(set_name or ""),
        "name": value.name,
        "value": value.value,
        "number": value.number,
        "value_type": value.value_type,
        "unit": None,
        "inherited": False,
    }
