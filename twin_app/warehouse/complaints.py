"""What the database complains of, in one sentence with its place in the statement."""

from __future__ import annotations

import re

import duckdb

from loaders.model.errors import CityTwinError

_KIND = re.compile(r"^[A-Z][A-Za-z ]{2,40} (Error|ERROR): ")
_LINE = re.compile(r"^LINE (\d+): (.*)\n( *)\^", re.MULTILINE)
_TABLE = re.compile(r"Table with name (.{1,120}?) does not exist")
EXPLAINED = "EXPLAIN "  # before a statement that is only looked at
LONGEST = 300


def complaint(error: Exception, sql: str, memory_mb: int) -> CityTwinError:
    """The error of a statement that failed."""
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory Error" in text:
        return CityTwinError("warehouse.too_much", "SQL", megabytes=memory_mb)
    if isinstance(error, duckdb.PermissionException) or "disabled by configuration" in text:
        return CityTwinError("warehouse.closed", place_of(text, sql))
    missing = _TABLE.search(text)
    if missing is not None:
        return CityTwinError("warehouse.no_table", place_of(text, sql), name=missing[1])
    return CityTwinError("warehouse.bad_statement", place_of(text, sql), detail=_sentence(text))


def _sentence(text: str) -> str:
    told = _KIND.sub("", text).partition("\n\nLINE ")[0]
    told = " ".join(line.strip() for line in told.splitlines() if line.strip() and not line.startswith("LINE "))
    return told[:LONGEST].rstrip(". ") or "?"


def place_of(text: str, sql: str) -> str:
    """``SQL:line:column``, both from 1; ``SQL`` where the database does not say."""
    found = _LINE.search(text)
    if found is None:
        return "SQL"
    number, shown = int(found[1]), found[2]
    column = len(found[3]) - len(f"LINE {number}: ")
    if number == 1 and shown.startswith(EXPLAINED):
        shown, column = shown.removeprefix(EXPLAINED), column - len(EXPLAINED)
    lines = sql.splitlines()
    if shown.startswith("...") and number <= len(lines):  # only a part of a long line is shown
        part = shown.removeprefix("...").removesuffix("...")
        column += max(0, lines[number - 1].find(part)) - len("...")
    return f"SQL:{number}:{max(0, column) + 1}"
