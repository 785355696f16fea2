"""From the bytes of a CityJSON or CityJSONSeq file to JSON values, whatever their encoding."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from loaders.model.errors import CityTwinError, Finding

_MAX_BYTES = 4_000_000_000


class Decoded(NamedTuple):
    """One JSON object with the 1-based number of its line (0: the whole file)."""

    value: dict[str, Any]
    line: int


def decode_file(path: Path, findings: list[Finding]) -> Iterator[Decoded]:
    """The file as one object, or line by line when it is a sequence.

    A line that cannot be read is told in ``findings`` and skipped. Raises `CityTwinError` when the
    file cannot be read at all: ``city.unreadable``, ``city.too_large``, ``city.not_json``, ``city.too_deep``.
    """
    data = _bytes(path)
    first = _lines(data, 1)
    if _is_sequence(first, data):
        del first
        yield from _sequence(path, data, findings)
        return
    yield Decoded(_object(decode(_utf8(data, path, findings), path), path), 0)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise CityTwinError("city.too_large", str(path), gigabytes=round(path.stat().st_size / 1e9, 1))
        return path.read_bytes()
    except OSError as error:
        raise CityTwinError("city.unreadable", str(path), reason=error.strerror or str(error)) from error


def _utf8(data: bytes, path: Path, findings: list[Finding]) -> bytes:
    """The same text in UTF-8; Chinese tables in GBK are told of, since the guess may be wrong."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        findings.append(Finding.warning("city.encoding", path.name))
        try:
            return data.decode("gb18030").encode()
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace").encode()
    return data


def decode(data: bytes, path: Path) -> Any:
    """The JSON value of UTF-8 ``data``; numbers beyond the range of floats become infinite."""
    # Millions of lists that all stay alive would send the cycle collector over them again and again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return msgspec.json.decode(data)
    except RecursionError as error:
        raise CityTwinError("city.too_deep", str(path)) from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # NaN, Infinity and 1e999 are no JSON, yet some programs write them
    finally:
        if collecting:
            gc.enable()
    try:
        return json.loads(data)
    except RecursionError as error:
        raise CityTwinError("city.too_deep", str(path)) from error
    except ValueError as error:
        raise CityTwinError("city.not_json", str(path), reason=str(error)[:120]) from error


def _object(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CityTwinError("city.not_cityjson", str(path))
    return value


def _lines(data: bytes, count: int) -> list[bytes]:
    """The first ``count`` lines with something in them."""
    found: list[bytes] = []
    at = 0
    while at < len(data) and len(found) < count:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        if line := data[at:end].strip():
            found.append(line)
        at = end + 1
    return found


def _is_sequence(first: list[bytes], data: bytes) -> bool:
    """Whether the first line is a whole JSON object and more follows it."""
    if not first or not first[0].endswith(b"}") or len(first[0]) + 2 >= len(data.strip()):
        return False
    try:
        return isinstance(msgspec.json.decode(first[0].removeprefix(b"\xef\xbb\xbf")), dict)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False


def _sequence(path: Path, data: bytes, findings: list[Finding]) -> Iterator[Decoded]:
    at, number = 0, 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line, at, number = data[at:end].strip(), end + 1, number + 1
        if not line:
            continue
        try:
            yield Decoded(_object(decode(_utf8(line, path, findings), path), path), number)
        except CityTwinError:
            findings.append(Finding.error("city.bad_line", f"{path.name}:{number}", line=number))
