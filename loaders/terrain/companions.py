"""Files beside a raster that say where it is: world files, projections, GDAL's side files."""

from __future__ import annotations

import math
from pathlib import Path

_MAX_PRJ_BYTES = 65536
_MAX_WORLD_BYTES = 4096


def companions(path: Path) -> tuple[Path, ...]:
    """All files that change how ``path`` is read, whether they exist or not."""
    letters = path.suffix.lower().lstrip(".")
    endings = {".wld", ".tfw", ".jgw", ".pgw", f".{letters}w", ".prj"}
    if len(letters) >= 3:
        endings.add(f".{letters[0]}{letters[-1]}w")
    beside = [path.with_suffix(form) for ending in sorted(endings) for form in (ending, ending.upper())]
    return (*beside, *(path.with_name(path.name + ending) for ending in (".aux.xml", ".ovr", ".msk")))


def world_files(path: Path) -> list[Path]:
    """The world files beside ``path``, whatever is in them."""
    return [one for one in companions(path) if one.suffix.lower().endswith(("w", ".wld")) and one.is_file()]


def is_sound(world_file: Path) -> bool:
    """Whether a world file holds the six numbers of an affine map."""
    try:
        words = world_file.read_bytes()[:_MAX_WORLD_BYTES].decode("utf-8-sig").split()
        numbers = [float(word.replace(",", ".")) for word in words[:6]]
    except (OSError, ValueError):
        return False
    return len(numbers) == 6 and all(map(math.isfinite, numbers))


def prj_text(path: Path) -> str | None:
    """The text of the ``.prj`` beside ``path``; None when there is none."""
    for ending in (".prj", ".PRJ"):
        file = path.with_suffix(ending)
        try:
            if file.is_file():
                return file.read_bytes()[:_MAX_PRJ_BYTES].decode("utf-8-sig", "replace").strip("\0 \r\n\t") or None
        except OSError:
            return None
    return None
