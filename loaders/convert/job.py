"""One source to one tileset folder."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from loaders import registry
from loaders.convert import child as child_side
from loaders.convert.cache import SUFFIX, Cache, cache_key
from loaders.convert.hashing import Fingerprint, content_hash, fingerprint, sampled_hash
from loaders.convert.locks import file_lock
from loaders.convert.options import ConvertEvent, ConvertOptions, ignore_event, never_cancelled
from loaders.convert.report import ConvertReport, report_of
from loaders.convert.supervise import Supervision
from loaders.detail import STREAM
from loaders.model.errors import Cancelled, CityTwinError, Finding
from loaders.model.formats import Format
from loaders.model.frames import Georeference
from loaders.tileset import (
    WRITER_VERSION,
    SourceIdentity,
    Tileset,
    TilesetMeta,
    folders,
    is_tileset_folder,
    origin,
    tileset_folder_of,
)
from loaders.tileset.meta import frame_of
from loaders.tileset.plain import printable
from loaders.tileset.report import read_report

SAMPLED_BYTES = 500_000_000  # larger sources that stream are told by their size, time and parts of their content
_ENGINES = ("auto", "fast", "exact")


def convert(
    source: Path,
    options: ConvertOptions | None = None,
    on_event: Callable[[ConvertEvent], None] = ignore_event,
    is_cancelled: Callable[[], bool] = never_cancelled,
) -> ConvertReport:
    """Make the tileset of ``source``, or take it from the cache. Blocks; any thread.

    ``on_event`` is called in this thread. ``is_cancelled`` is asked many times a second: once it says
    yes, `Cancelled` is raised within 2 s and nothing is left behind. Raises `CityTwinError` when the
    source cannot be read, the result cannot be written, or the child process dies.
    """
    options = options or ConvertOptions()
    if options.engine not in _ENGINES:
        raise CityTwinError("convert.unknown_engine", options.engine, engine=options.engine, known=", ".join(_ENGINES))
    try:
        return _Job(source, options, on_event, is_cancelled).run()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CityTwinError("convert.cannot_write", str(error.filename or source), reason=reason) from error


class _Job:
    def __init__(
        self,
        source: Path,
        options: ConvertOptions,
        on_event: Callable[[ConvertEvent], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._started_s = time.monotonic()
        is_ours = tileset_folder_of(source) is not None
        source = source if is_ours else registry.source_of(source)
        self._source = source.absolute()
        self._options = options
        self._on_event = on_event
        self._is_cancelled = is_cancelled
        self._cache = Cache(options.cache_folder)
        if is_ours:
            raise CityTwinError("convert.is_tileset", str(source), name=source.name)
        self._format = registry.choose(source, options.formats())
        self._inputs = _inputs(self._format, self._source, options.loader_options)
        self._hashed: dict[str, str] = {}

    def run(self) -> ConvertReport:
        key = self._key()
        if self._options.out is not None:
            return self._into(self._options.out / out_name(self._source), key)
        if self._options.use_cache and (report := self._cache.lookup(key)) is not None:
            return self._cached(report)
        with file_lock(self._cache.lock_path(key), self._is_cancelled):
            if self._options.use_cache and (report := self._cache.lookup(key)) is not None:
                return self._cached(report)
            folders.sweep(self._cache.entries)
            report = self._make(self._cache.entry(key), key)
            self._cache.store(key, report)
        self._cache.shrink(self._options.cache_limit_bytes)
        return report

    def _into(self, target: Path, key: str) -> ConvertReport:
        """Make ``target``; a tileset of the same key that is already there stays."""
        if target.exists() and not is_tileset_folder(target):
            raise CityTwinError("convert.out_exists", str(target), name=target.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Whoever waits here for another program that makes the same finds it made.
        with file_lock(target.with_name(f".{target.name}.lock"), self._is_cancelled):
            folders.sweep(target.parent)
            report = self._existing(target, key) if self._options.use_cache else None
            return self._make(target, key) if report is None else self._cached(report)

    def _existing(self, target: Path, key: str) -> ConvertReport | None:
        try:
            tileset = Tileset.open(target)
            return self._seen(tileset, report_of(tileset, self._source)) if tileset.meta.key == key else None
        except CityTwinError:
            return None

    def _seen(self, tileset: Tileset, report: ConvertReport) -> ConvertReport:
        """Note where the source lies, for a tileset that reads on there; tell it where the folder is handed out."""
        if STREAM not in tileset.meta.extras:
            return report
        origin.note_source(tileset.folder, self._inputs)
        if self._options.out is None:
            return report
        needs = Finding.warning("convert.detail_in_source", tileset.folder.name, name=self._source.name)
        return dataclasses.replace(report, findings=(*report.findings, needs))

    def _cached(self, report: ConvertReport) -> ConvertReport:
        if origin.has_source(Path(report.tileset)):  # the same content may be opened from another path
            origin.note_source(Path(report.tileset), self._inputs)
        seconds = time.monotonic() - self._started_s
        return dataclasses.replace(
            report, source=printable(str(self._source)), cached=True, seconds=seconds, peak_rss_mb=0.0
        )

    def _key(self) -> str:
        self._hashed = self._hashes()
        if self._is_cancelled():
            raise Cancelled
        plain = {name: str(value) for name, value in self._options.loader_options.items()}
        return cache_key(
            {
                "content": sorted(self._hashed.items()),
                "name": self._format.telling_name(self._source),
                "format": [self._format.id, self._format.version],
                "engine": self._options.engine,
                "options": sorted(item for item in plain.items() if f"option:{item[0]}" not in self._inputs),
            }
        )

    def _hashes(self) -> dict[str, str]:
        return {name: self._hash(path) for name, path in self._inputs.items()}

    def _hash(self, path: Path) -> str:
        """A file that is read in parts is not read whole for its name."""
        if self._format.stream is not None and fingerprint(path).size > SAMPLED_BYTES:
            return sampled_hash(path, self._is_cancelled)
        return content_hash(path, self._cache.hashes, self._is_cancelled)

    def _make(self, target: Path, key: str) -> ConvertReport:
        before = self._fingerprints()
        part = folders.part_folder(target)
        previews = folders.part_folder(target)
        try:
            with Supervision(self._task(part, previews, key), self._on_event, self._is_cancelled) as supervision:
                supervision.run()
                if self._fingerprints() != before and self._hashes() != self._hashed:
                    raise CityTwinError("convert.source_changed", str(self._source), name=self._source.name)
                self._measure(part, supervision)
                folders.publish(part, target)
                tileset = Tileset.open(target)
                report = self._seen(tileset, report_of(tileset, self._source))
        finally:
            folders.remove(part)
            folders.remove(previews)
        return dataclasses.replace(report, seconds=time.monotonic() - self._started_s)

    def _fingerprints(self) -> list[Fingerprint]:
        return [fingerprint(path) for path in self._inputs.values()]

    def _task(self, part: Path, previews: Path, key: str) -> child_side.Task:
        size = self._source.stat().st_size
        identity = TilesetMeta(
            format_version=WRITER_VERSION,
            key=key,
            source=SourceIdentity(self._hashed[""], size, printable(self._source.name)),
            format=self._format.id,
            schema="",
            kind=self._format.kind.value,
            frame=frame_of(Georeference()),
        )
        wanted = {**self._options.loader_options, "engine": self._options.engine}
        options = self._options
        return child_side.Task(
            source=self._source,
            folder=part,
            preview_folder=previews,
            identity=identity,
            format_id=self._format.id,
            formats=options.formats,
            options=wanted,
            background=options.background,
            cores=options.cores,
        )

    def _measure(self, part: Path, supervision: Supervision) -> None:
        now = time.monotonic()
        first = supervision.first_geometry_at_s or now
        timings = {"total": now - self._started_s, "first_geometry": first - self._started_s}
        peak_mb = supervision.peak_rss_bytes / 1e6
        read_report(part).with_measures(timings, round(peak_mb, 1)).write(part)


def _inputs(one: Format, source: Path, loader_options: Mapping[str, Any]) -> dict[str, Path]:
    """Every file that the result depends on, by the part it plays; ``""`` is the source itself."""
    inputs = {"": source}
    inputs |= {f"companion:{path.name}": path for path in one.companions(source) if path.is_file()}
    for name, value in loader_options.items():
        path = Path(value) if isinstance(value, Path | str) and value else None
        if path is not None and path.is_absolute() and path.is_file():
            inputs[f"option:{name}"] = path
    return inputs


def out_name(source: Path) -> str:
    """The folder name for a source in a folder the user chose."""
    stem = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", source.name).rstrip(". ")
    return f"{stem or '_'}{SUFFIX}"
