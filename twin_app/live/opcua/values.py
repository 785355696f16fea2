"""Values, status codes and units of OPC UA as ours. Pure: numbers and texts in, plain data out."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.live.sensorthings import unit_of as unit_of_symbol
from twin_app.live.values import NO_TIME_US, Observation, Quality, Reason, State, is_number

UNITS_OF_UN = "http://www.opcfoundation.org/UA/units/un/cefact"  # OPC 10000-8, 5.6.4.3
_NO_TIME = datetime(1601, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The upper half of a status code says what it is (OPC 10000-4, 7.39.1); those of OPC 10000-8, 6.3 and their kin.
_REASONS = {
    0x8005: Reason.NO_COMMUNICATION,  # BadCommunicationError
    0x8031: Reason.NO_COMMUNICATION,
    0x808A: Reason.NO_COMMUNICATION,  # BadNotConnected
    0x408F: Reason.NO_COMMUNICATION,  # UncertainNoCommunicationLastUsableValue
    0x808B: Reason.SENSOR_FAILURE,  # BadDeviceFailure
    0x808C: Reason.SENSOR_FAILURE,
    0x808D: Reason.OUT_OF_SERVICE,
    0x803C: Reason.OUT_OF_RANGE,
    0x4094: Reason.OUT_OF_RANGE,  # UncertainEngineeringUnitsExceeded
    0x4090: Reason.LAST_USABLE,
    0x4091: Reason.ESTIMATED,  # UncertainSubstituteValue
}
_SIMULATED = 0x4209
# Common codes of UN/ECE Recommendation 20 as UCUM writes them.
_UCUM = {
    "C62": "1", "P1": "%", "59": "[ppm]", "61": "[ppb]", "MTR": "m", "KMT": "km", "CMT": "cm", "MMT": "mm", "4H": "um",
    "MTK": "m2", "KMK": "km2", "MTQ": "m3", "LTR": "L", "DD": "deg", "SEC": "s", "C26": "ms", "MIN": "min", "HUR": "h",
    "DAY": "d", "ANN": "a", "HTZ": "Hz", "MTS": "m/s", "KMH": "km/h", "MSK": "m/s2", "GRM": "g", "KGM": "kg",
    "TNE": "t", "GP": "mg/m3", "GQ": "ug/m3", "KMQ": "kg/m3", "KEL": "K", "CEL": "Cel", "FAH": "[degF]", "PAL": "Pa",
    "A97": "hPa", "KPA": "kPa", "MPA": "MPa", "BAR": "bar", "NEW": "N", "B47": "kN", "MQS": "m3/s", "MQH": "m3/h",
    "G51": "L/s", "L2": "L/min", "JOU": "J", "KJO": "kJ", "GV": "GJ", "WHR": "W.h", "KWH": "kW.h", "MWH": "MW.h",
    "WTT": "W", "KWT": "kW", "MAW": "MW", "D54": "W/m2", "VLT": "V", "KVT": "kV", "AMP": "A", "4K": "mA", "LUX": "lx",
    "2N": "dB", "Q30": "[pH]", "NTU": "NTU",
}  # fmt: skip


def quality_of(status: int) -> tuple[Quality, Reason, State]:
    """What a status code says; the two bits 11 are bad as well (OPC 10000-4, 7.39.1)."""
    severity = status >> 30 & 3
    if severity == 0:
        return Quality.GOOD, Reason.NONE, State.MISSING
    code = status >> 16 & 0xFFFF
    state = State.SIMULATED if code == _SIMULATED else State.MISSING
    quality = Quality.UNCERTAIN if severity == 1 else Quality.BAD
    return quality, _REASONS.get(code, Reason.SOURCE_SAYS), state


def observation_of(key: str, value: Any, status: int, source_time: datetime | None) -> Observation:
    """One value as it came; raises `CityTwinError` ``opcua.no_number`` where it is none and is not said to be bad.

    True and false are 1 and 0. Of a bad value the number is not told: it must not be used (OPC 10000-4, 7.11.3).
    """
    quality, reason, state = quality_of(status)
    time_us = time_us_of(source_time)
    if quality is Quality.BAD:
        return Observation(key, math.nan, time_us, quality, reason, state)
    if isinstance(value, bool):
        value = int(value)
    if not is_number(value):
        raise CityTwinError("opcua.no_number", key, found=f"{type(value).__name__} {value!r:.40}")
    return Observation(key, float(value), time_us, quality, reason, state)


def time_us_of(moment: datetime | None) -> int:
    """Microseconds since 1970 UTC; the first of all moments, 1601, means that none is given."""
    if moment is None:
        return NO_TIME_US
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return NO_TIME_US if moment <= _NO_TIME else (moment - _EPOCH) // timedelta(microseconds=1)


def unit_of(namespace: str | None, unit_id: int, shown: str | None) -> str:
    """UCUM of an EUInformation by its code, else by what it shows, else what it shows."""
    if namespace == UNITS_OF_UN and 0 < unit_id < 1 << 31:
        code = unit_id.to_bytes(4, "big").lstrip(b"\0").decode("latin-1")
        if code in _UCUM:
            return _UCUM[code]
    return unit_of_symbol({"symbol": (shown or "")[:60]})
