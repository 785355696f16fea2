"""The property table of an IFC model, in one pass: each set is read once, however many objects share it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from loaders.ifc.attributes import attribute, is_instance, representations_of, text_of
from loaders.ifc.doubts import MALFORMED, Doubts
from loaders.ifc.materials import material_values
from loaders.ifc.objects import Rows
from loaders.ifc.relations import Relations
from loaders.ifc.units import Units
from loaders.ifc.values import Value, of_property, of_quantity, printable, typed
from loaders.model.tables import PROPERTIES_SCHEMA

# Shown elsewhere (name, GUID), or references that mean nothing as text.
_SKIPPED = {"GlobalId", "OwnerHistory", "ObjectPlacement", "Representation", "RepresentationMaps", "HasPropertySets"}
_ROWS_PER_STEP = 8
_ROOT_NAME, _SET_MEMBERS = 2, 4  # places of IfcRoot.Name and IfcPropertySet.HasProperties, the same in all schemas


class Block(NamedTuple):
    """The values of one set; ``names`` are what an occurrence's own values hide of an inherited block."""

    kind: str
    set_name: str
    values: tuple[Value, ...]


class PropertyReader:
    """Reads blocks of values, each once; what breaks the schema goes to ``doubts``."""

    def __init__(self, model: Any, rows: Rows, relations: Relations, units: Units, doubts: Doubts) -> None:
        self._model = model
        self.rows = rows
        self.relations = relations
        self.units = units
        self._doubts = doubts
        self._definitions: dict[int, Block | None] = {}
        self._shared: dict[tuple[str, int], list[Block]] = {}
        self._attributes: dict[str, list[tuple[int, str, str | None]]] = {}
        self._columns = _Columns()
        self._next_row = 0
        self.external: set[int] = set()

    def read_some(self) -> bool:
        """Read some objects more; False when none is left. Fills ``external`` with the ids whose IsExternal is true."""
        start, self._next_row = self._next_row, min(self._next_row + _ROWS_PER_STEP, len(self.rows.instances))
        for row in range(start, self._next_row):
            one = self.rows.instances[row]
            for block, inherited in self._blocks(one):
                self._columns.add(row, block, inherited)
                if any(v.name == "IsExternal" and v.number == 1.0 for v in block.values):
                    self.external.add(one.id())
        return self._next_row < len(self.rows.instances)

    def table(self) -> pa.Table:
        """`PROPERTIES_SCHEMA`, sorted by object, once all are read."""
        return self._columns.table()

    def _blocks(self, one: Any) -> list[tuple[Block, bool]]:
        own_id = one.id()
        relations = self.relations
        type_id = relations.type_of.get(own_id)
        own = [block for i in relations.definitions.get(own_id, ()) if (block := self._definition(i)) is not None]
        found = [(block, False) for block in self._safely(self._attribute_block, one)]
        found += [(block, False) for block in own]
        given = self._safely(self._own_sets, one) if type_id is None else self._cached("type", type_id)
        rest = (_unhidden(block, own) for block in given)
        found += [(block, type_id is not None) for block in rest if block.values]
        material_id = relations.material.get(own_id) or relations.material.get(type_id or -1)
        if material_id is not None:
            inherited = own_id not in relations.material
            found += [(block, inherited) for block in self._cached("material", material_id)]
        for kind, ids in (("classification", relations.classifications), ("group", relations.groups)):
            found += [(block, False) for step_id in ids.get(own_id, ()) for block in self._cached(kind, step_id)]
        return found + [(block, False) for block in self._safely(self._layers, one)]

    def _safely(self, read: Callable[[Any], list[Block]], one: Any) -> list[Block]:
        with self._doubts.at(f"#{one.id()}"):
            return read(one)
        return []

    def _cached(self, kind: str, step_id: int) -> list[Block]:
        key = (kind, step_id)
        if key not in self._shared:
            readers = {
                "type": self._type_blocks,
                "material": self._material,
                "classification": self._classification,
                "group": self._group,
            }
            self._shared[key] = self._safely(readers[kind], self._model.by_id(step_id))
        return self._shared[key]

    def _attribute_block(self, one: Any) -> list[Block]:
        kind = one.is_a()
        if kind not in self._attributes:
            self._attributes[kind] = self._attributes_of(one)
        values = []
        for i, name, unit in self._attributes[kind]:
            raw = one.get_argument(i)
            if raw is not None and not _refers(raw):
                values.append(typed(name, raw, unit))
        return [Block("attribute", kind, tuple(values))]

    def _attributes_of(self, one: Any) -> list[tuple[int, str, str | None]]:
        """Index, name and unit of the attributes of a class that mean something as text."""
        import ifcopenshell

        schema = ifcopenshell.ifcopenshell_wrapper.schema_by_name(one.is_a(True).split(".")[0])
        declared = schema.declaration_by_name(one.is_a()).as_entity().all_attributes()
        found = []
        for i, one_attribute in enumerate(declared):
            name, named = one_attribute.name(), one_attribute.type_of_attribute().as_named_type()
            if name not in _SKIPPED:
                found.append((i, name, self.units.of_measure(named.declared_type().name()) if named else None))
        return found

    def _own_sets(self, one: Any) -> list[Block]:
        """A type object's own sets."""
        found = [d for d in attribute(one, "HasPropertySets") or () if is_instance(d)]
        return [block for d in found if (block := self._definition(d.id())) is not None]

    def _definition(self, step_id: int) -> Block | None:
        if step_id not in self._definitions:
            self._definitions[step_id] = None
            with self._doubts.at(f"#{step_id}"):
                self._definitions[step_id] = self._read_definition(self._model.by_id(step_id))
        return self._definitions[step_id]

    def _read_definition(self, one: Any) -> Block | None:
        name = text_of(one.get_argument(_ROOT_NAME))
        if one.is_a("IfcPropertySet"):
            return Block("property", name or "", self._values(of_property, one.get_argument(_SET_MEMBERS)))
        if one.is_a("IfcElementQuantity"):
            return Block("quantity", name or "", self._values(of_quantity, one.Quantities))
        if one.is_a("IfcPropertySetDefinition"):  # the predefined sets of doors, windows, coverings
            raws = [(label, one.get_argument(i), unit) for i, label, unit in self._attributes_of(one) if i >= 4]
            values = [typed(label, raw, unit) for label, raw, unit in raws if raw is not None and not _refers(raw)]
            return Block("property", name or one.is_a(), tuple(values))
        return None

    def _values(self, read: Callable[[Any, Units], list[Value]], parts: Any) -> tuple[Value, ...]:
        found: list[Value] = []
        for part in parts or ():
            try:
                found += read(part, self.units)
            except MALFORMED:
                self._doubts.note(f"#{part.id()}")
        return tuple(found)

    def _type_blocks(self, one: Any) -> list[Block]:
        names = (("Name", attribute(one, "Name")), ("Class", one.is_a()), ("GlobalId", attribute(one, "GlobalId")))
        return [Block("type", one.is_a(), tuple(typed(n, text_of(v)) for n, v in names)), *self._own_sets(one)]

    def _material(self, one: Any) -> list[Block]:
        return [Block("material", one.is_a(), tuple(material_values(one, self.units)))]

    def _classification(self, one: Any) -> list[Block]:
        source = attribute(one, "ReferencedSource")
        code = attribute(one, "Identification") or attribute(one, "ItemReference")
        heading = attribute(source, "Name") or attribute(one, "Edition") or one.is_a()
        named = (("Code", code), ("Name", attribute(one, "Name")), ("Location", attribute(one, "Location")))
        values = [typed(name, text_of(raw)) for name, raw in named]
        return [Block("classification", str(heading), tuple(v for v in values if v.value))]

    def _group(self, one: Any) -> list[Block]:
        kind = "system" if one.is_a("IfcSystem") else "group"
        name = text_of(attribute(one, "Name")) or text_of(attribute(one, "GlobalId"))
        return [Block(kind, one.is_a(), (typed("Name", name),))]

    def _layers(self, one: Any) -> list[Block]:
        names: list[str] = []
        for representation in representations_of(one):
            for layer in attribute(representation, "LayerAssignments") or ():
                name = text_of(attribute(layer, "Name"))
                if name and name not in names:
                    names.append(name)
        return [Block("layer", "IfcPresentationLayerAssignment", (typed("Name", name),)) for name in names]


def _refers(raw: Any) -> bool:
    """Whether a value is, or holds, instances: they mean nothing as text."""
    return hasattr(raw, "is_a") or (isinstance(raw, tuple) and bool(raw) and hasattr(raw[0], "is_a"))


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
        sets = pa.array(printable([block.set_name for block in self._blocks]), pa.string())
        return pa.table(
            {
                "object": np.repeat(np.array(self._rows, np.uint32), counts),
                "kind": kinds.take(pa.array(repeated)),
                "set": sets.take(pa.array(repeated)),
                "name": pa.array(printable(names), pa.string()),
                "value": pa.array(printable(texts), pa.string()),
                "number": pa.array(numbers, pa.float64()),
                "value_type": pa.array(types, pa.string()),
                "unit": pa.array(printable(units), pa.string()),
                "inherited": np.repeat(np.array(self._inherited, bool), counts),
            },
            schema=PROPERTIES_SCHEMA,
        )
