"""One table as CSV: a row for each object, its properties as columns, in the form that Excel takes for UTF-8."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loaders.handover.part import Part, Telling, Written
from loaders.handover.rows import BATCH_ROWS, OBJECT_COLUMNS, labels, wide_rows
from loaders.model.errors import Finding

MOST_COLUMNS = 16_000  # spreadsheets end at 16,384
# A cell of text that begins so is run as a formula by spreadsheets (OWASP, "CSV Injection").
_FORMULA = re.compile(r"[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")


def write(parts: Sequence[Part], path: Path, telling: Telling) -> Written:
    """Write the objects of all parts into the new file ``path``. Raises `OSError` or `CityTwinError`."""
    columns, left_out = labels(parts, MOST_COLUMNS)
    total = max(sum(part.tileset.num_objects for part in parts), 1)
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow([*OBJECT_COLUMNS, *(harmless(str(label)) for label in columns)])
        for row in wide_rows(parts):
            if count % BATCH_ROWS == 0:
                telling.share(count / total)
            writer.writerow([*map(harmless, row.values), *(harmless(row.properties.get(label)) for label in columns)])
            count += 1
    notes = (Finding.warning("handover.columns_left_out", count=left_out),) if left_out else ()
    return Written(count, path.stat().st_size, notes)


def harmless(value: Any) -> Any:
    """A value that no spreadsheet runs: text that would be a formula gets an apostrophe before it."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
