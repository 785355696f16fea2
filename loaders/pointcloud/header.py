"""The header of a LAS file and its variable length records (ASPRS LAS 1.4 R15, sections 2.4 to 2.6)."""

from __future__ import annotations

import dataclasses
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding

# Bytes of the fields that each point format has; a record may be longer (section 2.6).
RECORD_BYTES = (20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67)
LASZIP = ("laszip encoded", 22204)
COPC_INFO = ("copc", 1)
_HEADER_BYTES = {0: 227, 1: 227, 2: 227, 3: 235, 4: 375}
_MOST_RECORDS = 10_000
_LARGEST_RECORD = 16 << 20
_ASSUMED_SCALE = 0.001


class Record(NamedTuple):
    """A variable length record: who defined it, its number, its bytes."""

    user_id: str
    record_id: int
    data: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """What the beginning of a LAS file says. Bounds (6,) are ``minx miny minz maxx maxy maxz``, in source units."""

    version: tuple[int, int]
    point_format: int
    record_bytes: int
    offset: int  # of the first point
    count: int
    scales: NDArray[np.float64]
    offsets: NDArray[np.float64]
    bounds: NDArray[np.float64]
    returns: tuple[int, ...]
    file_bytes: int
    has_wkt: bool
    gps_is_absolute: bool
    system: str
    software: str
    created: str
    records: tuple[Record, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    @property
    def schema(self) -> str:
        """Such as ``LAS 1.4``, ``LAZ 1.2`` or ``COPC 1.4``."""
        name = "COPC" if self.is_copc else "LAZ" if self.is_compressed else "LAS"
        return f"{name} {self.version[0]}.{self.version[1]}"

    @property
    def laszip(self) -> bytes | None:
        """How the points are compressed; None where they are not."""
        return self.record(*LASZIP)

    @property
    def is_compressed(self) -> bool:
        """Whether the points are compressed."""
        return self.laszip is not None

    @property
    def is_copc(self) -> bool:
        """Whether the points stand in an octree: the first record says so (COPC 1.0)."""
        return bool(self.records) and (self.records[0].user_id, self.records[0].record_id) == COPC_INFO

    def record(self, user_id: str, record_id: int) -> bytes | None:
        """The bytes of the first such record."""
        for one in self.records:
            if (one.user_id, one.record_id) == (user_id, record_id):
                return one.data
        return None


def read_header(path: Path) -> Header:
    """Raises `CityTwinError` where the file cannot be a LAS file; what is merely wrong becomes a finding."""
    with path.open("rb") as file:
        size = path.stat().st_size
        head = file.read(375)
        header = _parsed(path, head, size)
        records = [*_records(file, header, head), *_extended(file, header, head)]
    compressed = bool(head[104] & 0x80)
    found = dataclasses.replace(header, records=tuple(records))
    if compressed and not found.is_compressed:
        raise CityTwinError("pointcloud.no_laszip", str(path), name=path.name)
    return found


def _parsed(path: Path, head: bytes, size: int) -> Header:
    if not head.startswith(b"LASF"):
        raise CityTwinError("pointcloud.not_las", str(path), name=path.name)
    if len(head) < 227:
        raise CityTwinError("pointcloud.truncated_header", str(path), name=path.name)
    major, minor = head[24], head[25]
    if major != 1 or minor not in _HEADER_BYTES or len(head) < _HEADER_BYTES[minor]:
        code = "pointcloud.truncated_header" if major == 1 and minor in _HEADER_BYTES else "pointcloud.version"
        raise CityTwinError(code, str(path), name=path.name, version=f"{major}.{minor}")
    findings: list[Finding] = []
    encoding, day, year = (struct.unpack_from("<H", head, at)[0] for at in (6, 90, 92))
    _, offset, _, point_format, record_bytes, count = struct.unpack_from("<HIIBHI", head, 94)
    returns: tuple[int, ...] = struct.unpack_from("<5I", head, 111)
    if minor >= 4:
        count = struct.unpack_from("<Q", head, 247)[0] or count
        returns = struct.unpack_from("<15Q", head, 255) if any(struct.unpack_from("<15Q", head, 255)) else returns
    is_compressed, point_format = point_format > 0x3F, point_format & 0x3F
    if point_format >= len(RECORD_BYTES) or record_bytes < RECORD_BYTES[point_format]:
        raise CityTwinError("pointcloud.point_format", str(path), format=point_format, length=record_bytes)
    if not 227 <= offset <= size:
        raise CityTwinError("pointcloud.truncated_header", str(path), name=path.name)
    if not count and not is_compressed:
        count = _room(head, size, offset) // record_bytes
        if count:
            findings.append(Finding.warning("pointcloud.no_count", path.name, count=count))
    numbers = np.array(struct.unpack_from("<12d", head, 131))
    scales, offsets = _sound_scales(numbers[:3], numbers[3:6], path, findings)
    return Header(
        (major, minor),
        point_format,
        record_bytes,
        offset,
        count,
        scales,
        offsets,
        numbers[[7, 9, 11, 6, 8, 10]],
        returns,
        size,
        bool(encoding & 16),
        bool(encoding & 1),
        _text(head[26:58]),
        _text(head[58:90]),
        f"{year:04d}-{day:03d}" if 1990 <= year <= 2200 and 1 <= day <= 366 else "",
        findings=findings,
    )


def _room(head: bytes, size: int, offset: int) -> int:
    """Bytes between the first point and whatever comes after the points."""
    ends = [size]
    if head[25] >= 4 and struct.unpack_from("<I", head, 243)[0]:
        ends.append(struct.unpack_from("<Q", head, 235)[0])
    return max(0, min(ends) - offset)


def _sound_scales(
    scales: NDArray[np.float64], offsets: NDArray[np.float64], path: Path, findings: list[Finding]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    wrong = ~np.isfinite(scales) | (scales == 0.0) | (np.abs(scales) > 1e6)
    lost = ~np.isfinite(offsets) | (np.abs(offsets) > 1e12)
    if wrong.any() or lost.any():
        findings.append(Finding.error("pointcloud.bad_scale", path.name, metres=_ASSUMED_SCALE))
    return np.where(wrong, _ASSUMED_SCALE, scales), np.where(lost, 0.0, offsets)


def _records(file: BinaryIO, header: Header, head: bytes) -> list[Record]:
    """The records before the points; those that reach beyond them are told and left out."""
    (size, _, count) = struct.unpack_from("<HII", head, 94)
    found: list[Record] = []
    at = max(size, 227)
    for _ in range(min(count, _MOST_RECORDS)):
        file.seek(at)
        start = file.read(54)
        if at + 54 > header.offset or len(start) < 54:
            break
        (length,) = struct.unpack_from("<H", start, 20)
        if at + 54 + length > header.offset:
            break
        found.append(_record(start, file.read(length)))
        at += 54 + length
    if len(found) < count:
        header.findings.append(Finding.warning("pointcloud.bad_records", "", count=count - len(found)))
    return found


def _extended(file: BinaryIO, header: Header, head: bytes) -> list[Record]:
    """The records after the points, of LAS 1.4."""
    if header.version[1] < 4:
        return []
    at, count = struct.unpack_from("<QI", head, 235)
    found: list[Record] = []
    for _ in range(min(count, _MOST_RECORDS)):
        if at + 60 > header.file_bytes:
            break
        file.seek(at)
        start = file.read(60)
        (length,) = struct.unpack_from("<Q", start, 20)
        if len(start) < 60 or at + 60 + length > header.file_bytes:
            break
        # The octree of a COPC file may be large, and is read where it is needed.
        found.append(_record(start, file.read(length) if length <= _LARGEST_RECORD else b""))
        at += 60 + length
    if len(found) < count:
        header.findings.append(Finding.warning("pointcloud.bad_records", "", count=count - len(found)))
    return found


def _record(start: bytes, data: bytes) -> Record:
    return Record(_text(start[2:18]), struct.unpack_from("<H", start, 18)[0], data)


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "replace").strip()
