"""All events of a project: a journal of steps that only grows is the truth, the events are rebuilt from it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from psygnal import Signal

from loaders.model.errors import CityTwinError, Finding
from twin_app.operation.flow import after
from twin_app.operation.model import CityEvent, Step

_CREATE = """CREATE TABLE IF NOT EXISTS steps (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, action TEXT NOT NULL, time_us INTEGER NOT NULL,
    user TEXT NOT NULL, role TEXT NOT NULL, note TEXT NOT NULL, step TEXT NOT NULL)"""
# Nothing that was written is ever changed, not even by a mistake of ours.
_KEEP = (
    "CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON steps BEGIN SELECT RAISE(ABORT, 'append only'); END",
    "CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON steps BEGIN SELECT RAISE(ABORT, 'append only'); END",
)
_INSERT = "INSERT INTO steps (event, action, time_us, user, role, note, step) VALUES (?, ?, ?, ?, ?, ?, ?)"


class EventStore:
    """Any thread; one lock. ``changed`` comes after a step is on the disk, in the thread that took it.

    ``findings`` are steps of the file that could not be read or followed; the others stand.
    """

    changed = Signal(object, object)  # CityEvent, Step

    def __init__(self, file: Path) -> None:
        self.file = file
        self.is_closed = False
        self._lock = threading.RLock()
        self._events: dict[str, CityEvent] = {}
        self.findings: list[Finding] = []
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", _CREATE, *_KEEP):
                self._base.execute(line)
            rows = self._base.execute("SELECT seq, step FROM steps ORDER BY seq").fetchall()
        except (OSError, sqlite3.Error) as error:
            raise self._failed(error) from error
        for seq, text in rows:
            self._follow(seq, text)

    def _failed(self, error: Exception) -> CityTwinError:
        return CityTwinError("event.journal", str(self.file), detail=str(error))

    def _follow(self, seq: int, text: str) -> None:
        try:
            step = msgspec.json.decode(text, type=Step)
            self._events[step.event] = after(self._events.get(step.event), step)
        except (msgspec.MsgspecError, CityTwinError) as error:
            self.findings.append(Finding.error("event.bad_step", f"{self.file.name}: {seq}", detail=str(error)))

    def take(self, step: Step) -> CityEvent:
        """Take one step; raises `CityTwinError` where it is not allowed or the disk fails, and then nothing changed."""
        return self.take_all([step])[0]

    def take_all(self, steps: Sequence[Step]) -> list[CityEvent]:
        """Take steps in order, all or none; they are on the disk when this returns."""
        with self._lock:
            made: dict[str, CityEvent] = {}
            events, kept = [], []
            for step in steps:
                event = after(made.get(step.event, self._events.get(step.event)), step)
                made[step.event] = event
                events.append(event)
                kept.append(replace(step, time_us=event.changed_us))
            self._write(kept)
            self._events |= made
        for event, step in zip(events, kept, strict=True):
            self.changed.emit(event, step)
        return events

    def _write(self, steps: Sequence[Step]) -> None:
        rows = [(s.event, s.action, s.time_us, s.user, s.role, s.note, msgspec.json.encode(s).decode()) for s in steps]
        try:
            self._base.execute("BEGIN IMMEDIATE")
            self._base.executemany(_INSERT, rows)
            self._base.execute("COMMIT")
        except sqlite3.Error as error:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise self._failed(error) from error

    def events(self) -> tuple[CityEvent, ...]:
        """All events as they stand, in the order they were reported here."""
        with self._lock:
            return tuple(self._events.values())

    def event(self, event_id: str) -> CityEvent | None:
        """One event, None where it is not known."""
        with self._lock:
            return self._events.get(event_id)

    def steps(self, event_id: str) -> list[Step]:
        """All steps of one event, first to last."""
        with self._lock:
            try:
                found = self._base.execute(
                    "SELECT step FROM steps WHERE event = ? ORDER BY seq", (event_id,)
                ).fetchall()
                return [msgspec.json.decode(text, type=Step) for (text,) in found]
            except (sqlite3.Error, msgspec.MsgspecError) as error:
                raise self._failed(error) from error

    def close(self) -> None:
        """Close the file; the events as they stood last can still be asked for."""
        with self._lock:
            self.is_closed = True
            self._base.close()
