"""The units of an IFC project: scales to SI and the signs shown beside values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
_PREFIXES = {"MILLI": ("m", 1e-3), "CENTI": ("c", 1e-2), "DECI": ("d", 1e-1), "KILO": ("k", 1e3), "MEGA": ("M", 1e6)}
_POWER = {"AREAUNIT": 2, "VOLUMEUNIT": 3}
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
            kind = getattr(unit, "UnitType", None)
            if kind:
                units.signs[kind] = sign_of(unit)
    try:
        import ifcopenshell.util.unit

        scale = float(ifcopenshell.util.unit.calculate_unit_scale(model))
        units.length_m = scale if scale > 0 else 1.0
    except (AttributeError, TypeError, IndexError, ZeroDivisionError, ValueError, RuntimeError):
        pass  # a project without a usable length unit is read in metres, as the geometry engines do
    return units


def sign_of(unit: Any) -> str:
    """What is written beside a value in this unit."""
    kind = getattr(unit, "UnitType", None) or ""
    if unit.is_a("IfcSIUnit"):
        prefix = _PREFIXES.get(unit.Prefix or "", ("", 1.0))[0]
        base = _SIGNS.get(kind, (unit.Name or "").lower())
        if unit.Name == "DEGREE_CELSIUS":
            base = "°C"
        return prefix + base
    if unit.is_a("IfcConversionBasedUnit"):
        name = (unit.Name or "").strip().upper()
        return _CONVERTED.get(name, (unit.Name or "").lower())
    return ""
