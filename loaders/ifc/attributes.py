"""Asking an instance for an attribute that its class or schema may not have, or that holds another kind of thing."""

from __future__ import annotations

from typing import Any

# ifcopenshell's attribute categories: 0 undeclared, 1 forward, 2 inverse, 3 derived.
_FORWARD, _INVERSE = 1, 2


def attribute(one: Any, name: str) -> Any:
    """The attribute, or None when there is no instance or its class declares none of that name.

    Not ``getattr(one, name, None)``: for an undeclared name ifcopenshell looks among the rules of the
    EXPRESS schema and imports them, which takes longer than reading a house.
    """
    if one is None:
        return None
    category = one.get_attribute_category(name)
    if category == _FORWARD:
        return one.get_argument(one.get_argument_index(name))
    return getattr(one, name) if category == _INVERSE else None


def is_instance(raw: Any) -> bool:
    """Whether an attribute's value is an instance with a STEP id."""
    return hasattr(raw, "is_a") and raw.id() != 0


def text_of(raw: Any) -> str | None:
    """What should be a text as one, whatever the file has put there; None for nothing and for instances."""
    if raw is None or isinstance(raw, str):
        return raw
    return None if hasattr(raw, "is_a") else str(raw)


def shape_of(one: Any) -> Any:
    """The IfcProductRepresentation of a product, or None; a wrong instance in its place is none."""
    shape = attribute(one, "Representation")
    return shape if is_instance(shape) and shape.is_a("IfcProductRepresentation") else None


def representations_of(one: Any) -> list[Any]:
    """The IfcShapeRepresentation-s of a product."""
    shape = shape_of(one)
    found = attribute(shape, "Representations") or ()
    return [r for r in found if is_instance(r) and r.is_a("IfcRepresentation")] if isinstance(found, tuple) else []
