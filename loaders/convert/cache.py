"""Converted tilesets by the content they were made from, bounded in size, the least used going first."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from loaders.convert.locks import file_lock
from loaders.convert.report import ConvertReport
from loaders.model.errors import Cancelled
from loaders.tileset import WRITER_VERSION, folders, origin
from loaders.tileset.plain import encode_json

SUFFIX = ".tiles"
_STAMP = ".json"

_in_use: set[Path] = set()
_in_use_lock = threading.Lock()


def cache_folder() -> Path:
    """Where converted tilesets are; ``CITYTWIN_CACHE_DIR`` moves it."""
    return Path(os.environ.get("CITYTWIN_CACHE_DIR") or platformdirs.user_cache_dir("citytwin", appauthor=False))


@dataclass(frozen=True, slots=True)
class _Stamp:
    """Beside each entry: what it was when it was whole. ``files`` maps name -> size and mtime in ns."""

    report: ConvertReport
    files: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class CacheUsage:
    """How full a cache is."""

    folder: Path
    entries: int
    bytes: int


def cache_key(parts: dict[str, Any]) -> str:
    """The name of a result: SHA-256 over everything it depends on, in hexadecimal."""
    text = encode_json(parts | {"writer": WRITER_VERSION})
    return hashlib.sha256(text).hexdigest()


class Cache:
    """One cache folder. Several processes may use it at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or cache_folder()).absolute()
        self.entries = self.folder / "tilesets"
        self.hashes = self.folder / "sources"

    def entry(self, key: str) -> Path:
        """Where the tileset of ``key`` is or would be."""
        return self.entries / f"{key}{SUFFIX}"

    def lock_path(self, key: str) -> Path:
        """The file to lock while making ``key``."""
        self.entries.mkdir(parents=True, exist_ok=True)
        return self.entries / f".{key}.lock"

    def lookup(self, key: str) -> ConvertReport | None:
        """The report of a whole entry, which counts as a use; None for one that is damaged or not there."""
        folder, note = self.entry(key), self._stamp_path(key)
        stamp = _read_stamp(note)
        if stamp is None or not stamp.files or stamp.files != _files(folder):
            return None
        with contextlib.suppress(OSError):
            os.utime(note)
        _use(folder)
        return dataclasses.replace(stamp.report, tileset=str(folder))

    def store(self, key: str, report: ConvertReport) -> None:
        """Note that the entry of ``key``, now in its place, is whole."""
        folder = self.entry(key)
        _use(folder)
        text = encode_json(_Stamp(report, _files(folder)))
        temporary = self.entries / f".{key}.{os.getpid()}.{threading.get_ident()}{_STAMP}"
        temporary.write_bytes(text)
        temporary.replace(self._stamp_path(key))

    def shrink(self, limit_bytes: int) -> int:
        """Delete the least recently used entries beyond ``limit_bytes``, never one that this process uses."""
        known = sorted(self._entries(), key=lambda item: item[0])
        total = sum(size for _, size, _ in known)
        freed = 0
        for _, size, folder in known:
            if total - freed <= limit_bytes:
                break
            if folder not in _in_use and self._delete(folder):
                freed += size
        return freed

    def clear(self, keep: Iterable[Path] = ()) -> int:
        """Delete all entries but ``keep`` and all hashes; gives the bytes that were freed."""
        kept = {Path(folder).absolute() for folder in keep}
        freed = 0
        for _, size, folder in list(self._entries()):
            if folder not in kept and self._delete(folder):
                freed += size
        with contextlib.suppress(OSError):
            folders.sweep(self.entries)
        folders.remove(self.hashes)
        return freed

    def usage(self) -> CacheUsage:
        """Entries and bytes at this moment."""
        sizes = [size for _, size, _ in self._entries()]
        return CacheUsage(self.folder, len(sizes), sum(sizes))

    def _entries(self) -> Iterable[tuple[int, int, Path]]:
        """Last use in ns, bytes and folder of each entry."""
        for folder in self.entries.glob(f"[!.]*{SUFFIX}"):
            note = self._stamp_path(folder.name.removesuffix(SUFFIX))
            try:
                used_ns = note.stat().st_mtime_ns
            except OSError:
                used_ns = 0
            yield used_ns, sum(size for size, _ in _files(folder).values()), folder

    def _stamp_path(self, key: str) -> Path:
        return self.entries / f"{key}{_STAMP}"

    def _delete(self, folder: Path) -> bool:
        """Delete an entry, unless someone is making it right now."""
        key = folder.name.removesuffix(SUFFIX)
        try:
            with file_lock(self.lock_path(key), lambda: True):
                with contextlib.suppress(OSError):
                    self._stamp_path(key).unlink()
                folders.remove(folder)
        except (Cancelled, OSError):
            return False
        with _in_use_lock:
            _in_use.discard(folder)
        return True


def _use(folder: Path) -> None:
    with _in_use_lock:
        _in_use.add(folder)


def _read_stamp(note: Path) -> _Stamp | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=_Stamp)
    except (OSError, ValueError, RecursionError):
        return None


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file below a folder that does not change again, by relative name."""
    found: dict[str, tuple[int, int]] = {}
    waiting = [(folder, "")]
    while waiting:
        parent, prefix = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(parent) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), f"{prefix}{entry.name}/"))
                elif entry.name != origin.FILE_NAME:  # which changes with every opening
                    status = entry.stat(follow_symlinks=False)
                    found[prefix + entry.name] = (status.st_size, status.st_mtime_ns)
    return found


def clear_cache(keep: Iterable[Path] = (), folder: Path | None = None) -> int:
    """Delete all converted tilesets but ``keep``; gives the bytes that were freed."""
    return Cache(folder).clear(keep)


def cache_usage(folder: Path | None = None) -> CacheUsage:
    """How full the cache is."""
    return Cache(folder).usage()
