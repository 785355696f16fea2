"""Entities of OGC SensorThings 1.1 (OGC 18-088) as streams and observations. Pure: JSON in, plain data out."""

from __future__ import annotations

import math
from typing import Any

from loaders.model.errors import CityTwinError
from twin_app.live.streams import Link, LinkKind, StreamInfo
from twin_app.live.values import Observation, Quality, Reason, is_number, time_us_of

GEO = frozenset({"application/vnd.geo+json", "application/geo+json", "application/json"})
# Symbols that servers send for units, as UCUM writes them; clause 8.2.4 recommends UCUM and few follow.
_UCUM = {
    "°c": "Cel", "c": "Cel", "degc": "Cel", "℃": "Cel", "%": "%", "% rh": "%", "µg/m3": "ug/m3", "µg/m³": "ug/m3",
    "μg/m3": "ug/m3", "μg/m³": "ug/m3", "ug/m3": "ug/m3", "m³": "m3", "m3/h": "m3/h", "m³/h": "m3/h", "m/s": "m/s",
    "km/h": "km/h", "hpa": "hPa", "kwh": "kW.h", "kw": "kW", "w": "W", "v": "V", "a": "A", "db": "dB", "db(a)": "dB",
    "lx": "lx", "lux": "lx", "ppm": "[ppm]", "ppb": "[ppb]", "mm": "mm", "m": "m", "cm": "cm", "l/s": "L/s", "s": "s",
    "min": "min", "h": "h", "°": "deg", "deg": "deg", "pa": "Pa", "bar": "bar", "kg": "kg",
}  # fmt: skip


def stream_of(datastream: Any, feed_id: str) -> StreamInfo | None:
    """The stream of a Datastream entity, with the place of its Thing or its own; None for what is none."""
    if not isinstance(datastream, dict) or (ident := identifier(datastream)) is None:
        return None
    thing = _part(datastream, "Thing")
    names = [text for part in (thing, datastream) if (text := _text(part.get("name")))]
    prop = _part(datastream, "ObservedProperty")
    return StreamInfo(
        key=f"{feed_id}/{ident}",
        name=" · ".join(dict.fromkeys(names)) or ident,
        unit=unit_of(_part(datastream, "unitOfMeasurement")),
        indicator=_text(prop.get("name")),
        link=_link(thing, datastream),
        interval_s=_interval_s(_part(datastream, "properties")),
    )


def identifier(entity: dict[str, Any]) -> str | None:
    """``@iot.id`` (``id`` in SensorThings 2.0), a number or a text."""
    ident = entity.get("@iot.id", entity.get("id"))
    return str(ident) if isinstance(ident, str | int) and not isinstance(ident, bool) and str(ident) else None


def quoted(entity: dict[str, Any]) -> str:
    """The identifier as addresses hold it: texts in single quotes (OData 4.01, 4.3.1)."""
    ident = entity.get("@iot.id", entity.get("id"))
    return f"'{ident.replace(chr(39), chr(39) * 2)}'" if isinstance(ident, str) else str(ident)


def unit_of(unit: dict[str, Any]) -> str:
    """UCUM where the symbol or the definition says so, else the symbol as it is."""
    definition = _text(unit.get("definition"))
    if definition.startswith("ucum:"):
        return definition.removeprefix("ucum:")
    symbol = _text(unit.get("symbol")) or _text(unit.get("name"))
    return _UCUM.get(symbol.lower(), symbol)


def observation_of(entity: Any, key: str) -> Observation:
    """The value of an Observation entity; raises `CityTwinError` ``sta.…`` where there is none.

    A result that says true or false is 1 or 0, one in quotes is read as a number, as old servers send it; null is a
    value that is bad.
    """
    if not isinstance(entity, dict) or "result" not in entity:
        raise CityTwinError("sta.no_result", key)
    value = entity["result"]
    time_us = _time_us(entity, key)
    if value is None:
        return Observation(key, math.nan, time_us, Quality.BAD, Reason.SOURCE_SAYS)
    if isinstance(value, bool):
        return Observation(key, float(value), time_us)
    if isinstance(value, str):
        value = _number(value)
    if not is_number(value):
        raise CityTwinError("sta.not_a_number", key, value=repr(entity["result"])[:60])
    quality, reason = _quality(entity.get("resultQuality"))
    return Observation(key, float(value), time_us, quality, reason)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _time_us(entity: dict[str, Any], key: str) -> int:
    """The end of phenomenonTime, which may be an interval; else resultTime (clause 8.2.7)."""
    for name in ("phenomenonTime", "resultTime"):
        text = _text(entity.get(name)).rpartition("/")[2]
        if text:
            try:
                return time_us_of(text)
            except (ValueError, OverflowError) as error:
                raise CityTwinError("sta.bad_time", key, time=text[:60]) from error
    raise CityTwinError("sta.bad_time", key, time="")


def _quality(told: Any) -> tuple[int, int]:
    words = str(told).lower() if told is not None else ""
    if any(word in words for word in ("bad", "invalid", "fail", "error")):
        return Quality.BAD, Reason.SOURCE_SAYS
    if any(word in words for word in ("uncertain", "suspect", "doubt")):
        return Quality.UNCERTAIN, Reason.SOURCE_SAYS
    return Quality.GOOD, Reason.NONE


def _link(thing: dict[str, Any], datastream: dict[str, Any]) -> Link:
    """By a GlobalId or a code in the properties; else by place."""
    for part in (datastream, thing):
        properties = _part(part, "properties")
        for name, kind in (("globalId", LinkKind.GUID), ("ifcGuid", LinkKind.GUID), ("assetCode", LinkKind.CODE)):
            if text := _text(properties.get(name)):
                return Link(kind, text)
    locations = thing.get("Locations")
    for location in locations if isinstance(locations, list) else ():
        if isinstance(location, dict) and _text(location.get("encodingType")) in GEO:
            place = place_of(location.get("location"))
            if place is not None:
                return Link(LinkKind.PLACE, place=place)
    place = place_of(datastream.get("observedArea"))
    return Link() if place is None else Link(LinkKind.PLACE, place=place)


def place_of(geometry: Any) -> tuple[float, float, float] | None:
    """The middle of a GeoJSON geometry or feature (RFC 7946): longitude, latitude, height in metres."""
    if not isinstance(geometry, dict):
        return None
    if geometry.get("type") == "Feature":
        return place_of(geometry.get("geometry")) if geometry.get("geometry") is not geometry else None
    points = _positions(geometry.get("coordinates"))
    if not points:
        return None
    lon, lat, height = (sum((min(column), max(column))) / 2.0 for column in zip(*points, strict=True))
    return (lon, lat, height) if abs(lon) <= 180.0 and abs(lat) <= 90.0 else None


def _positions(coordinates: Any) -> list[tuple[float, float, float]]:
    found: list[tuple[float, float, float]] = []
    waiting = [coordinates]
    while waiting and len(found) < 100_000:
        one = waiting.pop()
        if not isinstance(one, list) or not one:
            continue
        if is_number(one[0]):
            if len(one) >= 2 and all(map(is_number, one[:3])):
                found.append((float(one[0]), float(one[1]), float(one[2]) if len(one) > 2 else 0.0))
        else:
            waiting += one
    return found


def _interval_s(properties: dict[str, Any]) -> float:
    for name in ("intervalSeconds", "interval_s", "samplingInterval"):
        value = properties.get(name)
        if is_number(value) and value > 0:
            return float(value)
    return 0.0


def _part(entity: dict[str, Any], name: str) -> dict[str, Any]:
    value = entity.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.strip()[:500] if isinstance(value, str) else ""
