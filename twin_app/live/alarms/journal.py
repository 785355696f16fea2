"""The alarm journal: every change of every alarm in SQLite, on the disk before anybody hears of it."""

from __future__ import annotations

import csv
import io
import json
import math
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from loaders.model.errors import CityTwinError
from twin_app.live.alarms.model import AlarmState, Kind, Mode, Transition
from twin_app.live.values import text_of_time

_NAMES = Transition._fields
_KINDS = dict.fromkeys(_NAMES, "INTEGER NOT NULL") | dict.fromkeys(("alarm", "kind", "user", "note"), "TEXT NOT NULL")
_KINDS |= {"value": "REAL", "for_s": "REAL NOT NULL"}
_QUOTED = ", ".join(f'"{name}"' for name in _NAMES)
_CREATE = f"""CREATE TABLE IF NOT EXISTS transitions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, {", ".join(f'"{name}" {kind}' for name, kind in _KINDS.items())})"""
_INSERT = f"INSERT INTO transitions ({_QUOTED}) VALUES ({', '.join('?' * len(_NAMES))})"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"


class AlarmJournal:
    """One file. Any thread; one lock. Raises `CityTwinError` ``alarm.journal`` where the disk fails."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.execute(_CREATE)
            self._base.execute("CREATE INDEX IF NOT EXISTS of_alarm ON transitions (alarm, seq)")
        except (OSError, sqlite3.Error) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> CityTwinError:
        return CityTwinError("alarm.journal", str(self._file), detail=str(error))

    def write(self, transitions: Sequence[Transition]) -> None:
        """Add changes, all or none; on the disk when this returns."""
        with self._lock:
            try:
                self._base.execute("BEGIN IMMEDIATE")
                self._base.executemany(_INSERT, [_row_of(one) for one in transitions])
                self._base.execute("COMMIT")
            except sqlite3.Error as error:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise self._failed(error) from error

    def _read(self, rest: str, arguments: tuple[int, ...] = ()) -> list[Transition]:
        with self._lock:
            try:
                rows = self._base.execute(f"SELECT {_QUOTED} FROM transitions {rest}", arguments).fetchall()
                return [_transition_of(row) for row in rows]
            except (sqlite3.Error, ValueError) as error:
                raise self._failed(error) from error

    def last(self) -> list[Transition]:
        """The last change of each alarm: what `AlarmEngine.restore` goes on from."""
        return self._read("WHERE seq IN (SELECT max(seq) FROM transitions GROUP BY alarm) ORDER BY seq")

    def last_raised(self) -> list[Transition]:
        """When each alarm was raised last."""
        return self._read("WHERE seq IN (SELECT max(seq) FROM transitions WHERE kind = 'raised' GROUP BY alarm)")

    def read(self, begin_us: int = -(2**63), end_us: int = 2**63 - 1) -> list[Transition]:
        """All changes of a time, in the order in which they happened."""
        return self._read("WHERE wall_us >= ? AND wall_us < ? ORDER BY seq", (begin_us, end_us))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()


def _row_of(one: Transition) -> tuple[object, ...]:
    return tuple(None if isinstance(value, float) and not math.isfinite(value) else value for value in one)


def _transition_of(row: tuple[object, ...]) -> Transition:
    given = dict(zip(_NAMES, row, strict=True))
    value = math.nan if given["value"] is None else given["value"]
    kinds = {"kind": Kind(given["kind"]), "mode": Mode(given["mode"]), "value": value}  # type: ignore[arg-type]
    kinds |= {name: AlarmState(given[name]) for name in ("before", "after")}  # type: ignore[arg-type]
    kinds |= {name: bool(given[name]) for name in ("active", "acknowledged", "latched", "simulated")}
    return Transition(**(given | kinds))  # type: ignore[arg-type]


def cell(text: object) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula: such text gets an apostrophe before it."""
    shown = str(text)
    return f"'{shown}" if isinstance(text, str) and shown.startswith(_FORMULA) else shown


def _records(transitions: Sequence[Transition]) -> Iterator[dict[str, object]]:
    for one in transitions:
        known = one._asdict()
        names = {"kind": one.kind.value, "before": one.before.name.lower(), "after": one.after.name.lower()}
        times = {"wall_us": text_of_time(one.wall_us), "until_us": text_of_time(one.until_us) if one.until_us else ""}
        value = one.value if math.isfinite(one.value) else None
        record = known | names | {"mode": one.mode.name.lower(), "value": value} | times
        yield {name.replace("wall_us", "time").replace("until_us", "until"): v for name, v in record.items()}


def as_csv(transitions: Sequence[Transition]) -> str:
    """CSV with a byte order mark, so that spreadsheets see UTF-8; times in UTC."""
    names = [name.replace("wall_us", "time").replace("until_us", "until") for name in _NAMES]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([["" if v is None else cell(v) for v in r.values()] for r in _records(transitions)])
    return BOM + out.getvalue()


def as_json(transitions: Sequence[Transition]) -> str:
    """A JSON array; times in UTC, null where there is no value."""
    return json.dumps(list(_records(transitions)), ensure_ascii=False, indent=1, allow_nan=False)
