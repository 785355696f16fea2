"""From source to tileset: results, events, the cache, the place of the result."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from loaders.convert import ConvertEvent, ConvertOptions, PreviewReady, TileReady, convert
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Opened, Progress
from loaders.tileset import Tileset, read_glb
from tests.unit.loaders.convert.synthetic import write_source

JSON_KEYS = {
    *("source", "tileset", "format", "schema", "crs", "objects", "triangles", "points", "levels", "unmeshed"),
    *("warnings", "engine", "cached", "seconds", "first_geometry_seconds", "peak_rss_mb"),
}


def test_a_source_becomes_a_tileset(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn", objects=30)
    report = convert(source, options)
    assert (report.objects, report.triangles, report.levels) == (30, 29 * 12, ("CIM6",))
    assert (report.format, report.schema, report.crs) == ("synthetic", "SYN 1", "EPSG:4547")
    assert (report.engine, report.cached) == ("synthetic", False)
    assert 0 < report.first_geometry_seconds <= report.seconds
    assert report.peak_rss_mb > 10
    tileset = Tileset.open(Path(report.tileset))
    assert tileset.meta.source.size == source.stat().st_size
    np.testing.assert_array_equal(tileset.object_bounds_m()[7], [21, 0, 0, 22, 1, 1])
    assert tileset.report.peak_rss_mb == report.peak_rss_mb


def test_events_come_in_order_while_it_runs(tmp_path: Path, options: ConvertOptions) -> None:
    events: list[ConvertEvent] = []
    shown = []

    def hear(event: ConvertEvent) -> None:
        events.append(event)
        if isinstance(event, PreviewReady | TileReady):
            shown.append(sum(len(chunk.triangles) for chunk in read_glb(event.path, event.origin_m)))

    convert(write_source(tmp_path / "a.syn", objects=30, preview=True), options, hear)
    assert isinstance(events[0], Opened)
    assert shown == [12]
    assert Counter(type(event) for event in events)[Found] == 1
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)


def test_the_row_of_the_contract(tmp_path: Path, options: ConvertOptions) -> None:
    row = convert(write_source(tmp_path / "a.syn"), options).as_json()
    assert set(row) == JSON_KEYS
    assert row["unmeshed"] == [{"id": "object-0", "class": "IfcBuilding", "reason": "convert.loader_failed"}]
    assert row["warnings"][0]["code"] == "tileset.not_finite"
    json.dumps(row)


def test_words_for_findings_come_from_outside(tmp_path: Path, options: ConvertOptions) -> None:
    def say(finding: Finding) -> str:
        return f"<{finding.code}>"

    row = convert(write_source(tmp_path / "a.syn"), options).as_json(say)
    assert row["unmeshed"][0]["reason"] == "<convert.loader_failed>"
    assert row["warnings"][0]["message"] == "<tileset.not_finite>"


def test_a_second_time_costs_nothing(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn", objects=2000)
    first = convert(source, options)
    events: list[ConvertEvent] = []
    times = []
    for _ in range(5):
        start = time.perf_counter()
        second = convert(source, options, events.append)
        Tileset.open(Path(second.tileset))
        times.append(time.perf_counter() - start)
    assert second.cached
    assert second.tileset == first.tileset
    assert events == []
    same = dataclasses.replace(first, cached=True, seconds=second.seconds, peak_rss_mb=0.0)
    assert second == same
    assert min(times) < 0.02  # 2 ms on a quiet machine


def test_options_and_content_make_another_result(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn")
    drape = tmp_path / "drape.png"
    drape.write_bytes(b"1")
    draped = dataclasses.replace(options, loader_options={"drape": str(drape)})
    results = [convert(source, options).tileset, convert(source, dataclasses.replace(options, engine="fast")).tileset]
    results.append(convert(source, draped).tileset)
    drape.write_bytes(b"2")
    results.append(convert(source, draped).tileset)
    write_source(source, objects=11)
    results.append(convert(source, options).tileset)
    assert len(set(results)) == 5
    wanted = Tileset.open(Path(results[2])).meta.extras["options"]
    assert wanted == {"drape": str(drape), "engine": "auto"}


def test_the_same_content_elsewhere_is_cached(tmp_path: Path, options: ConvertOptions) -> None:
    first = convert(write_source(tmp_path / "a.syn"), options)
    copy = convert(write_source(tmp_path / "数据.syn"), options)
    assert copy.cached
    assert copy.tileset == first.tileset
    assert copy.source.endswith("数据.syn")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are always text")
def test_names_that_are_no_utf8(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / os.fsdecode("城市.syn".encode("gb18030")))
    for cached in (False, True):
        report = convert(source, options)
        assert report.cached is cached
        json.dumps(report.as_json(), ensure_ascii=False).encode("utf-8")
    assert Path(convert(source, dataclasses.replace(options, out=tmp_path / "out")).tileset).is_dir()


def test_without_the_cache_it_is_made_anew(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn")
    first = convert(source, options)
    second = convert(source, dataclasses.replace(options, use_cache=False))
    assert not second.cached
    assert second.tileset == first.tileset
    assert convert(source, options).cached


def test_out_gets_a_folder_of_the_sources_name(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn")
    out = dataclasses.replace(options, out=tmp_path / "out")
    report = convert(source, out)
    assert report.tileset == str(tmp_path / "out" / "a.syn.tiles")
    assert convert(source, out).cached
    write_source(source, objects=12)
    again = convert(source, out)
    assert not again.cached
    assert Tileset.open(Path(again.tileset)).num_objects == 12
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["a.syn.tiles"]
    assert not (tmp_path / "cache" / "tilesets").exists()


def test_out_never_replaces_what_is_not_a_tileset(tmp_path: Path, options: ConvertOptions) -> None:
    precious = tmp_path / "a.syn.tiles" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("years of work")
    with pytest.raises(CityTwinError, match="out_exists"):
        convert(write_source(tmp_path / "a.syn"), dataclasses.replace(options, out=tmp_path))
    assert precious.read_text() == "years of work"


def test_what_cannot_be_written_is_said(tmp_path: Path, options: ConvertOptions) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    source = write_source(tmp_path / "a.syn")
    for wrong in (dataclasses.replace(options, cache_folder=blocked), dataclasses.replace(options, out=blocked)):
        with pytest.raises(CityTwinError, match="cannot_write"):
            convert(source, wrong)


def test_unknown_engines_are_refused(tmp_path: Path, options: ConvertOptions) -> None:
    with pytest.raises(CityTwinError, match="unknown_engine"):
        convert(write_source(tmp_path / "a.syn"), dataclasses.replace(options, engine="warp"))


def test_a_source_that_changes_meanwhile_is_refused(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn", preview=True)

    def hear(event: ConvertEvent) -> None:
        if isinstance(event, PreviewReady):
            with source.open("a") as file:
                file.write(" ")

    with pytest.raises(CityTwinError, match="source_changed"):
        convert(source, options, hear)
    assert leftovers(tmp_path) == []


def leftovers(tmp_path: Path) -> list[str]:
    """Everything in the cache that is not a whole entry."""
    folder = tmp_path / "cache" / "tilesets"
    whole = {".tiles", ".json"}
    return [entry.name for entry in folder.iterdir() if entry.suffix not in whole or entry.name.startswith(".")]


def test_a_listener_that_fails_ends_the_conversion(tmp_path: Path, options: ConvertOptions) -> None:
    def hear(_event: ConvertEvent) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        convert(write_source(tmp_path / "a.syn"), options, hear)
    assert leftovers(tmp_path) == []


def test_two_threads_convert_it_once(tmp_path: Path, options: ConvertOptions) -> None:
    source = write_source(tmp_path / "a.syn", objects=300)
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(convert(source, options))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.cached for report in reports) == [False, True, True, True]
    assert len({report.tileset for report in reports}) == 1
    assert leftovers(tmp_path) == []


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - iterdir would itself be counted


def wait_for_ends() -> None:
    """The child of a good conversion ends beside it, some milliseconds later."""
    for thread in threading.enumerate():
        if thread.name == "convert-end":
            thread.join(10.0)


def test_file_descriptors_do_not_grow(tmp_path: Path, options: ConvertOptions) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not list open files")
    convert(write_source(tmp_path / "a.syn"), options)
    wait_for_ends()
    before = open_files()
    for index in range(3):
        convert(write_source(tmp_path / "a.syn", objects=20 + index), options)
    wait_for_ends()
    assert open_files() == before
