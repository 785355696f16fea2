"""A LAZ file that lost its end, seen as if it had the table of chunks that stood there."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, BinaryIO

from loaders.pointcloud.header import Header

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

_MOST_CHUNKS = 1_000_000


class Patched(io.RawIOBase):
    """The bytes of ``file``, with ``table`` after them and its place noted where the points begin."""

    def __init__(self, file: BinaryIO, size: int, table_offset_at: int, table: bytes) -> None:
        self._file, self._size, self._table = file, size, table
        self._at, self._place = 0, table_offset_at
        self._offset = struct.pack("<q", size)

    def seekable(self) -> bool:
        """It is."""
        return True

    def readable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size + len(self._table)}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Buffer) -> int:
        """As many bytes as there is room for, or fewer."""
        room = memoryview(buffer).cast("B")
        size = len(room)
        if self._place <= self._at < self._place + 8:
            part = self._offset[self._at - self._place :][:size]
        elif self._at < self._size:
            self._file.seek(self._at)
            part = self._file.read(min(size, self._size - self._at))
        else:
            part = self._table[self._at - self._size :][:size]
        room[: len(part)] = part
        self._at += len(part)
        return len(part)


def with_table(file: BinaryIO, header: Header) -> Patched:
    """The file with a table of as many chunks as its points take; what it says of their sizes is used by nobody.

    Raises ValueError where chunks have sizes of their own, for then nobody knows where they begin.
    """
    import lazrs

    vlr = lazrs.LazVlr(header.laszip)
    if vlr.uses_variable_size_chunks() or not vlr.chunk_size():
        raise ValueError("no table of chunks")
    count = min(-(-header.count // vlr.chunk_size()), _MOST_CHUNKS)
    table = io.BytesIO()
    lazrs.write_chunk_table(table, [(int(vlr.chunk_size()), 1)] * count, vlr)
    return Patched(file, header.file_bytes, header.offset, table.getvalue())
