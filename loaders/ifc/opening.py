"""From a path to a checked IFC text: end mark, schema, and safe unzipping."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from loaders.model.errors import CityTwinError

LARGEST_MEMBER_BYTES = 8 << 30
LARGEST_RATIO = 200
SUPPORTED = ("IFC2X3", "IFC4", "IFC4X3", "IFC4X3_ADD2", "IFC4X3_TC1", "IFC4X3_ADD1")
_HEAD_BYTES = 64 << 10
_TAIL_BYTES = 4 << 10


@dataclass(frozen=True, slots=True)
class Text:
    """The STEP text of a model; ``path`` is where ifcopenshell can read it."""

    path: Path
    data: bytes
    schema: str


def is_step(head: bytes) -> bool:
    """Whether a file begins like ISO 10303-21."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:13].upper() == b"ISO-10303-21;"


def read_text(path: Path, scratch: Path) -> Text:
    """The text of ``path``; a zip is unpacked into ``scratch``.

    Raises `CityTwinError`: ``ifc.not_step``, ``ifc.truncated``, ``ifc.no_schema``, ``ifc.zip_*``, ``ifc.unreadable``.
    """
    try:
        if zipfile.is_zipfile(path):
            path = _unzip(path, scratch)
        data = path.read_bytes()
    except OSError as error:
        raise CityTwinError("ifc.unreadable", str(path), reason=error.strerror or str(error)) from error
    if not is_step(data[:_HEAD_BYTES]):
        raise CityTwinError("ifc.not_step", str(path))
    if b"END-ISO-10303-21" not in data[-_TAIL_BYTES:]:
        raise CityTwinError("ifc.truncated", str(path))
    return Text(path, data, _schema(data, path))


def _schema(data: bytes, path: Path) -> str:
    found = re.search(rb"FILE_SCHEMA\s*\(\s*\(\s*'([A-Za-z0-9_]{1,40})'", data[:_HEAD_BYTES], re.IGNORECASE)
    if not found:
        raise CityTwinError("ifc.no_schema", str(path))
    return found[1].decode("ascii").upper()


def _unzip(path: Path, scratch: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.lower().endswith(".ifc") and not m.is_dir()]
            if len(members) != 1:
                raise CityTwinError("ifc.zip_members", str(path), count=len(members))
            member = members[0]
            if member.flag_bits & 1:
                raise CityTwinError("ifc.zip_encrypted", str(path))
            _check_size(member, path)
            return _extract(archive, member, path, scratch)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise CityTwinError("ifc.zip_damaged", str(path), reason=str(error)) from error


def _check_size(member: zipfile.ZipInfo, path: Path) -> None:
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > LARGEST_MEMBER_BYTES or (ratio > LARGEST_RATIO and member.file_size > 64 << 20):
        raise CityTwinError("ifc.zip_too_large", str(path), gigabytes=round(member.file_size / 1e9, 1))


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, scratch: Path) -> Path:
    target = scratch / "model.ifc"  # never the member's own name: it may point anywhere
    left = member.file_size
    with archive.open(member) as source, target.open("wb") as file:
        while block := source.read(1 << 20):
            left -= len(block)
            if left < 0:
                raise CityTwinError("ifc.zip_damaged", str(path), reason=member.filename)
            file.write(block)
    return target


_BEYOND = re.compile(rb"(?<=[(,])\s*[+-]?(?:\d+\.?\d*[Ee]\+?\d{3,}|[Ii][Nn][Ff]|[Nn][Aa][Nn]|1\.#\w+)\s*(?=[,)])")


def without_infinities(text: Text, scratch: Path) -> tuple[Text, int]:
    """The text with numbers beyond float64 made merely huge, so that the rest parses; and how many there were."""
    data, count = _BEYOND.subn(b"1.E300", text.data)
    if not count:
        return text, 0
    path = scratch / "finite.ifc"
    path.write_bytes(data)
    return Text(path, data, text.schema), count
