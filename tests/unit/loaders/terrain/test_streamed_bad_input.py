"""Streamed rasters that are damaged, gone, replaced, absurd: the overview stays, and it is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import rasterio
from affine import Affine

from loaders import detail
from loaders.convert import ConvertOptions, convert
from loaders.model.errors import CityTwinError
from tests.unit.loaders.terrain.rasters import EAST, NORTH


def test_damage_is_a_hole_and_told(streamed, tmp_path: Path) -> None:
    s = streamed(tiled=True, blockxsize=128, blockysize=128, compress="deflate")
    path = tmp_path / "a.tif"
    with rasterio.open(path) as source:
        offset = int(source.tags(ns="TIFF", bidx=1).get("BLOCK_OFFSET_2_1", 0)) or path.stat().st_size // 2
    data = bytearray(path.read_bytes())
    data[offset : offset + 4000] = b"\xff" * 4000
    status = path.stat()
    path.write_bytes(bytes(data))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    problems = set()
    whole = 0
    for node in s.of_level(0):
        content = s.tiles.read(node)
        problems |= {(p.code, p.place) for p in content.problems}
        whole += sum(len(c.positions) for c in content.chunks) > 10_000
    assert problems == {("terrain.unreadable_part", "a.tif")}
    assert whole >= 2


def test_a_source_that_goes_away_is_an_error_of_the_tile(streamed, tmp_path: Path) -> None:
    s = streamed()
    nodes = s.of_level(0)
    s.tiles.read(nodes[0])
    (tmp_path / "a.tif").unlink()
    for node in nodes[:2]:
        with pytest.raises(CityTwinError) as caught:
            s.tiles.read(node)
        assert caught.value.code == "tiles.source_missing"


def test_another_raster_in_its_place_is_not_read(streamed, tmp_path: Path) -> None:
    s = streamed()
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0" + bytes(path.stat().st_size - 4))
    with pytest.raises(CityTwinError) as caught:
        s.tiles.read(s.of_level(0)[0])
    assert caught.value.code == "tiles.source_changed"


def test_blocks_too_large_to_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    profile = {"tiled": True, "blockxsize": 16384, "blockysize": 16384, "sparse_ok": True}
    settings = {"width": 10_000_000, "height": 10_000_000, "count": 1, "dtype": "float32", "driver": "GTiff"}
    with rasterio.open(path, "w", crs="EPSG:32650", transform=Affine(1, 0, EAST, 0, -1, NORTH), **settings, **profile):
        pass
    with pytest.raises(CityTwinError) as caught:
        convert(path, ConvertOptions(cache_folder=tmp_path / "cache"))
    assert caught.value.code == "terrain.huge_blocks"


@pytest.mark.parametrize(
    "change",
    [
        {"driver": "VRT"},
        {"lattice": {}},
        {"relief": {"fields": [1, 1], "cells": 0, "level": 1, "data": ""}},
        {"style": None},
        {"rule": {"band": 1, "what": 2}},
    ],
)
def test_notes_that_make_no_sense_cost_the_detail_only(streamed, change: dict[str, object]) -> None:
    s = streamed()
    s.tiles.tileset.meta.extras["stream"].update(change)
    again = detail._detailed(s.tiles.tileset, detail.registry.formats)
    assert [finding.code for finding in again.problems] == ["tiles.source_unreadable"]
    assert len(again.nodes()) == s.num_own
