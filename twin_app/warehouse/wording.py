"""Rows of an answer as JSON, as CSV and as a table for people."""

from __future__ import annotations

import csv
import io
import json
import math
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from loaders.handover.csv_file import harmless

WIDEST = 40  # characters of a cell in the table for people


def names_of(schema: pa.Schema) -> list[str]:
    """Column names, each once: the second ``a`` is ``a_2``."""
    found: list[str] = []
    for name in schema.names:
        number, own = 1, name
        while own in found:
            number += 1
            own = f"{name}_{number}"
        found.append(own)
    return found


def rows_of(batch: pa.RecordBatch) -> Iterator[list[Any]]:
    """Each row as values that JSON knows: times as ISO 8601, what is no number as None."""
    columns = [[plain(value) for value in _values(column)] for column in batch.columns]
    return map(list, zip(*columns, strict=True))


def _values(column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):  # times that Python's calendar does not reach
        return list(column.cast(pa.string()).to_pylist())


def plain(value: Any) -> Any:
    """A value that JSON knows."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, pa.MonthDayNano):
        return {"months": value.months, "days": value.days, "seconds": value.nanoseconds / 1e9}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value)


def json_line(names: Sequence[str], row: Sequence[Any]) -> str:
    """One row as one JSON object."""
    return json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)


def csv_line(row: Sequence[Any]) -> str:
    """One row, no cell of which a spreadsheet would run."""
    text = io.StringIO()
    csv.writer(text).writerow([harmless(_cell(value)) for value in row])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def table_lines(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Columns side by side; Chinese characters are two wide, numbers stand right."""
    cells = [[_short(value) for value in row] for row in (names, *rows)]
    numeric = [
        bool(rows) and all(isinstance(v, int | float | None) for v in column) for column in zip(*rows, strict=True)
    ]
    numeric = numeric or [False] * len(names)
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(_padded(*one) for one in zip(row, widths, numeric, strict=True)).rstrip() for row in cells]
    return [lines[0], "  ".join("─" * width for width in widths), *lines[1:]]


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1.0 else f"{value:,.3f}".rstrip("0").rstrip(".")
    text = "" if value is None else _cell(value) if isinstance(value, str | dict | list) else str(value)
    text = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    while _width(text) > WIDEST:
        text = f"{text[: min(len(text) - 2, WIDEST - 1)]}…"
    return text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int, numeric: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if numeric else text + space
