"""The units of an IFC project: scales to SI and the signs shown beside values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from loaders.ifc.attributes import attribute
from loaders.ifc.doubts import Doubts

_SIGNS = {
    "LENGTHUNIT": "m",
    "AREAUNIT": "m²",
    "VOLUMEUNIT": "m³",
    "PLANEANGLEUNIT": "rad",
    "MASSUNIT": "g",
    "TIMEUNIT": "s",
    "THERMODYNAMICTEMPERATUREUNIT": "K",
    "POWERUNIT": "W",
    "ELECTRICCURRENTUNIT": "A",
    "ELECTRICVOLTAGEUNIT": "V",
    "FREQUENCYUNIT": "Hz",
    "PRESSUREUNIT": "Pa",
    "FORCEUNIT": "N",
    "ENERGYUNIT": "J",
    "ILLUMINANCEUNIT": "lx",
    "LUMINOUSFLUXUNIT": "lm",
    "LUMINOUSINTENSITYUNIT": "cd",
}
# ISO 80000-1, clause 6.5.
SI_PREFIXES = {
    "EXA": 1e18,
    "PETA": 1e15,
    "TERA": 1e12,
    "GIGA": 1e9,
    "MEGA": 1e6,
    "KILO": 1e3,
    "HECTO": 1e2,
    "DECA": 1e1,
    "DECI": 1e-1,
    "CENTI": 1e-2,
    "MILLI": 1e-3,
    "MICRO": 1e-6,
    "NANO": 1e-9,
    "PICO": 1e-12,
    "FEMTO": 1e-15,
    "ATTO": 1e-18,
}
_PREFIX_SIGNS = {
    "MILLI": "m",
    "CENTI": "c",
    "DECI": "d",
    "KILO": "k",
    "MEGA": "M",
    "GIGA": "G",
    "HECTO": "h",
    "MICRO": "µ",
}
_QUALIFIERS = ("Positive", "NonNegative", "Normalised", "Compound")
_CONVERTED = {"DEGREE": "°", "FOOT": "ft", "INCH": "in", "'DEGREE'": "°", "SQUARE FOOT": "ft²", "CUBIC FOOT": "ft³"}


_EXPONENTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DEEPEST = 8  # units defined by units: deeper ones hang on themselves


@dataclass(slots=True)
class Units:
    """``length_m`` is one length unit in metres; ``signs`` maps unit types to what is shown."""

    length_m: float = 1.0
    signs: dict[str, str] = field(default_factory=dict)
    _of_measure: dict[str, str | None] = field(default_factory=dict)

    def of_measure(self, measure: str) -> str | None:
        """The sign for a measure such as ``IfcLengthMeasure``; None for plain numbers and texts."""
        if measure not in self._of_measure:
            self._of_measure[measure] = self.signs.get(unit_type_of(measure)) or None
        return self._of_measure[measure]


def unit_type_of(measure: str) -> str:
    """``LENGTHUNIT`` for ``IfcPositiveLengthMeasure``: the schema names both alike throughout."""
    stem = measure.removeprefix("Ifc").removesuffix("Measure")
    for qualifier in _QUALIFIERS:
        stem = stem.removeprefix(qualifier)
    return f"{stem.upper()}UNIT"


def read_units(model: Any, doubts: Doubts) -> Units:
    """The project's units; what is missing or odd stays at SI."""
    units = Units()
    for assignment in _assignments(model):
        for unit in attribute(assignment, "Units") or ():
            with doubts.at(f"#{assignment.id()}"):
                kind = attribute(unit, "UnitType")
                if isinstance(kind, str):
                    units.signs[kind] = sign_of(unit)
                if kind == "LENGTHUNIT":
                    units.length_m = metres(unit)
    return units


def _assignments(model: Any) -> list[Any]:
    for project in model.by_type("IfcProject"):
        own = attribute(project, "UnitsInContext")
        if own is not None and hasattr(own, "is_a") and own.is_a("IfcUnitAssignment"):
            return [own]
    return list(model.by_type("IfcUnitAssignment")[:1])


def metres(unit: Any, depth: int = 0) -> float:
    """One length unit in metres; a unit without a sound factor is taken for the metre, as geometry engines do."""
    if unit.is_a("IfcSIUnit"):
        return SI_PREFIXES.get(unit.Prefix or "", 1.0)
    factor = attribute(unit, "ConversionFactor")
    if factor is None or factor.ValueComponent is None or depth >= _DEEPEST:
        return 1.0
    inner = factor.UnitComponent
    scale = float(factor.ValueComponent[0])
    scale *= metres(inner, depth + 1) if inner is not None and inner.is_a("IfcNamedUnit") else 1.0
    return scale if 0.0 < scale < float("inf") else 1.0


def sign_of(unit: Any) -> str:
    """What is written beside a value in this unit; empty where nothing is known."""
    if unit.is_a("IfcSIUnit"):
        return _si_sign(unit)
    if unit.is_a("IfcConversionBasedUnit"):
        name = str(attribute(unit, "Name") or "").strip()
        return _CONVERTED.get(name.upper(), name.lower())
    if unit.is_a("IfcDerivedUnit"):
        return _derived_sign(unit)
    if unit.is_a("IfcMonetaryUnit"):
        return str(attribute(unit, "Currency") or "")
    return str(attribute(unit, "Name") or "")


def _si_sign(unit: Any) -> str:
    name = attribute(unit, "Name") or ""
    base = "°C" if name == "DEGREE_CELSIUS" else _SIGNS.get(attribute(unit, "UnitType") or "", str(name).lower())
    return _PREFIX_SIGNS.get(attribute(unit, "Prefix") or "", "") + base


def _derived_sign(unit: Any) -> str:
    """``W/(m²·K)`` from the elements of a derived unit."""
    above: list[str] = []
    below: list[str] = []
    for element in attribute(unit, "Elements") or ():
        inner, exponent = element.Unit, int(element.Exponent)
        base = _si_sign(inner) if inner.is_a("IfcSIUnit") else _CONVERTED.get(str(inner.Name).upper(), "")
        if not base:
            return ""
        power = "" if abs(exponent) == 1 else str(abs(exponent)).translate(_EXPONENTS)
        (above if exponent > 0 else below).append(base + power)
    if not below:
        return "·".join(above)
    bottom = below[0] if len(below) == 1 else f"({'·'.join(below)})"
    return f"{'·'.join(above) or '1'}/{bottom}"
