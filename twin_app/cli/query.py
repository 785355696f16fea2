"""SQL over the warehouse"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from loaders.model.errors import CityTwinError
from twin_app.cli.output import Output
from twin_app.usecases.querying import warehouse_over
from twin_app.warehouse.database import Limits, Rows
from twin_app.warehouse.wording import csv_line, json_line, names_of, rows_of, table_lines

MOST_SHOWN = 200  # rows of the table for people
BOM = "\ufeff"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `query`."""
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("sql", metavar="SQL")
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--seconds", type=_positive, default=Limits().seconds, metavar="N")
    parser.add_argument("--memory", type=_megabytes, default=Limits().memory_mb, metavar="MB")


def _positive(text: str) -> float:
    value = float(text)
    if not 0.0 < value <= 86_400.0:
        raise ValueError(text)
    return value


def _megabytes(text: str) -> int:
    value = int(text)
    if not 16 <= value <= 1_000_000:
        raise ValueError(text)
    return value


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the rows; 1 when one of several sources could not be read."""
    if args.csv and args.json:
        raise CityTwinError("cli.bad_arguments", "citytwin query", detail="--csv, --json")
    limits = Limits(args.seconds, args.memory)
    with warehouse_over(args.paths, limits, lambda: out.progress(None, "warehouse.progress")) as (warehouse, problems):
        for problem in problems:
            out.note("warehouse.left_out", problem=out.sentence(problem))
        rows = warehouse.ask(args.sql)
        out.end_progress()
        if args.csv or args.json:
            for text in _csv(rows) if args.csv else _json(rows):
                sys.stdout.buffer.write(text.encode("utf-8", "replace"))
            sys.stdout.flush()
        else:
            _show(rows, out)
    return 1 if problems else 0


def _json(rows: Rows) -> Iterator[str]:
    names = names_of(rows.schema)
    for batch in rows.batches:
        yield "".join(f"{json_line(names, row)}\n" for row in rows_of(batch))


def _csv(rows: Rows) -> Iterator[str]:
    yield BOM + csv_line(names_of(rows.schema))
    for batch in rows.batches:
        yield "".join(csv_line(row) for row in rows_of(batch))


def _show(rows: Rows, out: Output) -> None:
    shown: list[list[object]] = []
    for batch in rows.batches:
        shown += list(rows_of(batch.slice(0, MOST_SHOWN + 1 - len(shown))))
        if len(shown) > MOST_SHOWN:
            break
    lines = table_lines(names_of(rows.schema), shown[:MOST_SHOWN])
    out.result({}, lines)
    if len(shown) > MOST_SHOWN:
        out.note("warehouse.more", count=MOST_SHOWN)
