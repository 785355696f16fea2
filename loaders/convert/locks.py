"""One converter at a time for one result, across threads and processes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from loaders.model.errors import Cancelled

_POLL_S = 0.02
_UNKNOWN_TO_THE_FOLDER = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


@contextlib.contextmanager
def file_lock(path: Path, is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Holds ``path`` exclusively; the system lets go of it when the holder dies. Raises `Cancelled` while waiting.

    Some shared folders know no locks: then two may make the same thing, each whole, and the later one stays.
    """
    handle = _acquire(path, is_cancelled)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(handle)


def _acquire(path: Path, is_cancelled: Callable[[], bool]) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if _try_lock(handle) and _is_same(handle, path):
            return handle
        os.close(handle)
        if is_cancelled():
            raise Cancelled
        time.sleep(_POLL_S)


def _is_same(handle: int, path: Path) -> bool:
    """False when the former holder deleted the file between our opening and locking it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _UNKNOWN_TO_THE_FOLDER
    return True
