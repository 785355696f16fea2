"""The kit of parts: an IFC4 file with its spatial structure, types, properties and relations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.api.classification
import ifcopenshell.api.material
import ifcopenshell.api.pset
import ifcopenshell.api.root
import ifcopenshell.api.system
import ifcopenshell.guid

from twin_app.demo.ifc.project import Spec, open_project
from twin_app.demo.ifc.shapes import Entity, Shapes, Vector

_NAMESPACE = uuid.UUID("5b6f2c0a-6d0e-5c3a-9a3e-3f1d8a1c4547")
_PLACEHOLDER = "0" * 22
Values = dict[str, Any]


@dataclass(slots=True)
class Kind:
    """An element type with its shared shape and its occurrences."""

    entity: Entity
    shape: Entity | None
    occurrences: list[Entity] = field(default_factory=list)


@dataclass(slots=True)
class Storey:
    """A storey; ``elevation_m`` and ``height_m`` in building metres."""

    kit: Kit
    entity: Entity
    elevation_m: float
    height_m: float
    number: int
    contained: list[Entity] = field(default_factory=list)
    spaces: list[Entity] = field(default_factory=list)


class Kit:
    """Builds one IFC file. Coordinates of elements are relative to their storey, in metres."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        project = open_project(spec)
        self.file: ifcopenshell.file = project.file
        self.body, self.axis, self.building = project.body, project.axis, project.building
        self.shapes = Shapes(self.file)
        self.storeys: list[Storey] = []
        self.materials: dict[str, Entity] = {}
        self._material_users: dict[str, list[Entity]] = {}
        self._sets: dict[tuple[Any, ...], list[Entity]] = {}
        self._classes: dict[tuple[str, str], list[Entity]] = {}
        self._systems: dict[str, tuple[Entity, list[Entity]]] = {}
        self._identity: Entity | None = None
        self._layers: list[tuple[Kind, str, Sequence[tuple[str, str, float]], str]] = []
        self.kinds: list[Kind] = []
        self.num_elements = 0

    def add_storey(self, name: str, elevation_m: float, height_m: float) -> Storey:
        """A new storey on top of the list."""
        entity = ifcopenshell.api.root.create_entity(self.file, ifc_class="IfcBuildingStorey", name=name)
        entity.ObjectPlacement = self.shapes.placed((0.0, 0.0, elevation_m), 0.0, self.building.ObjectPlacement)
        entity.Elevation = elevation_m
        entity.CompositionType = "ELEMENT"
        storey = Storey(self, entity, elevation_m, height_m, len(self.storeys))
        self.storeys.append(storey)
        self.properties(entity, "Pset_BuildingStoreyCommon", {"Reference": name, "EntranceLevel": elevation_m == 0})
        return storey

    def kind(self, ifc_class: str, name: str, predefined: str, items: Sequence[Entity] = (), **extra: Any) -> Kind:
        """An element type; with ``items``, its occurrences take them as their shape."""
        entity = ifcopenshell.api.root.create_entity(
            self.file, ifc_class=ifc_class, name=name, predefined_type=predefined
        )
        for key, value in extra.items():
            setattr(entity, key, value)
        shape = None
        if items:
            body = self._representation(items)
            shape = self.file.create_entity("IfcRepresentationMap", self.shapes.axes(), body)
            entity.RepresentationMaps = [shape]
        kind = Kind(entity, shape)
        self.kinds.append(kind)
        return kind

    def _representation(self, items: Sequence[Entity], kind: str = "") -> Entity:
        if not kind:
            swept = all(item.is_a("IfcSweptAreaSolid") for item in items)
            kind = "SweptSolid" if swept else "Tessellation"
        return self.file.create_entity("IfcShapeRepresentation", self.body, "Body", kind, list(items))

    def _mapped(self, shape: Entity) -> Entity:
        if self._identity is None:
            self._identity = self.file.create_entity(
                "IfcCartesianTransformationOperator3D", None, None, self.shapes.point(0, 0, 0), 1.0, None
            )
        item = self.file.create_entity("IfcMappedItem", shape, self._identity)
        return self._representation([item], "MappedRepresentation")

    def element(
        self,
        ifc_class: str,
        name: str,
        *,
        at: Vector = (0.0, 0.0, 0.0),
        angle_rad: float = 0.0,
        storey: Storey | None = None,
        parent: Entity | None = None,
        kind: Kind | None = None,
        items: Sequence[Entity] = (),
        extra_shapes: Sequence[Entity] = (),
        **attributes: Any,
    ) -> Entity:
        """A product: contained in ``storey`` unless only a placement ``parent`` is given."""
        base = parent if parent is not None else storey.entity.ObjectPlacement if storey else None
        representations = list(extra_shapes)
        if items:
            representations.append(self._representation(items))
        elif kind is not None and kind.shape is not None:
            representations.append(self._mapped(kind.shape))
        shape = (
            self.file.create_entity("IfcProductDefinitionShape", None, None, representations)
            if representations
            else None
        )
        entity = self.file.create_entity(
            ifc_class,
            GlobalId=_PLACEHOLDER,
            Name=name,
            ObjectPlacement=self.shapes.placed(at, angle_rad, base),
            Representation=shape,
            **attributes,
        )
        if storey is not None:
            storey.contained.append(entity)
        if kind is not None:
            kind.occurrences.append(entity)
        self.num_elements += 1
        return entity

    def relate(self, ifc_class: str, **attributes: Any) -> Entity:
        """A relationship."""
        return self.file.create_entity(ifc_class, GlobalId=_PLACEHOLDER, **attributes)

    def assemble(self, whole: Entity, parts: Sequence[Entity]) -> None:
        """Make ``parts`` the components of ``whole``."""
        self.relate("IfcRelAggregates", RelatingObject=whole, RelatedObjects=list(parts))

    def material(self, name: str, category: str, *users: Entity) -> Entity:
        """A named material, given to some users."""
        if name not in self.materials:
            self.materials[name] = ifcopenshell.api.material.add_material(self.file, name=name, category=category)
        self._material_users.setdefault(name, []).extend(users)
        return self.materials[name]

    def constituents(self, users: Sequence[Entity], name: str, parts: dict[str, tuple[str, str]]) -> None:
        """A constituent set (part name: material, category) for types of several materials."""
        made = [
            self.file.create_entity("IfcMaterialConstituent", part, None, self.material(*about))
            for part, about in parts.items()
        ]
        whole = self.file.create_entity("IfcMaterialConstituentSet", name, None, made)
        self.relate("IfcRelAssociatesMaterial", RelatedObjects=list(users), RelatingMaterial=whole)

    def layers(self, kind: Kind, name: str, layers: Sequence[tuple[str, str, float]], direction: str = "AXIS2") -> None:
        """A layer set (material, category, thickness) for a wall or slab type and its occurrences."""
        self._layers.append((kind, name, layers, direction))

    def _write_layers(self) -> None:
        for kind, name, layers, direction in self._layers:
            made = [
                self.file.create_entity(
                    "IfcMaterialLayer", self.material(material, category), thickness, None, material
                )
                for material, category, thickness in layers
            ]
            whole = self.file.create_entity("IfcMaterialLayerSet", made, name)
            self.relate("IfcRelAssociatesMaterial", RelatedObjects=[kind.entity], RelatingMaterial=whole)
            if kind.occurrences:
                offset = -sum(thickness for *_, thickness in layers) / 2 if direction == "AXIS2" else 0.0
                usage = self.file.create_entity("IfcMaterialLayerSetUsage", whole, direction, "POSITIVE", offset)
                self.relate("IfcRelAssociatesMaterial", RelatedObjects=kind.occurrences, RelatingMaterial=usage)

    def properties(self, entity: Entity, name: str, values: Values) -> None:
        """A property set; entities with equal values share one."""
        self._sets.setdefault((name, *values.items()), []).append(entity)

    def quantities(self, entity: Entity, name: str, values: dict[str, float]) -> None:
        """A quantity set; the quantity's kind follows from its name."""
        rounded = {key: round(value, 4) for key, value in values.items()}
        self._sets.setdefault((name, *rounded.items()), []).append(entity)

    def classify(self, entity: Entity, code: str, title: str) -> None:
        """A UNIFORMAT II reference."""
        self._classes.setdefault((code, title), []).append(entity)

    def system(self, name: str, predefined: str, *members: Entity) -> None:
        """Put members into a named distribution system."""
        if name not in self._systems:
            entity = ifcopenshell.api.system.add_system(self.file, ifc_class="IfcDistributionSystem")
            ifcopenshell.api.system.edit_system(
                self.file, system=entity, attributes={"Name": name, "PredefinedType": predefined}
            )
            self._systems[name] = (entity, [])
        self._systems[name][1].extend(members)

    def finish(self, path: Path) -> int:
        """Write all relations and the file; gives its size in bytes."""
        self._relate_space()
        self._write_layers()
        for kind in self.kinds:
            if kind.occurrences:
                self.relate("IfcRelDefinesByType", RelatedObjects=kind.occurrences, RelatingType=kind.entity)
        for name, users in self._material_users.items():
            if users:
                self.relate("IfcRelAssociatesMaterial", RelatedObjects=users, RelatingMaterial=self.materials[name])
        for (name, *values), users in self._sets.items():
            self._write_set(name, dict(values), users)
        self._write_classes()
        for entity, members in self._systems.values():
            self.relate("IfcRelAssignsToGroup", RelatedObjects=members, RelatingGroup=entity)
            self.relate("IfcRelServicesBuildings", RelatingSystem=entity, RelatedBuildings=[self.building])
        for index, root in enumerate(sorted(self.file.by_type("IfcRoot"), key=lambda e: e.id())):
            unique = uuid.uuid5(_NAMESPACE, f"{self.spec.seed}/{self.spec.key}/{index}")
            root.GlobalId = ifcopenshell.guid.compress(unique.hex)
        self.file.write(str(path))
        return self.num_elements

    def _relate_space(self) -> None:
        # The API keeps sets of entities, whose order changes from run to run; written here, files repeat.
        self.assemble(self.building, [storey.entity for storey in self.storeys])
        for storey in self.storeys:
            if storey.spaces:
                self.assemble(storey.entity, storey.spaces)
            if storey.contained:
                self.relate(
                    "IfcRelContainedInSpatialStructure",
                    RelatedElements=storey.contained,
                    RelatingStructure=storey.entity,
                )

    def _write_set(self, name: str, values: Values, users: list[Entity]) -> None:
        if name.startswith("Qto_"):
            made = [self._quantity(key, value) for key, value in values.items()]
            whole = self.file.create_entity("IfcElementQuantity", _PLACEHOLDER, None, name, None, None, made)
            self.relate("IfcRelDefinesByProperties", RelatedObjects=users, RelatingPropertyDefinition=whole)
            return
        pset = ifcopenshell.api.pset.add_pset(self.file, product=users[0], name=name)
        ifcopenshell.api.pset.edit_pset(self.file, pset=pset, properties=values)
        if users[1:]:
            pset.DefinesOccurrence[0].RelatedObjects = users

    def _quantity(self, name: str, value: float) -> Entity:
        for part, kind in (("Area", "Area"), ("Volume", "Volume"), ("Count", "Count")):
            if part in name:
                return self.file.create_entity(f"IfcQuantity{kind}", name, None, None, value)
        return self.file.create_entity("IfcQuantityLength", name, None, None, value)

    def _write_classes(self) -> None:
        if not self._classes:
            return
        system = ifcopenshell.api.classification.add_classification(
            self.file, classification="UNIFORMAT II (ASTM E1557)"
        )
        for (code, title), users in self._classes.items():
            ifcopenshell.api.classification.add_reference(
                self.file, products=users[:1], identification=code, name=title, classification=system
            )
            users[0].HasAssociations[-1].RelatedObjects = users
