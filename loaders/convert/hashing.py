"""Content hashes of sources, remembered so that a second open reads nothing."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from loaders.model.errors import Cancelled, CityTwinError

_BLOCK = 4 << 20
_SAMPLES, _SAMPLE_BYTES = 128, 64 << 10
# A file changed so shortly ago may change again within the clock's grain without showing it.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the file system tells of a file; equal fingerprints mean the same content."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class _Remembered:
    fingerprint: Fingerprint
    sha256: str


def fingerprint(path: Path) -> Fingerprint:
    """Raises `CityTwinError` ``registry.unreadable`` when the file cannot be seen."""
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return Fingerprint(str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def content_hash(path: Path, memory: Path, is_cancelled: Callable[[], bool]) -> str:
    """SHA-256 of a file's content in hexadecimal; ``memory`` is the folder that remembers earlier ones."""
    before = fingerprint(path)
    note = memory / (hashlib.sha256(before.path.encode("utf-8", "surrogateescape")).hexdigest()[:32] + ".json")
    known = _recall(note)
    if known is not None and known.fingerprint == before:
        return known.sha256
    digest = _digest(path, is_cancelled)
    settled = time.time_ns() - max(before.mtime_ns, before.ctime_ns) > _SETTLED_NS
    if settled and fingerprint(path) == before:
        _remember(note, _Remembered(before, digest))
    return digest


def sampled_hash(path: Path, is_cancelled: Callable[[], bool]) -> str:
    """What tells a file that is too large to be read for its name: size, time and some of its content, as a SHA-256."""
    known = fingerprint(path)
    sha = hashlib.sha256(f"{known.size} {known.mtime_ns}".encode())
    try:
        with path.open("rb") as file:
            for part in range(_SAMPLES):
                file.seek(part * max(known.size - _SAMPLE_BYTES, 0) // (_SAMPLES - 1))
                sha.update(file.read(_SAMPLE_BYTES))
                if is_cancelled():
                    raise Cancelled
    except OSError as error:
        raise _unreadable(path, error) from error
    return f"sampled-{sha.hexdigest()}"


def _digest(path: Path, is_cancelled: Callable[[], bool]) -> str:
    sha = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                sha.update(block)
                if is_cancelled():
                    raise Cancelled
    except OSError as error:
        raise _unreadable(path, error) from error
    return sha.hexdigest()


def _unreadable(path: Path, error: OSError) -> CityTwinError:
    return CityTwinError("registry.unreadable", str(path), name=path.name, reason=error.strerror or str(error))


def _recall(note: Path) -> _Remembered | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=_Remembered)
    except (OSError, ValueError):
        return None


def _remember(note: Path, known: _Remembered) -> None:
    """Failing to remember costs time later, nothing else."""
    temporary = note.with_name(f"{note.name}.{os.getpid()}.{time.monotonic_ns()}")
    with contextlib.suppress(OSError, UnicodeError):  # a path that is no text is hashed each time
        note.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(msgspec.json.encode(known))
        temporary.replace(note)
