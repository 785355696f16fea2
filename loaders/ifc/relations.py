"""Who belongs to whom, gathered in one pass over each kind of relation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Relations:
    """Maps of STEP ids; a missing key means the file says nothing."""

    parent: dict[int, int] = field(default_factory=dict)
    type_of: dict[int, int] = field(default_factory=dict)
    definitions: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    material: dict[int, int] = field(default_factory=dict)
    classifications: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def _instances(model: Any, name: str) -> list[Any]:
    try:
        return list(model.by_type(name))
    except RuntimeError:  # the schema has no such entity
        return []


def gather(model: Any) -> Relations:
    """All relations that the tables need."""
    found = Relations()
    for relation in _instances(model, "IfcRelContainedInSpatialStructure"):
        _children(found, relation.RelatingStructure, relation.RelatedElements)
    for name in ("IfcRelAggregates", "IfcRelNests"):
        for relation in _instances(model, name):
            _children(found, relation.RelatingObject, relation.RelatedObjects)
    for relation in _instances(model, "IfcRelVoidsElement"):
        _children(found, relation.RelatingBuildingElement, [relation.RelatedOpeningElement])
    for relation in _instances(model, "IfcRelFillsElement"):
        _fill(found, relation.RelatingOpeningElement, relation.RelatedBuildingElement)
    _associations(model, found)
    return found


def _children(found: Relations, parent: Any, children: Any) -> None:
    if parent is not None:
        for child in children or ():
            if child is not None:
                found.parent[child.id()] = parent.id()


def _fill(found: Relations, opening: Any, element: Any) -> None:
    """A window in an opening belongs to its storey; only one without a container hangs on the opening."""
    if opening is not None and element is not None:
        found.parent.setdefault(element.id(), opening.id())


def _associations(model: Any, found: Relations) -> None:
    for one, child in _pairs(model, "IfcRelDefinesByType", "RelatingType"):
        found.type_of[child.id()] = one.id()
    for one, child in _pairs(model, "IfcRelDefinesByProperties", "RelatingPropertyDefinition"):
        found.definitions[child.id()] += _definition_ids(one)
    for one, child in _pairs(model, "IfcRelAssociatesMaterial", "RelatingMaterial"):
        found.material[child.id()] = one.id()
    for one, child in _pairs(model, "IfcRelAssociatesClassification", "RelatingClassification"):
        found.classifications[child.id()].append(one.id())
    for one, child in _pairs(model, "IfcRelAssignsToGroup", "RelatingGroup"):
        found.groups[child.id()].append(one.id())


def _pairs(model: Any, relation_name: str, relating_name: str) -> Iterator[tuple[Any, Any]]:
    """Each related object with what it is related to."""
    for relation in _instances(model, relation_name):
        relating = getattr(relation, relating_name)
        if relating is not None:
            for child in relation.RelatedObjects or ():
                yield relating, child


def _definition_ids(definition: Any) -> list[int]:
    if definition is None:
        return []
    if not hasattr(definition, "id"):  # IfcPropertySetDefinitionSet: a select of several
        return [one.id() for one in definition[0]]
    return [definition.id()]
