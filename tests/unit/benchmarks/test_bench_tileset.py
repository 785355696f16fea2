"""``bench tileset`` measures a tileset that streams beside the same converted whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import tileset_stream as bench
from loaders.model.errors import CityTwinError


def test_the_contracts_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "LARGE", 30)
    source = bench.write_mesh(tmp_path / "source", levels=4)
    result = bench.run([source.parent], 1)
    assert {"bench", "ours", "theirs", "ratio", "unit", "runs", "machine"} <= set(result)
    assert result["tiles_per_second"] > 1
    assert result["triangles_per_second"] == pytest.approx(result["tiles_per_second"] * 2 * bench.CELLS**2)
    json.dumps(result)


def test_a_small_tileset_says_nothing_about_it(tmp_path: Path) -> None:
    with pytest.raises(CityTwinError, match="not_large"):
        bench.run([bench.write_mesh(tmp_path / "source", levels=2)], 1)
