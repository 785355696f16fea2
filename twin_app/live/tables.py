"""Tables of values in CSV, XLSX and Parquet files, long (a row per value) or wide (a column per stream)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loaders.model.errors import CityTwinError
from twin_app.live.streams import StreamInfo
from twin_app.live.values import US_PER_S, Observation, Quality, Reason, time_us_of

MOST_BYTES = 200_000_000
MOST_STREAMS = 20_000
ENCODINGS = ("utf-8-sig", "gb18030")  # what spreadsheets in China write
# Heads of columns that people use, in lower case.
_HEADS: dict[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "datetime", "date", "phenomenontime", "t", "时间", "采集时间", "监测时间", "日期"),
    "value": ("value", "result", "v", "reading", "数值", "值", "监测值", "读数"),
    "stream": ("stream", "sensor", "id", "name", "tag", "point", "key", "测点", "编号", "名称", "设备", "站点"),
    "unit": ("unit", "u", "单位"),
    "indicator": ("indicator", "parameter", "property", "指标", "监测项"),
}
_EMPTY = frozenset({"", "null", "none", "nan", "na", "n/a", "-", "—"})


@dataclass(frozen=True, slots=True)
class TableValues:
    """What a file holds: streams by key, observations in the order of the rows, and how many cells were no values."""

    infos: tuple[StreamInfo, ...]
    observations: tuple[Observation, ...]
    unreadable: int


def read_values(path: Path, feed_id: str) -> TableValues:
    """All values of a file. Raises `CityTwinError` ``table.…`` where it cannot be read as a table of values."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CityTwinError("table.too_large", str(path), megabytes=MOST_BYTES // 1_000_000)
        rows = _READERS[path.suffix.lower()](path)
        heads = [str(cell).strip() if cell is not None else "" for cell in next(rows, ())]
        return _Reading(path, feed_id, heads).all(rows)
    except KeyError:
        raise CityTwinError("table.unknown", str(path), suffix=path.suffix) from None
    except CityTwinError:
        raise
    except (OSError, ValueError, pa.ArrowException) as error:
        raise CityTwinError("table.unreadable", str(path), reason=_reason(error)) from error


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error).partition("\n")[0])[:200]


class _Reading:
    def __init__(self, path: Path, feed_id: str, heads: Sequence[str]) -> None:
        self._feed_id = feed_id
        self._heads = heads
        places = {name: place for place, head in enumerate(heads) for name in _HEADS if head.lower() in _HEADS[name]}
        self._time = places.get("time")
        if self._time is None:
            raise CityTwinError("table.no_time", str(path), heads=", ".join(filter(None, heads))[:200])
        self._value, self._stream = places.get("value"), places.get("stream")
        self._unit, self._indicator = places.get("unit"), places.get("indicator")
        self._infos: dict[str, StreamInfo] = {}
        self._found: list[Observation] = []
        self._unreadable = 0
        self._path = path

    def all(self, rows: Iterator[Sequence[Any]]) -> TableValues:
        read = self._wide if self._value is None else self._long
        for row in rows:
            if any(cell is not None and cell != "" for cell in row):
                read(row)
        return TableValues(tuple(self._infos.values()), tuple(self._found), self._unreadable)

    def _long(self, row: Sequence[Any]) -> None:
        parts = [_text(_cell(row, place)) for place in (self._stream, self._indicator)]
        name = " · ".join(filter(None, parts)) or (self._heads[self._value] if self._value is not None else "")
        self._take(row, name, _cell(row, self._value), _text(_cell(row, self._unit)), parts[1])

    def _wide(self, row: Sequence[Any]) -> None:
        for place, head in enumerate(self._heads):
            if place != self._time and head:
                self._take(row, head, _cell(row, place), "", head)

    def _take(self, row: Sequence[Any], name: str, cell: Any, unit: str, indicator: str) -> None:
        time_us = _time_us(_cell(row, self._time))
        value = _number(cell)
        if time_us is None or value is None:
            self._unreadable += 1
            return
        key = f"{self._feed_id}/{name}"
        if key not in self._infos:
            if len(self._infos) >= MOST_STREAMS:
                raise CityTwinError("table.too_many", str(self._path), count=MOST_STREAMS)
            self._infos[key] = StreamInfo(key, name, unit, indicator)
        if math.isnan(value):
            self._found.append(Observation(key, value, time_us, Quality.BAD, Reason.SOURCE_SAYS))
        else:
            self._found.append(Observation(key, value, time_us))


def _cell(row: Sequence[Any], place: int | None) -> Any:
    return row[place] if place is not None and place < len(row) else None


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()[:200]


def _number(cell: Any) -> float | None:
    """The value; NaN where the cell is empty; None where it is something else."""
    if cell is None or (isinstance(cell, str) and cell.strip().lower() in _EMPTY):
        return math.nan
    if isinstance(cell, str):
        cell = cell.strip().replace(",", "").replace("\u202f", "").removesuffix("%")
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) or math.isnan(value) else None


def _time_us(cell: Any) -> int | None:
    """ISO 8601, ``2026/11/23 12:00``, Excel's dates, seconds or milliseconds since 1970; without a zone local time."""
    try:
        if isinstance(cell, datetime | date):
            moment = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
            return round(moment.timestamp() * US_PER_S)
        text = _text(cell).replace("/", "-")
        number = float(text) if text.replace(".", "", 1).isdigit() else None
        if number is not None and number > 1e8:
            return round(number * (US_PER_S if number < 1e11 else 1_000))
        moment = datetime.fromisoformat(_padded(text))
        return time_us_of(moment.astimezone().isoformat())
    except (ValueError, OverflowError, OSError):
        return None


def _padded(text: str) -> str:
    """``2026-1-3 8:05`` as ``2026-01-03 08:05``."""
    day, mark, clock = text.replace("T", " ").partition(" ")
    day = "-".join(part.zfill(2) for part in day.split("-"))
    clock = clock.strip()
    return f"{day} {clock.zfill(5) if clock.count(':') == 1 and len(clock) == 4 else clock}" if mark else day


def _csv(path: Path) -> Iterator[Sequence[Any]]:
    data = path.read_bytes()
    text = next((text for encoding in ENCODINGS if (text := _decoded(data, encoding)) is not None), None)
    if text is None:
        raise CityTwinError("table.encoding", str(path))
    try:
        dialect: Any = csv.Sniffer().sniff(text[:8192], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        yield from csv.reader(io.StringIO(text, newline=""), dialect)
    except csv.Error as error:
        raise ValueError(str(error)) from error


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _xlsx(path: Path) -> Iterator[Sequence[Any]]:
    import zipfile

    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > 10 * MOST_BYTES:
                raise CityTwinError("table.too_large", str(path), megabytes=MOST_BYTES // 1_000_000)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ValueError(str(error)) from error
    try:
        yield from book.worksheets[0].iter_rows(values_only=True)
    finally:
        book.close()


def _parquet(path: Path) -> Iterator[Sequence[Any]]:
    with pq.ParquetFile(path) as file:
        yield file.schema_arrow.names
        for batch in file.iter_batches(16_384):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


_READERS: dict[str, Callable[[Path], Iterator[Sequence[Any]]]] = {
    ".csv": _csv,
    ".txt": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
