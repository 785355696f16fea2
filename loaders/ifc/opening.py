"""From a path to a checked IFC text: end mark, schema, letters, and safe unzipping."""

from __future__ import annotations

import dataclasses
import re
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from loaders.ifc.letters import escaped, literal_where_wrong
from loaders.model.errors import CityTwinError, Finding

LARGEST_MEMBER_BYTES = 8 << 30
LARGEST_RATIO = 200
# What ifcopenshell reads, by the name it knows: published editions differ in no entity that is read here.
READABLE = {
    "IFC2X3": "IFC2X3",
    "IFC2X3_TC1": "IFC2X3",
    "IFC2X3_FINAL": "IFC2X3",
    "IFC4": "IFC4",
    "IFC4_ADD1": "IFC4",
    "IFC4_ADD2": "IFC4",
    "IFC4_ADD2_TC1": "IFC4",
    "IFC4X3": "IFC4X3_ADD2",
    "IFC4X3_TC1": "IFC4X3_ADD2",
    "IFC4X3_ADD1": "IFC4X3_ADD2",
    "IFC4X3_ADD2": "IFC4X3_ADD2",
}
# Of other endings, ifcopenshell believes the name: a text called .ifczip is no zip to it.
_PLAIN_ENDINGS = (".ifc", ".txt", "")
_DEEPEST = 1000
_BOM = b"\xef\xbb\xbf"
_HEAD_BYTES = 64 << 10
_SCHEMA = re.compile(rb"(FILE_SCHEMA\s*\(\s*\(\s*')([A-Za-z0-9_]{1,40})'", re.IGNORECASE)


class Scratch:
    """A temporary folder that is made when it is first asked for, and taken away at the end."""

    def __init__(self) -> None:
        self._made: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._made is not None:
            self._made.cleanup()

    @property
    def folder(self) -> Path:
        if self._made is None:
            self._made = tempfile.TemporaryDirectory(prefix="citytwin-ifc-")
        return Path(self._made.name)


@dataclass(frozen=True, slots=True)
class Text:
    """The STEP text of a model; ``path`` is where engines read it, ``source`` the user's own file.

    ``readable`` says whether ifcopenshell knows its schema, ``findings`` what had to be put right.
    """

    path: Path
    source: Path
    data: bytes
    schema: str
    findings: tuple[Finding, ...] = ()

    @property
    def readable(self) -> bool:
        return self.schema in READABLE


def is_step(head: bytes) -> bool:
    """Whether a file begins like ISO 10303-21."""
    return head.lstrip(_BOM + b" \t\r\n")[:13].upper() == b"ISO-10303-21;"


def read_text(source: Path, scratch: Scratch) -> Text:
    """The text of ``source``; a zip is unpacked, and what ifcopenshell would trip over put right, in ``scratch``.

    Raises `CityTwinError`: ``ifc.not_step``, ``ifc.truncated``, ``ifc.no_schema``, ``ifc.zip_*``, ``ifc.unreadable``.
    """
    try:
        path = _unzip(source, scratch) if zipfile.is_zipfile(source) else source
        data = path.read_bytes()
        if not is_step(data[:_HEAD_BYTES]):
            if source.suffix.lower() == ".ifczip":
                raise CityTwinError("ifc.zip_damaged", str(source), reason=source.name)
            raise CityTwinError("ifc.not_step", str(source))
        if b"END-ISO-10303-21" not in data:
            raise CityTwinError("ifc.truncated", str(source))
        if b"(" * _DEEPEST in data:  # the parser would take 300 bytes of memory for each
            raise CityTwinError("ifc.too_deep", str(source))
        found = _SCHEMA.search(data[:_HEAD_BYTES])
        if not found:
            raise CityTwinError("ifc.no_schema", str(source))
        return _put_right(Text(path, source, data, found[2].decode("ascii").upper()), scratch)
    except OSError as error:
        raise CityTwinError("ifc.unreadable", str(source), reason=error.strerror or str(error)) from error


def _put_right(text: Text, scratch: Scratch) -> Text:
    data, encoding, count = escaped(text.data)
    data = data.lstrip(_BOM + b" \t\r\n")
    known = READABLE.get(text.schema, text.schema)
    if known != text.schema:
        data = _SCHEMA.sub(lambda m: m[1] + known.encode() + b"'", data[:_HEAD_BYTES], count=1) + data[_HEAD_BYTES:]
    findings = (Finding.warning("ifc.raw_letters", text.source.name, count=count, encoding=encoding),) if count else ()
    if data == text.data and _is_utf8(text.path) and text.path.suffix.lower() in _PLAIN_ENDINGS:
        return text
    path = scratch.folder / "clean.ifc"
    path.write_bytes(data)
    return dataclasses.replace(text, path=path, data=data, findings=findings)


def _is_utf8(path: Path) -> bool:
    """Whether ifcopenshell can be given this path."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _unzip(path: Path, scratch: Scratch) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if _is_model(m)]
            if len(members) != 1:
                raise CityTwinError("ifc.zip_members", str(path), count=len(members))
            member = members[0]
            if member.flag_bits & 1:
                raise CityTwinError("ifc.zip_encrypted", str(path))
            _check_size(member, path)
            return _extract(archive, member, path, scratch)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise CityTwinError("ifc.zip_damaged", str(path), reason=str(error)) from error


def _is_model(member: zipfile.ZipInfo) -> bool:
    """Whether it is an IFC file, and none of the "._" companions that macOS puts beside each file."""
    name = member.filename.rsplit("/", 1)[-1]
    return name.lower().endswith(".ifc") and not name.startswith("._") and not member.is_dir()


def _check_size(member: zipfile.ZipInfo, path: Path) -> None:
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > LARGEST_MEMBER_BYTES or (ratio > LARGEST_RATIO and member.file_size > 64 << 20):
        raise CityTwinError("ifc.zip_too_large", str(path), gigabytes=round(member.file_size / 1e9, 1))


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, scratch: Scratch) -> Path:
    target = scratch.folder / "model.ifc"  # never the member's own name: it may point anywhere
    left = member.file_size
    with archive.open(member) as source, target.open("wb") as file:
        while block := source.read(1 << 20):
            left -= len(block)
            if left < 0:
                raise CityTwinError("ifc.zip_damaged", str(path), reason=member.filename)
            file.write(block)
    return target


_BEYOND = re.compile(rb"(?<=[(,])\s*[+-]?(?:\d+\.?\d*[Ee]\+?\d{3,}|[Ii][Nn][Ff]|[Nn][Aa][Nn]|1\.#\w+)\s*(?=[,)])")


def with_sound_letters(text: Text, scratch: Scratch) -> tuple[Text, int]:
    """The text with wrong encodings of letters shown as they are written, so that the rest parses; and how many."""
    data, count = literal_where_wrong(text.data)
    if not count:
        return text, 0
    path = scratch.folder / "letters.ifc"
    path.write_bytes(data)
    return dataclasses.replace(text, path=path, data=data), count


def without_infinities(text: Text, scratch: Scratch) -> tuple[Text, int]:
    """The text with numbers beyond float64 made merely huge, so that the rest parses; and how many there were."""
    data, count = _BEYOND.subn(b"1.E300", text.data)
    if not count:
        return text, 0
    path = scratch.folder / "finite.ifc"
    path.write_bytes(data)
    return dataclasses.replace(text, path=path, data=data), count
