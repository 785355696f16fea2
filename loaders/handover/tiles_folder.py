"""A folder of 3D Tiles: one layer as the folder itself, several as folders in it under one ``tileset.json``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from loaders.handover.part import Part, Telling, Written
from loaders.tileset.export import Exported, export_again, export_tileset, join_tilesets


def write(parts: Sequence[Part], path: Path, telling: Telling) -> Written:
    """Write all parts into the new folder ``path``; tiles of what stands in several places are written once."""
    path.mkdir()
    done = [_write(parts[0], path, telling.share)] if len(parts) == 1 else _side_by_side(parts, path, telling)
    return Written(sum(one.objects for one in done), sum(one.num_bytes for one in done))


def _side_by_side(parts: Sequence[Part], folder: Path, telling: Telling) -> list[Exported]:
    written, names, places = [], [], dict[int, str]()
    for number, part in enumerate(parts):

        def tell(share: float, number: int = number) -> None:
            telling.share((number + share) / len(parts))

        name = f"{number + 1:03d}_{re.sub(r'[^A-Za-z0-9_.-]+', '_', part.name)[:60]}"
        first = places.setdefault(id(part.tileset), name)
        if first == name:
            names.append(f"{name}/tileset.json")
            written.append(_write(part, folder / name, tell))
        else:
            tell(0.0)
            names.append(f"{name}.json")
            written.append(export_again(part.tileset, folder / names[-1], first, part.georeference))
    written.append(Exported(0, 0, join_tilesets(folder, names)))
    return written


def _write(part: Part, folder: Path, tell: Callable[[float], None]) -> Exported:
    count = max(len(part.tileset.tiles), 1)
    folder.mkdir(parents=True, exist_ok=True)
    return export_tileset(part.tileset, folder, part.georeference, lambda index: tell(index / count))
