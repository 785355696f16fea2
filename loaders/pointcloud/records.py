"""The point records of LAS files as numpy structures, read in batches whatever the size of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from loaders.pointcloud.header import Header
from loaders.pointcloud.patched import with_table

BATCH_POINTS = 1_000_000
_BATCH_BYTES = 128 << 20
_STEP_POINTS = 10_000  # what is lost at most where compressed data end before they should

Records = NDArray[Any]

# Where each field stands (ASPRS LAS 1.4 R15, section 2.6).
_OLD = {"returns": ("u1", 14), "class": ("u1", 15)}
_NEW = {"returns": ("u1", 14), "class": ("u1", 16), "gps": ("<f8", 22)}
_GPS = {1: 20, 3: 20, 4: 20, 5: 20}
_RGB = {2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30}


def has_rgb(point_format: int) -> bool:
    """Whether points of a format have a colour."""
    return point_format in _RGB


def record_type(point_format: int, record_bytes: int) -> np.dtype[Any]:
    """The fields that are used of a record, at their places."""
    fields: dict[str, tuple[Any, int]] = {"xyz": (("<i4", 3), 0), "intensity": ("<u2", 12)}
    fields |= _OLD if point_format < 6 else _NEW
    if point_format in _GPS:
        fields["gps"] = ("<f8", _GPS[point_format])
    if point_format in _RGB:
        fields["rgb"] = (("<u2", 3), _RGB[point_format])
    layout = {
        "names": list(fields),
        "formats": [kind for kind, _ in fields.values()],
        "offsets": [at for _, at in fields.values()],
        "itemsize": record_bytes,
    }
    return np.dtype(layout)  # type: ignore[call-overload, no-any-return]


def classes_of(records: Records, point_format: int) -> NDArray[np.uint8]:
    """The class of each point; the flags that old formats keep beside it are left out."""
    codes: NDArray[np.uint8] = records["class"]
    return codes & np.uint8(31 if point_format < 6 else 255)


def returns_of(records: Records, point_format: int) -> NDArray[np.uint8]:
    """Which return of its pulse each point is."""
    numbers: NDArray[np.uint8] = records["returns"]
    return numbers & np.uint8(7 if point_format < 6 else 15)


def batches(path: Path, header: Header, size: int = BATCH_POINTS) -> Iterator[Records]:
    """All records that can be read, ``size`` at a time; fewer than the header says where the file is cut short.

    Raises `CityTwinError` where the compression is of a kind that nobody here knows.
    """
    kind = record_type(header.point_format, header.record_bytes)
    with path.open("rb") as file:
        file.seek(header.offset)
        read = _plain(file, header) if header.laszip is None else _compressed(file, header, path)
        left = header.count
        size = max(1, min(size, _BATCH_BYTES // header.record_bytes))
        while left > 0:
            data = read(min(size, left) * header.record_bytes)
            count = len(data) // header.record_bytes
            if count:
                yield np.frombuffer(data, kind, count)
            left -= count
            if count < size:
                return


def _plain(file: BinaryIO, header: Header) -> Callable[[int], Any]:
    def read(num_bytes: int) -> bytes:
        # A count that lies must not make room for what is not there.
        return file.read(min(num_bytes, max(0, header.file_bytes - file.tell())))

    return read


def _compressed(file: BinaryIO, header: Header, path: Path) -> Callable[[int], Any]:
    decompressor = _decompressor(file, header, path)
    ended = False

    def read(num_bytes: int) -> NDArray[np.uint8]:
        nonlocal ended
        whole = np.empty(num_bytes, np.uint8)
        done = 0
        while done < num_bytes and not ended:
            step = min(_STEP_POINTS * header.record_bytes, num_bytes - done)
            if unpacked(decompressor.decompress_many, whole[done : done + step]):
                done += step
            else:
                ended = True
        return whole[:done]

    return read


def _decompressor(file: BinaryIO, header: Header, path: Path) -> Any:
    import lazrs

    try:
        if lazrs.LazVlr(header.laszip).item_size() != header.record_bytes:
            raise ValueError("record length")
        try:
            return lazrs.LasZipDecompressor(file, header.laszip)
        except lazrs.LazrsError:  # the table at the end is missing: the chunks before it may be sound
            source = with_table(file, header)
            source.seek(header.offset)
            return lazrs.LasZipDecompressor(source, header.laszip)
    except (ValueError, OSError, lazrs.LazrsError) as error:
        raise CityTwinError("pointcloud.compression", str(path), reason=str(error)[:120]) from error


def unpacked(work: Callable[..., Any], *arguments: Any) -> bool:
    """Whether native decompression of data from anywhere went well; what it panics with is no `Exception`."""
    try:
        work(*arguments)
    except Exception:  # noqa: BLE001 - its own errors share no base that is told
        return False
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return False
    return True
