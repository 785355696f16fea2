"""Resources of a project: people and vehicles with their posts, read from CSV or GeoJSON and kept as GeoJSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from loaders.model.errors import Finding
from twin_app.operation.dispatch import ResourceState
from twin_app.operation.exchange import csv_records, geojson_records
from twin_app.operation.model import CityEvent, Status

NEEDED = ("id", "name", "lon", "lat")
TRUE = frozenset({"true", "1", "yes", "是", "模拟"})
LONGEST_TEXT = 200
_OFF = frozenset({"off_duty", "off duty", "off", "未值班", "休息"})
_BETWEEN = re.compile(r"[,;，；、|\s]+")


@dataclass(frozen=True, slots=True)
class Post:
    """Where a resource has its post, WGS 84 degrees, and what it can do; whether it is busy is told by the events."""

    id: str
    name: str
    skills: frozenset[str]
    lon_deg: float
    lat_deg: float
    on_duty: bool = True
    simulated: bool = False


def from_file(data: bytes, *, is_csv: bool) -> tuple[list[Post], list[Finding]]:
    """The posts in a file, and what is wrong by row; of two with one id the first counts.

    Raises `CityTwinError` ``event.unreadable`` or ``event.no_columns``.
    """
    records = csv_records(data, NEEDED) if is_csv else geojson_records(data)
    posts: dict[str, Post] = {}
    findings: list[Finding] = []
    for place, record in records:
        read = _post(record, place)
        if isinstance(read, Finding):
            findings.append(read)
        elif read.id in posts:
            findings.append(Finding.warning("event.resource_doubled", place, resource=read.id))
        else:
            posts[read.id] = read
    return list(posts.values()), findings


def as_geojson(posts: Iterable[Post]) -> str:
    """A FeatureCollection of points that `from_file` reads again."""
    features = [
        {
            "type": "Feature",
            "id": post.id,
            "geometry": {"type": "Point", "coordinates": [post.lon_deg, post.lat_deg]},
            "properties": {
                "name": post.name,
                "skills": ", ".join(sorted(post.skills)),
                "state": "" if post.on_duty else "off_duty",
                "simulated": post.simulated,
            },
        }
        for post in posts
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False)


def busy_in(events: Iterable[CityEvent]) -> frozenset[str]:
    """The ids of those who are busy: they were sent to an event that is not handled."""
    return frozenset(one for event in events if event.status is Status.DISPATCHED for one in event.resources)


def state_of(post: Post, busy: frozenset[str]) -> ResourceState:
    """Whether it can be sent, given who is busy."""
    if post.id in busy:
        return ResourceState.BUSY
    return ResourceState.FREE if post.on_duty else ResourceState.OFF_DUTY


def _post(record: Mapping[str, Any], place: str) -> Post | Finding:
    texts = {name: _text(record.get(name)) for name in ("id", "name", "skills", "state", "simulated")}
    for name in ("id", "name"):
        if not texts[name]:
            return Finding.error("event.resource_lacks", place, field=name)
    lon_deg, lat_deg = _number(record.get("lon")), _number(record.get("lat"))
    if not (-180.0 <= lon_deg <= 180.0 and -90.0 <= lat_deg <= 90.0):
        return Finding.error("event.resource_no_place", place)
    return Post(
        texts["id"],
        texts["name"],
        frozenset(part for part in _BETWEEN.split(texts["skills"]) if part),
        lon_deg,
        lat_deg,
        texts["state"].lower() not in _OFF,
        texts["simulated"].lower() in TRUE,
    )


def _text(value: Any) -> str:
    return str(value).strip()[:LONGEST_TEXT] if isinstance(value, str | int | float) else ""


def _number(value: Any) -> float:
    try:
        return float(value) if isinstance(value, str | int | float) else math.nan
    except ValueError:
        return math.nan
