"""Entities of NGSI-LD (ETSI GS CIM 009) as streams and observations. Pure: JSON in, plain data out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from twin_app.live.sensorthings import place_of
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import NO_TIME_US, Observation, Quality, Reason, is_number, time_us_of

# unitCode is UN/CEFACT Recommendation 20 (clause 4.5.2); these are UCUM's words for its commonest codes.
_UCUM = {
    "CEL": "Cel", "KEL": "K", "P1": "%", "GQ": "ug/m3", "GP": "mg/m3", "59": "[ppm]", "61": "[ppb]", "KMH": "km/h",
    "MTS": "m/s", "MTR": "m", "CMT": "cm", "MMT": "mm", "KMT": "km", "MTK": "m2", "MTQ": "m3", "MQH": "m3/h",
    "LTR": "L", "G51": "L/s", "KWT": "kW", "WTT": "W", "KWH": "kW.h", "VLT": "V", "AMP": "A", "2N": "dB", "LUX": "lx",
    "A97": "hPa", "PAL": "Pa", "BAR": "bar", "DD": "deg", "SEC": "s", "MIN": "min", "HUR": "h", "KGM": "kg",
}  # fmt: skip
_PROPERTY = frozenset({"Property", "Number", "Float", "Integer"})


def read_entity(entity: Any, feed_id: str) -> Iterator[tuple[StreamInfo, Observation]]:
    """Every number that an entity has, as a stream with its value; normalised, concise or simplified form.

    A property that comes several times, by ``datasetId``, is a stream for each.
    """
    if not isinstance(entity, dict) or not isinstance(entity.get("id"), str):
        return
    place = _place(entity)
    link = Link() if place is None else Link(LinkKind.PLACE, place=place)
    for name, attribute in entity.items():
        if name in {"id", "type", "@context", "location", "scope"}:
            continue
        for one in attribute if isinstance(attribute, list) else (attribute,):
            found = _number(one)
            if found is not None:
                yield _stream(entity["id"], name, one, (feed_id, link, found))


def _stream(
    ident: str, name: str, attribute: Any, known: tuple[str, Link, tuple[float, bool]]
) -> tuple[StreamInfo, Observation]:
    feed_id, link, (value, is_null) = known
    told = attribute if isinstance(attribute, dict) else {}
    dataset = told.get("datasetId")
    key = f"{feed_id}/{ident}#{name}" + (f"@{dataset}" if isinstance(dataset, str) else "")
    code = told.get("unitCode")
    unit = _UCUM.get(code, code) if isinstance(code, str) else ""
    info = StreamInfo(key, f"{ident.rpartition(':')[2]} · {name}", unit, indicator=name, link=link)
    time_us = _time_us(told.get("observedAt"))
    if is_null:
        return info, Observation(key, math.nan, time_us, Quality.BAD, Reason.SOURCE_SAYS)
    return info, Observation(key, value, time_us)


def _number(attribute: Any) -> tuple[float, bool] | None:
    """The value, and whether it is null; None where the attribute is no number."""
    value = attribute
    if isinstance(attribute, dict):
        if attribute.get("type", "Property") not in _PROPERTY or "value" not in attribute:
            return None
        value = attribute["value"]
        if value is None or value == "urn:ngsi-ld:null":
            return math.nan, True
    return (float(value), False) if is_number(value) else None


def _place(entity: dict[str, Any]) -> tuple[float, float, float] | None:
    location = entity.get("location")
    return place_of(location.get("value", location)) if isinstance(location, dict) else None


def _time_us(text: Any) -> int:
    try:
        return time_us_of(text) if isinstance(text, str) else NO_TIME_US
    except (ValueError, OverflowError):
        return NO_TIME_US
