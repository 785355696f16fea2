"""Reported events as flat records, for CSV and GeoJSON: what is wrong in one costs that one and is told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from loaders.model.errors import Finding
from twin_app.live.values import EARLIEST_US, LATEST_US, text_of_time, time_us_of
from twin_app.operation.model import Action, CityEvent, Level, Report, Role, Step

FIELDS = (
    "id", "class", "level", "lon", "lat", "time", "source", "title", "picture", "accept_s", "handle_s", "simulated",
)  # fmt: skip
NEEDED = ("id", "class", "lon", "lat", "time")
_OTHER_NAMES = {
    "编号": "id",
    "事件编号": "id",
    "类别": "class",
    "事件类别": "class",
    "等级": "level",
    "级别": "level",
    "经度": "lon",
    "lng": "lon",
    "longitude": "lon",
    "纬度": "lat",
    "latitude": "lat",
    "时间": "time",
    "上报时间": "time",
    "来源": "source",
    "标题": "title",
    "描述": "title",
    "图片": "picture",
    "模拟": "simulated",
    "名称": "name",
    "队伍": "name",
    "技能": "skills",
    "职责": "skills",
    "状态": "state",
}
_TRUE = frozenset({"true", "1", "yes", "是", "模拟"})
LONGEST_TEXT = 2000
USUAL_ACCEPT_S, USUAL_HANDLE_S = 1800.0, 86400.0


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and where events can lie: ``box_deg`` (west, south, east, north) tells swapped coordinates."""

    user: str
    role: Role = Role.CITY
    box_deg: tuple[float, float, float, float] | None = None


class _Wrong(Exception):
    """One record is wrong; ``finding`` says how."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def field_of(name: str) -> str:
    """Our name of a column or property."""
    plain = name.strip().lower()
    return _OTHER_NAMES.get(plain, plain)


def record_of(event: CityEvent) -> dict[str, Any]:
    """An event's report by `FIELDS`; times in UTC to the millisecond."""
    report = event.report
    shown = {"id": event.id, "class": report.class_id, "level": int(report.level), "lon": report.lon_deg}
    shown |= {"lat": report.lat_deg, "time": text_of_time(event.reported_us), "source": report.source}
    shown |= {"title": report.title, "picture": report.picture, "accept_s": report.accept_s}
    return shown | {"handle_s": report.handle_s, "simulated": report.simulated}


def steps_of(
    records: Iterable[tuple[str, Mapping[str, Any]]], reader: Reader, known: Iterable[str] = ()
) -> tuple[list[Step], list[Finding]]:
    """Steps that report what ``records``, each with its place in the file, hold; events that are ``known`` are told."""
    seen = set(known)
    steps: list[Step] = []
    findings: list[Finding] = []
    for place, record in records:
        try:
            step = _step_of(record, place, reader)
        except _Wrong as wrong:
            findings.append(wrong.finding)
            continue
        if step.event in seen:
            findings.append(Finding.info("event.known_already", place, event=step.event))
            continue
        seen.add(step.event)
        steps.append(step)
    return steps, findings


def _step_of(record: Mapping[str, Any], place: str, reader: Reader) -> Step:
    texts = {name: _text(record.get(name), place, name) for name in FIELDS}
    for name in NEEDED:
        if not texts[name].strip():
            raise _Wrong(Finding.error("event.field_missing", place, field=name))
    lon_deg, lat_deg = _where(texts, place, reader)
    report = Report(
        class_id=texts["class"],
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        level=_level(texts, place),
        source=texts["source"],
        title=texts["title"],
        picture=texts["picture"],
        accept_s=_positive(texts, "accept_s", place, USUAL_ACCEPT_S),
        handle_s=_positive(texts, "handle_s", place, USUAL_HANDLE_S),
        simulated=texts["simulated"].strip().lower() in _TRUE,
    )
    return Step(texts["id"], Action.REPORT, _time(texts, place), reader.user, reader.role, report=report)


def _text(value: Any, place: str, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or len(str(value)) > LONGEST_TEXT:
        raise _Wrong(Finding.error("event.field_wrong", place, field=name, value=str(type(value).__name__)))
    return str(value)


def _number(texts: Mapping[str, str], name: str, place: str) -> float:
    try:
        number = float(texts[name])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _Wrong(Finding.error("event.field_wrong", place, field=name, value=texts[name][:80]))
    return number


def _positive(texts: Mapping[str, str], name: str, place: str, default: float) -> float:
    number = _number(texts, name, place) if texts[name].strip() else default
    if number <= 0.0:
        raise _Wrong(Finding.error("event.field_wrong", place, field=name, value=texts[name][:80]))
    return number


def _level(texts: Mapping[str, str], place: str) -> Level:
    number = _number(texts, "level", place) if texts["level"].strip() else float(Level.ORDINARY)
    if number not in {float(level) for level in Level}:
        raise _Wrong(Finding.error("event.field_wrong", place, field="level", value=texts["level"][:80]))
    return Level(int(number))


def _time(texts: Mapping[str, str], place: str) -> int:
    try:
        time_us = time_us_of(texts["time"].strip())
    except (ValueError, OverflowError):
        time_us = EARLIEST_US - 1
    if not EARLIEST_US <= time_us <= LATEST_US:
        raise _Wrong(Finding.error("event.field_wrong", place, field="time", value=texts["time"][:80]))
    return time_us


def _where(texts: Mapping[str, str], place: str, reader: Reader) -> tuple[float, float]:
    lon_deg, lat_deg = _number(texts, "lon", place), _number(texts, "lat", place)
    box = reader.box_deg or (-180.0, -90.0, 180.0, 90.0)
    if not _inside(lon_deg, lat_deg, box) and _inside(lat_deg, lon_deg, box):
        raise _Wrong(Finding.error("event.swapped", place, lon=lon_deg, lat=lat_deg))
    if not _inside(lon_deg, lat_deg, (-180.0, -90.0, 180.0, 90.0)):
        raise _Wrong(Finding.error("event.no_place", place))
    return lon_deg, lat_deg


def _inside(lon_deg: float, lat_deg: float, box_deg: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box_deg
    return west <= lon_deg <= east and south <= lat_deg <= north
