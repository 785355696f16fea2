"""The tables of a cloud: itself, an object for each class, and what is known about them as properties."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from loaders.model.crs import crs_label
from loaders.model.facts import properties_of
from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, CimLevel
from loaders.pointcloud.classes import class_name
from loaders.pointcloud.header import Header
from loaders.pointcloud.statistics import Statistics

LEVEL = CimLevel.TERRAIN  # like the ground, it is shown at every level of detail
_SET = "PointCloud"
# GPS time began at the turn of this day, and "adjusted standard" time is counted from a thousand million seconds on.
_GPS_EPOCH = datetime.datetime(1980, 1, 6, tzinfo=datetime.UTC)
_ADJUSTED_S = 1_000_000_000
_LEAP_S = 18  # since 2017


class Fact(NamedTuple):
    """One property of an object; ``value`` is text, a whole number or a number with ``unit``."""

    row: int
    name: str
    value: str | int | float
    unit: str | None = None


def rows_of_classes(known: Statistics) -> NDArray[np.uint32]:
    """(256,) the object row of each class; the cloud itself is row 0."""
    rows = np.zeros(256, np.uint32)
    present = np.flatnonzero(known.classes)
    rows[present] = np.arange(1, len(present) + 1)
    return rows


def objects_table(name: str, known: Statistics, engine: str) -> pa.Table:
    """`OBJECTS_SCHEMA`."""
    codes = np.flatnonzero(known.classes).tolist()
    count = 1 + len(codes)
    columns: dict[str, list[Any]] = {column: [None] * count for column in OBJECTS_SCHEMA.names}
    columns |= {
        "id": ["cloud", *(f"class-{code}" for code in codes)],
        "class": ["PointCloud", *map(class_name, codes)],
        "name": [name.encode("utf-8", "replace").decode("utf-8"), *[None] * len(codes)],
        "parent": [NO_ROW] + [0] * len(codes),
        "storey": [NO_ROW] * count,
        "level": [int(LEVEL)] * count,
        "hidden": [False] * count,
        "engine": [engine] * count,
    }
    return pa.table(columns, schema=OBJECTS_SCHEMA)


class Cloud(NamedTuple):
    """Its system, and how many points it has; those that ``known`` tells of may be some of them."""

    crs: str | None
    num_points: int


def properties_table(header: Header, known: Statistics, cloud: Cloud) -> pa.Table:
    """`PROPERTIES_SCHEMA`. Of a cloud that was seen in part, only what that part tells is told."""
    facts = [*_of_cloud(header, known, cloud), *_of_classes(known, whole=known.count == cloud.num_points)]
    return properties_of(_SET, [fact.row for fact in facts], facts)


def _of_cloud(header: Header, known: Statistics, cloud: Cloud) -> list[Fact]:
    low, high = known.low_m, known.high_m
    share, returns = cloud.num_points / known.count, known.returns if known.count == cloud.num_points else np.array(())
    facts = [
        Fact(0, "format", header.schema),
        Fact(0, "point format", header.point_format),
        Fact(0, "points", cloud.num_points),
    ]
    if known.density_per_m2 is not None:
        facts.append(Fact(0, "density", round(known.density_per_m2 * share, 3), "1/m²"))
    facts += [
        Fact(0, "width", round(float(high[0] - low[0]), 3), "m"),
        Fact(0, "length", round(float(high[1] - low[1]), 3), "m"),
        Fact(0, "lowest", round(float(low[2]), 3), "m"),
        Fact(0, "highest", round(float(high[2]), 3), "m"),
        Fact(0, "step", float(f"{float(header.scales.max()):.6g}")),
        Fact(0, "classes", int((known.classes > 0).sum())),
    ]
    facts += [Fact(0, f"return {number}", int(returns[number])) for number in np.flatnonzero(returns)]
    if np.isfinite(known.gps).all() and known.gps[1] > known.gps[0]:
        facts += [
            Fact(0, name, _time(at, header)) for name, at in zip(("first time", "last time"), known.gps, strict=True)
        ]
    facts.append(Fact(0, "colours", "yes" if known.largest_rgb else "no"))
    texts = (
        ("crs", crs_label(cloud.crs)[:80]),
        ("system", header.system),
        ("software", header.software),
        ("created", header.created),
    )
    return facts + [Fact(0, name, text) for name, text in texts if text]


def _time(seconds: float, header: Header) -> str:
    """UTC where the file counts time from an epoch, else the second of the week."""
    if not header.gps_is_absolute or not abs(seconds) < 2e9:
        return f"{seconds:.1f} s"
    moment = _GPS_EPOCH + datetime.timedelta(seconds=seconds + _ADJUSTED_S - _LEAP_S)
    return moment.isoformat(timespec="seconds")


def _of_classes(known: Statistics, *, whole: bool) -> list[Fact]:
    facts = []
    for row, code in enumerate(np.flatnonzero(known.classes).tolist(), 1):
        count = int(known.classes[code])
        facts += [
            Fact(row, "class code", code),
            *([Fact(row, "points", count)] if whole else []),
            Fact(row, "share", round(100.0 * count / known.count, 2), "%"),
        ]
    return facts
