"""ESRI ASCII grids: whether all the numbers that the header promises are there."""

from __future__ import annotations

import re
from pathlib import Path

from loaders.model.errors import CityTwinError

_SIZES = re.compile(rb"\s*ncols\s+(\d{1,9})\s+nrows\s+(\d{1,9})\s", re.IGNORECASE)
_PART_BYTES = 4 * 1024 * 1024


def check_whole(path: Path) -> None:
    """Raises `CityTwinError` ``terrain.cut_short`` when numbers are missing.

    GDAL reads on for minutes in a grid that is cut short, starting over for each row.
    """
    with path.open("rb") as file:
        sizes = _SIZES.match(file.read(4096).removeprefix(b"\xef\xbb\xbf"))
        if sizes is None:
            return
        wanted = int(sizes[1]) * int(sizes[2])
        file.seek(0)
        count, rest = 0, b""
        while (part := file.read(_PART_BYTES)) and count < wanted + _HEADER_WORDS:
            words = (rest + part).split()
            ends_in_word = not part[-1:].isspace()
            rest = words.pop() if ends_in_word and words else b""
            if len(rest) > _PART_BYTES:
                break
            count += len(words)
        count += bool(rest)
    if count < wanted:
        raise CityTwinError("terrain.cut_short", str(path), percent=int(100 * count / wanted))


# Words of the longest header; a file that lacks no more than these may be whole.
_HEADER_WORDS = 14
