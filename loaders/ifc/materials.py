"""Materials of an object as values: names, layers with thickness, constituents, profiles."""

from __future__ import annotations

from typing import Any

from loaders.ifc.attributes import attribute, text_of
from loaders.ifc.units import Units
from loaders.ifc.values import Value, typed

# Sets of parts: class -> attribute that lists them, and what a nameless part is called.
_SETS = {
    "IfcMaterialList": ("Materials", "Material"),
    "IfcMaterialConstituentSet": ("MaterialConstituents", "Constituent"),
    "IfcMaterialProfileSet": ("MaterialProfiles", "Profile"),
    "IfcMaterialLayerSet": ("MaterialLayers", "Layer"),
}
_USAGES = {"IfcMaterialLayerSetUsage": "ForLayerSet", "IfcMaterialProfileSetUsage": "ForProfileSet"}


def material_values(one: Any, units: Units) -> list[Value]:
    """The values of an IfcMaterialSelect; an unknown kind gives its class alone."""
    kind = one.is_a()
    for usage, inner_name in _USAGES.items():
        if one.is_a(usage):
            inner = attribute(one, inner_name)
            return material_values(inner, units) if inner is not None and inner.is_a() in _SETS else []
    if kind == "IfcMaterial":
        category = text_of(attribute(one, "Category"))
        return [typed("Name", text_of(one.Name)), *([typed("Category", category)] if category else [])]
    if kind in _SETS:
        list_name, label = _SETS[kind]
        name = text_of(attribute(one, "LayerSetName") or attribute(one, "Name"))
        values = [typed("Name", name)] if name else []
        for i, part in enumerate(attribute(one, list_name) or (), 1):
            values += _part(part, f"{label} {i}", units)
        return values
    return _part(one, "Name", units) if attribute(one, "Material") is not None else [typed("Class", kind)]


def _part(part: Any, label: str, units: Units) -> list[Value]:
    """A material of a list, a layer, a constituent or a profile."""
    material = part if part.is_a("IfcMaterial") else attribute(part, "Material")
    own = None if part.is_a("IfcMaterial") or part.is_a("IfcMaterialLayer") else text_of(attribute(part, "Name"))
    values = [typed(own or label, text_of(attribute(material, "Name")))]
    thickness = attribute(part, "LayerThickness")
    if thickness is not None:
        values.append(typed(f"{label} thickness", thickness, units.signs.get("LENGTHUNIT")))
    return values
