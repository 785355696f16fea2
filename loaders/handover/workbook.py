"""An Excel workbook: a sheet of objects and one of their properties, typed, with headings that stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from loaders.handover.part import Part, Telling, Written, firsts
from loaders.handover.rows import BATCH_ROWS, OBJECT_COLUMNS, object_table, property_tables, typed

MOST_ROWS = 1_048_576  # of a sheet, the heading included
_MOST_LETTERS = 32_767  # of a cell
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PROPERTY_COLUMNS = ("object", "layer", "id", "kind", "set", "property", "value", "unit", "inherited")
_WIDTHS = {"id": 26, "guid": 26, "name": 32, "class": 24, "set": 28, "property": 28, "value": 36, "parent": 26}


def write(parts: Sequence[Part], path: Path, telling: Telling) -> Written:
    """Write the objects of all parts into the new file ``path``. Raises `OSError` or `CityTwinError`."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    total = max(sum(part.tileset.num_objects + part.tileset.meta.counts.properties for part in parts), 1)
    done = 0

    def told(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        nonlocal done
        for row in rows:
            if done % BATCH_ROWS == 0:
                telling.share(min(done / total, 1.0))
            done += 1
            yield row

    try:
        count = _Sheets(book, "objects", OBJECT_COLUMNS, telling).fill(told(_objects(parts)))
        _Sheets(book, "properties", _PROPERTY_COLUMNS, telling).fill(told(_properties(parts)))
        book.save(path)
    finally:
        _tidy(book)
    return Written(count, path.stat().st_size)


def _tidy(book: Any) -> None:
    """Sheets that were never saved leave their temporary files to be removed."""
    for sheet in book.worksheets:
        if not sheet.closed:
            sheet.close()
        writer = getattr(sheet, "_writer", None)
        if writer is not None and Path(str(writer.out)).is_file():
            writer.cleanup()


def _objects(parts: Sequence[Part]) -> Iterator[tuple[Any, ...]]:
    for first, part in firsts(parts):
        for batch in object_table(first, part).to_batches(max_chunksize=BATCH_ROWS):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _properties(parts: Sequence[Part]) -> Iterator[tuple[Any, ...]]:
    for first, part in firsts(parts):
        ids = part.tileset.objects().column("id").to_pylist()
        for table in property_tables(part):
            for one in table.to_pylist():
                value = typed(one["value"], one["number"], one["value_type"])
                row = one["object"]
                about = (one["kind"], one["set"], one["name"], value, one["unit"], one["inherited"])
                yield (first + row, part.name, ids[row] if row < len(ids) else None, *about)


class _Sheets:
    """Rows under one heading; a sheet that is full is followed by another."""

    def __init__(self, book: Any, name: str, columns: Sequence[str], telling: Telling) -> None:
        self._book, self._columns = book, columns
        self._title = telling.tr(f"handover.sheet.{name}")
        self._words = [telling.tr(f"handover.column.{column}") for column in columns]
        self._number = 0

    def fill(self, rows: Iterable[Sequence[Any]]) -> int:
        """Write all rows; gives how many."""
        sheet, used, count = self._begin(), 1, 0
        for row in rows:
            if used == MOST_ROWS:
                self._end(sheet, used)
                sheet, used = self._begin(), 1
            sheet.append([_cell(sheet, value) for value in row])
            used += 1
            count += 1
        self._end(sheet, used)
        return count

    def _begin(self) -> Any:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter

        self._number += 1
        sheet = self._book.create_sheet(self._title if self._number == 1 else f"{self._title} {self._number}")
        sheet.freeze_panes = "A2"
        for place, column in enumerate(self._columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(column, 14)
        heading = []
        for words in self._words:
            cell = WriteOnlyCell(sheet, words)
            cell.font = Font(bold=True, color="FFFFFF")
            cell.fill = PatternFill("solid", start_color="1F4E79")
            cell.alignment = Alignment(vertical="center")
            heading.append(cell)
        sheet.append(heading)
        return sheet

    def _end(self, sheet: Any, used: int) -> None:
        from openpyxl.utils import get_column_letter

        sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._columns))}{used}"
        sheet.close()


def _cell(sheet: Any, value: Any) -> Any:
    """Text stays text, also where it looks like a formula."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, float) and not -1e307 < value < 1e307:
        return None
    if not isinstance(value, str):
        return value
    text = _NOT_XML.sub("\ufffd", value)[:_MOST_LETTERS]
    if not text.startswith(("=", "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
