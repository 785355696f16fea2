"""What a tileset refers to: files in its own folder and below, and data inside the document."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from loaders.model.errors import CityTwinError

LARGEST_BYTES = 1 << 30


def local_file(uri: str, base: Path, root: Path) -> Path:
    """The file that ``uri`` in a document in folder ``base`` means; it lies in ``root`` or below.

    Raises `CityTwinError` ``tiles.bad_uri`` for other hosts and for what leaves the folder: nothing is ever
    fetched from a network.
    """
    parts = urlsplit(uri)
    if parts.scheme or parts.netloc:
        raise CityTwinError("tiles.remote", uri[:200])
    path = unquote(parts.path)
    if "\0" in path or "\\" in path or path.startswith("/"):
        raise CityTwinError("tiles.bad_uri", uri[:200])
    found = (base / path).resolve()
    if not found.is_relative_to(_real(root)):
        raise CityTwinError("tiles.bad_uri", uri[:200])
    return found


@lru_cache(16)
def _real(folder: Path) -> Path:
    return folder.resolve()


def read_bytes(path: Path, place: str, *, most: int = LARGEST_BYTES) -> bytes:
    """A file of reasonable size; raises `CityTwinError` ``tiles.missing`` or ``tiles.too_large``."""
    try:
        if path.stat().st_size > most:
            raise CityTwinError("tiles.too_large", place)
        return path.read_bytes()
    except OSError as error:
        raise CityTwinError("tiles.missing", place, reason=error.strerror or str(error)) from error


def data_of(uri: str) -> bytes | None:
    """The bytes in a ``data:`` URI (RFC 2397), None for another URI; raises ValueError."""
    if not uri.startswith("data:"):
        return None
    head, comma, data = uri[5:].partition(",")
    if not comma:
        raise ValueError("data URI without a comma")
    if not head.endswith(";base64"):
        return unquote(data).encode("latin-1")
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError("data URI is not base64") from error
