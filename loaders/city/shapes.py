"""Which geometry of a city object is shown, and its surfaces as flat lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from loaders.city.documents import Appearance
from loaders.city.palette import Style, of_material, style_of

# How many lists stand around the surfaces.
DEPTHS = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
INSTANCE = "GeometryInstance"
UNDRAWN = ("MultiPoint", "MultiLineString")


class Shape(NamedTuple):
    """One geometry that can be meshed. ``lod`` is -1 where it says none."""

    kind: str
    lod: float
    raw: dict[str, Any]


def lod_number(raw: dict[str, Any]) -> float:
    """The level of detail as a number (``2.2``); -1 for none."""
    value = raw.get("lod")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return -1.0
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return -1.0
    return number if 0.0 <= number < 10.0 else -1.0


def lod_text(number: float) -> str:
    """``2.2`` or ``1``; empty for none."""
    return "" if number < 0 else f"{number:g}"


def geometries(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """The geometry members of an object that are objects at all."""
    listed = raw.get("geometry")
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def shapes(raw: dict[str, Any], templates: list[Any]) -> list[Shape]:
    """All geometries that can be meshed; an instance has the level of its template."""
    found = []
    for item in geometries(raw):
        kind = str(item.get("type"))
        if kind in DEPTHS:
            found.append(Shape(kind, lod_number(item), item))
        elif kind == INSTANCE and (template := template_of(item, templates)) is not None:
            found.append(Shape(INSTANCE, lod_number(template), item))
    return found


def template_of(instance: dict[str, Any], templates: list[Any]) -> dict[str, Any] | None:
    """The template of an instance; None when it names none that can be meshed."""
    number = instance.get("template")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(templates):
        return None
    template = templates[number]
    return template if isinstance(template, dict) and str(template.get("type")) in DEPTHS else None


def best(found: Iterable[Shape]) -> list[Shape]:
    """Those of the highest level of detail that hold any surface."""
    listed = [shape for shape in found if shape.kind == INSTANCE or _holds_surface(shape.raw.get("boundaries"))]
    top = max((shape.lod for shape in listed), default=-1.0)
    return [shape for shape in listed if shape.lod == top]


def _holds_surface(boundaries: Any, deepest: int = 8) -> bool:
    """Whether there is any number in the nested lists."""
    if not isinstance(boundaries, list) or deepest == 0:
        return False
    return any(type(part) is int or _holds_surface(part, deepest - 1) for part in boundaries)


class SurfaceList(NamedTuple):
    """Surfaces (each a list of rings of indices) and the style of each."""

    surfaces: list[Any]
    styles: list[Style]


def surfaces_of(shape: dict[str, Any], object_class: str, appearance: Appearance) -> SurfaceList:
    """The surfaces of a geometry that is no instance, with the colours of its materials or meanings."""
    depth = DEPTHS[shape["type"]]
    surfaces: list[Any] = []
    _flatten(shape.get("boundaries"), depth, surfaces)
    base = style_of(object_class, None)
    styles = [base] * len(surfaces)
    semantics = shape.get("semantics")
    if isinstance(semantics, dict):
        kinds = _semantic_styles(semantics.get("surfaces"), object_class)
        _apply(styles, kinds, _aligned(shape.get("boundaries"), semantics.get("values"), depth))
    theme = _theme(shape.get("material"), appearance.theme)
    if theme is not None and appearance.materials:
        materials = [None if item is None else of_material(item) for item in appearance.materials]
        values = theme["values"] if "values" in theme else theme.get("value")
        _apply(styles, materials, _aligned(shape.get("boundaries"), values, depth))
    return SurfaceList(surfaces, styles)


def _flatten(boundaries: Any, depth: int, into: list[Any]) -> None:
    if not isinstance(boundaries, list):
        return
    if depth == 0:
        into.extend(boundaries)
        return
    for part in boundaries:
        _flatten(part, depth - 1, into)


def _aligned(boundaries: Any, values: Any, depth: int) -> Iterator[Any]:
    """One value for each surface; a value that stands for a whole shell counts for all its surfaces."""
    if not isinstance(boundaries, list):
        return
    for number, part in enumerate(boundaries):
        value = values
        if isinstance(values, list):
            value = values[number] if number < len(values) else None
        if depth == 0:
            yield value
        else:
            yield from _aligned(part, value, depth - 1)


def _semantic_styles(listed: Any, object_class: str) -> list[Style | None]:
    if not isinstance(listed, list):
        return []
    kinds = [item.get("type") if isinstance(item, dict) else None for item in listed]
    return [style_of(object_class, kind) if isinstance(kind, str) else None for kind in kinds]


def _theme(material: Any, wanted: str | None) -> dict[str, Any] | None:
    """The materials of the wanted theme, else of the first."""
    if not isinstance(material, dict) or not material:
        return None
    found = material.get(wanted) if wanted in material else next(iter(material.values()))
    return found if isinstance(found, dict) else None


def _apply(styles: list[Style], by_number: list[Style | None], values: Iterator[Any]) -> None:
    for place, value in enumerate(values):
        if type(value) is int and 0 <= value < len(by_number) and (style := by_number[value]) is not None:
            styles[place] = style
