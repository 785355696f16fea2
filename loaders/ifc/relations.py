"""Who belongs to whom, gathered in one pass over each kind of relation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from loaders.ifc.attributes import is_instance
from loaders.ifc.doubts import MALFORMED, Doubts

# Relations of a whole to its parts: class, the attribute of the whole, that of the parts. Later ones win.
_TREES = (
    ("IfcRelDeclares", "RelatingContext", "RelatedDefinitions"),
    ("IfcRelConnectsPortToElement", "RelatedElement", "RelatingPort"),
    ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
    ("IfcRelAdheresToElement", "RelatingElement", "RelatedSurfaceFeatures"),
    ("IfcRelProjectsElement", "RelatingElement", "RelatedFeatureElement"),
    ("IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement"),
    ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
    ("IfcRelNests", "RelatingObject", "RelatedObjects"),
)


@dataclass(slots=True)
class Relations:
    """Maps of STEP ids; a missing key means the file says nothing."""

    parent: dict[int, int] = field(default_factory=dict)
    type_of: dict[int, int] = field(default_factory=dict)
    definitions: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    material: dict[int, int] = field(default_factory=dict)
    classifications: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def instances(model: Any, name: str) -> list[Any]:
    """All instances of a class and its subclasses; none where the schema lacks it."""
    try:
        return list(model.by_type(name))
    except RuntimeError:
        return []


def gather(model: Any, doubts: Doubts) -> Relations:
    """All relations that the tables need; one that breaks the schema costs itself alone."""
    found = Relations()
    for name, whole_name, parts_name in _TREES:
        for whole, part in _pairs(model, (name, whole_name, parts_name), doubts):
            found.parent[part] = whole.id()
    # A window in an opening belongs to its storey; only one without a container hangs on the opening.
    for opening, element in _pairs(
        model, ("IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement"), doubts
    ):
        found.parent.setdefault(element, opening.id())
    _associations(model, found, doubts)
    return found


def tangled(parent: dict[int, int]) -> set[int]:
    """The ids whose chain of parents never ends; ifcopenshell's kernels run along it for ever."""
    sound: set[int] = set()
    endless: set[int] = set()
    for start in parent:
        path: dict[int, None] = {}
        at: int | None = start
        while at is not None and at not in sound and at not in endless and at not in path:
            path[at] = None
            at = parent.get(at)
        (sound if at is None or at in sound else endless).update(path)
    return endless


def _associations(model: Any, found: Relations, doubts: Doubts) -> None:
    for one, child in _pairs(model, ("IfcRelDefinesByType", "RelatingType", "RelatedObjects"), doubts):
        found.type_of[child] = one.id()
    for one, child in _pairs(
        model, ("IfcRelDefinesByProperties", "RelatingPropertyDefinition", "RelatedObjects"), doubts
    ):
        with doubts.at(f"#{child}"):
            found.definitions[child] += _definition_ids(one)
    for one, child in _pairs(model, ("IfcRelAssociatesMaterial", "RelatingMaterial", "RelatedObjects"), doubts):
        found.material[child] = one.id()
    for one, child in _pairs(
        model, ("IfcRelAssociatesClassification", "RelatingClassification", "RelatedObjects"), doubts
    ):
        found.classifications[child].append(one.id())
    for one, child in _pairs(model, ("IfcRelAssignsToGroup", "RelatingGroup", "RelatedObjects"), doubts):
        found.groups[child].append(one.id())


def _pairs(model: Any, names: tuple[str, str, str], doubts: Doubts) -> Iterator[tuple[Any, int]]:
    """What relates, with the STEP id of each related instance."""
    kind, *attributes = names
    relations = instances(model, kind)
    if not relations:
        return
    # A subclass keeps the places of the attributes that it inherits, so one look at the schema is enough.
    at = [relations[0].get_argument_index(name) for name in attributes]
    for relation in relations:
        pairs: list[tuple[Any, int]] = []
        try:
            relating, related = relation.get_argument(at[0]), relation.get_argument(at[1])
            # Sets of properties may come as a select of several; all else that relates has a number of its own.
            sound = is_instance(relating) or (hasattr(relating, "is_a") and kind == "IfcRelDefinesByProperties")
            if sound and related is not None:
                children = related if isinstance(related, tuple) else (related,)
                pairs = [(relating, child.id()) for child in children if is_instance(child)]
        except MALFORMED:
            doubts.note(f"#{relation.id()}")
        yield from pairs


def _definition_ids(definition: Any) -> list[int]:
    if is_instance(definition):
        return [definition.id()]
    # IfcPropertySetDefinitionSet: a select of several
    return [one.id() for one in definition[0]]
