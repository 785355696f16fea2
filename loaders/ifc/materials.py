"""Materials of an object as values: names, layers with thickness, constituents, profiles."""

from __future__ import annotations

from typing import Any

from loaders.ifc.attributes import attribute
from loaders.ifc.units import Units
from loaders.ifc.values import Value, typed


def material_values(one: Any, units: Units) -> list[Value]:
    """The values of an IfcMaterialSelect; an unknown kind gives its class alone."""
    kind = one.is_a()
    length = units.signs.get("LENGTHUNIT")
    if kind == "IfcMaterial":
        return [typed("Name", one.Name), *_category(one)]
    if kind == "IfcMaterialList":
        return [typed(f"Material {i}", m.Name) for i, m in enumerate(one.Materials or (), 1)]
    if kind in ("IfcMaterialLayerSetUsage", "IfcMaterialProfileSetUsage"):
        inner = one[0]
        return material_values(inner, units) if inner is not None else []
    if kind == "IfcMaterialLayerSet":
        return _layers(one, length)
    if kind == "IfcMaterialConstituentSet":
        return [
            typed(c.Name or f"Constituent {i}", c.Material.Name if c.Material is not None else None)
            for i, c in enumerate(one.MaterialConstituents or (), 1)
        ]
    if kind == "IfcMaterialProfileSet":
        return [
            typed(p.Name or f"Profile {i}", p.Material.Name if p.Material is not None else None)
            for i, p in enumerate(one.MaterialProfiles or (), 1)
        ]
    return [typed("Class", kind)]


def _category(material: Any) -> list[Value]:
    category = attribute(material, "Category")
    return [typed("Category", category)] if category else []


def _layers(one: Any, length: str | None) -> list[Value]:
    values = [typed("Name", one.LayerSetName)] if one.LayerSetName else []
    for i, layer in enumerate(one.MaterialLayers or (), 1):
        name = layer.Material.Name if layer.Material is not None else None
        values.append(typed(f"Layer {i}", name))
        values.append(typed(f"Layer {i} thickness", layer.LayerThickness, length))
    return values
