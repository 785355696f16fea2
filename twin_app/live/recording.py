"""A recording: a folder of Parquet parts, each finished by a rename, so that nothing but the last part can be lost.

A part stands for itself: it holds its values in the order they came and, in its metadata, what is known of their
streams.
"""

from __future__ import annotations

import bisect
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.model.errors import CityTwinError
from twin_app.live.batch import Batch
from twin_app.live.streams import StreamInfo
from twin_app.live.table import LatestTable

SUFFIX = ".ctrec"
PART_S = 5.0
_STREAMS = b"citytwin.streams"
_NUMBERS = ("value", "source_us", "receive_us", "quality", "reason", "state")


class Recorder:
    """Writes the batches of a hub to a folder, a part every ``part_s`` seconds, in a thread of its own.

    ``listen`` is for `Hub.on_batch`. Raises `CityTwinError` ``feed.recording_unwritable``, later ones in ``close``.
    """

    def __init__(self, folder: Path, table: LatestTable, *, part_s: float = PART_S) -> None:
        self._folder = folder
        self._table = table
        self._part_s = part_s
        self._batches: list[Batch] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._error: OSError | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._number = 1 + max((int(file.stem[5:]) for file in _parts(folder)), default=-1)
        except OSError as error:
            raise CityTwinError("feed.recording_unwritable", str(folder), detail=str(error)) from error
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def listen(self, batch: Batch) -> None:
        """Take a batch; it is written a little later."""
        with self._lock:
            if self._error is None:
                self._batches.append(batch)

    def close(self) -> None:
        """Write what waits, and end; raises where writing failed at any time."""
        self._ended.set()
        self._thread.join()
        if self._error is not None:
            raise CityTwinError("feed.recording_unwritable", str(self._folder), detail=str(self._error))

    def _run(self) -> None:
        ended = False
        while not ended and self._error is None:
            ended = self._ended.wait(self._part_s)
            with self._lock:
                batches, self._batches = self._batches, []
            try:
                if batches:
                    self._write(batches)
            except OSError as error:
                with self._lock:
                    self._error = error
                    self._batches.clear()

    def _write(self, batches: list[Batch]) -> None:
        rows = np.concatenate([batch.rows for batch in batches])
        used, index = np.unique(rows, return_inverse=True)
        infos = [self._table.info(int(row)) for row in used]
        keys = pa.DictionaryArray.from_arrays(pa.array(index, pa.int32()), pa.array([info.key for info in infos]))
        fields = ("values", *_NUMBERS[1:])
        numbers = [pa.array(np.concatenate([getattr(batch, name) for batch in batches])) for name in fields]
        part = pa.table([keys, *numbers], names=["key", *_NUMBERS])
        part = part.replace_schema_metadata({_STREAMS: msgspec.json.encode(_as_recorded(infos))})
        file = self._folder / f"part-{self._number:06d}.parquet"
        unfinished = file.with_suffix(".unfinished")
        pq.write_table(part, unfinished, compression="zstd")
        _to_disk(unfinished)
        unfinished.replace(file)
        _to_disk(self._folder)
        self._number += 1


def _to_disk(path: Path) -> None:
    """Have the system write what it holds of a file, or of the names in a folder, so that a power cut harms neither."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _as_recorded(infos: list[StreamInfo]) -> list[dict[str, object]]:
    """Values are recorded in the indicators' units, so that nothing is left to convert; endless bounds are left out."""
    told = [msgspec.to_builtins(replace(info, factor=1.0, offset=0.0)) for info in infos]
    return [{n: v for n, v in known.items() if n not in {"low", "high"} or np.isfinite(v)} for known in told]


def read_parts(folder: Path, from_us: int | None = None) -> Iterator[tuple[list[StreamInfo], Batch]]:
    """A recording part by part: its streams, and a batch whose ``rows`` count among them.

    ``from_us``: parts that were received before it are left out. Raises `CityTwinError` ``feed.recording_unreadable``.
    """
    files = _parts(folder)
    if not files:
        raise CityTwinError("feed.recording_unreadable", str(folder), detail="part-*.parquet")
    if from_us is not None:
        files = files[bisect.bisect_left(files, from_us, key=lambda file: _received(file)[1]) :]
    for file in files:
        try:
            yield _read(file)
        except (OSError, pa.ArrowException, msgspec.MsgspecError, KeyError, ValueError) as error:
            raise CityTwinError("feed.recording_unreadable", str(file), detail=str(error)[:200]) from error


def _parts(folder: Path) -> list[Path]:
    """Finished parts in their order."""
    return sorted(file for file in folder.glob("part-*.parquet") if file.stem[5:].isdecimal())


def span_us(folder: Path) -> tuple[int, int]:
    """When its first and its last value were received. Raises `CityTwinError` ``feed.recording_unreadable``."""
    files = _parts(folder)
    if not files:
        raise CityTwinError("feed.recording_unreadable", str(folder), detail="part-*.parquet")
    return _received(files[0])[0], _received(files[-1])[1]


def _received(file: Path) -> tuple[int, int]:
    """When the first and the last value of a part were received; only its end is read."""
    try:
        told = pq.read_metadata(file)
        place = told.schema.names.index("receive_us")
        found = [told.row_group(n).column(place).statistics for n in range(told.num_row_groups)]
        return min(one.min for one in found), max(one.max for one in found)
    except (OSError, pa.ArrowException, AttributeError, ValueError, TypeError) as error:
        raise CityTwinError("feed.recording_unreadable", str(file), detail=str(error)[:200]) from error


def feeds_in(folder: Path) -> set[str]:
    """The feeds whose streams a recording holds; of its parts only the heads are read.

    Raises `CityTwinError` ``feed.recording_unreadable``.
    """
    found: set[str] = set()
    for file in _parts(folder):
        try:
            infos = _infos(pq.read_schema(file))
        except (OSError, pa.ArrowException, msgspec.MsgspecError, KeyError, ValueError, TypeError) as error:
            raise CityTwinError("feed.recording_unreadable", str(file), detail=str(error)[:200]) from error
        found |= {info.key.partition("/")[0] for info in infos}
    return found


def _infos(schema: pa.Schema) -> list[StreamInfo]:
    return msgspec.json.decode((schema.metadata or {})[_STREAMS], type=list[StreamInfo])


def _read(file: Path) -> tuple[list[StreamInfo], Batch]:
    part = pq.read_table(file, read_dictionary=["key"])
    infos = _infos(part.schema)
    row_of = {info.key: row for row, info in enumerate(infos)}
    keys = part["key"].combine_chunks()
    rows = np.array([row_of[key] for key in keys.dictionary.to_pylist()], np.int64)[keys.indices.to_numpy()]
    value, source_us, receive_us, quality, reason, state = (part[name].to_numpy() for name in _NUMBERS)
    return infos, Batch(rows, value, source_us, receive_us, quality, reason, state)
