"""Events in and out as CSV and as GeoJSON (RFC 7946: longitude before latitude, WGS 84)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from loaders.model.errors import CityTwinError, Finding
from twin_app.operation.model import CityEvent, Step
from twin_app.operation.records import FIELDS, NEEDED, Reader, field_of, record_of, steps_of

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
MOST_BYTES = 200_000_000


def as_csv(events: Iterable[CityEvent]) -> str:
    """CSV with a byte order mark; texts that a spreadsheet would take for a formula get an apostrophe before them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(FIELDS)
    for event in events:
        record = record_of(event)
        writer.writerow([_guarded(record[name]) for name in FIELDS])
    return BOM + out.getvalue()


def as_geojson(events: Iterable[CityEvent]) -> str:
    """A FeatureCollection of points."""
    features = []
    for event in events:
        record = record_of(event)
        point = {"type": "Point", "coordinates": [record.pop("lon"), record.pop("lat")]}
        features.append({"type": "Feature", "id": event.id, "geometry": point, "properties": record})
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False)


def from_csv(data: bytes, reader: Reader, known: Iterable[str] = ()) -> tuple[list[Step], list[Finding]]:
    """Steps that report the rows of a CSV file in UTF-8 or GB 18030, and what is wrong by row.

    Raises `CityTwinError` ``event.unreadable`` or ``event.no_columns``, where there is nothing to read.
    """
    return steps_of(csv_records(data, NEEDED), reader, known)


def from_geojson(data: bytes, reader: Reader, known: Iterable[str] = ()) -> tuple[list[Step], list[Finding]]:
    """Steps that report the points of a FeatureCollection, and what is wrong by feature.

    Raises `CityTwinError` ``event.unreadable``.
    """
    return steps_of(geojson_records(data), reader, known)


def csv_records(data: bytes, needed: Iterable[str]) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a CSV file, each with its place in the file, by our names of the columns; raises as `from_csv`."""
    rows = csv.reader(io.StringIO(_decoded(data), newline=""))
    try:
        names = [field_of(name) for name in next(rows, [])]
        lacking = [name for name in needed if name not in names]
        if lacking:
            raise CityTwinError("event.no_columns", columns=", ".join(lacking))
        return list(_csv_records(rows, names))
    except csv.Error as error:
        raise CityTwinError("event.unreadable", detail=str(error)) from error


def geojson_records(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    """The points of a FeatureCollection with their properties, each with its place; raises as `from_geojson`."""
    return list(_features(features_of(data)))


def features_of(data: bytes) -> list[Any]:
    """The features of a FeatureCollection as they stand; raises `CityTwinError` ``event.unreadable``."""
    try:
        read = json.loads(_decoded(data))
    except (ValueError, RecursionError) as error:
        raise CityTwinError("event.unreadable", detail=str(error)[:200]) from error
    features = read.get("features") if isinstance(read, dict) else None
    if not isinstance(features, list):
        raise CityTwinError("event.unreadable", detail="FeatureCollection")
    return features


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise CityTwinError("event.unreadable", detail=f"> {MOST_BYTES} B")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise CityTwinError("event.unreadable", detail="UTF-8, GB 18030") from error


def _csv_records(rows: Iterator[list[str]], names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, row in enumerate(rows, 2):
        if any(text.strip() for text in row):
            yield f"row {number}", dict(zip(names, map(_bare, row), strict=False))


def _features(features: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, feature in enumerate(features):
        read = feature if isinstance(feature, dict) else {}
        properties, geometry = read.get("properties"), read.get("geometry")
        record = {field_of(k): v for k, v in properties.items()} if isinstance(properties, dict) else {}
        record.setdefault("id", read.get("id"))
        place = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
        lon, lat = place[:2] if isinstance(place, list) and len(place) >= 2 else (None, None)
        yield f"feature {number}", record | {"lon": lon, "lat": lat}


def _guarded(value: Any) -> str:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else str(value)


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
