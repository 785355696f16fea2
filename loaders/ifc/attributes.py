"""Asking an instance for an attribute that its class or schema may not have."""

from __future__ import annotations

from typing import Any

# ifcopenshell's attribute categories: 0 undeclared, 1 forward, 2 inverse, 3 derived.
_STORED = (1, 2)


def attribute(one: Any, name: str) -> Any:
    """The attribute, or None when there is no instance or its class declares none of that name.

    Not ``getattr(one, name, None)``: for an undeclared name ifcopenshell looks among the rules of the
    EXPRESS schema and imports them, which takes longer than reading a house.
    """
    if one is None or one.get_attribute_category(name) not in _STORED:
        return None
    return getattr(one, name)
