"""The units of an IFC project: scales to SI and the signs shown beside values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from loaders.ifc.attributes import attribute

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
_MEASURES = {
    "IfcLengthMeasure": "LENGTHUNIT",
    "IfcPositiveLengthMeasure": "LENGTHUNIT",
    "IfcNonNegativeLengthMeasure": "LENGTHUNIT",
    "IfcAreaMeasure": "AREAUNIT",
    "IfcVolumeMeasure": "VOLUMEUNIT",
    "IfcPlaneAngleMeasure": "PLANEANGLEUNIT",
    "IfcPositivePlaneAngleMeasure": "PLANEANGLEUNIT",
    "IfcMassMeasure": "MASSUNIT",
    "IfcTimeMeasure": "TIMEUNIT",
    "IfcThermodynamicTemperatureMeasure": "THERMODYNAMICTEMPERATUREUNIT",
    "IfcPowerMeasure": "POWERUNIT",
    "IfcElectricCurrentMeasure": "ELECTRICCURRENTUNIT",
    "IfcElectricVoltageMeasure": "ELECTRICVOLTAGEUNIT",
    "IfcFrequencyMeasure": "FREQUENCYUNIT",
    "IfcPressureMeasure": "PRESSUREUNIT",
    "IfcIlluminanceMeasure": "ILLUMINANCEUNIT",
    "IfcVolumetricFlowRateMeasure": "VOLUMETRICFLOWRATEUNIT",
    "IfcThermalTransmittanceMeasure": "THERMALTRANSMITTANCEUNIT",
}
_CONVERTED = {"DEGREE": "°", "FOOT": "ft", "INCH": "in", "'DEGREE'": "°", "SQUARE FOOT": "ft²", "CUBIC FOOT": "ft³"}


@dataclass(slots=True)
class Units:
    """``length_m`` is one length unit in metres; ``signs`` maps unit types to what is shown."""

    length_m: float = 1.0
    signs: dict[str, str] = field(default_factory=dict)

    def of_measure(self, measure: str) -> str | None:
        """The sign for a measure such as ``IfcLengthMeasure``; None for plain numbers and texts."""
        kind = _MEASURES.get(measure)
        return self.signs.get(kind, None) if kind else None


def read_units(model: Any) -> Units:
    """The project's units; what is missing or odd stays at SI."""
    units = Units()
    for assignment in model.by_type("IfcUnitAssignment")[:1]:
        for unit in assignment.Units or ():
            kind = attribute(unit, "UnitType")
            if kind:
                units.signs[kind] = sign_of(unit)
            if kind == "LENGTHUNIT":
                units.length_m = metres(unit)
    return units


def metres(unit: Any) -> float:
    """One length unit in metres; a unit without a sound factor is taken for the metre, as geometry engines do."""
    if unit.is_a("IfcSIUnit"):
        return SI_PREFIXES.get(unit.Prefix or "", 1.0)
    factor = attribute(unit, "ConversionFactor")
    if factor is None or factor.ValueComponent is None:
        return 1.0
    inner = factor.UnitComponent
    scale = float(factor.ValueComponent[0])
    scale *= metres(inner) if inner is not None and inner.is_a("IfcNamedUnit") else 1.0
    return scale if 0.0 < scale < float("inf") else 1.0


def sign_of(unit: Any) -> str:
    """What is written beside a value in this unit."""
    kind = attribute(unit, "UnitType") or ""
    if unit.is_a("IfcSIUnit"):
        prefix = _PREFIX_SIGNS.get(unit.Prefix or "", "")
        base = _SIGNS.get(kind, (unit.Name or "").lower())
        if unit.Name == "DEGREE_CELSIUS":
            base = "°C"
        return prefix + base
    if unit.is_a("IfcConversionBasedUnit"):
        name = (unit.Name or "").strip().upper()
        return _CONVERTED.get(name, (unit.Name or "").lower())
    return ""
