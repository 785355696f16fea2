"""IFC values as rows of the property table: text, number, type, unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from loaders.ifc.attributes import attribute, is_instance, text_of
from loaders.ifc.units import Units, sign_of

DEEPEST = 16  # levels of complex properties: deeper ones hang on themselves


class Value(NamedTuple):
    """One property without its object: name, text, number, type and unit."""

    name: str
    value: str | None
    number: float | None
    value_type: str
    unit: str | None


def printable(texts: Sequence[str | None]) -> list[str | None]:
    """The texts as UTF-8 can hold them: half a surrogate pair becomes a question mark."""
    try:
        "".join(text for text in texts if text).encode()
    except UnicodeEncodeError:
        return [None if text is None else text.encode(errors="replace").decode() for text in texts]
    return list(texts)


def typed(name: str, raw: Any, unit: str | None = None) -> Value:
    """A plain Python value as it goes into the table."""
    if isinstance(raw, str):  # first, as most are
        return Value(name, raw, None, "string", unit)
    if isinstance(raw, bool):
        return Value(name, "true" if raw else "false", float(raw), "boolean", None)
    if isinstance(raw, int):
        return Value(name, str(raw), float(raw), "integer", unit)
    if isinstance(raw, float):
        return Value(name, repr(raw), raw if math.isfinite(raw) else None, "real", unit)
    if isinstance(raw, (list, tuple)):
        return Value(name, ", ".join(str(item) for item in raw), None, "list", unit)
    return Value(name, None if raw is None else str(raw), None, "string", unit)


def _wrapped(value: Any, units: Units) -> tuple[Any, str | None, str | None]:
    """The bare value, its unit by measure, and a type that a bare value would not show."""
    if value is None:
        return None, None, None
    if not hasattr(value, "is_a"):
        return value, None, None
    measure = value.is_a()
    if value.id():  # an instance of its own, not a typed value
        return text_of(attribute(value, "Name")) or measure, None, "reference"
    raw = value.get_argument(0)
    if measure in ("IfcLogical", "IfcBoolean") and not isinstance(raw, bool):
        return str(raw), None, "logical"
    return raw, units.of_measure(measure), None


def of_property(one: Any, units: Units, prefix: str = "", depth: int = 0) -> list[Value]:
    """The rows of one IfcProperty; a complex property gives a row per part."""
    name = prefix + (text_of(one.get_argument(0)) or "")
    kind = one.is_a()
    if kind == "IfcComplexProperty":
        if depth >= DEEPEST:
            raise ValueError(name)
        return [row for part in one.HasProperties or () for row in of_property(part, units, f"{name}.", depth + 1)]
    if kind == "IfcPropertySingleValue":
        raw, unit, value_type = _wrapped(one.get_argument(2), units)
        own = one.get_argument(3)
        value = typed(name, raw, unit if own is None else _sign(own))
        return [value._replace(value_type=value_type) if value_type else value]
    return [_other_property(one, kind, name, units)]


def _other_property(one: Any, kind: str, name: str, units: Units) -> Value:
    own_unit = _sign(attribute(one, "Unit"))
    if kind == "IfcPropertyEnumeratedValue":
        reference = attribute(one, "EnumerationReference")
        return _several(name, one.EnumerationValues, units, _sign(attribute(reference, "Unit")))
    if kind == "IfcPropertyListValue":
        return _several(name, one.ListValues, units, own_unit)
    if kind == "IfcPropertyBoundedValue":
        return _bounded(name, one, units, own_unit)
    if kind == "IfcPropertyTableValue":
        pairs = zip(one.DefiningValues or (), one.DefinedValues or (), strict=False)
        text = "; ".join(f"{_wrapped(a, units)[0]} → {_wrapped(b, units)[0]}" for a, b in pairs)
        return Value(name, text, None, "table", _sign(attribute(one, "DefinedUnit")))
    if kind == "IfcPropertyReferenceValue":
        target = attribute(one, "PropertyReference")
        return Value(name, text_of(attribute(target, "Name")) if is_instance(target) else None, None, "reference", None)
    return Value(name, None, None, "string", None)


def _sign(unit: Any) -> str | None:
    return sign_of(unit) or None if is_instance(unit) else None


def _several(name: str, items: Any, units: Units, own_unit: str | None) -> Value:
    raws = [_wrapped(item, units) for item in items or ()]
    if len(raws) == 1:
        return typed(name, raws[0][0], own_unit or raws[0][1])
    return typed(name, [raw for raw, _, _ in raws], own_unit or (raws[0][1] if raws else None))


def _bounded(name: str, one: Any, units: Units, own_unit: str | None) -> Value:
    low, unit, _ = _wrapped(one.LowerBoundValue, units)
    high, unit_high, _ = _wrapped(one.UpperBoundValue, units)
    at, unit_at, _ = _wrapped(attribute(one, "SetPointValue"), units)
    sign = own_unit or unit or unit_high or unit_at
    if at is not None:
        return typed(name, at, sign)
    text = f"{'' if low is None else low} … {'' if high is None else high}"
    return Value(name, text, None, "range", sign)


_QUANTITY_UNITS = {
    "IfcQuantityLength": "LENGTHUNIT",
    "IfcQuantityArea": "AREAUNIT",
    "IfcQuantityVolume": "VOLUMEUNIT",
    "IfcQuantityWeight": "MASSUNIT",
    "IfcQuantityTime": "TIMEUNIT",
}


def of_quantity(one: Any, units: Units, prefix: str = "", depth: int = 0) -> list[Value]:
    """The rows of one IfcPhysicalQuantity."""
    name = prefix + (text_of(one.get_argument(0)) or "")
    kind = one.is_a()
    if kind == "IfcPhysicalComplexQuantity":
        if depth >= DEEPEST:
            raise ValueError(name)
        return [row for part in one.HasQuantities or () for row in of_quantity(part, units, f"{name}.", depth + 1)]
    unit = _sign(one.get_argument(2)) or units.signs.get(_QUANTITY_UNITS.get(kind, ""))
    return [typed(name, one.get_argument(3), unit)]
