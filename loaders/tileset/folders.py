"""Folders that appear whole or not at all, and the leftovers of those that never did."""

from __future__ import annotations

import contextlib
import itertools
import os
import platform
import shutil
import time
import uuid
import zlib
from pathlib import Path

_MAX_AGE_S = 24 * 3600.0
_HOST = f"{zlib.crc32(platform.node().encode()):08x}"
PART_SUFFIX = ".part"


def part_folder(target: Path) -> Path:
    """Makes a new empty folder beside ``target``, named so that its owner's death can be told."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.parent / f".{target.name}.{_HOST}.{os.getpid()}.{uuid.uuid4().hex[:8]}{PART_SUFFIX}"
    folder.mkdir()
    return folder


def publish(part: Path, target: Path) -> None:
    """Rename ``part`` to ``target``; what stood there goes, and comes back when that fails."""
    try:
        part.rename(target)
    except OSError:
        if not target.exists():
            raise
        _replace(part, target)


def _replace(part: Path, target: Path) -> None:
    old = part.with_name(part.name.removesuffix(PART_SUFFIX) + ".old" + PART_SUFFIX)
    target.rename(old)
    try:
        part.rename(target)
    except OSError:
        with contextlib.suppress(OSError):
            old.rename(target)
        raise
    remove(old)


def remove(folder: Path) -> None:
    """Delete a folder, as far as the system lets us."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> int:
    """Delete the part folders of dead processes in ``parent``; gives how many."""
    swept = 0
    for folder in parent.glob(f".*{PART_SUFFIX}"):
        if folder.is_dir() and _is_leftover(folder):
            remove(folder)
            swept += 1
    return swept


def _is_leftover(folder: Path) -> bool:
    """Another machine's folders on shared storage go only by age."""
    fields = folder.name.removesuffix(PART_SUFFIX).split(".")
    pids = [int(after) for before, after in itertools.pairwise(fields) if before == _HOST and after.isdigit()]
    if pids and os.name == "posix":
        return not _is_alive(pids[-1])
    try:
        return time.time() - folder.stat().st_mtime > _MAX_AGE_S
    except OSError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
