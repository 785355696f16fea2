"""Writing files so that nobody ever finds half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from loaders.model.errors import CityTwinError


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``: all of it or none, with the old file kept until the last moment.

    Raises `CityTwinError` ``file.not_written`` when the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise CityTwinError("file.not_written", str(path), reason=error.strerror or str(error)) from error
