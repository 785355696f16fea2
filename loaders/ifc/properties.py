"""The property table of an IFC model, in one pass: each set is read once, however many objects share it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from loaders.ifc.attributes import attribute
from loaders.ifc.materials import material_values
from loaders.ifc.objects import Rows
from loaders.ifc.relations import Relations
from loaders.ifc.units import Units
from loaders.ifc.values import Value, of_property, of_quantity, typed
from loaders.model.tables import PROPERTIES_SCHEMA

# Shown elsewhere (name, GUID), or references that mean nothing as text.
_SKIPPED = {"GlobalId", "OwnerHistory", "ObjectPlacement", "Representation", "RepresentationMaps", "HasPropertySets"}


class Block(NamedTuple):
    """The values of one set; ``names`` are what an occurrence's own values hide of an inherited block."""

    kind: str
    set_name: str
    values: tuple[Value, ...]


class PropertyReader:
    """Reads blocks of values, each once."""

    def __init__(self, model: Any, relations: Relations, units: Units) -> None:
        self._model = model
        self._relations = relations
        self._units = units
        self._definitions: dict[int, Block | None] = {}
        self._shared: dict[tuple[str, int], list[Block]] = {}
        self._attributes: dict[str, list[tuple[int, str]]] = {}
        self.external: set[int] = set()

    def table(self, rows: Rows) -> pa.Table:
        """`PROPERTIES_SCHEMA`, sorted by object. Fills ``external`` with the ids whose IsExternal is true."""
        columns = _Columns()
        for row, one in enumerate(rows.instances):
            for block, inherited in self._blocks(one):
                columns.add(row, block, inherited)
                if any(v.name == "IsExternal" and v.number == 1.0 for v in block.values):
                    self.external.add(one.id())
        return columns.table()

    def _blocks(self, one: Any) -> Iterable[tuple[Block, bool]]:
        own_id = one.id()
        yield self._attribute_block(one), False
        own = [self._definition(i) for i in self._relations.definitions.get(own_id, ())]
        own_blocks = [block for block in own if block is not None]
        for block in own_blocks:
            yield block, False
        type_id = self._relations.type_of.get(own_id)
        for block in self._own_sets(one) if type_id is None else self._type_blocks(type_id):
            rest = _unhidden(block, own_blocks)
            if rest.values:
                yield rest, type_id is not None
        material_id = self._relations.material.get(own_id) or self._relations.material.get(type_id or -1)
        if material_id is not None:
            for block in self._material(material_id):
                yield block, own_id not in self._relations.material
        for reference in self._relations.classifications.get(own_id, ()):
            yield self._classification(reference), False
        for group in self._relations.groups.get(own_id, ()):
            yield self._group(group), False
        yield from ((block, False) for block in self._layers(one))

    def _attribute_block(self, one: Any) -> Block:
        kind = one.is_a()
        if kind not in self._attributes:
            names = [one.attribute_name(i) for i in range(len(one))]
            self._attributes[kind] = [(i, name) for i, name in enumerate(names) if name not in _SKIPPED]
        values = []
        for i, name in self._attributes[kind]:
            raw = one[i]
            if raw is not None and not hasattr(raw, "is_a") and not _holds_instances(raw):
                unit = self._units.signs.get("LENGTHUNIT") if name.startswith("Overall") else None
                values.append(typed(name, raw, unit))
        return Block("attribute", kind, tuple(values))

    def _own_sets(self, one: Any) -> list[Block]:
        """A type object's own sets."""
        found = attribute(one, "HasPropertySets") or ()
        return [block for d in found if (block := self._definition(d.id())) is not None]

    def _definition(self, step_id: int) -> Block | None:
        if step_id not in self._definitions:
            self._definitions[step_id] = self._read_definition(self._model.by_id(step_id))
        return self._definitions[step_id]

    def _read_definition(self, one: Any) -> Block | None:
        if one.is_a("IfcPropertySet"):
            values = [v for p in one.HasProperties or () for v in of_property(p, self._units)]
            return Block("property", one.Name or "", tuple(values))
        if one.is_a("IfcElementQuantity"):
            values = [v for q in one.Quantities or () for v in of_quantity(q, self._units)]
            return Block("quantity", one.Name or "", tuple(values))
        if one.is_a("IfcPreDefinedPropertySet") or one.is_a("IfcPropertySetDefinition"):
            names = [(i, one.attribute_name(i)) for i in range(4, len(one))]
            values = [typed(n, one[i]) for i, n in names if one[i] is not None and not hasattr(one[i], "is_a")]
            return Block("property", one.Name or one.is_a(), tuple(values))
        return None

    def _type_blocks(self, type_id: int) -> list[Block]:
        key = ("type", type_id)
        if key not in self._shared:
            one = self._model.by_id(type_id)
            values = (typed("Name", one.Name), typed("Class", one.is_a()), typed("GlobalId", one.GlobalId))
            self._shared[key] = [Block("type", one.is_a(), values), *self._own_sets(one)]
        return self._shared[key]

    def _material(self, step_id: int) -> list[Block]:
        key = ("material", step_id)
        if key not in self._shared:
            values = material_values(self._model.by_id(step_id), self._units)
            self._shared[key] = [Block("material", self._model.by_id(step_id).is_a(), tuple(values))]
        return self._shared[key]

    def _classification(self, step_id: int) -> Block:
        one = self._model.by_id(step_id)
        source = attribute(one, "ReferencedSource")
        code = attribute(one, "Identification") or attribute(one, "ItemReference")
        heading = attribute(source, "Name") or attribute(one, "Edition") or one.is_a()
        values = [typed("Code", code), typed("Name", one.Name), typed("Location", attribute(one, "Location"))]
        return Block("classification", str(heading), tuple(v for v in values if v.value))

    def _group(self, step_id: int) -> Block:
        one = self._model.by_id(step_id)
        kind = "system" if one.is_a("IfcSystem") else "group"
        return Block(kind, one.is_a(), (typed("Name", one.Name or one.GlobalId),))

    def _layers(self, one: Any) -> list[Block]:
        shape = attribute(one, "Representation")
        names: list[str] = []
        for representation in shape.Representations or () if shape is not None else ():
            for layer in attribute(representation, "LayerAssignments") or ():
                if layer.Name and layer.Name not in names:
                    names.append(layer.Name)
        return [Block("layer", "IfcPresentationLayerAssignment", (typed("Name", name),)) for name in names]


def _holds_instances(raw: Any) -> bool:
    return isinstance(raw, tuple) and bool(raw) and hasattr(raw[0], "is_a")


def _unhidden(block: Block, own: list[Block]) -> Block:
    """What of an inherited block the occurrence's own set of that name leaves."""
    hidden = {value.name for other in own if other.set_name == block.set_name for value in other.values}
    if not hidden:
        return block
    return block._replace(values=tuple(value for value in block.values if value.name not in hidden))


class _Columns:
    def __init__(self) -> None:
        self._rows: list[int] = []
        self._blocks: list[Block] = []
        self._inherited: list[bool] = []

    def add(self, row: int, block: Block, inherited: bool) -> None:
        if block.values:
            self._rows.append(row)
            self._blocks.append(block)
            self._inherited.append(inherited)

    def table(self) -> pa.Table:
        counts = np.array([len(block.values) for block in self._blocks], np.int64)
        values = [value for block in self._blocks for value in block.values]
        names, texts, numbers, types, units = zip(*values, strict=True) if values else ((), (), (), (), ())
        repeated = np.repeat(np.arange(len(self._blocks)), counts)
        kinds = pa.array([block.kind for block in self._blocks], pa.string())
        sets = pa.array([block.set_name for block in self._blocks], pa.string())
        return pa.table(
            {
                "object": np.repeat(np.array(self._rows, np.uint32), counts),
                "kind": kinds.take(pa.array(repeated)),
                "set": sets.take(pa.array(repeated)),
                "name": pa.array(names, pa.string()),
                "value": pa.array(texts, pa.string()),
                "number": pa.array(numbers, pa.float64()),
                "value_type": pa.array(types, pa.string()),
                "unit": pa.array(units, pa.string()),
                "inherited": np.repeat(np.array(self._inherited, bool), counts),
            },
            schema=PROPERTIES_SCHEMA,
        )
