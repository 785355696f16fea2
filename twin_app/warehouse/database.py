"""The warehouse: an empty database in memory that sees the tables it is given, and nothing else of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from loaders.model.errors import CityTwinError
from twin_app.warehouse.complaints import EXPLAINED, complaint
from twin_app.warehouse.houses import VIEW, buildings_of, names_table
from twin_app.warehouse.observed import show_observations
from twin_app.warehouse.parts import OBJECTS, PROPERTIES, Source, numbered, objects_of, properties_of

VIEWS = ("objects", "properties", "houses", "observations", "events")
BATCH_ROWS = 8192
_CONFIG: dict[str, Any] = {
    "python_enable_replacements": False,  # variables of this program are no tables
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "temp_directory": "",
}
_LOCK = ("SET TimeZone='UTC'", "SET enable_external_access=false", "SET lock_configuration=true")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may take: seconds, and MB of memory; there is no room on disk."""

    seconds: float = 60.0
    memory_mb: int = 1024
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: its columns, and its rows in batches as they are made."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


class Warehouse:
    """The views `VIEWS` over sources, a history and events. One statement at a time; `cancel` from any thread."""

    def __init__(
        self,
        sources: Sequence[Source] = (),
        *,
        events: pa.Table | None = None,
        histories: Sequence[Path] = (),
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        config = {**_CONFIG, "memory_limit": f"{self.limits.memory_mb}MB", "threads": self.limits.threads}
        self._base = duckdb.connect(":memory:", config=config)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="warehouse")
        self._told = threading.Event()
        try:
            self._show(sources)
            self.problems = show_observations(self._base, histories)  # of histories that cannot be read whole
            self._view("events", events)
            for line in _LOCK:
                self._base.execute(line)
        except BaseException:
            self.close()
            raise

    def _show(self, sources: Sequence[Source]) -> None:
        self._view("objects", objects_of(sources) if sources else OBJECTS.empty_table())
        parts = []
        for number, (first, one) in enumerate(numbered(sources)):
            self._base.register(f"_properties_{number}", properties_of(one))
            told = ", ".join(f"{_text(value)} AS {name}" for name, value in one.origin.items())
            parts.append(
                f"SELECT {told}, CAST(object AS BIGINT) + {first} AS object, * EXCLUDE (object)"
                f" FROM _properties_{number}"
            )
        self._base.register("_no_properties", PROPERTIES.empty_table())
        parts.append("SELECT * FROM _no_properties")
        self._base.execute(f"CREATE VIEW properties AS {' UNION ALL '.join(parts)}")
        self._base.register("_buildings", buildings_of(sources))
        self._base.register("_house_names", names_table())
        self._base.execute(VIEW)

    def _view(self, name: str, table: pa.Table | None) -> None:
        if table is not None:
            self._base.register(f"_{name}", table)
            self._base.execute(f"CREATE VIEW {name} AS SELECT * FROM _{name}")

    def ask(self, sql: str) -> Rows:
        """The answer to one SELECT; it comes in batches, and each may raise what this may.

        Raises `CityTwinError`: ``warehouse.not_one``, ``warehouse.not_a_question``, ``warehouse.bad_statement``,
        ``warehouse.too_long``, ``warehouse.too_much``, ``warehouse.cancelled``.
        """
        self._told.clear()
        until_s = time.monotonic() + self.limits.seconds
        reader = self._run(lambda: self._begin(sql), sql, until_s)
        return Rows(reader.schema, self._batches(reader, sql, until_s))

    def _begin(self, sql: str) -> Any:
        statements = self._base.extract_statements(sql)
        if len(statements) != 1:
            raise CityTwinError("warehouse.not_one", "SQL", count=len(statements))
        kind = statements[0].type
        if kind != duckdb.StatementType.SELECT:
            raise CityTwinError("warehouse.not_a_question", "SQL", kind=kind.name)
        try:
            # A relation streams; the answer of `execute` would lie in memory whole.
            return self._base.sql(sql).to_arrow_reader(BATCH_ROWS)
        except (duckdb.CatalogException, duckdb.BinderException, duckdb.PermissionException):
            self._base.execute(EXPLAINED + sql)  # says the same, and where
            raise

    def _batches(self, reader: Any, sql: str, until_s: float) -> Iterator[pa.RecordBatch]:
        while (batch := self._run(lambda: next(reader, None), sql, until_s)) is not None:
            yield batch

    def _run(self, call: Callable[[], T], sql: str, until_s: float) -> T:
        """In a thread of its own, so that Ctrl+C and the time limit are heard while it works."""
        work: Future[T] = self._worker.submit(call)
        try:
            return work.result(max(0.0, until_s - time.monotonic()))
        except TooLate:
            self._stop(work)
            raise CityTwinError("warehouse.too_long", "SQL", seconds=f"{self.limits.seconds:g}") from None
        except (duckdb.Error, pa.ArrowException, OSError, RuntimeError) as error:
            if self._told.is_set():
                raise CityTwinError("warehouse.cancelled", "SQL") from None
            raise complaint(error, sql, self.limits.memory_mb) from error
        except BaseException:
            self._stop(work)
            raise

    def _stop(self, work: Future[Any]) -> None:
        while not work.done():
            self._base.interrupt()  # again, should it have come before the statement began
            time.sleep(0.02)

    def cancel(self) -> None:
        """End the statement that runs; it raises ``warehouse.cancelled``."""
        self._told.set()
        self._base.interrupt()

    def close(self) -> None:
        """Let go of everything."""
        self._worker.shutdown()
        self._base.close()


def _text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''").replace("\0", "") + "'"
