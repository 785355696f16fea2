"""The whole generator: what it writes, how it reports, stops and repeats itself."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from loaders.model.errors import Cancelled, CityTwinError
from loaders.model.formats import LayerKind
from twin_app.demo.blocks import PARCEL, fill_blocks
from twin_app.demo.frame import ORIGIN_EASTING_M, ORIGIN_NORTHING_M, SITES
from twin_app.demo.generate import DemoCity, generate
from twin_app.demo.program import PROGRAM
from twin_app.demo.streets import lay_out
from twin_app.demo.terrain import Ground
from twin_app.services.translations import LANGUAGES, Translator

_DATA = ("*.tif", "*.json", "*.ifc")


def _digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for g in _DATA for p in sorted(folder.glob(g))}


def test_every_source_is_an_ordinary_file_in_layer_order(small_city: DemoCity) -> None:
    assert [s.kind for s in small_city.sources[:3]] == [LayerKind.TERRAIN, LayerKind.CITY, LayerKind.CITY]
    assert {s.kind for s in small_city.sources[3:]} == {LayerKind.BUILDING}
    assert all(s.path.stat().st_size > 1000 for s in small_city.sources)
    assert all(s.name_zh and s.name_en.isascii() for s in small_city.sources)
    assert small_city.buildings >= 60
    assert small_city.objects > small_city.buildings


def test_same_seed_in_another_process_gives_the_same_bytes(folder: Path, small_city: DemoCity, tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from twin_app.demo.generate import generate; "
    code += "generate(Path(sys.argv[1]), size='small', seed=7)"
    root = Path(__file__).parents[4]
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment, cwd=root)
    assert _digests(tmp_path) == _digests(folder)
    assert len(_digests(folder)) == len(small_city.sources)


def test_progress_is_monotone_true_and_in_both_languages(
    small_city: DemoCity, progress: list[tuple[float, str]]
) -> None:
    fractions = [fraction for fraction, _ in progress]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert small_city.seconds > 0
    for language in LANGUAGES:
        translator = Translator(language)
        assert all(translator.has(stage) for _, stage in progress)


@pytest.mark.parametrize("after", [0, 4, 12])
def test_cancel_stops_before_the_end(tmp_path: Path, after: int) -> None:
    asked: list[int] = []

    def is_cancelled() -> bool:
        asked.append(1)
        return len(asked) > after

    with pytest.raises(Cancelled):
        generate(tmp_path, size="small", is_cancelled=is_cancelled)
    assert len(asked) == after + 1


def test_unknown_size_names_the_sizes(tmp_path: Path) -> None:
    with pytest.raises(CityTwinError) as caught:
        generate(tmp_path, size="galaxy")
    assert caught.value.code == "demo.unknown_size"
    for language in LANGUAGES:
        assert "district" in Translator(language).error(caught.value)


def test_a_file_in_the_folder_s_place_is_a_typed_error(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("x")
    with pytest.raises(CityTwinError) as caught:
        generate(blocked, size="small")
    assert caught.value.code == "demo.cannot_write"


def test_views_look_at_the_site_from_above_the_ground(small_city: DemoCity) -> None:
    site = SITES["small"]
    views = [small_city.view, *(b.view for b in small_city.bookmarks)]
    for view in views:
        assert ORIGIN_EASTING_M < view.target_m[0] < ORIGIN_EASTING_M + site.width_m
        assert ORIGIN_NORTHING_M < view.target_m[1] < ORIGIN_NORTHING_M + site.depth_m
        assert view.position_m[2] > 30.0
    keys = {b.key for b in small_city.bookmarks}
    assert {s.path.stem for s in small_city.sources if s.kind == LayerKind.BUILDING} <= keys


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_seed_has_parcels_for_all_bim_buildings(seed: int) -> None:
    ground = Ground.of(SITES["small"], seed)
    rng = np.random.default_rng(seed)
    network = lay_out(ground, rng)
    parcels = [block for block in fill_blocks(ground, network, rng) if block.use == PARCEL]
    assert len(parcels) == len(PROGRAM["small"])
    built = shapely.union_all([parcel.outline for parcel in parcels])
    assert all(street.carriageway.intersection(built).area < 0.1 for street in network.streets)
