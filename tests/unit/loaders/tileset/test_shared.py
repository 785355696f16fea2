"""Those that have the same folder open at once have the same tileset."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loaders.model.errors import CityTwinError
from loaders.tileset import Tileset, reader
from scenes.visuals.tile_source import open_tileset
from tests.unit.loaders.convert.synthetic import cubes, object_table, property_table
from tests.unit.loaders.tileset.making import write_tileset


def test_layers_of_one_file_read_its_tables_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a.tiles"
    write_tileset(folder, [(cubes([0, 1, 2]), 3)], (object_table(3), property_table([0, 1, 2])))
    reads: list[Path] = []
    opened = reader.open_parquet
    monkeypatch.setattr(reader, "open_parquet", lambda path: reads.append(path) or opened(path))
    placements = [open_tileset(folder) for _ in range(5)]
    assert all(one is placements[0] for one in placements)
    for one in placements:
        one.object_bounds_m()
        one.nodes_of_objects()
    assert len(reads) == 1


def test_a_folder_made_anew_is_opened_anew(tmp_path: Path) -> None:
    folder = tmp_path / "a.tiles"
    write_tileset(folder, [(cubes([0, 1, 2]), 3)], (object_table(3), property_table([0, 1, 2])))
    before = Tileset.shared(folder)
    os.utime(folder / "tileset.json", ns=(1, 1))
    assert Tileset.shared(folder) is not before
    with pytest.raises(CityTwinError) as caught:
        Tileset.shared(tmp_path / "none")
    assert caught.value.code == "tileset.missing"
